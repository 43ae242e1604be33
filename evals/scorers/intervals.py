"""95 % intervals by the bootstrap: percentiles of a figure over resamples, drawn from a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Of the places of a resample, each as often as it was drawn, the figure.
Statistic = Callable[[NDArray[np.int64]], float]

ROUNDS = 1_000
SEED = 7


class Interval(NamedTuple):
    """A figure and where 95 of 100 resamples lie."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return `0.761 (0.742 to 0.781)`."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap(
    statistic: Statistic, size: int, clusters: Sequence[Hashable] | None = None, rounds: int = ROUNDS
) -> Interval:
    """Return the figure of places 0 to size - 1; what shares a cluster is drawn together."""
    chance = np.random.default_rng(SEED)
    members = _members(clusters if clusters is not None else range(size))
    found = []
    for _ in range(rounds):
        drawn = chance.integers(0, len(members), len(members))
        found.append(statistic(np.concatenate([members[each] for each in drawn])))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Interval(statistic(np.arange(size)), float(low), float(high))


def mean_of(values: NDArray[np.float64]) -> Statistic:
    """Return the figure that is the mean of values."""
    return lambda chosen: float(values[chosen].mean())


def paired(
    one: Statistic,
    other: Statistic,
    size: int,
    clusters: Sequence[Hashable] | None = None,
    rounds: int = ROUNDS,
) -> Interval:
    """Return by how much `one` is above `other`, both figures of the same resamples."""
    return bootstrap(lambda places: one(places) - other(places), size, clusters, rounds)


def _members(clusters: Sequence[Hashable]) -> list[NDArray[np.int64]]:
    places: dict[Hashable, list[int]] = {}
    for place, cluster in enumerate(clusters):
        places.setdefault(cluster, []).append(place)
    return [np.array(each, np.int64) for each in places.values()]
