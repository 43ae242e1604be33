"""What people say of replies: written out to be graded, and read back with the datasheet that goes with it.

Who grades sees the reply and what it may be made from, and not what a model said of it. How far both agree is
`evals/agreement.py`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.engines.claude.answers import Mark
from agent.errors import Misuse
from evals.judging import rubric
from evals.running.runs import Run

_NOT_YET = ""
#: What of a case tells which reply it should be, and from what.
_ABOUT = ("situation", "intent", "issue", "answer")
_MARKS = ", ".join(Mark)


class Graded(BaseModel):
    """One reply as one person graded it; `case` and the words of the reply name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    about: str = ""  #: the situation, and the record that it may be made from
    report: str = ""
    reply: str
    by: str
    grades: dict[str, str]


class GradesSheet(BaseModel):
    """The datasheet of a file of grades."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: str = Field(min_length=1)
    source: str = Field(min_length=1)
    graded_by: str = Field(min_length=1)
    how: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    grades: str = Field(min_length=1)


def to_grade(run: Run, file: Path) -> int:
    """Write the replies of a run for people to grade, with the sheet to fill in; return how many.

    Raises Misuse where a file is there: grades are never written over.
    """
    lines = file.with_suffix(".jsonl")
    if taken := next((each for each in (file, lines) if each.exists()), None):
        raise Misuse(f"{taken} is there. Nothing was written over it; name another file.")
    replies = sorted(_replies(run), key=lambda each: hashlib.sha256(each.reply.encode()).digest())
    if not replies:
        raise Misuse(f"{run.name} has no replies. Next: triage eval run draft --judge claude")
    lines.touch(0o600)
    rows = (json.dumps(each.model_dump(), ensure_ascii=False) + "\n" for each in replies)
    lines.write_text("".join(rows), encoding="utf-8")
    file.write_text(_to_fill_in(run, lines.name), encoding="utf-8")
    return len(replies)


def _to_fill_in(run: Run, lines: str) -> str:
    sheet = {
        "purpose": "Does a model that grades drafts agree with people?",
        "source": f"the replies of {run.name}, prompts {run.setup.prompts}, in an order that says nothing",
        "graded_by": _NOT_YET,
        "how": _NOT_YET,
        "licence": _NOT_YET,
        "grades": lines,
    }
    asked = f"# Grade each reply of {lines}, criterion by criterion: {_MARKS}. Put your role into `by`.\n"
    criteria = "".join(f"#   {each['name']}: {each['asks']}\n" for each in rubric())
    return f"{asked}{criteria}{yaml.safe_dump(sheet, sort_keys=False)}"


def _replies(run: Run) -> Iterator[Graded]:
    cases = {case.id: case.input for case in run.cases}
    empty = dict.fromkeys((each["name"] for each in rubric()), _NOT_YET)
    for outcome in run.outcomes.values():
        reply = outcome.answer.evidence.get("reply") if outcome.answer else None
        if reply:
            given = cases[outcome.case]
            about = ", ".join(str(given[name]) for name in _ABOUT if given.get(name))
            report = "\n\n".join(each["text"] for each in given["said"])
            yield Graded(
                case=outcome.case, about=about, report=report, reply=reply["text"], by=_NOT_YET, grades=empty
            )


def grades_of(file: Path) -> list[Graded]:
    """Read people's grades by their sheet. Raises Misuse with what is wrong or not filled in."""
    try:
        sheet = GradesSheet(**yaml.safe_load(file.read_text(encoding="utf-8")))
        rows = (file.parent / sheet.grades).read_text(encoding="utf-8").splitlines()
        found = [Graded(**json.loads(row)) for row in rows]
    except (OSError, TypeError, ValueError, yaml.YAMLError, ValidationError) as error:
        raise Misuse(f"{file}: {error}") from error
    for number, each in enumerate(found, 1):
        if fault := _fault(each):
            raise Misuse(f"{sheet.grades}, line {number}: {fault}. Nothing was measured.")
    return found


def _fault(given: Graded) -> str:
    if not given.by.strip():
        return "`by` says nobody"
    marks: tuple[Any, ...] = tuple(Mark)
    wrong = next((each["name"] for each in rubric() if given.grades.get(each["name"]) not in marks), "")
    return f"{wrong} is none of {_MARKS}" if wrong else ""
