"""What every queue keeps. An implementation joins by a line in `queues`."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from agent.domain.jobs import Job, JobKind
from agent.errors import Unavailable
from agent.ports import Queue
from agent.queue.failing import ATTEMPTS
from agent.queue.local import LocalQueue
from agent.queue.procrastinate import ProcrastinateQueue
from agent.store.database import Store
from agent.store.postgres import keywords
from tests.builders import Clock
from tests.databases import address
from tests.fakes.queue import FakeQueue

type_of_queue = Callable[[Store, Clock, list[Job]], Queue]


def _local(store: Store, clock: Clock, given_up: list[Job]) -> Queue:
    return LocalQueue(store.db, clock, "this process", lambda job, error: given_up.append(job))


def _procrastinate(store: Store, clock: Clock, given_up: list[Job]) -> Queue:
    return ProcrastinateQueue(store.db, keywords(store.db), clock, lambda job, error: given_up.append(job))


def _fake(store: Store, clock: Clock, given_up: list[Job]) -> Queue:
    return FakeQueue(clock, lambda job, error: given_up.append(job))


queues = {
    "local": ("sqlite", _local),
    "procrastinate": ("postgresql", _procrastinate),
    "fake": ("sqlite", _fake),
}


@pytest.fixture(params=queues)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(name: str, tmp_path: Path) -> Iterator[Store]:
    with address(queues[name][0], tmp_path) as url:
        opened = Store(url)
        yield opened
        opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def given_up() -> list[Job]:
    return []


@pytest.fixture
def queue(name: str, store: Store, clock: Clock, given_up: list[Job]) -> Queue:
    make: type_of_queue = queues[name][1]
    return make(store, clock, given_up)


def test_a_job_exists_if_and_only_if_its_transaction_commits(store: Store, queue: Queue) -> None:
    with store.write() as tx:
        queue.enqueue(Job.send("C-1"), tx)
    with suppress(RuntimeError), store.write() as tx:
        queue.enqueue(Job.send("C-2"), tx)
        raise RuntimeError("the caller failed")
    done: list[str] = []
    assert queue.drain({JobKind.SEND: lambda job: done.append(job.key)}) == 1
    assert done == ["C-1"]


def test_an_identical_job_that_has_not_begun_is_not_added_twice(store: Store, queue: Queue) -> None:
    with store.write() as tx:
        for _ in range(3):
            queue.enqueue(Job.triage("C-1", 1), tx)
        queue.enqueue(Job.triage("C-1", 2), tx)
    assert queue.depth() == 2


def test_new_jobs_are_added_together_and_run_in_their_order(store: Store, queue: Queue) -> None:
    with store.write() as tx:
        queue.enqueue_new([Job.triage(f"C-{number}", 1) for number in (3, 1, 2)], tx)
        queue.enqueue_new([], tx)
    with suppress(RuntimeError), store.write() as tx:
        queue.enqueue_new([Job.triage("C-4", 1)], tx)
        raise RuntimeError("the caller failed")
    done: list[str] = []
    assert queue.drain({JobKind.TRIAGE: lambda job: done.append(job.key)}) == 3
    assert done == ["C-3", "C-1", "C-2"]


def test_jobs_of_one_key_run_one_after_the_other_and_in_order(store: Store, queue: Queue) -> None:
    ran: list[str] = []
    running, together, lock = set[str](), list[str](), Lock()

    def handle(job: Job) -> None:
        with lock:
            if job.key in running:
                together.append(job.key)
            running.add(job.key)
        Event().wait(0.005)
        with lock:
            running.remove(job.key)
            ran.append(f"{job.key} {job.payload['revision']}")
            if len(ran) == 30:
                queue.stop()

    with store.write() as tx:
        for revision in range(10):
            for case in ("C-1", "C-2", "C-3"):
                queue.enqueue(Job.triage(case, revision), tx)
    worker = Thread(target=lambda: queue.run({JobKind.TRIAGE: handle}, threads=3))
    worker.start()
    worker.join(timeout=30)
    assert not together
    for case in ("C-1", "C-2", "C-3"):
        assert [line for line in ran if line.startswith(case)] == [f"{case} {each}" for each in range(10)]


def test_a_job_that_was_under_way_when_the_process_died_is_worked_again(store: Store, queue: Queue) -> None:
    class Died(BaseException):
        pass

    def die(job: Job) -> None:
        raise Died

    with store.write() as tx:
        queue.enqueue(Job.send("C-1"), tx)
    with pytest.raises(Died):
        queue.drain({JobKind.SEND: die})
    done: list[str] = []
    queue.drain({JobKind.SEND: lambda job: done.append(job.key)})
    assert done == ["C-1"]


def test_a_failing_job_waits_blocks_nobody_and_is_told_when_it_is_given_up(
    store: Store, queue: Queue, clock: Clock, given_up: list[Job]
) -> None:
    done: list[str] = []

    def handle(job: Job) -> None:
        if job.payload["revision"] == "1":
            raise Unavailable("not now")
        done.append(job.payload["revision"])

    with store.write() as tx:
        queue.enqueue(Job.triage("C-1", 1), tx)
        queue.enqueue(Job.triage("C-1", 2), tx)
    for _ in range(ATTEMPTS):
        assert not given_up
        queue.drain({JobKind.TRIAGE: handle})
        clock.pass_by(hours=1)
    assert done == ["2"]
    assert [job.payload["revision"] for job in given_up] == ["1"]
    assert queue.depth() == 0


def test_what_was_approved_does_not_wait_behind_cases_that_wait_for_a_model(
    store: Store, queue: Queue
) -> None:
    with store.write() as tx:
        for number in range(4):
            queue.enqueue(Job.triage(f"C-{number}", 1), tx)
        queue.enqueue(Job.send("C-9"), tx)
    sent, answered = Event(), Event()
    handlers = {
        JobKind.TRIAGE: lambda job: answered.wait(20) and None,
        JobKind.SEND: lambda job: sent.set(),
    }
    worker = Thread(target=lambda: queue.run(handlers, threads=2))
    worker.start()
    try:
        assert sent.wait(10)
    finally:
        answered.set()
        queue.stop()
        worker.join(timeout=20)


def test_who_works_is_counted_while_it_works(queue: Queue) -> None:
    assert queue.workers() == 0
    worker = Thread(target=lambda: queue.run({}, threads=2))
    worker.start()
    try:
        assert _soon(lambda: queue.workers() == 1)
    finally:
        queue.stop()
        worker.join(timeout=20)
    assert _soon(lambda: queue.workers() == 0)


def _soon(holds: Callable[[], bool]) -> bool:
    return any(holds() or Event().wait(0.05) for _ in range(200))
