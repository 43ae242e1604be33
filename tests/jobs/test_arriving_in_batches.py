"""Deliveries that are committed together: each counts once and as if it had come by itself. On both databases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.arrivals import Arrival, Delivery, Happened, Move, Taken, Turn, TurnKind
from agent.domain.messages import Message
from agent.store.tables import deliveries, events, jobs, messages
from tests.builders import HELP, MONDAY, World, message, world

LATER = MONDAY + timedelta(minutes=5)
DELETED = Happened(turns=(Turn(kind=TurnKind.DELETED, source=HELP, message="t-1", at=LATER),))


@pytest.fixture
def here(each_database: None, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "home") as opened:
        yield opened


def opened(id: str, text: str = "sync stops", *, state: str = "open", thread: str | None = None) -> Happened:
    said = replace(message(id=id, text=text), thread=thread)
    return told(said, opens=True, state=state)


def told(said: Message, *, opens: bool, state: str = "", later: bool = False) -> Happened:
    at = LATER if later else MONDAY
    return Happened(arrivals=(Arrival(message=said, changed_at=at, opens=opens, state=state),))


def delivered(here: World, given: Sequence[Happened], *ids: str) -> list[Taken]:
    named = ids or [f"d-{number}" for number in range(len(given))]
    batch = [
        Delivery(id=id, digest=f"{id} {happened}", event="issues", source=HELP, happened=happened)
        for id, happened in zip(named, given, strict=True)
    ]
    taken = here.house.desk.deliver(batch)
    here.house.drain()
    return taken


def count(here: World, table: sa.Table) -> int:
    with here.house.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_what_opens_in_one_batch_is_a_case_each(here: World) -> None:
    assert delivered(here, [opened(f"t-{number}") for number in range(1, 6)]) == [Taken.TAKEN] * 5
    assert (count(here, messages), here.house.desk.counts().inbox, count(here, jobs)) == (5, 5, 0)


def test_a_delivery_that_stands_in_its_batch_twice_counts_once(here: World) -> None:
    one = opened("t-1")
    assert delivered(here, [one, one, opened("t-2")], "d-1", "d-1", "d-2") == [
        Taken.TAKEN,
        Taken.SAME,
        Taken.TAKEN,
    ]
    assert (count(here, deliveries), count(here, messages)) == (2, 2)


def test_two_deliveries_of_one_message_in_a_batch_are_one_message_with_the_newer_words(here: World) -> None:
    newer = told(message(id="t-1", text="sync stops at 90 %"), opens=True, state="open", later=True)
    delivered(here, [opened("t-1"), newer])
    assert count(here, messages) == 1
    assert here.house.desk.case("C-1").messages[0].message.text == "sync stops at 90 %"
    assert here.house.desk.counts().inbox == 1


def test_a_message_that_is_here_already_is_not_opened_again_by_a_batch(here: World) -> None:
    delivered(here, [opened("t-1")], "d-1")
    delivered(here, [opened("t-1"), opened("t-2")], "d-2", "d-3")
    assert (count(here, messages), here.house.desk.counts().inbox) == (2, 2)


def test_a_comment_and_the_end_of_what_opens_in_the_same_batch_find_it(here: World) -> None:
    comment = replace(message(id="t-1/1", text="It happens with 2.8.1, too."), thread="t-1")
    closed = told(message(id="t-1"), opens=False, state="closed", later=True)
    delivered(here, [opened("t-1"), told(comment, opens=False), closed])
    assert len(here.house.desk.case("C-1").messages) == 2
    with here.house.store.read() as tx:
        said = tx.scalars(sa.select(events.c.text)).all()
    assert any("closed" in text for text in said)


def test_what_was_deleted_before_it_came_does_not_come_back_in_a_batch(here: World) -> None:
    delivered(here, [DELETED, opened("t-1"), opened("t-2")])
    assert (count(here, messages), here.house.desk.counts().inbox) == (1, 1)
    delivered(here, [opened("t-1"), opened("t-3")], "d-8", "d-9")
    assert count(here, messages) == 2


def test_what_moves_in_a_batch_moves_with_what_opened_before_it(here: World) -> None:
    moved = Move(source=HELP, thread="t-1", to_source=HELP, to_thread="t-7", at=LATER)
    delivered(here, [opened("t-1"), Happened(moves=(moved,)), opened("t-2")])
    with here.house.store.read() as tx:
        assert set(tx.scalars(sa.select(messages.c.id))) == {"t-7", "t-2"}
