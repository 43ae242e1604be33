"""Several doors take in what belongs together, at one time: nothing is missed, and nothing is told twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.arrivals import Arrival, Delivery, Happened, Turn, TurnKind
from agent.domain.messages import Message
from agent.jobs.arriving import Arriving
from agent.store.tables import messages, turns
from tests.builders import HELP, MONDAY, World, message, world
from tests.databases import address
from tests.together import ENDS, waits

ROOT = message(id="t-1")
COMMENT = replace(message(id="t-1/1", text="It happens with 2.8.1, too."), thread="t-1")
DELETED = Happened(turns=(Turn(kind=TurnKind.DELETED, source=HELP, message="t-1", at=MONDAY),))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with address("postgresql", tmp_path) as url, world(tmp_path / "home", database_url=url) as opened:
        yield opened


@pytest.fixture
def another() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as process:
        yield process


def said(one: Message, *, opens: bool) -> Happened:
    return Happened(arrivals=(Arrival(message=one, changed_at=MONDAY, opens=opens),))


def delivered(here: World, happened: Happened, id: str = "d-1") -> object:
    delivery = Delivery(id=id, digest=id, event="issues", source=HELP, happened=happened)
    return here.house.desk.deliver([delivery])


def while_one_is_on_its_way(
    here: World, another: ThreadPoolExecutor, first: Happened, second: Happened
) -> None:
    """Take in the first, and before that is committed have another door hear the second."""
    with here.house.store.write() as tx:
        Arriving(here.house.ports.queue, here.house.settings).take(tx, first, here.clock())
        later = another.submit(lambda: delivered(here, second))
        assert waits(later)
    later.result(ENDS)
    here.house.drain()


def count(here: World, table: sa.Table) -> int:
    with here.house.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_comment_that_is_heard_while_its_thread_is_on_its_way_in_counts(
    here: World, another: ThreadPoolExecutor
) -> None:
    while_one_is_on_its_way(here, another, said(ROOT, opens=True), said(COMMENT, opens=False))
    assert count(here, messages) == 2
    assert len(here.house.desk.case("C-1").messages) == 2


def test_what_is_deleted_while_it_is_on_its_way_in_is_told_to_its_case(
    here: World, another: ThreadPoolExecutor
) -> None:
    while_one_is_on_its_way(here, another, said(ROOT, opens=True), DELETED)
    assert "deleted" in here.house.desk.case("C-1").case.dropped_reason


def test_what_was_deleted_opens_no_case_though_it_is_heard_before_that_is_known(
    here: World, another: ThreadPoolExecutor
) -> None:
    while_one_is_on_its_way(here, another, DELETED, said(ROOT, opens=True))
    assert count(here, messages) == 0


def test_that_something_is_gone_is_told_once_though_two_hear_it_at_once(
    here: World, another: ThreadPoolExecutor
) -> None:
    delivered(here, said(ROOT, opens=True), "d-0")
    while_one_is_on_its_way(here, another, DELETED, DELETED)
    assert count(here, turns) == 1
