"""The paired bootstrap, by cluster: how sure a mean difference is, where a case is not just right or wrong.

Reports of one canonical Issue rise and fall together, so they are drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.scorers.intervals import SEED, Interval

ROUNDS = 5_000
#: Rounds drawn at a time: bounds the memory for thousands of clusters.
AT_ONCE = 500
#: Sums of the same numbers in another order differ by less.
ROUNDING = 1e-12


class Difference(NamedTuple):
    """The mean of B less that of A with its 95 % interval, and how likely chance alone goes so far."""

    interval: Interval
    p_worse: float  #: that nothing was lost, as far as these cases tell
    p_better: float  #: that nothing was gained


def difference(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> Difference:
    """Compare paired scores. Raises ValueError where they are not as many, or none.

    A p-value is the larger of two shares of rounds: resamples on the other side of no difference, and
    differences as large when each cluster's sign is a fair coin. The bootstrap alone is too sure of a
    few changed cases (three of twenty give it .04, the coins .125).
    """
    gains = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    if not len(gains):
        raise ValueError("nothing to compare")
    sums, sizes = _by_cluster(gains, clusters)
    chance = np.random.default_rng(SEED)
    means = _rounds(lambda count: _resampled(sums, sizes, chance, count))
    coins = _rounds(lambda count: _tossed(sums, chance, count)) / len(gains)
    low, high = np.percentile(means, [2.5, 97.5])
    seen = gains.mean()
    return Difference(
        Interval(float(seen), float(low), float(high)),
        p_worse=max(_share(means >= 0), _share(coins <= seen + ROUNDING)),
        p_better=max(_share(means <= 0), _share(coins >= seen - ROUNDING)),
    )


def _share(held: NDArray[np.bool_]) -> float:
    """Return the share of rounds, with one more on both sides: never 0 (Davison and Hinkley 1997, 4.11)."""
    return float((1 + np.count_nonzero(held)) / (ROUNDS + 1))


def _by_cluster(
    gains: NDArray[np.float64], clusters: Sequence[Hashable] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum of gains and the number of cases of each cluster; all that a mean needs."""
    if clusters is None:
        return gains, np.ones(len(gains))
    names = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    places = np.array([names[name] for name in clusters])
    return np.bincount(places, gains).astype(np.float64), np.bincount(places).astype(np.float64)


def _rounds(drawn: Callable[[int], NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([drawn(min(AT_ONCE, ROUNDS - done)) for done in range(0, ROUNDS, AT_ONCE)])


def _resampled(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], chance: np.random.Generator, count: int
) -> NDArray[np.float64]:
    """Return the means of clusters drawn with repetition."""
    drawn = chance.integers(0, len(sums), (count, len(sums)))
    means: NDArray[np.float64] = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return means


def _tossed(sums: NDArray[np.float64], chance: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return the sums where chance alone says which clusters gained."""
    signs = chance.integers(0, 2, (count, len(sums))) * 2.0 - 1.0
    tossed: NDArray[np.float64] = signs @ sums
    return tossed
