"""Writers of one process stand in line, and a turn ends however its transaction does."""

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.store.database import Store
from agent.store.tables import marks


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'triage.db'}")


def write(store: Store, name: str) -> None:
    with store.write() as tx:
        tx.execute(marks.insert().values(name=name, value=""))


def test_who_waited_longest_writes_next(store: Store) -> None:
    order: list[int] = []

    def wait(number: int) -> None:
        with store.write():
            order.append(number)

    with store.write():
        threads = [threading.Thread(target=wait, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
            time.sleep(0.02)
    for thread in threads:
        thread.join(5)
    assert order == list(range(8))


def test_one_who_writes_all_the_time_keeps_nobody_waiting(store: Store) -> None:
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            with store.write():
                time.sleep(0.005)

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    waits = []
    for number in range(20):
        began = time.perf_counter()
        write(store, f"mark-{number}")
        waits.append(time.perf_counter() - began)
    stop.set()
    for thread in threads:
        thread.join(5)
    assert sorted(waits)[-2] < 1.0


def _fail(store: Store, fault: str) -> None:
    with store.write() as tx:
        if fault == "in the block":
            raise RuntimeError
        if fault == "at the commit":
            tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            tx.execute(sa.text('INSERT INTO case_messages ("case", message) VALUES (404, 404)'))
        else:
            tx.execute(marks.insert().values(name="twice", value=""))


@pytest.mark.parametrize("fault", ["in the block", "in a statement", "at the commit"])
def test_a_turn_ends_with_a_transaction_that_failed(store: Store, fault: str) -> None:
    write(store, "twice")
    with pytest.raises((RuntimeError, sa.exc.IntegrityError)):
        _fail(store, fault)
    write(store, "after it")


def test_a_turn_ends_where_another_process_holds_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'triage.db'}"
    mine, theirs = Store(url), Store(url)
    with theirs.write(), mine.db.connect() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 10")
    with theirs.write(), pytest.raises(sa.exc.OperationalError), mine.write():
        pass
    write(mine, "after it")
