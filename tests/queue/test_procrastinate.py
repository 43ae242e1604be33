"""What many workers have beside the contract: the dead are buried, and the database may throw anyone out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest
import sqlalchemy as sa
from procrastinate.schema import SchemaManager

from agent.domain.jobs import Job, JobKind
from agent.errors import Rejected
from agent.ports import Handler
from agent.queue import procrastinate
from agent.queue.procrastinate import ProcrastinateQueue
from agent.store.database import Store
from agent.store.postgres import keywords
from tests.builders import Clock
from tests.databases import address

#: What procrastinate 3.10 makes.
TABLES = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
PATIENCE = 60  #: seconds, on a busy machine


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with address("postgresql", tmp_path) as url:
        opened = Store(url)
        yield opened
        opened.close()


def queue_of(store: Store, given_up: list[Job] | None = None, haste: float = 1) -> ProcrastinateQueue:
    told = [] if given_up is None else given_up
    return ProcrastinateQueue(
        store.db, keywords(store.db), Clock(), lambda job, error: told.append(job), haste
    )


@contextmanager
def running(queue: ProcrastinateQueue, handle: Handler, threads: int = 2) -> Iterator[Thread]:
    worker = Thread(target=lambda: queue.run({JobKind.SEND: handle}, threads=threads))
    worker.start()
    try:
        yield worker
    finally:
        queue.stop()
        worker.join(PATIENCE)
        assert not worker.is_alive()


def enqueue(store: Store, queue: ProcrastinateQueue, *keys: str) -> None:
    def act(tx: sa.Connection) -> None:
        for key in keys:
            queue.enqueue(Job.send(key), tx)

    store.written(act)  # a connection may be cut while it is used, too


def run(store: Store, statement: str) -> None:
    with store.db.begin() as tx:
        tx.execute(sa.text(statement))


def into(done: list[str], everything: Event, many: int) -> Callable[[Job], None]:
    def handle(job: Job) -> None:
        done.append(job.key)
        if len(set(done)) == many:
            everything.set()

    return handle


def test_what_a_worker_had_begun_that_is_gone_is_worked_by_another(store: Store) -> None:
    queue, done, everything = queue_of(store), list[str](), Event()
    enqueue(store, queue, "C-1", "C-2")
    age = procrastinate.GONE + 1
    run(
        store,
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
        f"VALUES (now() - interval '{age} seconds') RETURNING id) "
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead) WHERE lock = 'C-1'",
    )
    with running(queue, into(done, everything, 2)):
        assert everything.wait(PATIENCE)
    assert sorted(done) == ["C-1", "C-2"]
    assert queue.depth() == 0


def test_a_machine_whose_clock_is_ahead_gives_back_what_can_be_worked_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, worked = queue_of(store), list[str]()
    enqueue(store, queue, "C-1")
    run(store, "UPDATE procrastinate_jobs SET status = 'failed'")
    ahead = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("procrastinate.utils.utcnow", lambda: ahead)
    assert queue.drain({JobKind.SEND: lambda job: worked.append(job.key)}) == 1
    assert worked == ["C-1"]


@pytest.mark.chaos
def test_a_worker_that_ends_is_not_taken_for_gone_while_its_last_job_runs(store: Store) -> None:
    ending, other = queue_of(store, haste=5), queue_of(store, haste=5)
    done, begun, may_end = list[str](), Event(), Event()

    def slow(job: Job) -> None:
        done.append(job.key)
        begun.set()
        may_end.wait(PATIENCE)

    with running(ending, slow):
        enqueue(store, ending, "C-1")
        assert begun.wait(PATIENCE)
        ending.stop()
        with running(other, slow):
            sleep(2 * other.gone)
            may_end.set()
    assert done == ["C-1"]


def test_a_worker_whose_connections_are_cut_goes_on(store: Store) -> None:
    queue, done, everything = queue_of(store), list[str](), Event()
    with running(queue, into(done, everything, 20)):
        for cut in range(3):
            enqueue(store, queue, *(f"C-{cut}-{at}" for at in range(5)))
            run(
                store,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
        enqueue(store, queue, *(f"C-last-{at}" for at in range(5)))
        assert everything.wait(PATIENCE)


def test_a_job_whose_end_was_not_recorded_does_not_block_its_key(store: Store) -> None:
    queue, done, everything = queue_of(store), list[str](), Event()
    with running(queue, into(done, everything, 2)):
        enqueue(store, queue, "C-1")
        while queue.depth():
            pass
        # As it is left where the database was away when the job ended: this worker lives, and does not work it.
        enqueue(store, queue, "C-2")
        run(
            store,
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
        )
        assert everything.wait(PATIENCE)


def test_a_key_with_a_nul_is_a_key_all_the_same(store: Store) -> None:
    queue, done = queue_of(store), list[str]()
    enqueue(store, queue, "file/a\0b", "file/a\0b")
    assert queue.drain({JobKind.SEND: into(done, Event(), 1)}) == 1


def test_a_job_that_waits_does_not_begin_before_what_counts_on_it_is_committed(store: Store) -> None:
    queue, done, everything = queue_of(store), list[str](), Event()
    enqueue(store, queue, "C-1")
    with store.write() as tx:
        queue.enqueue(Job.send("C-1"), tx)
        assert queue.drain({JobKind.SEND: into(done, everything, 1)}) == 0
    assert queue.drain({JobKind.SEND: into(done, everything, 1)}) == 1


def test_a_job_that_is_being_taken_does_not_stand_for_a_new_one(store: Store) -> None:
    queue = queue_of(store)
    enqueue(store, queue, "C-1")
    with store.write() as taking:
        taking.execute(sa.text("UPDATE procrastinate_jobs SET status = 'doing'"))
        enqueue(store, queue, "C-1")
    assert queue.depth() == 2


def test_what_is_refused_for_good_is_not_tried_again(store: Store) -> None:
    given_up: list[Job] = []
    queue = queue_of(store, given_up)

    def refuse(job: Job) -> None:
        raise Rejected("never")

    enqueue(store, queue, "C-1")
    assert queue.drain({JobKind.SEND: refuse}) == 1
    assert [job.key for job in given_up] == ["C-1"]
    assert queue.depth() == 0


def test_two_workers_share_what_there_is_and_none_is_worked_twice(store: Store) -> None:
    one, other = queue_of(store), queue_of(store)
    done, everything = list[str](), Event()
    enqueue(store, one, *(f"C-{at}" for at in range(30)))
    with running(one, into(done, everything, 30)), running(other, into(done, everything, 30)):
        assert everything.wait(PATIENCE)
    assert sorted(done) == sorted(f"C-{at}" for at in range(30))


def test_what_is_due_is_put_aside_once_by_two_at_a_time(store: Store) -> None:
    one, other = queue_of(store), queue_of(store)
    due = Clock()() - timedelta(seconds=1)
    with store.write() as tx:
        row = {"kind": "send", "key": "C-1", "payload": {}, "trouble": "", "attempts": 1}
        tx.execute(sa.insert(procrastinate.jobs).values(**row, due_at=due.replace(tzinfo=None)))
    with store.write():
        assert one._put_due() + other._put_due() == 1
    assert one.depth() == 1


def test_the_library_has_the_tables_that_stores_were_made_with() -> None:
    """Where this fails, `prepare` must bring older stores up to the library's new tables."""
    schema = SchemaManager.get_schema().encode()
    assert sha256(schema).hexdigest() == TABLES
