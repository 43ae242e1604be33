"""A queue in memory, for tests whose store is not the matter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition, Thread

import sqlalchemy as sa

from agent.domain.jobs import QUICK, Job, JobKind
from agent.ports import Handler, Now
from agent.queue.failing import ATTEMPTS


@dataclass
class Entry:
    """A job, how often it failed, and when it may be worked."""

    job: Job
    attempts: int = 0
    due_at: datetime | None = None


class FakeQueue:
    """Keeps the promises of `ports.Queue` in one process."""

    def __init__(self, now: Now, failed: Callable[[Job, Exception], None]) -> None:
        self.now = now
        self.failed = failed
        self.waiting: list[Entry] = []
        self.busy: list[Entry] = []
        self.changed = Condition()
        self.stopped = False
        self.is_worked = False

    def enqueue_new(self, given: Sequence[Job], tx: sa.Connection) -> None:
        for job in given:
            self.enqueue(job, tx)

    def enqueue(self, job: Job, tx: sa.Connection) -> None:
        def add(_connection: sa.Connection) -> None:
            with self.changed:
                if job not in [entry.job for entry in self.waiting]:
                    self.waiting.append(Entry(job))
                self.changed.notify_all()

        sa.event.listen(tx, "commit", add, once=True)

    def workers(self) -> int:
        return int(self.is_worked)

    def run(self, handlers: Mapping[JobKind, Handler], *, threads: int) -> None:
        self.is_worked = True
        kinds = [*[tuple(JobKind)] * threads, QUICK]
        workers = [Thread(target=self._work, args=(handlers, each)) for each in kinds]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.is_worked = False

    def _work(self, handlers: Mapping[JobKind, Handler], kinds: Sequence[JobKind]) -> None:
        while not self.stopped:
            if not self._one(handlers, kinds):
                with self.changed:
                    self.changed.wait(0.05)

    def drain(self, handlers: Mapping[JobKind, Handler]) -> int:
        self.waiting[:0], self.busy = self.busy, []
        worked = 0
        while self._one(handlers):
            worked += 1
        return worked

    def stop(self) -> None:
        self.stopped = True

    def depth(self) -> int:
        return len(self.waiting) + len(self.busy)

    def _one(self, handlers: Mapping[JobKind, Handler], kinds: Sequence[JobKind] = tuple(JobKind)) -> bool:
        entry = self._claim(kinds)
        if entry is None:
            return False
        try:
            handlers[entry.job.kind](entry.job)
        except Exception as error:  # noqa: BLE001 - as a real queue
            self._fail(entry, error)
        with self.changed:
            self.busy.remove(entry)
            self.changed.notify_all()
        return True

    def _claim(self, kinds: Sequence[JobKind]) -> Entry | None:
        with self.changed:
            taken = {entry.job.key for entry in self.busy}
            for entry in self.waiting:
                is_due = entry.due_at is None or entry.due_at <= self.now()
                if is_due and entry.job.kind in kinds and entry.job.key not in taken:
                    self.waiting.remove(entry)
                    self.busy.append(entry)
                    return entry
            return None

    def _fail(self, entry: Entry, error: Exception) -> None:
        attempts = entry.attempts + 1
        if attempts >= ATTEMPTS or not getattr(error, "retry", True):
            self.failed(entry.job, error)
            return
        with self.changed:
            later = self.now() + timedelta(seconds=2**attempts)
            self.waiting.append(Entry(entry.job, attempts, later))
