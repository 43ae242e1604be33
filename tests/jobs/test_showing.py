"""Cards stand where their owner sees them, in their hours, and show what is true after each event.

What processes do to each other is shown on both databases.
"""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.actions import Notice, OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.proposals import Priority
from agent.errors import Denied, Limited, Missing, Unavailable
from agent.settings import SlackPlaces
from agent.store import outbox, proposals
from tests.builders import ONE, TWO, Clock, World, message, world
from tests.fakes.surface import Board

each_database = pytest.mark.usefixtures("each_database")

NOON = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  #: everybody of the example team works
NIGHT = datetime(2026, 3, 2, 22, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 8, tzinfo=UTC)  #: nine o'clock in Berlin, where the owner is
PLACES = SlackPlaces(on_call="C-ON-CALL", team="C-TEAM", daily_at=time(9, 30))


def _settled(here: World) -> None:
    """Work until nothing moves any more, past the pause between two drawings of the homes."""
    for _ in range(3):
        here.house.drain()
        here.clock.pass_by(seconds=6)
    here.house.drain()


def _opened(here: World, text: str = "sync stops after the upgrade", id: str = "m-1") -> None:
    here.house.desk.receive([message(text, id=id, author=f"user-{id}")])
    _settled(here)


@each_database
def test_a_card_goes_to_its_cases_owner_once_and_shows_what_is_true_after_each_event(
    tmp_path: Path,
) -> None:  # T17
    board = Board()
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=Clock(NOON)) as here:
        _opened(here)
        owner = here.house.desk.case("C-1").case.owner
        place = here.house.settings.person_named(owner).slack
        assert board.cards == {f"{place}/1": f"C-1 r1 open of {owner}"}
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, owner or "")
        _settled(here)
        assert board.cards == {f"{place}/1": f"C-1 r1 sent of {owner}"}
        drawn = board.redrawn
        _settled(here)
        verdict = here.house.desk.case("C-1").verdict
    assert board.redrawn == drawn
    assert [card.key for card in board.posted] == ["C-1:card"]
    assert verdict is not None
    assert verdict.shown_at == NOON + timedelta(seconds=6)


def test_outside_the_owners_hours_a_card_waits_for_the_morning_and_a_p0_is_told_at_once(
    tmp_path: Path,
) -> None:  # S3 A9
    board, clock = Board(), Clock(NIGHT)
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=clock) as here:
        _opened(here)
        here.house.desk.correct("C-1", 1, {"priority": "P0"}, ONE)
        _settled(here)
        told = [(line["kind"], line["to"]) for line in here.sent() if line["kind"] != "daily"]
        assert told == [("alert", "slack:C-ON-CALL")]
        assert here.house.desk.case("C-1").case.priority is Priority.P0
        assert not board.posted
        clock.at = MORNING.replace(hour=7, minute=59)
        _settled(here)
        assert not board.posted
        clock.at = MORNING
        _settled(here)
    assert [card.key for card in board.posted] == ["C-1:card"]


def test_a_card_that_waits_is_not_posted_for_a_case_that_was_answered_meanwhile(tmp_path: Path) -> None:
    board, clock = Board(), Clock(NIGHT)
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=clock) as here:
        _opened(here)
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        clock.at = MORNING
        _settled(here)
        told = here.house.desk.case("C-1").told
    assert not board.posted
    assert [each.state for each in told] == [OutboxState.CANCELLED]


@each_database
def test_a_case_that_is_handed_over_has_a_card_where_its_new_owner_sees_it(tmp_path: Path) -> None:
    board = Board()
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=Clock(NOON)) as here:
        _opened(here)
        here.house.desk.hand_over("C-1", "third-engineer", ONE)
        _settled(here)
        owner = here.house.desk.case("C-1").case.owner
        assert [card.to for card in board.posted][-1] == "slack:U-THIRD"
        assert set(board.cards.values()) == {f"C-1 r1 open of {owner}"}
        here.house.desk.hand_over("C-1", "first-engineer", ONE)
        here.house.desk.hand_over("C-1", "third-engineer", ONE)
        _settled(here)
    assert len(board.posted) == len({card.to for card in board.posted})


@each_database
def test_cards_that_were_deleted_and_handed_on_each_have_a_key_of_their_own(tmp_path: Path) -> None:
    board = Board()
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=Clock(NOON)) as here:
        _opened(here)
        for person in ("second-engineer", "third-engineer"):  # one that nobody posted yet makes way
            here.house.desk.hand_over("C-1", person, ONE)
            here.house.showing.once()
        board.faults = [Missing("message_not_found")]
        _settled(here)
        here.house.desk.hand_over("C-1", "first-engineer", ONE)
        here.house.desk.hand_over("C-1", "second-engineer", ONE)
        _settled(here)
    keys = [card.key for card in board.posted]
    assert len(keys) == len(set(keys))
    assert {card.to for card in board.posted} == {"slack:U-FIRST", "slack:U-SECOND", "slack:U-THIRD"}


