"""A project's own space: what all its Issues have in common counts for little, what tells them apart for much.

Issues of one project lie close together: its subject and its templates are in every vector. Taking
the mean away and dividing each principal direction by a power of its variance is for vectors what
inverse document frequency is for words. Fitted from the project's own vectors, without labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.ports import Vector

POWER = 0.3  #: 0 changes nothing, 0.5 whitens fully; chosen on rust.train
PRIOR = 300  #: vectors' worth of a round space, so that a small project is not bent to its accidents
MEAN_PRIOR = 20  #: likewise for the mean
FITTED_ON = 20_000  #: vectors, at the most
GROWTH = 1.25  #: fitted anew when the project has grown by this factor


@dataclass(frozen=True, slots=True)
class Whitening:
    """The map x ↦ (x - mean) · transform. `mean` has shape (d,), `transform` (d, d)."""

    mean: Vector
    transform: Vector

    def lengths(self, rows: Vector) -> Vector:
        """Return how long rows of shape (n, d) are in here: shape (n,), never 0."""
        import numpy as np

        found: Vector = np.linalg.norm((rows - self.mean) @ self.transform, axis=1).astype(np.float32)
        return np.maximum(found, np.float32(1e-6))

    def cosines(self, rows: Vector, lengths: Vector, vector: Vector) -> Vector:
        """Return the cosines in here of rows (n, d), whose `lengths` are known, to a vector: shape (n,)."""
        direction, offset = self.sought(vector)
        found: Vector = (rows @ direction - offset) / lengths
        return found

    def sought(self, vector: Vector) -> tuple[Vector, float]:
        """Return d and c such that (x · d - c) / length(x) is the cosine of x to the vector in here."""
        import numpy as np

        inside = (vector - self.mean) @ self.transform
        length = max(float(np.linalg.norm(inside)), 1e-6)
        direction: Vector = (self.transform @ inside / length).astype(np.float32)
        return direction, float(self.mean @ direction)


def fit(rows: Vector) -> Whitening:
    """Fit from rows of shape (n, d), n ≥ 0; the fewer they are, the less it does."""
    import numpy as np

    count, dimensions = rows.shape
    mean = rows.sum(axis=0) / (count + MEAN_PRIOR)
    centred = rows - mean
    covariance = centred.T @ centred
    spread = float(np.trace(covariance)) / max(count, 1) / dimensions or 1.0
    covariance = (covariance + PRIOR * spread * np.eye(dimensions)) / (count + PRIOR)
    variances, directions = np.linalg.eigh(covariance)
    scales = np.maximum(variances, 1e-9) ** -POWER
    return Whitening(mean.astype(np.float32), (directions * scales).astype(np.float32))


def fitted_at(count: int) -> int:
    """Return how many of `count` vectors, the oldest, it is fitted on: the same in every process."""
    if count < 2:
        return count
    return min(FITTED_ON, int(GROWTH ** math.floor(math.log(count, GROWTH) + 1e-9)))
