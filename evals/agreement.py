"""How far a model that grades drafts agrees with people, and so whether its grades may vote.

People grade in a file of their own with its datasheet: each line is a reply, and they do not see what the model said.
Kappa counts agreement beyond chance (Cohen 1960). Under the bar, or on too few replies, a judge informs and has no vote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.engines.claude.answers import Mark
from agent.errors import Misuse
from evals.datasets import Sheet
from evals.judging import rubric
from evals.running.runs import Run, Setup
from evals.scorers.flags import kappa
from evals.scorers.intervals import Interval, bootstrap
from evals.scorers.judge import JUDGED

#: From here on agreement is called substantial (Landis and Koch 1977); under it nothing is decided by it.
BAR = 0.6
#: Graded replies under which a kappa says too little.
LEAST = 30
FILE = "agreement.json"
_NOT_YET = ""
#: What of a case tells which reply it should be, and from what.
_ABOUT = ("situation", "intent", "issue", "answer")


class Graded(BaseModel):
    """One reply as one person graded it. The words are there to be read; `case` and they name it."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Of one criterion: kappa with people and its interval, on how many replies. NaN is not known."""

    kappa: Interval
    replies: int
    agreed: float

    @property
    def may_vote(self) -> bool:
        return self.kappa.value >= BAR and self.replies >= LEAST

    def why(self) -> str:
        """Say what it may do, and why."""
        if isnan(self.kappa.value):
            return "informs: all grades are alike, so nothing is known"
        value = f"kappa {self.kappa.value:.2f}"
        if self.kappa.value < BAR:
            return f"informs: {value} is under {BAR}"
        return (
            "may vote"
            if self.may_vote
            else f"informs: {value}, of {self.replies} replies; {LEAST} are needed"
        )


def to_grade(run: Run, file: Path) -> int:
    """Write the replies of a run for a person to grade, with the sheet to fill in; return how many.

    Raises Misuse where the file is there: grades are never written over.
    """
    lines = file.with_suffix(".jsonl")
    if taken := next((each for each in (file, lines) if each.exists()), None):
        raise Misuse(f"{taken} is there. Nothing was written over it; name another file.")
    replies = sorted(_replies(run), key=lambda each: hashlib.sha256(each.reply.encode()).digest())
    if not replies:
        raise Misuse(f"{run.name} has no replies. Next: triage eval run draft --judge claude")
    sheet = {
        "purpose": "Does a model that grades drafts agree with people?",
        "source": f"the replies of {run.name}, prompts {run.setup.prompts}, in an order that says nothing",
        "graded_by": _NOT_YET,
        "how": _NOT_YET,
        "licence": _NOT_YET,
        "grades": lines.name,
    }
    lines.touch(0o600)
    lines.write_text(
        "".join(json.dumps(each.model_dump(), ensure_ascii=False) + "\n" for each in replies),
        encoding="utf-8",
    )
    file.write_text(f"{_told()}{yaml.safe_dump(sheet, sort_keys=False)}", encoding="utf-8")
    return len(replies)


def _told() -> str:
    criteria = "".join(f"#   {each['name']}: {each['asks']}\n" for each in rubric())
    marks = ", ".join(Mark)
    return f"# Grade each reply of the file below, criterion by criterion: {marks}. Put your role into `by`.\n{criteria}"


def _replies(run: Run) -> Iterator[Graded]:
    cases = {case.id: case.input for case in run.cases}
    for outcome in run.outcomes.values():
        reply = outcome.answer.evidence.get("reply") if outcome.answer else None
        if reply:
            empty = {each["name"]: _NOT_YET for each in rubric()}
            given = cases[outcome.case]
            yield Graded(
                case=outcome.case,
                about=", ".join(str(given[name]) for name in _ABOUT if given.get(name)),
                report="\n\n".join(each["text"] for each in given["said"]),
                reply=reply["text"],
                by=_NOT_YET,
                grades=empty,
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
        wrong = [
            name for name in (one["name"] for one in rubric()) if each.grades.get(name) not in tuple(Mark)
        ]
        if wrong or not each.by.strip():
            what = f"{wrong[0]} is none of {', '.join(Mark)}" if wrong else "`by` says nobody"
            raise Misuse(f"{sheet.grades}, line {number}: {what}. Nothing was measured.")
    return found


def agreement(run: Run, graded: Sequence[Graded]) -> dict[str, Agreement]:
    """Return how a run's judge agrees with people, a criterion each; grades of other replies do not count.

    Raises Misuse where no reply was graded by both.
    """
    judged = {
        (each.case, _text(each)): each.answer.evidence["judge"]
        for each in run.outcomes.values()
        if each.answer and "judge" in each.answer.evidence
    }
    both = [(judged[each.case, each.reply], each) for each in graded if (each.case, each.reply) in judged]
    if not both:
        raise Misuse(
            f"{run.name}: no reply was graded by its judge and by people. Next: triage eval run draft --judge claude"
        )
    return {each["name"]: _agreement(each["name"], both) for each in rubric()}


def _text(outcome: Any) -> str:
    return str((outcome.answer.evidence.get("reply") or {"text": ""})["text"])


def _agreement(name: str, both: Sequence[tuple[Mapping[str, Any], Graded]]) -> Agreement:
    ours, theirs = [str(judge[name]["grade"]) for judge, _ in both], [each.grades[name] for _, each in both]
    clusters = [each.case for _, each in both]

    def statistic(places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        chosen = places.tolist()
        return kappa([ours[at] for at in chosen], [theirs[at] for at in chosen]).value

    whole = kappa(ours, theirs)
    measured = (
        Interval(whole.value, whole.value, whole.value)
        if isnan(whole.value)
        else bootstrap(statistic, len(both), clusters)
    )
    return Agreement(kappa=measured, replies=len(set(clusters)), agreed=whole.parts["agreed"])


def keep(folder: Path, judge: str, found: Mapping[str, Agreement]) -> None:
    """Keep what was measured of a judge, beside the datasets; measured again, the newest counts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _known([folder])
    known[judge] = {name: {**asdict(each), "kappa": list(each.kappa)} for name, each in found.items()}
    half = folder / f".{FILE}.half"
    half.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    half.replace(folder / FILE)


def entitled(sheet: Sheet, setup: Setup, folders: Sequence[Path]) -> tuple[Sheet, str]:
    """Return a sheet whose judge's vote counts only where it agrees with people, and why it does not."""
    if not sheet.vote.startswith(JUDGED):
        return sheet, ""
    judge, criterion = str(setup.parameters.get("judge", "")), sheet.vote.removeprefix(JUDGED)
    told = _known(folders).get(judge, {}).get(criterion)
    if told is None:
        why = (
            f"nobody measured how the judge {judge} agrees with people"
            if judge
            else "no judge graded the run"
        )
    else:
        found = Agreement(kappa=Interval(*told["kappa"]), replies=told["replies"], agreed=told["agreed"])
        why = "" if found.may_vote else f"the judge {judge} {found.why()}"
    return (
        (sheet.model_copy(update={"vote": ""}), f"{sheet.name}: {sheet.vote} has no vote: {why}")
        if why
        else (sheet, "")
    )


def _known(folders: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in (folder / FILE for folder in folders):
        if file.is_file():
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found
