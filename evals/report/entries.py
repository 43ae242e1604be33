"""Each case of a report: what became of it in both runs, and which reason or evidence turned it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isclose
from statistics import fmean
from typing import Any

from evals.comparing import outcomes_of, score_of
from evals.report.judged import Judged
from evals.running.records import Answer, Case, Mark, Outcome

#: Characters of one text that are shown; the rest is counted.
MOST = 4_000
#: A baseline keeps four decimals.
ROUNDED = 1e-4


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


def own_name(case: Case) -> str:
    """Return the id of a case within its dataset, which is named beside it."""
    return case.id.removeprefix(f"{case.dataset}:")


def _entry(judged: Judged, number: int, case: Case) -> Entry:
    after = outcomes_of(judged.run, case.id)
    before = outcomes_of(judged.against, case.id) if judged.against else []
    turned = tuple(_turned(judged, case.id, after))
    vote = judged.vote(case.dataset)
    shown = _side(before, [each.metric for each in turned]), _side(after, [each.metric for each in turned])
    return Entry(
        number=number,
        case=case,
        state=_state(after, [each for each in turned if vote in ("", each.metric)]),
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


def _voting(outcome: Outcome, vote: str) -> Iterator[Mark]:
    yield from (mark for metric, mark in outcome.marks.items() if vote in ("", metric))


def _turned(judged: Judged, case: str, after: Sequence[Outcome]) -> Iterator[Turned]:
    """Yield the metrics whose score is another now; those of a case without answer are not compared."""
    for metric in dict.fromkeys(name for each in after for name in each.marks):
        was = score_of(judged.against, case, metric) if judged.against else None
        now = score_of(judged.run, case, metric)
        if was is not None and now is not None and not isclose(was, now, abs_tol=ROUNDED):
            reason = min((each.marks[metric] for each in after), key=_score).reason
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
