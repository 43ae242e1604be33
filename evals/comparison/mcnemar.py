"""McNemar's exact test: of the cases that changed, is it chance that so many broke?

Cases that are right in both runs, or wrong in both, say nothing about the difference. Had the change no
effect, each of the others would be as likely to break as to be fixed: a fair coin (McNemar 1947).
"""

from functools import cache
from math import comb
from typing import NamedTuple


class Changed(NamedTuple):
    """How many cases went from right to wrong, and from wrong to right."""

    broken: int
    fixed: int


def p_worse(changed: Changed) -> float:
    """Return the probability of at least as many broken by chance alone: one-sided, exact."""
    return _tail(changed.broken + changed.fixed, changed.broken)


def p_better(changed: Changed) -> float:
    """Return the probability of at least as many fixed by chance alone: one-sided, exact."""
    return _tail(changed.broken + changed.fixed, changed.fixed)


def p_different(changed: Changed) -> float:
    """Return the two-sided p-value: twice the smaller side, at most 1."""
    return min(1.0, 2 * min(p_worse(changed), p_better(changed)))


@cache
def _tail(count: int, at_least: int) -> float:
    """Return how likely a fair coin shows heads at least that often in `count` throws."""
    return float(sum(comb(count, heads) for heads in range(at_least, count + 1)) / 2**count)
