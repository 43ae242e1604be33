"""How far a model that grades drafts agrees with people, and so whether its grades may vote.

Kappa counts agreement beyond chance (Cohen 1960). Under the bar, or on too few replies, a judge informs and has no vote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.errors import Misuse
from evals.judging import rubric
from evals.scorers.flags import kappa
from evals.scorers.intervals import Interval, bootstrap
from evals.scorers.judge import GRADED

if TYPE_CHECKING:
    from evals.datasets import Sheet
    from evals.grades import Graded
    from evals.running.records import Answer
    from evals.running.runs import Run, Setup

#: From here on agreement is called substantial (Landis and Koch 1977); under it nothing is decided by it.
BAR = 0.6
#: Graded replies under which a kappa says too little.
LEAST = 30
FILE = "agreement.json"


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


def agreement(run: Run, graded: Sequence[Graded]) -> dict[str, Agreement]:
    """Return how a run's judge agrees with people, a criterion each; grades of other replies do not count.

    Raises Misuse where no reply was graded by both.
    """
    answers = [(case, each.answer) for (case, _), each in run.outcomes.items() if each.answer]
    judged = {
        (case, _reply(answer)): answer.evidence["judge"]
        for case, answer in answers
        if "judge" in answer.evidence
    }
    both = [(judged[each.case, each.reply], each) for each in graded if (each.case, each.reply) in judged]
    if not both:
        raise Misuse(
            f"{run.name}: no reply was graded by its judge and by people. Next: triage eval run draft --judge claude"
        )
    return {each["name"]: _agreement(each["name"], both) for each in rubric()}


def _reply(answer: Answer) -> str:
    return str((answer.evidence.get("reply") or {"text": ""})["text"])


def _agreement(name: str, both: Sequence[tuple[Mapping[str, Any], Graded]]) -> Agreement:
    ours, theirs = [str(judge[name]["grade"]) for judge, _ in both], [each.grades[name] for _, each in both]
    clusters = [each.case for _, each in both]

    def statistic(places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        chosen = places.tolist()
        return kappa([ours[at] for at in chosen], [theirs[at] for at in chosen]).value

    whole = kappa(ours, theirs)
    unknown = Interval(whole.value, whole.value, whole.value)
    found = unknown if isnan(whole.value) else bootstrap(statistic, len(both), clusters)
    return Agreement(kappa=found, replies=len(set(clusters)), agreed=whole.parts["agreed"])


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
    if not sheet.vote.startswith(GRADED):
        return sheet, ""
    why = _withheld(str(setup.parameters.get("judge", "")), sheet.vote.removeprefix(GRADED), folders)
    if not why:
        return sheet, ""
    return sheet.model_copy(update={"vote": ""}), f"{sheet.name}: {sheet.vote} has no vote: {why}"


def _withheld(judge: str, criterion: str, folders: Sequence[Path]) -> str:
    """Return why a judge has no vote on a criterion; "" where it has one."""
    told = _known(folders).get(judge, {}).get(criterion)
    if not judge:
        return "no judge graded the run"
    if told is None:
        return f"nobody measured how the judge {judge} agrees with people"
    found = Agreement(kappa=Interval(*told["kappa"]), replies=told["replies"], agreed=told["agreed"])
    return "" if found.may_vote else f"the judge {judge} {found.why()}"


def _known(folders: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in (folder / FILE for folder in folders):
        if file.is_file():
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found
