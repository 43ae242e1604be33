"""The product opened for measuring: a scratch home a set of Issues, whose index is kept, with one engine over it.

Nothing of a team's own home is read or written, and no channel is opened.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.house import House
from agent.policy.shifts import holder
from agent.triage import facts
from agent.triage.trial import Trials
from agent.wiring import open_house
from evals.harvest.finding import INDEX as HARVEST
from evals.readers import NOTHING, SAMPLE
from evals.reports import issue_from, lines_of, message_from, settings_in

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.messages import Message
    from agent.domain.reports import Report
    from agent.domain.views import Trial
    from agent.ports import Engine, Progress
    from agent.settings import Settings
    from agent.triage.steps import Steps
    from evals.judging import Judge
    from evals.running.records import Case

CANDIDATES = 10
COMMAND = "triage eval"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """One scratch home with the product's own steps and the engine that is measured."""

    house: House
    steps: Steps
    judge: Judge | None = None  #: who grades the drafts, where somebody does

    def said(self, case: Case) -> list[Message]:
        """Return the Messages of a case; those of a place that is configured are as private as it is."""
        known = {source.id: source.visibility for source in self.house.settings.sources}
        found = map(message_from, case.input["said"])
        return [replace(each, visibility=known.get(each.source, each.visibility)) for each in found]

    def report(self, said: Sequence[Message]) -> Report:
        """Return what steps are asked about."""
        project = self.house.settings.source(said[0].source).project
        return facts.report_of(said, project, said[0].author, said[-1].sent_at)

    def trial(self, said: Sequence[Message]) -> Trial:
        """Take Messages through all steps, at the moment of the last; nothing is stored, nobody is told."""
        at = said[-1].sent_at
        on_shift = holder(self.house.settings.rotation, at).holder
        trials = Trials(self.steps, self.house.store, lambda: at, time.monotonic, on_shift)
        return trials.case(said, CANDIDATES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Where the Issues are that a message could be about."""

    data: Path
    sample: Path
    home: Path  #: what evaluations keep in the team's own

    def file(self, index: str) -> Path | None:
        """Return the file of a set of Issues; None for no Issues at all."""
        if index == NOTHING:
            return None
        if index == SAMPLE:
            return self.sample / "issues.jsonl"
        return (self.home if index == HARVEST else self.data) / "issues" / f"{index}.jsonl"

    def version(self, index: str) -> str:
        """Return a hash of a set of Issues."""
        file = self.file(index)
        return _hash_of(file) if file else "none"

    def issues(self, index: str) -> Iterable[Issue]:
        """Return the Issues of a set."""
        file = self.file(index)
        return map(issue_from, lines_of(file)) if file else ()


@cache
def _hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def open_stands(
    stack: ExitStack,
    settings: Settings,
    folder: Path,
    indexes: Iterable[str],
    known: Known,
    prompts: Path,
    engine_over: Callable[[House], Engine],
    watch: Callable[[str], Progress],
    judge: Judge | None,
) -> Mapping[str, Stand]:
    """Open a stand a set of Issues; what is not indexed yet is, and is kept in the folder.

    Raises HomeLocked where another run is at it.
    """
    stands = {}
    for index in sorted(set(indexes)):
        home = folder / f"{index or 'nothing'}-{known.version(index)}"
        home.mkdir(parents=True, exist_ok=True)
        plain = settings_in(settings, home)
        house = stack.enter_context(open_house(plain, command=COMMAND, prompts=prompts))
        house.add_issues(known.issues(index), watch(index))
        stands[index] = Stand(house=house, steps=replace(house.steps, engine=engine_over(house)), judge=judge)
    return stands
