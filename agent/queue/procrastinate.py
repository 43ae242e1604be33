"""The queue of many workers: procrastinate on the store's own PostgreSQL.

A job is deferred on the connection of the caller's transaction, with its key as the lock. A worker beats;
what one that is gone had begun is worked again by another, and a worker that was only held up may then
run beside it: nothing rests on a job running once. A job that failed waits as a row of the store
(`failing.py`) and not here, where it would hold up its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock
from time import sleep
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql

from agent.domain.jobs import QUICK, Job, JobKind
from agent.ports import Handler, Now
from agent.queue.failing import Failed, due_again, is_given_up, jobs, utc

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.job_context import JobContext
    from procrastinate.jobs import Job as Deferred
    from procrastinate.worker import Worker

#: Seconds between two signs of life, and after how many without one a worker is gone.
BEAT, GONE = 5.0, 20.0
#: Seconds between two looks for jobs that no notice told of, for what is due, and for what is left over.
LOOK, DUE, LEFT = 1.0, 0.5, 2.0
#: Seconds until a worker goes on that the database threw out, and between two looks whether to stop.
PATIENCE, STOP = 1.0, 0.1
#: Each worker keeps one connection to listen on; the others are for jobs.
CONNECTIONS = 6
#: When a job that is given back may begin: the database's clock decides, and a worker's may be ahead of it.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Rows of what is due that one transaction takes.
BATCH = 100

#: Workers that a process registers: one for all jobs, one for those that never wait for a model.
REGISTERED = 2

TASK = "work"
#: Queues: what never waits for a model has a thread of its own beside those that work both.
NEVER_WAITS, MAY_WAIT = "never_waits", "may_wait"
PREPARED = "procrastinate_jobs"

_deferred = sa.table(
    PREPARED,
    sa.column("id", sa.BigInteger),
    sa.column("lock", sa.Text),
    sa.column("args", postgresql.JSONB),
    sa.column(
        "status",
        postgresql.ENUM("todo", "doing", "failed", name="procrastinate_job_status", create_type=False),
    ),
    sa.column("worker_id", sa.BigInteger),
)

_registered = sa.table("procrastinate_workers", sa.column("last_heartbeat", sa.DateTime(timezone=True)))


def prepare(db: sa.Engine) -> None:
    """Make procrastinate's tables where there are none; several processes may do so at once."""
    from procrastinate.schema import SchemaManager

    with db.begin() as tx:
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(PREPARED, 0))))
        if sa.inspect(tx).has_table(PREPARED):
            return
        driver = tx.connection.driver_connection
        assert driver is not None
        driver.execute(SchemaManager.get_schema())
        # Both the library's fetch and `enqueue` ask for the jobs of a key; its own index begins with the id.
        sa.Index("triage_jobs_by_lock", _indexed.c.lock, postgresql_where=_open(_indexed)).create(tx)


_indexed = sa.Table(
    PREPARED, sa.MetaData(), sa.Column("lock", sa.Text), sa.Column("status", _deferred.c.status.type)
)


def _open(table: Any) -> sa.ColumnElement[bool]:
    return sa.or_(
        table.c.status == sa.literal_column("'todo'"), table.c.status == sa.literal_column("'doing'")
    )