def test_a_card_in_a_channel_stays_there_whoever_owns_the_case(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        here.house.desk.hand_over("C-1", "third-engineer", ONE)
        _settled(here)
    assert board.cards == {"C-CARDS/1": "C-1 r1 open of third-engineer"}


@each_database
def test_a_deleted_card_is_posted_anew_while_its_case_waits_and_then_left(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        for expected in (2, 2):
            board.faults = [Missing("message_not_found")]
            here.house.desk.correct(
                "C-1",
                here.house.desk.case("C-1").case.revision,
                {"priority": "P1"} if expected == 2 and len(board.posted) == 1 else {"priority": "P2"},
                ONE,
            )
            _settled(here)
            assert len(board.posted) == expected
        gone = [event.text for event in here.house.desk.case("C-1").history if event.what == "card deleted"]
    assert gone == [
        "The card was deleted where it stood; it is posted anew",
        "The card was deleted where it stood",
    ]
    assert len({card.key for card in board.posted}) == 2


@each_database
def test_what_slack_does_not_take_now_is_drawn_when_it_does(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        here.house.desk.take("C-1", TWO)
        board.faults = [Limited("ratelimited", 30), Limited("ratelimited", 30)]
        here.house.drain()
        board.faults = []
        assert TWO not in board.cards["C-CARDS/1"]
        here.clock.pass_by(seconds=31)
        _settled(here)
        assert board.cards["C-CARDS/1"] == f"C-1 r1 open of {TWO}"
        here.house.desk.take("C-1", "third-engineer")
        board.faults = [Unavailable("no answer"), Unavailable("no answer")]
        here.house.drain()
        board.faults = []
        assert TWO in board.cards["C-CARDS/1"]
        here.clock.pass_by(seconds=20)
        _settled(here)
    assert board.cards["C-CARDS/1"] == "C-1 r1 open of third-engineer"


def test_a_card_that_may_not_be_drawn_is_said_once_and_tried_with_the_next_event(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        board.faults = [Denied("not_in_channel")] * 2  # the card, and the first home
        here.house.desk.take("C-1", TWO)
        _settled(here)
        _settled(here)
        said = [event.text for event in here.house.desk.case("C-1").history if event.what == "not drawn"]
        assert len(said) == 1
        here.house.desk.take("C-1", "third-engineer")
        _settled(here)
    assert board.cards["C-CARDS/1"] == "C-1 r1 open of third-engineer"


def test_what_could_not_be_drawn_was_not_before_anybodys_eyes(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        owner = here.house.desk.case("C-1").case.owner
        board.faults = [Denied("not_in_channel")] * 2  # the card, and the first home
        here.house.desk.correct("C-1", 1, {"priority": "P1"}, TWO)
        _settled(here)
        with here.house.store.read() as tx:
            assert proposals.shown_at(tx, 1, 1, owner) is not None
            assert proposals.shown_at(tx, 1, 2, owner) is None


@each_database
def test_to_pause_sending_shows_on_the_cards_of_what_waits_to_leave(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _opened(here)
        here.house.desk.pause("slack:C-HELP", ONE)
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        _settled(here)
        assert "paused" in board.cards["C-CARDS/1"]
        here.house.desk.resume("slack:C-HELP", ONE)
        _settled(here)
    assert board.cards["C-CARDS/1"].startswith("C-1 r1 sent")


def test_what_was_there_before_slack_was_connected_gets_no_card_by_itself(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        _opened(here)
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        _settled(here)
        assert not board.posted
        assert board.homes["U-FIRST"] == "C-1"
        here.house.desk.take("C-1", TWO)
        _opened(here, "another thing is broken", "m-2")
    assert {card.case_id for card in board.posted} == {"C-1", "C-2"}


def test_each_persons_home_is_the_inbox_after_every_event(tmp_path: Path) -> None:
    board = Board()
    with world(tmp_path / "home", slack=PLACES, surface=board, clock=Clock(NOON)) as here:
        _opened(here)
        assert board.homes == dict.fromkeys(("U-FIRST", "U-SECOND", "U-THIRD"), "C-1")
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        _settled(here)
    assert board.homes == dict.fromkeys(("U-FIRST", "U-SECOND", "U-THIRD"), "")


@each_database
def test_a_process_that_died_between_post_and_receipt_posts_no_second_card(tmp_path: Path) -> None:
    board = Board()
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        post = board.post

        def dies(*given: object) -> object:
            post(*given)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        board.post = dies  # type: ignore[method-assign, assignment]
        here.house.desk.receive([message()])
        try:
            _settled(here)
        except KeyboardInterrupt:
            board.post = post  # type: ignore[method-assign]
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=board, clock=Clock(NOON)
    ) as here:
        here.clock.pass_by(minutes=2)
        _settled(here)
        told = here.house.desk.case("C-1").told
    assert len(board.posted) == 1
    assert [each.state for each in told] == [OutboxState.SENT]


@each_database
def test_the_daily_line_is_said_once_a_day_and_names_what_was_not_read(tmp_path: Path) -> None:  # S13
    clock = Clock(datetime(2026, 3, 2, 7, tzinfo=UTC))
    with world(tmp_path / "home", slack=PLACES, clock=clock) as here:
        _opened(here)
        assert not here.sent()
        clock.at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)  # half past nine in Berlin
        _settled(here)
        _settled(here)
        first = here.sent()
        assert [(line["key"], line["kind"], line["to"]) for line in first] == [
            ("daily:2026-03-02", "daily", "slack:C-TEAM")
        ]
        text = str(first[0]["text"])
        assert text.startswith("1 of 5 sources read, last at 08:00. 1 Case waits for an answer")
        assert "#help in the community Slack: last read 08:00, 1 seen, 1 handled, 0 dropped, 0 failed" in text
        assert "shared mailbox hi@: NOT READ, never read" in text
        clock.at = datetime(2026, 3, 3, 15, tzinfo=UTC)
        _settled(here)
    assert [line["key"] for line in here.sent()] == ["daily:2026-03-02", "daily:2026-03-03"]


def test_the_daily_line_says_how_late_judging_is(tmp_path: Path) -> None:  # N10
    clock = Clock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    with world(tmp_path / "home", slack=PLACES, clock=clock) as here:
        here.house.desk.receive([message(id=f"m-{at}") for at in range(3)])
        clock.at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
        here.house.daily.once()
        with here.house.store.read() as tx:
            row = outbox.by_key(tx, "daily:2026-03-02")
    assert row
    assert isinstance(row.record, Notice)
    assert "snoozed. 3 wait to be judged, the first for 30 min.\n" in row.record.text


def test_every_change_of_a_case_stands_in_its_history_so_that_its_card_is_drawn_anew(tmp_path: Path) -> None:
    """Watch the statements of every transaction: what writes to `cases` writes to `events` too."""
    unsaid: list[str] = []
    seen: list[str] = []
    with world(
        tmp_path / "home", slack=SlackPlaces(cards="C-CARDS"), surface=Board(), clock=Clock(NOON)
    ) as here:
        said: list[str] = []
        watched = here.house.store.db.engine

        def heard(_: object, __: object, statement: str, *___: object) -> None:
            words = " ".join(statement.split()[:3]).casefold()
            if words.startswith("begin"):
                said.clear()
            said.append(words)

        def committed(_: object) -> None:
            changes = [each for each in said if each.startswith(("update cases", "insert into cases"))]
            seen.extend(changes)
            if changes and "insert into events" not in said:
                unsaid.extend(changes)

        sa.event.listen(watched, "before_cursor_execute", heard)
        sa.event.listen(watched, "commit", committed)
        desk = here.house.desk
        desk.receive([message(thread="t")])
        _settled(here)
        desk.acknowledge("C-1", ONE)
        desk.snooze("C-1", here.clock.at + timedelta(hours=1), ONE)
        desk.wake("C-1", ONE)
        desk.snooze("C-1", here.clock.at + timedelta(seconds=5), ONE)
        _settled(here)
        desk.hand_over("C-1", TWO, ONE)
        desk.correct("C-1", 1, {"priority": "P1"}, ONE)
        _settled(here)
        desk.receive([message("the proxy", id="m-2", thread="t", author=TWO)])
        _settled(here)
        desk.write_anyway("C-1", ONE)
        _settled(here)
        desk.decide("C-1", desk.case("C-1").case.revision, VerdictKind.APPROVE, ONE)
        _settled(here)
        desk.receive([message("it is back", id="m-3", thread="t")])
        _settled(here)
        desk.drop("C-1", desk.case("C-1").case.revision, ONE)
        desk.restore("C-1", ONE)
        _settled(here)
        desk.receive([message("it works now, thanks", id="m-4", thread="t")])
        _settled(here)
    assert len(seen) > 20
    assert unsaid == []
