"""Which reports a figure is of: folds, repositories left out, the first two thirds of a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evals.fitting.ridge import SEED, Examples, scores_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.engines.linear import TextModel

FOLDS = 5


def folds_of(strata: Sequence[str], seed: int = SEED) -> NDArray[np.int64]:
    """Return a fold number a row, each stratum spread evenly."""
    chance, folds = np.random.default_rng(seed), np.zeros(len(strata), np.int64)
    for stratum in sorted(set(strata)):
        members = chance.permutation([i for i, each in enumerate(strata) if each == stratum])
        folds[members] = np.arange(len(members)) % FOLDS
    return folds


def left_out(
    fitted: Callable[[Examples], TextModel], asked: Sequence[Examples], groups: NDArray[np.int64]
) -> list[NDArray[np.float32]]:
    """Return the scores (reports, classes) of models that were fitted without the report's group.

    `asked` are ways to show the same reports; the models are fitted on the first.
    """
    said = [np.zeros((len(groups), 0), np.float32)] * len(asked)
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        model = fitted(asked[0].at(np.flatnonzero(groups != group)))
        for view, examples in enumerate(asked):
            if not said[view].size:
                said[view] = np.zeros((len(groups), len(model.classes)), np.float32)
            said[view][inside] = scores_of(model, examples.at(inside))
    return said


def first_two_thirds(sources: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows are of the first two thirds of their source; rows stand in the order of time."""
    counts, seen = Counter(sources), Counter[str]()
    early = []
    for source in sources:
        seen[source] += 1
        early.append(seen[source] <= counts[source] * 2 / 3)
    return np.array(early)
