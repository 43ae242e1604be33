"""Each case of a report: what became of it in both runs, and which reason or evidence turned it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Any

from evals.report.judged import Judged
from evals.running.records import Answer, Case, Mark, Outcome
from evals.running.runs import Run

#: Characters of one text that are shown; the rest is counted.
MOST = 4_000


class State(StrEnum):
    """What became of a case, the worst first: this order is the page's."""

    ERROR = "error"
    BROKEN = "broken"
    FIXED = "fixed"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One run's side of a case: what it said most telling first, and what it was marked with."""

    said: Mapping[str, Any]
    evidence: Mapping[str, Any]
    marks: Mapping[str, Mark]
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """A metric that fell or rose: both scores, and B's reason."""

    metric: str
    before: float
    after: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A case as it is shown."""

    number: int
    case: Case
    state: State
    is_abstained: bool
    is_right: bool
    before: Side | None
    after: Side | None
    turned: tuple[Turned, ...]
    moved: tuple[tuple[str, Any, Any], ...]  #: evidence that is another now: its name, in A, in B

    @property
    def is_changed(self) -> bool:
        return self.state in (State.BROKEN, State.FIXED)


def entries(judged: Judged) -> list[Entry]:
    """Return every case, those with errors first, then broken, fixed and unchanged ones."""
    order = list(State)
    found = [_entry(judged, number, case) for number, case in enumerate(judged.run.cases, 1)]
    return sorted(found, key=lambda each: (order.index(each.state), each.number))


def _entry(judged: Judged, number: int, case: Case) -> Entry:
    after = outcomes_of(judged.run, case.id)
    before = outcomes_of(judged.against, case.id) if judged.against else []
    turned = tuple(_turned(before, after))
    vote = judged.votes.get(case.dataset)
    shown = _side(before, [each.metric for each in turned]), _side(after, [each.metric for each in turned])
    return Entry(
        number=number,
        case=case,
        state=_state(after, [each for each in turned if vote in (None, each.metric)]),
        is_abstained=any(is_abstained(each.answer) for each in after if each.answer),
        is_right=all(mark.score == 1 for each in after for mark in _voting(each, vote)),
        before=shown[0],
        after=shown[1],
        turned=turned,
        moved=tuple(_moved(*shown)),
    )


def is_abstained(answer: Answer) -> bool:
    """Tell whether the product left the answer to a person."""
    return bool(answer.said.get("abstained"))


def outcomes_of(run: Run, case: str) -> list[Outcome]:
    """Return the outcomes of a case, by repeat; those that a kill left out are not there."""
    numbers = range(1, run.repeats + 1)
    return [run.outcomes[case, number] for number in numbers if (case, number) in run.outcomes]


def score_of(outcomes: Sequence[Outcome], metric: str) -> float | None:
    """Return the mean score over the repeats that have this metric; None where none has."""
    scores = [each.marks[metric].score for each in outcomes if metric in each.marks]
    return fmean(scores) if scores else None


def _voting(outcome: Outcome, vote: str | None) -> Iterator[Mark]:
    yield from (mark for metric, mark in outcome.marks.items() if vote in (None, metric))


def _turned(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Turned]:
    """Yield the metrics whose score is another now; those of a case without answer are not compared."""
    names = dict.fromkeys(metric for each in after for metric in each.marks)
    for metric in names:
        was, now = score_of(before, metric), score_of(after, metric)
        if was is not None and now is not None and was != now:
            reason = min((each.marks[metric] for each in after if metric in each.marks), key=_score).reason
            yield Turned(metric=metric, before=was, after=now, reason=reason)


def _score(mark: Mark) -> float:
    return mark.score


def _state(after: Sequence[Outcome], turned: Sequence[Turned]) -> State:
    if not after or any(each.error for each in after):
        return State.ERROR
    if any(each.after < each.before for each in turned):
        return State.BROKEN
    return State.FIXED if turned else State.SAME


def _side(outcomes: Sequence[Outcome], turned: Sequence[str]) -> Side | None:
    """Return what is shown of a run: of repeats the one that did worst, so that nothing bad is hidden."""
    if not outcomes:
        return None
    shown = min(outcomes, key=lambda each: (not each.error, _worth(each, turned)))
    answer = shown.answer
    return Side(
        said=answer.said if answer else {},
        evidence=answer.evidence if answer else {},
        marks=shown.marks,
        error=shown.error,
    )


def _moved(before: Side | None, after: Side | None) -> Iterator[tuple[str, Any, Any]]:
    """Yield what the answers rest on where it differs: the quote or the candidate that turned a case."""
    if before and after and not (before.error or after.error):
        for name in dict.fromkeys([*before.evidence, *after.evidence]):
            was, now = before.evidence.get(name), after.evidence.get(name)
            if was != now:
                yield name, was, now


def _worth(outcome: Outcome, turned: Sequence[str]) -> float:
    """Return how well an outcome did: by what turned, else by all its marks."""
    told = [mark.score for metric, mark in outcome.marks.items() if not turned or metric in turned]
    return fmean(told) if told else 0.0


def shortened(text: str) -> str:
    """Return the beginning of a long text, and how much is left out."""
    left = len(text) - MOST
    return text if left <= 0 else f"{text[:MOST]} …\n({left:,} more characters)"
