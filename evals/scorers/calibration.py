"""Whether probabilities are what they say: among those of 30 %, three in ten should be right.

Reports can be weighed, so that a sample with many duplicates speaks for a place with few.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evals.scorers.score import Score

BINS = 10
SEED = 7
DRAWS = 500


def calibration_error(
    chances: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> Score:
    """Return the expected calibration error over bins of equal count; parts: said and true share a bin."""
    said, true, weighed = _arrays(chances, right, weights)
    parts, error = dict[str, float](), 0.0
    for number, held in enumerate(_bins(said)):
        total = weighed[held].sum()
        mean, share = (np.average(each[held], weights=weighed[held]) for each in (said, true))
        error += total / weighed.sum() * abs(mean - share)
        parts |= {f"{number} said": float(mean), f"{number} true": float(share)}
    return Score(float(error), parts)


def debiased_error(
    chances: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> Score:
    """Return the root mean square calibration error less what chance alone adds (Kumar et al. 2019).

    Chance makes the share of right ones in a bin vary by p (1 - p) / (n - 1); n of a weighed bin is
    Kish's effective size. Parts: the error with that left in.
    """
    said, true, weighed = _arrays(chances, right, weights)
    square = plain = 0.0
    for held in _bins(said):
        weight = weighed[held]
        mean, share = (np.average(each[held], weights=weight) for each in (said, true))
        effective = max(weight.sum() ** 2 / (weight**2).sum(), 2.0)
        part = weight.sum() / weighed.sum()
        plain += part * (mean - share) ** 2
        square += part * ((mean - share) ** 2 - share * (1 - share) / (effective - 1))
    return Score(float(np.sqrt(max(square, 0.0))), {"plain": float(np.sqrt(plain))})


def perfect_band(chances: Sequence[float], weights: Sequence[float] | None = None) -> tuple[float, float]:
    """Return where 95 of 100 debiased errors lie of a model whose probabilities are exactly true."""
    chance, said = np.random.default_rng(SEED), np.array(chances)
    errors = [
        debiased_error(chances, list(chance.random(len(said)) < said), weights).value for _ in range(DRAWS)
    ]
    low, high = np.percentile(errors, [2.5, 97.5])
    return float(low), float(high)


def _arrays(
    chances: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    said, true = np.array(chances, np.float64), np.array(right, np.float64)
    return said, true, np.ones(len(said)) if weights is None else np.array(weights, np.float64)


def _bins(said: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    return [held for held in np.array_split(np.argsort(said, kind="stable"), BINS) if len(held)]
