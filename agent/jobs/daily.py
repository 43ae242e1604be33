"""The daily line: once a day the team reads what was read, seen, handled, dropped and failed (S13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.actions import Notice, NoticeKind
from agent.domain.figures import Backlog
from agent.domain.jobs import Job
from agent.domain.views import Counts, SourceLine
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store import outbox
from agent.store.database import Store
from agent.wording.daily import daily_line
from agent.wording.lateness import backlog

DAY = timedelta(days=1)


class Reads(Protocol):
    """Reads what the line says."""

    def sources(self, since: datetime | None = None) -> list[SourceLine]: ...

    def counts(self) -> Counts: ...

    def backlog(self) -> Backlog: ...


class Daily:
    """Books the day's line when its time has come; a day has one, whenever the process runs."""

    def __init__(self, store: Store, queue: Queue, settings: Settings, reads: Reads, now: Now) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.reads = reads
        self.now = now

    def once(self) -> None:
        """Book today's line, unless it is booked or not yet due."""
        places, now = self.settings.slack, self.now()
        local = now.astimezone(self.settings.rotation.zone)
        if places is None or not places.team or places.daily_at is None or local.time() < places.daily_at:
            return
        key = f"daily:{local.date().isoformat()}"
        with self.store.read() as tx:
            if outbox.by_key(tx, key) is not None:
                return
        to = f"slack:{places.team}"
        line = self._line(self.reads.sources(since=now - DAY), now)
        notice = Notice(key=key, case_id="", kind=NoticeKind.DAILY, to=to, text=line)
        with self.store.write() as tx:
            if outbox.add(tx, notice, to, now):
                self.queue.enqueue(Job.send(""), tx)

    def _line(self, lines: Sequence[SourceLine], now: datetime) -> str:
        late = backlog(self.reads.backlog(), now)
        return daily_line(lines, self.reads.counts(), late, now, self.settings.rotation.zone)
