"""Several processes with Slack at once, on PostgreSQL: one card, one line a day, one Case."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event

import pytest

from agent.domain.actions import Notice, NoticeKind, OutboxState
from agent.domain.messages import Source, SourceUse
from agent.errors import Limited, Missing, Refused, Unavailable
from agent.house import TROUBLED
from agent.jobs.daily import Daily
from agent.jobs.showing import Showing
from agent.settings import SlackPlaces
from agent.store import cases, messages, outbox
from tests.builders import HELP, ONE, Clock, World, message, settings_in, world
from tests.databases import address
from tests.fakes.surface import Board
from tests.together import ENDS, at_once, waits

NOON = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
PLACES = SlackPlaces(team="C-TEAM", daily_at=time(9, 30), cards="C-CARDS")
MANY = 4


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with address("postgresql", tmp_path) as given:
        yield given


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as pool:
        yield pool


@contextmanager
def two(home: Path, url: str, board: Board, **changes: object) -> Iterator[tuple[World, World]]:
    """Open two houses on one database and one board, at one time."""
    clock, both = Clock(NOON), {"slack": PLACES, "surface": board, "database_url": url, **changes}
    with (
        world(home / "one", clock=clock, **both) as one,  # type: ignore[arg-type]
        world(home / "two", clock=clock, **both) as other,  # type: ignore[arg-type]
    ):
        yield one, other


def _showing(here: World) -> Showing:
    house = here.house
    surface = house.ports.surface
    return Showing(house.store, house.ports.queue, house.settings, surface, house.desk, here.clock)


def _worked(here: World) -> None:
    """Work off what is ready, and look at nothing that is due."""
    here.house.ports.queue.drain(here.house.handlers())


def test_a_card_is_booked_and_posted_once_whoever_looks_at_once(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor
) -> None:
    board = Board()
    with two(tmp_path, url, board) as (one, other):
        for at in range(3):
            one.house.desk.receive([message(id=f"m-{at}", author=f"user-{at}")])
        _worked(one)
        looks = [_showing(here).once for here in (one, other) for _ in range(2)]
        with one.house.store.write() as tx:
            for number in (1, 2, 3):  # all have seen that cards are missing before one of them is booked
                cases.hold(tx, number)
            begun = [threads.submit(look) for look in looks]
            assert all(map(waits, begun))
        for each in begun:
            each.result(ENDS)
        sends: list[Callable[[], object]] = [here.house.outbox.send for here in (one, other)]  # type: ignore[list-item]
        for number in (1, 2, 3):
            at_once(threads, [lambda send=send, at=number: send(at) for send in sends])  # type: ignore[misc]
        assert sorted(card.key for card in board.posted) == ["C-1:card", "C-2:card", "C-3:card"]


def test_a_process_that_looked_before_another_posted_the_card_books_no_second_one(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor
) -> None:
    card = Notice(key="C-1:card", case_id="C-1", kind=NoticeKind.CARD, to="slack:C-CARDS", text="")
    with two(tmp_path, url, Board()) as (one, other):
        one.house.desk.receive([message()])
        _worked(one)
        with one.house.store.write() as tx:
            cases.hold(tx, 1)
            look = threads.submit(_showing(other).once)
            assert waits(look)
            outbox.add(tx, card, card.to, NOON)
            outbox.claim(tx, card.key, "another", NOON)
            outbox.settle(tx, card.key, OutboxState.SENT, attempt=1)
        look.result(ENDS)
        assert [each.notice.key for each in one.house.desk.case("C-1").told] == ["C-1:card"]


def test_a_card_that_was_deleted_is_posted_anew_once_whoever_finds_it_gone(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor
) -> None:
    board = Board()
    with two(tmp_path, url, board) as (one, other):
        one.house.desk.receive([message()])
        one.house.drain()
        one.house.drain()
        assert len(board.posted) == 1
        one.house.desk.take("C-1", "second-engineer")
        board.faults = [Missing("message_not_found")] * 2
        at_once(threads, [lambda here=here: here.house.showing.draw("C-1") for here in (one, other)])  # type: ignore[misc]
        board.faults = []
        other.house.drain()
        other.house.drain()
        gone = [each for each in one.house.desk.case("C-1").history if each.what == "card deleted"]
    assert (len(board.posted), len(gone)) == (2, 1)


def test_a_place_that_asked_one_process_to_wait_is_left_alone_by_the_other(tmp_path: Path, url: str) -> None:
    board = Board()
    with two(tmp_path, url, board) as (one, other):
        one.house.desk.receive([message()])
        for _ in range(3):
            one.house.drain()
            one.clock.pass_by(seconds=40)
        one.house.desk.take("C-1", "second-engineer")
        board.faults = [Limited("ratelimited", 30)]
        one.house.showing.draw("C-1")
        other.house.drain()
        assert "second-engineer" not in board.cards["C-CARDS/1"]
        other.clock.pass_by(seconds=31)
        other.house.drain()
        assert board.cards["C-CARDS/1"] == "C-1 r1 open of second-engineer"


def test_the_days_line_is_booked_once_whoever_looks_at_once(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor
) -> None:
    with two(tmp_path, url, Board()) as (one, other):
        lines = [
            Daily(house.store, house.ports.queue, house.settings, house.desk, one.clock).once
            for house in (one.house, other.house)
            for _ in range(2)
        ]
        at_once(threads, lines)
        one.house.drain()
        other.house.drain()
        told = [line["key"] for here in (one, other) for line in here.sent()]
    assert told == ["daily:2026-03-02"]


@pytest.mark.parametrize("use", [SourceUse.SUPPORT, SourceUse.ALERTS])
def test_what_belongs_together_is_one_case_although_it_is_taken_in_at_once(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor, use: SourceUse
) -> None:  # S8 S10
    with two(tmp_path, url, Board(), sources=_used(tmp_path, use)) as (one, other):
        given = [message(id=f"m-{at}", sent_at=NOON + timedelta(seconds=at)) for at in range(MANY)]
        one.house.desk.receive(given)
        with one.house.store.read() as tx:
            seqs = [seq for seq, _ in messages.untaken(tx, NOON + timedelta(hours=1))]
        intakes = [here.house.intake for here in (one, other) for _ in range(2)]
        at_once(threads, [lambda at=at, seq=seq: at.take(seq) for at, seq in zip(intakes, seqs, strict=True)])  # type: ignore[misc]
        with one.house.store.read() as tx:
            assert {number for seq in seqs for number in messages.cases_of(tx, seq)} == {1}


def _used(home: Path, use: SourceUse) -> tuple[Source, ...]:
    given = settings_in(home).sources
    return tuple(replace(each, use=use, group_minutes=10) if each.id == HELP else each for each in given)


def test_one_acknowledgement_leaves_whoever_gives_it_at_once(
    tmp_path: Path, url: str, threads: ThreadPoolExecutor
) -> None:
    with two(tmp_path, url, Board()) as (one, other):
        one.house.desk.receive([message()])
        _worked(one)

        def given(here: World) -> bool:
            try:
                here.house.desk.acknowledge("C-1", ONE)
            except Refused:  # who came second is told so
                return False
            return True

        assert sorted(map(bool, at_once(threads, [lambda: given(one), lambda: given(other)]))) == [
            False,
            True,
        ]
        at_once(threads, [lambda: one.house.outbox.send(1), lambda: other.house.outbox.send(1)])
        told = [line["key"] for here in (one, other) for line in here.sent()]
    assert told == ["C-1:ack"]


def test_while_the_database_is_away_rounds_come_seldom(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    failed, until = list[datetime](), Event()

    def away() -> None:
        failed.append(datetime.now(UTC))
        raise Unavailable("the store does not answer")

    with world(tmp_path / "home") as here:
        here.house.sweep.once = away  # type: ignore[method-assign]
        working = threads.submit(here.house.work, until)
        assert not until.wait(TROUBLED / 2)
        until.set()
        working.result(ENDS)
    assert len(failed) == 1
