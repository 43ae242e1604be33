"""Reads places for what their webhooks missed, round after round; works where there are none, too.

Each page is kept in one transaction with the cursor behind it. It never stops at what is known
already: only time ends a list. A round is bounded, and the next one goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from agent.domain.arrivals import Arrival, Happened
from agent.domain.views import ReadReport
from agent.errors import Limited, TriageError, Unavailable
from agent.jobs.arriving import Arriving
from agent.policy.github.ids import REVIEW
from agent.policy.globs import matches
from agent.ports import Inflow, Now
from agent.store import arrivals, messages, readings
from agent.store.database import Store

#: How far back the first round looks.
LOOK_BACK = timedelta(days=1)
#: Pages of one stream that a round reads at the most.
PAGES = 20
ODD = "What came back could not be understood ({}); the log says more. It is read again in the next round."


class Rounds:
    """Reads every stream once a round; safe to kill anywhere."""

    def __init__(
        self, store: Store, inflow: Inflow, arriving: Arriving, quiet: Sequence[str], now: Now
    ) -> None:
        self.store = store
        self.inflow = inflow
        self.arriving = arriving
        self.quiet = quiet  #: globs of accounts that bring along nothing: ours, and other machines
        self.now = now
        self.configured = {each.id for each in arriving.settings.sources}
        self.log = structlog.get_logger("reading")

    def once(self) -> list[ReadReport]:
        """Read every stream; one that fails is told and stops no other, unless a limit is used up."""
        found: list[ReadReport] = []
        for source, stream in self.inflow.streams():
            try:
                found.append(ReadReport(source=source, stream=stream, new=self._read(source, stream)))
            except Exception as error:  # whatever it is, the next stream is read
                self.log.error("could not be read", source=source, stream=stream, exc_info=error)
                found.append(self._failed(source, stream, error))
                if isinstance(error, Limited):
                    break
        return found

    def _failed(self, source: str, stream: str, error: Exception) -> ReadReport:
        trouble = str(error) if isinstance(error, TriageError) else ODD.format(type(error).__name__)
        with self.store.write() as tx:
            readings.fail(tx, source, stream, trouble)
        return ReadReport(source=source, stream=stream, trouble=trouble)

    def look_around(self) -> None:
        """Remember every place that the keys see (S14)."""
        seen = list(self.inflow.places())
        with self.store.write() as tx:
            readings.see(tx, self.inflow.kind, seen, self.now())

    def _read(self, source: str, stream: str) -> int:
        new, is_last, pages = 0, False, 0
        while not is_last and pages < PAGES:
            began = self.now()
            with self.store.write() as tx:
                state = readings.begun(tx, source, stream, began - LOOK_BACK)
            page = self.inflow.page(source, stream, state.cursor, state.began_at)
            happened = self._with_roots(page.happened)
            is_last, pages = page.is_last, pages + 1
            with self.store.write() as tx:
                messages.hold_many(tx)
                at, to = state.cursor, page.following
                if not readings.move(tx, source, stream, at, to, began if is_last else None):
                    raise Unavailable(f"Another process reads {source} right now.")
                new += self.arriving.take(tx, happened, self.now())
                if is_last and source in self.configured:
                    messages.touch_source(tx, source, began)
        return new

    def _with_roots(self, happened: Happened) -> Happened:
        """Put before each comment that opens a Case what it is written below, where that is not here."""
        told: list[Arrival] = []
        known = {each.message.id for each in happened.arrivals if each.opens}
        for each in happened.arrivals:
            thread = each.message.thread
            if thread and thread not in known and self._brings(each, thread):
                known.add(thread)
                root = self.inflow.root(each.message.source, thread)
                told += [root] if root else []
            told.append(each)
        return replace(happened, arrivals=tuple(told))

    def _brings(self, arrival: Arrival, thread: str) -> bool:
        if not arrival.opens or REVIEW in arrival.message.id or matches(arrival.message.author, self.quiet):
            return False
        with self.store.read() as tx:
            return not arrivals.knows(tx, arrival.message.source, thread)
