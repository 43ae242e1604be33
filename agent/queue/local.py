"""The queue of one process: a table beside the facts, and threads.

Whoever runs it holds the home's lock, so a job that another process had begun is free again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event, Thread
from typing import Any

import sqlalchemy as sa
import structlog

from agent.domain.jobs import QUICK, Job, JobKind
from agent.ports import Handler, Now
from agent.queue.failing import Failed, due_again, is_given_up, jobs, utc

#: Seconds an idle thread waits before it looks again; what another process enqueued is seen then.
IDLE = 0.1
#: Seconds to wait after the database refused.
PATIENCE = 1.0

_busy = jobs.alias("busy")
#: The next job of some kinds: the oldest that is due and whose key nobody works. Put together once, asked all day.
READY = (
    sa.select(jobs)
    .where(jobs.c.owner.is_(None), jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)))
    .where(~sa.exists().where(_busy.c.key == jobs.c.key, _busy.c.owner.is_not(None)))
    .where(sa.or_(jobs.c.due_at.is_(None), jobs.c.due_at <= sa.bindparam("now")))
    .order_by(jobs.c.seq)
    .limit(1)
)


class LocalQueue:
    """Implements `ports.Queue` on the store's own database."""

    def __init__(self, db: sa.Engine, now: Now, owner: str, failed: Failed) -> None:
        self.db = db.execution_options(writes=True)
        self.now = now
        self.owner = owner
        self.failed = failed
        self.stopping = Event()
        self.is_worked = False
        self.log = structlog.get_logger("queue")

    def enqueue(self, job: Job, tx: sa.Connection) -> None:
        waiting = sa.select(jobs.c.payload).where(
            jobs.c.kind == job.kind, jobs.c.key == job.key, jobs.c.owner.is_(None)
        )
        if job.payload not in list(tx.scalars(waiting)):
            self.enqueue_new([job], tx)

    def enqueue_new(self, given: Sequence[Job], tx: sa.Connection) -> None:
        fresh = {"attempts": 0, "trouble": ""}
        rows = [{"kind": each.kind, "key": each.key, "payload": each.payload, **fresh} for each in given]
        if rows:
            tx.execute(sa.insert(jobs), rows)

    def run(self, handlers: Mapping[JobKind, Handler], *, threads: int) -> None:
        self.free()
        kinds = [*[tuple(JobKind)] * threads, QUICK]
        workers = [Thread(target=self._work, args=(handlers, each), daemon=True) for each in kinds]
        self.is_worked = True
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.is_worked = False

    def _work(self, handlers: Mapping[JobKind, Handler], kinds: Sequence[JobKind]) -> None:
        while not self.stopping.is_set():
            try:
                self._work_off(handlers, kinds)
            except Exception as error:
                self.log.error("the queue could not work", exc_info=error)
                self.stopping.wait(PATIENCE)
            self.stopping.wait(IDLE)

    def drain(self, handlers: Mapping[JobKind, Handler]) -> int:
        self.free()
        return self._work_off(handlers, tuple(JobKind))

    def stop(self) -> None:
        self.stopping.set()

    def depth(self) -> int:
        with self.db.connect() as tx:
            return tx.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0

    def workers(self) -> int:
        return int(self.is_worked)

    def free(self) -> None:
        """Give back what a process that is gone had begun."""
        with self.db.begin() as tx:
            tx.execute(sa.update(jobs).where(jobs.c.owner.is_not(None)).values(owner=None))

    def _work_off(self, handlers: Mapping[JobKind, Handler], kinds: Sequence[JobKind]) -> int:
        """Work what is ready until nothing is, or until `stop`; return how many jobs that were."""
        worked, row = 0, self._claim(kinds)
        while row is not None:
            worked += 1
            job = Job(kind=JobKind(row.kind), key=row.key, payload=row.payload)
            try:
                handlers[job.kind](job)
            except Exception as error:  # noqa: BLE001 - a job's failure is the job's, not the worker's
                self._insist(partial(self._fail, row, job, error))
                row = None if self.stopping.is_set() else self._claim(kinds)
            else:
                row = self._insist(partial(self._next, row.seq, kinds))
        return worked

    def _insist(self, act: Callable[[], Any]) -> Any:
        """Record how a job ended, however long the database takes: a row left claimed blocks its key."""
        while True:
            try:
                return act()
            except sa.exc.OperationalError as error:
                self.log.error("the end of a job could not be recorded yet", exc_info=error)
                if self.stopping.wait(PATIENCE):
                    return None  # the next start frees the row and works it again

    def _claim(self, kinds: Sequence[JobKind]) -> Any:
        if not self._is_any(kinds):
            return None
        with self.db.begin() as tx:
            return self._claimed(tx, kinds)

    def _next(self, done: int, kinds: Sequence[JobKind]) -> Any:
        """Forget a job that is done and claim another, unless this is to stop: one commit for both."""
        with self.db.begin() as tx:
            tx.execute(sa.delete(jobs).where(jobs.c.seq == done))
            return None if self.stopping.is_set() else self._claimed(tx, kinds)

    def _claimed(self, tx: sa.Connection, kinds: Sequence[JobKind]) -> Any:
        row = self._ready(tx, kinds)
        if row is not None:
            tx.execute(sa.update(jobs).where(jobs.c.seq == row.seq).values(owner=self.owner))
        return row

    def _is_any(self, kinds: Sequence[JobKind]) -> bool:
        # Looking needs no write lock, and idle threads look all day.
        with self.db.execution_options(writes=False).connect() as tx:
            return self._ready(tx, kinds) is not None

    def _ready(self, tx: sa.Connection, kinds: Sequence[JobKind]) -> Any:
        return tx.execute(READY, {"kinds": list(kinds), "now": utc(self.now())}).one_or_none()

    def _fail(self, row: Any, job: Job, error: Exception) -> None:
        if is_given_up(job, row.attempts, error):
            self.failed(job, error)
            with self.db.begin() as tx:
                tx.execute(sa.delete(jobs).where(jobs.c.seq == row.seq))
            return
        due_at = due_again(self.now(), row.attempts)
        with self.db.begin() as tx:
            tx.execute(
                sa.update(jobs)
                .where(jobs.c.seq == row.seq)
                .values(owner=None, attempts=row.attempts + 1, trouble=str(error), due_at=due_at)
            )