class ProcrastinateQueue:
    """Implements `ports.Queue` for as many processes as are wanted.

    `keywords` is what psycopg is called with for the same database.
    """

    def __init__(
        self, db: sa.Engine, keywords: Mapping[str, Any], now: Now, failed: Failed, haste: float = 1.0
    ) -> None:
        from procrastinate import App, SyncPsycopgConnector

        prepare(db)
        self.db = db
        self.keywords = dict(keywords)
        self.now = now
        self.failed = failed
        self.beat, self.gone, self.left = BEAT / haste, GONE / haste, LEFT / haste
        self.stopping = Event()
        self.log = structlog.get_logger("queue")
        # Never opened: it only writes, on the caller's connection.
        self._writer = App(connector=SyncPsycopgConnector())
        self._at_work: set[int] = set()
        self._guard = Lock()

    def enqueue(self, job: Job, tx: sa.Connection) -> None:
        if not self._waits(job, tx):
            self._defer([(job, 0)], tx)

    def enqueue_new(self, given: Sequence[Job], tx: sa.Connection) -> None:
        self._defer([(job, 0) for job in given], tx)

    def _waits(self, job: Job, tx: sa.Connection) -> bool:
        """Tell whether an identical job has not begun, and keep it from beginning before this commits.

        One that a worker is taking now may not see what this transaction writes, so it does not count.
        """
        todo = sa.select(_deferred.c.id).where(
            _deferred.c.status == "todo",
            _deferred.c.lock == job.key,
            _deferred.c.args.contains({"kind": job.kind.value, "payload": job.payload}),
        )
        if tx.execute(todo.limit(1).with_for_update(skip_locked=True)).first() is not None:
            return True
        later = sa.select(jobs.c.payload).where(jobs.c.kind == job.kind, jobs.c.key == job.key)
        return job.payload in list(tx.scalars(later.with_for_update(skip_locked=True)))

    def _defer(self, given: Sequence[tuple[Job, int]], tx: sa.Connection) -> None:
        """Defer jobs, each after so many failures, in one statement of the caller's transaction."""
        if given:
            deferred = [self._deferred(job, attempts) for job, attempts in given]
            driver = tx.connection.driver_connection
            self._writer.job_manager.batch_defer_jobs(jobs=deferred, connection=driver)

    def _deferred(self, job: Job, attempts: int) -> Deferred:
        task = self._writer.configure_task(
            TASK,
            lock=job.key,
            queue=NEVER_WAITS if job.kind in QUICK else MAY_WAIT,
            # The lock is first in, first out: what was approved does not stand behind a judgement of its Case.
            priority=1 if job.kind is JobKind.SEND else 0,
        )
        key = job.key.replace("\0", " ")  # no JSON of PostgreSQL can hold it
        return task.make_new_job(kind=job.kind.value, key=key, payload=dict(job.payload), attempts=attempts)

    def run(self, handlers: Mapping[JobKind, Handler], *, threads: int) -> None:
        asyncio.run(self._run(handlers, threads))

    async def _run(self, handlers: Mapping[JobKind, Handler], threads: int) -> None:
        while not self.stopping.is_set():
            try:
                await self._serve(handlers, threads)
            except Exception as error:
                self.log.error("the queue could not work", exc_info=error)
            if not self.stopping.is_set():  # its connection is gone, or it was taken for dead
                await asyncio.sleep(PATIENCE)

    async def _serve(self, handlers: Mapping[JobKind, Handler], threads: int) -> None:
        """Work as two registered workers until `stop`, or until the database throws one of them out."""
        async with self._app(handlers).open_async() as app:
            workers = [self._worker(app, threads, None), self._worker(app, 1, [NEVER_WAITS])]
            beside = [
                asyncio.create_task(self._end(workers)),
                asyncio.create_task(self._again_and_again(DUE, self._put_due_aside)),
                asyncio.create_task(self._again_and_again(self.left, self._rescuer(app, workers))),
            ]
            try:
                async with asyncio.TaskGroup() as both:
                    for worker in workers:
                        both.create_task(_until_one_ends(worker, workers))
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    def _worker(self, app: App, threads: int, queues: Sequence[str] | None) -> Worker:
        from procrastinate.worker import Worker

        return Worker(
            app,
            queues=queues,
            concurrency=threads,
            fetch_job_polling_interval=LOOK,
            update_heartbeat_interval=self.beat,
            stalled_worker_timeout=self.gone,
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    async def _end(self, workers: Sequence[Worker]) -> None:
        while True:
            if self.stopping.is_set():
                _stop(workers)  # more than once: one that had not begun yet forgets that it was told
            await asyncio.sleep(STOP)

    async def _again_and_again(self, seconds: float, act: Callable[[], Any]) -> None:
        while True:
            try:
                await act()
            except Exception as error:
                self.log.error("a round of the queue failed", exc_info=error)
            await asyncio.sleep(seconds)

    def _app(self, handlers: Mapping[JobKind, Handler]) -> App:
        from procrastinate import App, PsycopgConnector

        app = App(connector=PsycopgConnector(min_size=1, max_size=CONNECTIONS, kwargs=self.keywords))

        def work(context: JobContext, /, **given: Any) -> None:
            number = context.job.id or 0
            with self._guard:
                self._at_work.add(number)
            try:
                self._work(handlers, given)
            finally:
                with self._guard:
                    self._at_work.discard(number)

        app.task(name=TASK, pass_context=True)(work)
        return app

    def _work(self, handlers: Mapping[JobKind, Handler], given: Mapping[str, Any]) -> None:
        """Work one job; how it fails is recorded here, and for procrastinate it is done."""
        job = Job(kind=JobKind(given["kind"]), key=given["key"], payload=dict(given["payload"]))
        try:
            handlers[job.kind](job)
        except Exception as error:  # noqa: BLE001 - a job's failure is the job's, not the worker's
            self._insist(partial(self._fail, job, given["attempts"], error))

    def _insist(self, act: Callable[[], None]) -> None:
        """Record a failure however long the database takes; where it is not to be, the job counts as failed."""
        while True:
            try:
                return act()
            except sa.exc.OperationalError as error:
                self.log.error("the end of a job could not be recorded yet", exc_info=error)
                if self.stopping.is_set():
                    raise
                sleep(PATIENCE)

    def _fail(self, job: Job, attempts: int, error: Exception) -> None:
        if is_given_up(job, attempts, error):
            self.failed(job, error)
            return
        row = {"kind": job.kind, "key": job.key, "payload": job.payload, "trouble": str(error)}
        due_at = due_again(self.now(), attempts)
        with self.db.begin() as tx:
            tx.execute(sa.insert(jobs).values(**row, attempts=attempts + 1, due_at=due_at))

    async def _put_due_aside(self) -> None:
        while await asyncio.to_thread(self._put_due) == BATCH:
            pass

    def _put_due(self) -> int:
        """Make jobs of what waited for its time; two processes never take the same row."""
        due = sa.select(jobs).where(jobs.c.due_at <= utc(self.now())).order_by(jobs.c.seq).limit(BATCH)
        with self.db.begin() as tx:
            rows = tx.execute(due.with_for_update(skip_locked=True)).all()
            if not rows:
                return 0
            again = [
                (Job(kind=JobKind(row.kind), key=row.key, payload=row.payload), row.attempts) for row in rows
            ]
            self._defer(again, tx)
            tx.execute(sa.delete(jobs).where(jobs.c.seq.in_([row.seq for row in rows])))
        return len(rows)

    def _rescuer(self, app: App, workers: Sequence[Worker]) -> Callable[[], Any]:
        suspects: set[int] = set()

        async def rescue() -> None:
            """Give back what was begun by workers that are gone, and what these lost their hold of."""
            nonlocal suspects
            if self.stopping.is_set():  # the library stops to beat while the last jobs end
                await _beat(app, workers)
            await self._rescue(app)
            mine = [job for worker in workers for job in await _begun_by(app, worker)]
            with self._guard:
                idle = {job.id: job for job in mine if job.id and job.id not in self._at_work}
            # The first time it may be on its way in or out; the second time its end was not recorded.
            for number in suspects & set(idle):
                await self._give_back(app, idle.pop(number))
            suspects = set(idle)

        return rescue

    async def _rescue(self, app: App) -> None:
        manager = app.job_manager
        left = [
            *await manager.get_stalled_jobs(seconds_since_heartbeat=self.gone),
            *await manager.list_jobs_async(status="failed"),
        ]
        for job in left:
            await self._give_back(app, job)
        await manager.prune_stalled_workers(self.gone)

    async def _give_back(self, app: App, job: Deferred) -> None:
        from procrastinate.exceptions import ConnectorException

        try:
            await app.job_manager.retry_job(job, LONG_AGO)
        except ConnectorException as error:  # another worker was faster, or it ended after all
            self.log.info("a job needs no rescue", job=job.id, exc_info=error)

    def drain(self, handlers: Mapping[JobKind, Handler]) -> int:
        return asyncio.run(self._drain(handlers))

    async def _drain(self, handlers: Mapping[JobKind, Handler]) -> int:
        from procrastinate.jobs import Status

        worked = 0
        async with self._app({}).open_async() as app:
            manager = app.job_manager
            await self._rescue(app)
            me = await manager.register_worker()
            try:
                while True:
                    job = await manager.fetch_job(queues=None, worker_id=me)
                    if job is not None:
                        self._work(handlers, job.task_kwargs)
                        await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
                        worked += 1
                    elif not self._put_due():
                        return worked
            finally:  # what was not finished belongs to nobody now
                await manager.unregister_worker(me)

    def stop(self) -> None:
        self.stopping.set()

    def depth(self) -> int:
        begun = sa.select(sa.func.count()).select_from(_deferred).where(_open(_deferred))
        with self.db.connect() as tx:
            return (tx.scalar(begun) or 0) + (tx.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0)

    def workers(self) -> int:
        beats = _registered.c.last_heartbeat >= sa.func.now() - timedelta(seconds=self.gone)
        with self.db.connect() as tx:
            found = tx.scalar(sa.select(sa.func.count()).select_from(_registered).where(beats)) or 0
        return -(-found // REGISTERED)


async def _until_one_ends(worker: Worker, workers: Sequence[Worker]) -> None:
    try:
        await worker.run()  # type: ignore[no-untyped-call]
    finally:
        _stop(workers)


def _stop(workers: Iterable[Worker]) -> None:
    for worker in workers:
        worker.stop()  # type: ignore[no-untyped-call]


async def _beat(app: App, workers: Iterable[Worker]) -> None:
    for worker in workers:
        if worker.worker_id is not None:
            await app.job_manager.update_heartbeat(worker.worker_id)


async def _begun_by(app: App, worker: Worker) -> Iterable[Deferred]:
    # Without a number it is not registered, and to ask for None is to ask for everybody's.
    if worker.worker_id is None:
        return []
    return await app.job_manager.list_jobs_async(status="doing", worker_id=worker.worker_id)
