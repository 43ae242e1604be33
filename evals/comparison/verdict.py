"""The verdict of a comparison: better, worse, or cannot tell and how many further cases would.

A metric is compared by the test that suits it: right or wrong by McNemar's, anything else by the paired
bootstrap. Holm's correction is over the metrics that gate, once for losses and once for gains; what only
informs has its interval and no vote.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evals.comparison.holm import adjusted
from evals.comparison.mcnemar import Changed, p_better, p_worse
from evals.comparison.planning import LEVEL, cases_needed
from evals.comparison.resampling import difference
from evals.scorers.intervals import Interval


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"
    SAME = "the same"  #: not one case changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """One metric of the same cases in two runs; a higher score is better. `gates`: it has a vote."""

    metric: str
    before: Sequence[float]
    after: Sequence[float]
    clusters: Sequence[Hashable]
    gates: bool

    @property
    def is_right_or_wrong(self) -> bool:
        return all(score in (0.0, 1.0) for score in (*self.before, *self.after))


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What the comparison of one metric says. The p-values are Holm's where the metric gates."""

    metric: str
    before: float
    after: float
    interval: Interval  #: of the difference, B less A
    changed: Changed
    cases: int
    gates: bool
    p_worse: float
    p_better: float
    verdict: Verdict
    more: int  #: further cases that would tell a loss of five points; 0 where the verdict stands


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely chance alone goes so far, either way; Holm's where the metric gates."""

    worse: float
    better: float


def findings(given: Sequence[Pairs]) -> list[Finding]:
    """Compare every metric. Raises ValueError where one has no cases."""
    judged = chances(given)
    return [_finding(pairs, judged[pairs.metric]) for pairs in given]


def chances(given: Sequence[Pairs]) -> dict[str, Chances]:
    """Test every metric, those that gate with Holm's correction over all of them."""
    tested = {pairs.metric: _tested(pairs) for pairs in given}
    votes = [pairs.metric for pairs in given if pairs.gates]
    worse = adjusted({name: tested[name].worse for name in votes})
    better = adjusted({name: tested[name].better for name in votes})
    return tested | {name: Chances(worse[name], better[name]) for name in votes}


def overall(found: Sequence[Finding]) -> Verdict:
    """Return the verdict of all: worse if one that gates is worse, better if one is better and none worse."""
    said = {finding.verdict for finding in found if finding.gates}
    ladder = (Verdict.WORSE, Verdict.BETTER, Verdict.CANNOT_TELL)
    return next((verdict for verdict in ladder if verdict in said), Verdict.SAME)


def _tested(pairs: Pairs) -> Chances:
    if pairs.is_right_or_wrong:
        changed = changes(pairs.before, pairs.after)
        return Chances(p_worse(changed), p_better(changed))
    found = difference(pairs.before, pairs.after, pairs.clusters)
    return Chances(found.p_worse, found.p_better)


def changes(before: Sequence[float], after: Sequence[float]) -> Changed:
    """Count the cases whose score fell, and those whose score rose."""
    pairs = list(zip(before, after, strict=True))
    return Changed(sum(b < a for a, b in pairs), sum(b > a for a, b in pairs))


def _finding(pairs: Pairs, judged: Chances) -> Finding:
    changed = changes(pairs.before, pairs.after)
    verdict = verdict_of(changed, judged)
    count = len(pairs.before)
    needed = cases_needed(sum(changed) / count) if verdict is Verdict.CANNOT_TELL else count
    return Finding(
        metric=pairs.metric,
        before=sum(pairs.before) / count,
        after=sum(pairs.after) / count,
        interval=difference(pairs.before, pairs.after, pairs.clusters).interval,
        changed=changed,
        cases=count,
        gates=pairs.gates,
        p_worse=judged.worse,
        p_better=judged.better,
        verdict=verdict,
        more=max(0, needed - count),
    )


def verdict_of(changed: Changed, judged: Chances) -> Verdict:
    """Return what the chances say of one metric."""
    if not sum(changed):
        return Verdict.SAME
    if judged.worse <= LEVEL:
        return Verdict.WORSE
    return Verdict.BETTER if judged.better <= LEVEL else Verdict.CANNOT_TELL


def sentence(found: Sequence[Finding]) -> str:
    """Say the verdict in one sentence, the worst news first."""
    verdict, votes = overall(found), [finding for finding in found if finding.gates]
    if verdict is Verdict.SAME:
        return f"The same: none of {max((each.cases for each in votes), default=0)} cases changed"
    named = [finding for finding in votes if finding.verdict is verdict]
    if verdict is Verdict.CANNOT_TELL:
        most = max(named, key=lambda finding: finding.more)
        told = (
            f"about {most.more} more cases would tell a loss of 5 points" if most.more else _undecided(most)
        )
        return f"Cannot tell: {sum(most.changed)} of {most.cases} changed in {most.metric}; {told}"
    return f"{verdict.capitalize()}: " + "; ".join(map(_said, named))


def _undecided(finding: Finding) -> str:
    low, high = finding.interval.low, finding.interval.high
    return f"the difference lies between {points(low)} and {points(high)} points"


def _said(finding: Finding) -> str:
    gain, low, high = finding.interval
    broken, fixed = finding.changed
    between = f"{points(low)} to {points(high)}"
    return f"{finding.metric} {points(gain)} points ({between}), {broken} cases broken, {fixed} fixed"


def points(share: float) -> str:
    """Write a difference of shares as points with its sign, "−4.1"."""
    return f"{share * 100:+.1f}".replace("-", "\N{MINUS SIGN}")
