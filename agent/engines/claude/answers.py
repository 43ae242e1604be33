"""The shapes that answers must have: closed sets and texts, nothing else. What becomes of them is decided elsewhere.

Every field is required, so that a model says "nothing" in words. Whatever an answer points at (ids, criteria, records)
is a string here and checked against what was shown by `faults_of_names`. Descriptions are part of what a model reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from agent.domain.assessments import CaseType, FactorKind


class Answer(BaseModel):
    """What all answers have in common: what is not asked for is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sureness(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"


#: What an engine may find in a text. Who is a key customer is a record's to say, and severity is learned.
Findable = Literal[
    FactorKind.SECURITY,
    FactorKind.OUTAGE,
    FactorKind.DATA_LOSS,
    FactorKind.CRASH,
    FactorKind.REGRESSION,
    FactorKind.BLOCKED,
    FactorKind.NO_WORKAROUND,
    FactorKind.WORKAROUND,
    FactorKind.MANY_AFFECTED,
    FactorKind.NO_DATA_LOSS,
    FactorKind.COSMETIC,
]
FINDABLE: tuple[FactorKind, ...] = get_args(Findable)


class Lacking(StrEnum):
    """What can be asked of the reporter of a bug; never anything that is nobody's business."""

    VERSION = "version"
    STEPS = "steps"
    LOG = "log"
    EXPECTED = "expected"
    SYSTEM = "os"
    SINCE = "since"
    EXAMPLE = "example"


#: Each as the thing asked for. The first five are what the embedded engine asks for, in its words.
ASKED_FOR: Mapping[Lacking, str] = {
    Lacking.VERSION: "the version",
    Lacking.STEPS: "the steps that lead to it",
    Lacking.LOG: "the exact error message or log lines",
    Lacking.EXPECTED: "what you expected to happen instead",
    Lacking.SYSTEM: "the operating system",
    Lacking.SINCE: "since when it happens, and what changed before",
    Lacking.EXAMPLE: "a small example that shows it",
}


class Finding(Answer):
    kind: Findable
    quote: str


class Queries(Answer):
    symptom: str
    error: str
    component: str


class Assessed(Answer):
    """The answer to `assess.md`."""

    type: CaseType
    second: CaseType | None
    sure: Sureness
    findings: list[Finding]
    hours_low: float
    hours_high: float
    hours_known: bool
    area: str
    area_quote: str
    missing: list[Lacking]
    version: str
    language: str
    queries: Queries
    unsure: list[str]


class Sameness(StrEnum):
    DUPLICATE = "duplicate"
    FIXED_IN = "fixed_in"
    REGRESSION = "regression"
    RELATED = "related"
    DIFFERENT = "different"

    @property
    def is_same(self) -> bool:
        """Tell whether it is the same root cause; how the Issue stands is a record's to say."""
        return self in (Sameness.DUPLICATE, Sameness.FIXED_IN, Sameness.REGRESSION)


class Judged(Answer):
    id: str
    verdict: Sameness
    theirs: str
    ours: str
    differs: str


class Compared(Answer):
    """The answer to `match.md`."""

    compared: list[Judged]


class Record(StrEnum):
    """What a statement of a Draft may rest on."""

    REPORT = "report"
    ISSUE = "issue"
    ANSWER = "answer"
    NEW_ISSUE = "new_issue"


class Stated(Answer):
    text: str
    record: Record


class Drafted(Answer):
    """The answer to `draft.md`."""

    reply: str
    translation: str
    claims: list[Stated]


class Described(Answer):
    """The answer to `issue.md`."""

    title: str
    what_happened: str
    expected: str
    steps: list[str]
    systems: list[str]
    impact: list[str]
    workaround: str
    evidence: list[str]


class Mark(StrEnum):
    GOOD = "good"
    POOR = "poor"
    FAILS = "fails"


class Grade(Answer):
    criterion: str
    grade: Mark
    quote: str
    reason: str


class Graded(Answer):
    """The answer to `judge.md`."""

    grades: list[Grade]


#: By the name that the head of a prompt has under `answer`.
ANSWERS: Mapping[str, type[Answer]] = {
    "assessed": Assessed,
    "compared": Compared,
    "drafted": Drafted,
    "described": Described,
    "graded": Graded,
}


def faults_of_names(
    named: Sequence[str], shown: Collection[str], *, wanted: Iterable[str] = ()
) -> Iterator[str]:
    """Yield what is wrong with the names in an answer: never shown, twice, or `wanted` and not there.

    What is said goes back to the model and repeats nothing of its answer.
    """
    if strange := sum(each not in shown for each in named):
        yield f"{strange} of the names were never shown; use only: {', '.join(shown) or 'none'}"
    if len(set(named)) < len(named):
        yield "a name occurs twice; each may occur once"
    if left := [each for each in wanted if each not in named]:
        yield f"these are not answered: {', '.join(left)}"
