"""What a run is made of: cases, answers, and one outcome a case and repeat."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One thing to try. Cases of one cluster are about the same Issue: they are drawn together."""

    id: str
    dataset: str
    input: Json
    expected: Json
    cluster: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the product said of a case, and what it cost to ask."""

    said: Json
    evidence: Json = field(default_factory=dict)  #: what it rests on: quotes, candidates, the draft
    seconds: float = 0.0
    tokens: int = 0
    cents: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One metric of one case: a score from 0 to 1, higher is better, and why."""

    score: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A line of a run. With `error` there is no answer and no mark: an exception is never a label."""

    case: str
    repeat: int
    answer: Answer | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)
    error: str = ""

    def as_line(self) -> dict[str, Any]:
        """Return the JSON object of this line."""
        return asdict(self)

    @classmethod
    def of_line(cls, line: Json) -> Self:
        """Read a line back."""
        answer = Answer(**line["answer"]) if line["answer"] else None
        marks = {name: Mark(**mark) for name, mark in line["marks"].items()}
        return cls(**{**line, "answer": answer, "marks": marks})
