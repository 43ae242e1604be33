"""What a backtest found: duplicates flagged and missed, past choices against the rubric, minutes and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.domain.proposals import Priority
from agent.wording.texts import count
from evals.running.records import Answer, Case
from evals.running.runs import Run
from evals.scorers.intervals import Interval, bootstrap, mean_of

_ORDER = [each.value for each in Priority]


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many of how many, with where 95 of 100 resamples of the problems lie; no interval of none."""

    hits: int
    of: int
    interval: Interval | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """A duplicate that the team marked and nothing flagged: what is the same problem, and what stood first."""

    case: Case
    right: str
    first: str | None
    chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """A priority that the team chose and the written rubric does not give, with the rubric's reasons."""

    case: Case
    theirs: str
    rubric: str
    steps: int  #: how many priorities higher the rubric is; below 0 it is lower
    reasons: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """What is read off the run of a backtest."""

    tried: int
    errors: int
    marked: int
    recall: Share
    first: Share  #: of those that the team marked, where the right one stood first, flagged or not
    precision: Share
    missed: tuple[Missed, ...]
    rated: int  #: that carry a priority of the team's
    contradictions: tuple[Contradiction, ...]
    findings: tuple[tuple[str, int], ...]  #: what the rubric rested on where it is higher, and how often
    minutes: float
    cents: float

    @property
    def higher(self) -> int:
        """How many the rubric rates higher than the team did."""
        return sum(each.steps > 0 for each in self.contradictions)


Pairs = Sequence[tuple[Case, Answer]]


def results(run: Run) -> Results:
    """Read the results off a run; what had an error is counted and takes part in nothing."""
    cases = {case.id: case for case in run.cases}
    pairs = [(cases[each.case], each.answer) for each in run.outcomes.values() if each.answer]
    against = sorted(_contradictions(pairs), key=lambda each: (-abs(each.steps), each.case.id))
    return Results(
        tried=len(pairs),
        errors=sum(bool(each.error) for each in run.outcomes.values()),
        marked=sum(bool(case.expected["duplicate_of"]) for case, _ in pairs),
        recall=_share(
            [(case, _is_found(case, said)) for case, said in pairs if case.expected["duplicate_of"]]
        ),
        first=_share(
            [(case, _stands_first(case, said)) for case, said in pairs if case.expected["duplicate_of"]]
        ),
        precision=_share([(case, _is_found(case, said)) for case, said in pairs if said.said["duplicate"]]),
        missed=tuple(_missed(pairs)),
        rated=sum(case.expected["priority"] is not None for case, _ in pairs),
        contradictions=tuple(against),
        findings=tuple(_findings(against)),
        minutes=sum(answer.seconds for _, answer in pairs) / 60,
        cents=sum(answer.cents for _, answer in pairs),
    )


def sentence(found: Results) -> str:
    """Say what a backtest found in one sentence."""
    told = f"No duplicate marked by the team among {count(found.tried, 'Issue')}: recall is not known"
    if found.marked:
        marked = count(found.marked, "duplicate")
        told = f"{marked} marked by the team: {found.recall.hits:,} flagged, {found.first.hits:,} with the right Issue first"
    if not found.precision.of:
        return f"{told}; nothing was flagged"
    return f"{told}; {count(found.precision.of, 'flag')}: {found.precision.hits:,} right by the labels"


def _is_found(case: Case, answer: Answer) -> bool:
    return answer.said["duplicate"] in case.expected["duplicate_of"]


def _stands_first(case: Case, answer: Answer) -> bool:
    return answer.said["first"] in case.expected["duplicate_of"]


def _share(told: Sequence[tuple[Case, bool]]) -> Share:
    hits = np.array([hit for _, hit in told], np.float64)
    if not len(hits):
        return Share(hits=0, of=0, interval=None)
    clusters = [case.cluster for case, _ in told]
    interval = bootstrap(mean_of(hits), len(hits), clusters)
    return Share(hits=int(hits.sum()), of=len(hits), interval=interval)


def _missed(pairs: Pairs) -> Iterator[Missed]:
    for case, answer in pairs:
        if case.expected["duplicate_of"] and not _is_found(case, answer):
            yield Missed(
                case=case,
                right=case.expected["duplicate_of"][0],
                first=answer.said.get("first"),
                chance=answer.said.get("chance", 0.0),
            )


def _contradictions(pairs: Pairs) -> Iterator[Contradiction]:
    """Yield where the team's label is another than the rubric's priority; what was screened out has none."""
    for case, answer in pairs:
        theirs, rubric = case.expected["priority"], answer.said["priority"]
        if theirs and rubric and theirs != rubric:
            yield Contradiction(
                case=case,
                theirs=theirs,
                rubric=rubric,
                steps=_ORDER.index(theirs) - _ORDER.index(rubric),
                reasons=answer.evidence.get("reasons", ()),
            )


def _findings(against: Sequence[Contradiction]) -> list[tuple[str, int]]:
    """Count what raised the rubric's priority above the team's, the most frequent first."""
    raised = [
        str(reason["finding"])
        for each in against
        if each.steps > 0
        for reason in each.reasons
        if reason["points"] > 0
    ]
    return Counter(raised).most_common()
