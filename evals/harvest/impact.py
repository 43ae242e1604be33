"""What a change does to what people corrected: field by field, what it fixes and what it breaks (N6).

Nothing is tested here and no chance is told: these are single Cases, each shown with both answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

from evals.comparing import outcomes_of, same_cases
from evals.harvest.settled import FIELDS

if TYPE_CHECKING:
    from evals.running.records import Case, Outcome
    from evals.running.runs import Run


class Effect(StrEnum):
    FIXES = "fixes"
    BREAKS = "breaks"
    STILL_WRONG = "still wrong"
    STILL_RIGHT = "still right"


@dataclass(frozen=True, kw_only=True, slots=True)
class Impact:
    """One field of one Case that people settled, with both answers. `opening` is how the report begins."""

    case: str
    field: str
    effect: Effect
    is_corrected: bool  #: a person set it; else they let it stand
    wanted: str
    before: str
    after: str
    opening: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Impacts:
    """All that a change does to past corrections. Cases without an answer on either side are `errors`, not labels."""

    fields: Sequence[Impact]
    errors: Sequence[Outcome]
    cases: int
    unanswered: int  #: cases that one of the runs has not come to

    def of(self, effect: Effect) -> list[Impact]:
        """Return the fields with one effect, those that a person set first."""
        return sorted(
            (each for each in self.fields if each.effect is effect), key=lambda each: not each.is_corrected
        )

    @property
    def is_red(self) -> bool:
        """Whether something that was right is broken, or not all of it is known."""
        return bool(self.of(Effect.BREAKS) or self.errors or self.unanswered)

    def sentence(self) -> str:
        """Say it in one sentence."""
        corrected = [each for each in self.fields if each.is_corrected]
        fixed = sum(each.effect is Effect.FIXES for each in corrected)
        was_wrong = sum(each.effect in (Effect.FIXES, Effect.STILL_WRONG) for each in corrected)
        broken = self.of(Effect.BREAKS)
        told = sum(not each.is_corrected for each in broken)
        breaks = f"breaks {len(broken)}" + (f", {told} of them fields that people let stand" if told else "")
        return (
            f"Fixes {fixed} of {was_wrong} corrections that A gets wrong, {breaks}, in {self.cases:,} Cases"
        )


def impacts(before: Run, after: Run) -> Impacts:
    """Compare two runs over the corrections that they share."""
    shared = same_cases(before, after)
    pairs = [(case, outcomes_of(before, case.id), outcomes_of(after, case.id)) for case in shared]
    failed = [each for _, one, other in pairs for each in (*one, *other) if each.error]
    begun = [pair for pair in pairs if pair[1] and pair[2]]
    whole = [pair for pair in begun if all(each.answer for each in (*pair[1], *pair[2]))]
    fields = [each for case, one, other in whole for each in _of_case(case, one, other)]
    return Impacts(fields=fields, errors=failed, cases=len(pairs), unanswered=len(pairs) - len(begun))


def _of_case(case: Case, one: Sequence[Outcome], other: Sequence[Outcome]) -> Iterator[Impact]:
    for field in (each for each in FIELDS if each in case.expected):
        was, now = (_is_right(found, field) for found in (one, other))
        yield Impact(
            case=case.id.removeprefix(f"{case.dataset}:"),
            field=field,
            effect=_EFFECTS[was, now],
            is_corrected=field in case.expected["corrected"],
            wanted=case.expected[field],
            before=_said(one, field),
            after=_said(other, field),
            opening=" ".join(f"{said['title']} {said['text']}".strip() for said in case.input["said"]),
        )


_EFFECTS = {
    (False, True): Effect.FIXES,
    (True, False): Effect.BREAKS,
    (False, False): Effect.STILL_WRONG,
    (True, True): Effect.STILL_RIGHT,
}


def _is_right(found: Sequence[Outcome], field: str) -> bool:
    """Tell whether a field is right in more than half of the repeats."""
    return fmean(each.marks[field].score for each in found) > 0.5


def _said(found: Sequence[Outcome], field: str) -> str:
    """Return what was said, each other answer of the repeats once."""
    answers = (each.answer.said[field] for each in found if each.answer)
    return " or ".join(dict.fromkeys(str(each) for each in answers))
