"""The table of metrics: each with its figures, its dot and whiskers, and better or worse in a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean

from evals.comparing import COSTS
from evals.comparison.costs import Cost, cost
from evals.comparison.verdict import Finding, Verdict, points
from evals.figures import Figure, figures
from evals.report.judged import Judged
from evals.running.records import Answer
from evals.running.runs import Run
from evals.scorers.intervals import Interval

MINUS = "\N{MINUS SIGN}"
#: Decimals that a cost is shown with.
_DECIMALS = {"money": 2, "tokens": 0, "time": 3}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of the table. `low`, `dot`, `high` lie from 0 to 100 on the scale of its table; 50 is no difference."""

    name: str
    note: str
    before: str
    after: str
    gain: str
    between: str
    word: str
    tone: str  #: good, bad or plain
    low: float
    dot: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Alone:
    """A metric of a run that is compared with nothing."""

    name: str
    note: str
    score: str
    between: str
    cases: int


def metric_rows(found: Sequence[Finding]) -> list[Row]:
    """Return a row a metric, those with a vote first, on one scale of points."""
    reach = _reach([finding.interval for finding in found])
    return [_metric(finding, reach) for finding in sorted(found, key=lambda each: not each.gates)]


def reach_of(found: Sequence[Finding]) -> str:
    """Return how many points the scale goes to either side, "±6 points"."""
    return f"±{_reach([finding.interval for finding in found]) * 100:.0f} points"


def _metric(finding: Finding, reach: float) -> Row:
    gain, low, high = finding.interval
    broken, fixed = finding.changed
    vote = "has a vote" if finding.gates else "informs"
    tones = {Verdict.BETTER: "good", Verdict.WORSE: "bad"}
    tell = f", about {finding.more:,} more cases would tell" if finding.more else ""
    return Row(
        name=finding.metric,
        note=f"{vote}; {finding.cases:,} cases, {broken} broken, {fixed} fixed",
        before=f"{finding.before * 100:.1f}",
        after=f"{finding.after * 100:.1f}",
        gain=points(gain),
        between=f"{points(low)} to {points(high)}",
        word=f"{finding.verdict}{tell}",
        tone=tones.get(finding.verdict, "plain"),
        **_whisker(finding.interval, reach),
    )


def cost_rows(costs: Sequence[Cost]) -> list[Row]:
    """Return a row a kind of cost, on one scale of shares of A; what cost nothing in A has no dot but zero."""
    shares = [Interval(*(_share(part, each.before) for part in each.interval)) for each in costs]
    reach = _reach(shares)
    return [_cost(each, share, reach) for each, share in zip(costs, shares, strict=True)]


def _cost(given: Cost, share: Interval, reach: float) -> Row:
    decimals = _DECIMALS[given.name]
    unit = f" {given.unit}" if given.unit else ""
    gain, low, high = (_signed(part, decimals) for part in given.interval)
    return Row(
        name=given.name,
        note="a case, informs",
        before=f"{given.before:,.{decimals}f}{unit}",
        after=f"{given.after:,.{decimals}f}{unit}",
        gain=gain,
        between=f"{low} to {high}",
        word=str(given.change),
        tone="plain",
        **_whisker(share, reach),
    )


def costs(judged: Judged) -> list[Cost]:
    """Compare money, tokens and time of the cases that both runs answered."""
    if judged.against is None:
        return []
    before, after = _answered(judged.against), _answered(judged.run)
    both = [case for case in judged.run.cases if case.id in before and case.id in after]
    if not both:
        return []
    clusters = [case.cluster for case in both]
    return [
        cost(
            name,
            unit,
            [fmean(map(read, before[case.id])) for case in both],
            [fmean(map(read, after[case.id])) for case in both],
            clusters,
        )
        for name, unit, read in COSTS
    ]


def totals(run: Run) -> list[tuple[str, str]]:
    """Return what a whole run cost, in words."""
    answers = [each.answer for each in run.outcomes.values() if each.answer]
    found = []
    for name, unit, read in COSTS:
        total = sum(map(read, answers))
        found.append((name, f"{total:,.{_DECIMALS[name]}f} {unit}".rstrip()))
    return found


def alone(judged: Judged) -> Iterator[Alone]:
    """Yield each figure of each dataset of a run alone, with where 95 of 100 resamples lie."""
    for dataset in judged.run.datasets:
        yield from (_alone(each) for each in figures(judged.run, judged.sheets[dataset]))


def _alone(figure: Figure) -> Alone:
    value, low, high = figure.value
    return Alone(
        name=f"{figure.dataset}: {figure.metric}",
        note="has a vote" if figure.votes else "informs",
        score=f"{value * 100:.1f}",
        between="" if isnan(low) else f"{low * 100:.1f} to {high * 100:.1f}",
        cases=figure.cases,
    )


def _answered(run: Run) -> dict[str, list[Answer]]:
    """Return the answers of each case; one that took no time was not measured, and has no cost."""
    found: dict[str, list[Answer]] = {}
    for (case, _), outcome in run.outcomes.items():
        if outcome.answer and outcome.answer.seconds:
            found.setdefault(case, []).append(outcome.answer)
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _reach(intervals: Sequence[Interval]) -> float:
    """Return how far the scale goes to either side: whole points, and one at the least."""
    furthest = max((abs(part) for each in intervals for part in each), default=0.0)
    return max(0.01, -(-furthest * 100 // 1) / 100)


def _whisker(interval: Interval, reach: float) -> dict[str, float]:
    value, low, high = (50 + 50 * part / reach for part in interval)
    return {"dot": value, "low": low, "high": high}


def _signed(value: float, decimals: int) -> str:
    return f"{value:+,.{decimals}f}".replace("-", MINUS)
