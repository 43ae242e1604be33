"""What a run costs against another: money, tokens and time of the same cases, pair by pair. Less is better."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evals.comparison.planning import LEVEL
from evals.comparison.resampling import difference
from evals.scorers.intervals import Interval


class Change(StrEnum):
    LESS = "less"
    MORE = "more"
    CANNOT_TELL = "cannot tell"
    SAME = "the same"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """One kind of cost, means a case; the interval is of the difference, B less A, in the same unit."""

    name: str
    unit: str
    before: float
    after: float
    interval: Interval
    change: Change


def cost(
    name: str, unit: str, before: Sequence[float], after: Sequence[float], clusters: Sequence[Hashable]
) -> Cost:
    """Compare what the same cases cost in two runs. Raises ValueError where there are none."""
    found = difference(before, after, clusters)
    return Cost(
        name=name,
        unit=unit,
        before=sum(before) / len(before),
        after=sum(after) / len(after),
        interval=found.interval,
        # A gain is what rose: "better" there is dearer here.
        change=_change(list(before) == list(after), rose=found.p_better, fell=found.p_worse),
    )


def _change(is_same: bool, *, rose: float, fell: float) -> Change:
    if is_same:
        return Change.SAME
    if fell <= LEVEL:
        return Change.LESS
    return Change.MORE if rose <= LEVEL else Change.CANNOT_TELL
