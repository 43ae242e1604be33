"""The fitted models, as numpy arrays: scores from groups of terms, traits, form, and closeness to anchors.

Fitting is `evals/fitting/`'s. Coefficients of terms are kept as bytes, so that a model loads in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.engines.features import TextFeatures, text_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agent.ports import Vector

WEIGHTS = Path(__file__).parent / "weights"
SPREADS = 3.0  #: a dense feature further out than this many spreads counts as that far


@dataclass(frozen=True, slots=True)
class TermWeights:
    """One group: the rarity of each bucket (buckets,), and its coefficients (classes, buckets) by `scale`."""

    rarity: NDArray[np.uint8]
    coefficients: NDArray[np.int8]
    scale: float


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """Dense features: centre and spread of each (features,), coefficients (classes, features)."""

    centre: NDArray[np.float32]
    spread: NDArray[np.float32]
    coefficients: NDArray[np.float32]

    def standardised(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (…, features) in spreads from the centre, cut at `SPREADS`."""
        far: NDArray[np.float32] = ((values - self.centre) / self.spread).clip(-SPREADS, SPREADS)
        return far


@dataclass(frozen=True, slots=True)
class AnchorWeights:
    """Anchors (anchors, dimensions) as bytes by `scale`; coefficients (classes, anchors) of closeness to each."""

    anchors: NDArray[np.int8]
    scale: float
    width: float
    coefficients: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextModel:
    """Scores from all of these; `floor` says how they become chances.

    The chances are as if the classes were about equally frequent; times `shares`, as they were in the data.
    """

    classes: tuple[str, ...]
    shares: NDArray[np.float32]
    terms: Mapping[str, TermWeights]
    dense: Mapping[str, DenseWeights]
    near: AnchorWeights
    bias: NDArray[np.float32]
    floor: float

    def probabilities(self, title: str, text: str, vector: Vector) -> dict[str, float]:
        """Return a distribution over the classes; sums to 1."""
        scores = self.scores(text_features(title, text), vector)
        return self._named(chances_of(scores, self.floor))

    def at_their_shares(self, chances: Mapping[str, float]) -> dict[str, float]:
        """Return the distribution where the classes are as frequent as they were in the data."""
        import numpy as np

        weighed = np.array([chances[name] for name in self.classes]) * self.shares
        return self._named(weighed / weighed.sum())

    def scores(self, seen: TextFeatures, vector: Vector) -> NDArray[np.float32]:
        """Return one number a class."""
        import numpy as np

        total = self.bias + self.near.coefficients @ closeness(vector, self.near)
        for name, terms in self.terms.items():
            found = seen.terms[name]
            weights = found.counts * terms.rarity[found.buckets]
            length = float((weights @ weights) ** 0.5) or 1.0
            held = terms.coefficients[:, found.buckets].astype(np.float32)
            total = total + held @ weights * (terms.scale / length)
        for name, dense in self.dense.items():
            total = total + dense.coefficients @ dense.standardised(getattr(seen, name))
        return total

    def _named(self, chances: NDArray[np.float32]) -> dict[str, float]:
        return dict(zip(self.classes, chances.tolist(), strict=True))


def closeness(vectors: Vector, near: AnchorWeights) -> NDArray[np.float32]:
    """Return exp(-width · squared distance) to each anchor; (…, dimensions) to (…, anchors), unit vectors."""
    import numpy as np

    cosines = vectors @ near.anchors.T.astype(np.float32) * near.scale
    kernel: NDArray[np.float32] = np.exp(2 * near.width * (cosines - 1))
    return kernel


def chances_of(scores: NDArray[np.float32], floor: float) -> NDArray[np.float32]:
    """Return (…, classes) that sum to 1: softmax, or where there is a floor, each score a chance as it is.

    Sums over classes, such as that of P0 and P1, rank better without the exponential.
    """
    import numpy as np

    if floor:
        raised = (scores + 1 / scores.shape[-1]).clip(floor)
    else:
        raised = np.exp(scores - scores.max(-1, keepdims=True))
    chances: NDArray[np.float32] = raised / raised.sum(-1, keepdims=True)
    return chances


@lru_cache(maxsize=8)
def text_model(name: str) -> TextModel:
    """Load `weights/<name>.npz`."""
    return load(WEIGHTS / f"{name}.npz")


def load(path: Path) -> TextModel:
    """Read a model from its file. Its keys are the fields, `group.field` inside the groups."""
    import numpy as np

    with np.load(path, allow_pickle=False) as held:
        parts: dict[str, dict[str, Any]] = {}
        for key in held.files:
            group, _, field = key.rpartition(".")
            parts.setdefault(group, {})[field] = held[key] if held[key].shape else float(held[key])
    whole, near = parts.pop(""), parts.pop("near")
    return TextModel(
        classes=tuple(str(each) for each in whole["classes"]),
        shares=whole["shares"],
        terms={name: TermWeights(**part) for name, part in parts.items() if "rarity" in part},
        dense={name: DenseWeights(**part) for name, part in parts.items() if "spread" in part},
        near=AnchorWeights(**near),
        bias=whole["bias"],
        floor=whole["floor"],
    )
