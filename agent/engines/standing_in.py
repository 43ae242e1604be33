"""An engine that never fails for another's sake: where the first does not answer, the second does and says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from agent.domain.assessments import Assessment, Candidate, Compared, Matched, Researched
from agent.domain.made import StoodIn
from agent.domain.proposals import Draft
from agent.domain.reports import Description
from agent.errors import EngineFailed

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.reports import Brief, Report
    from agent.ports import Engine, Library, Now

T = TypeVar("T", Researched, Compared, Assessment, Draft, Description)


class StandingIn:
    """Implements `ports.Engine`. After a failure of the service the first rests for some seconds.

    The rest keeps one Case from waiting for the same failure at each of its steps; the next Case after it
    asks the first again.
    """

    def __init__(self, first: Engine, second: Engine, now: Now, rest: timedelta) -> None:
        self.name = first.name
        self.first = first
        self.second = second
        self._now = now
        self._rest = rest
        self._lock = threading.Lock()
        self._resting: tuple[datetime, StoodIn] | None = None
        self._log = structlog.get_logger("engine")

    def research(
        self, report: Report, found: Sequence[tuple[Candidate, Issue]], library: Library
    ) -> Researched:
        """Have the first look again."""
        return self._of(lambda engine: engine.research(report, found, library))

    def compare(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> Compared:
        """Have the first compare."""
        return self._of(lambda engine: engine.compare(report, found))

    def assess(self, report: Report, matched: Matched) -> Assessment:
        """Have the first read."""
        return self._of(lambda engine: engine.assess(report, matched))

    def draft(self, brief: Brief) -> Draft:
        """Have the first write."""
        return self._of(lambda engine: engine.draft(brief))

    def describe(self, brief: Brief, assessment: Assessment) -> Description:
        """Have the first describe."""
        return self._of(lambda engine: engine.describe(brief, assessment))

    def _of(self, ask: Callable[[Engine], T]) -> T:
        instead = self._rests()
        if instead is None:
            try:
                return ask(self.first)
            except EngineFailed as failure:
                instead = self._note(failure)
        answer = ask(self.second)
        return replace(answer, made=replace(answer.made, instead=instead))

    def _rests(self) -> StoodIn | None:
        with self._lock:
            if self._resting and self._now() < self._resting[0]:
                return self._resting[1]
            self._resting = None
            return None

    def _note(self, failure: EngineFailed) -> StoodIn:
        now = self._now()
        self._log.warning(
            "the embedded engine stands in",
            why=failure.kind.value,
            detail="" if failure.may_quote else failure.detail,
            tries=failure.tries,
        )
        instead = StoodIn(engine=self.name, why=failure.kind.value, tries=failure.tries, until=now)
        if not failure.kind.is_of_one_question:
            until = now + max(self._rest, timedelta(seconds=failure.seconds))
            with self._lock:
                self._resting = (until, instead)
        return instead
