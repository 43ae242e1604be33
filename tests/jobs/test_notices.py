"""Notices in their places: what nobody answers is looked for, and a person decides what cannot be known."""

from datetime import UTC, datetime, time
from pathlib import Path

from agent.channels.file import FileChannel
from agent.domain.actions import OutboxState
from agent.domain.messages import ReplyBy
from agent.settings import SlackPlaces
from agent.store import outbox
from tests.builders import ONE, Clock, message, world
from tests.doors.cli import Terminal
from tests.jobs.test_outbox import Place, _look

PLACES = SlackPlaces(on_call="C-ON-CALL", team="C-TEAM", triage_bugs="C-BUGS", daily_at=time(9, 30))
EARLY = datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_a_daily_line_whose_answer_never_came_is_found_and_not_said_twice(tmp_path: Path) -> None:  # S13
    place, clock = Place(answers=["lost after"]), Clock()
    with world(tmp_path / "home", slack=PLACES, channels={ReplyBy.SLACK: place}, clock=clock) as here:
        here.house.drain()
        here.house.drain()
        _look(here)
        with here.house.store.read() as tx:
            row = outbox.by_key(tx, "daily:2026-03-02")
    assert row is not None
    assert row.state is OutboxState.SENT
    assert place.effects == ["daily:2026-03-02"]


def test_a_daily_line_that_is_not_known_does_not_stop_the_next_one(tmp_path: Path) -> None:
    place, clock = Place(answers=["lost before"]), Clock()
    with world(tmp_path / "home", slack=PLACES, channels={ReplyBy.SLACK: place}, clock=clock) as here:
        for _ in range(4):
            here.house.drain()
            _look(here)
        clock.pass_by(days=1)
        here.house.drain()
        here.house.drain()
    assert place.effects == ["daily:2026-03-03"]


def test_an_alert_that_was_refused_is_tried_again_by_a_person(tmp_path: Path) -> None:  # A9
    place, clock = Place(answers=["no"]), Clock(EARLY)
    file = FileChannel(tmp_path / "home" / "outbox.jsonl", clock)
    channels = {ReplyBy.SLACK: place, ReplyBy.FILE: file}
    with world(tmp_path / "home", slack=PLACES, channels=channels, clock=clock) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.correct("C-1", 1, {"priority": "P0"}, ONE)
        here.house.drain()
        here.house.drain()
        (told,) = here.house.desk.case("C-1").notices
        assert (told.state, told.notice.to) == (OutboxState.FAILED, "slack:C-ON-CALL")
        assert "1 of 1 failed" in here.house.desk.inbox()[0].tags
        terminal = Terminal(tmp_path / "home")
        assert "1. Alert to on-call: failed  The place answered 403" in terminal.run("show", "C-1").stdout
        assert terminal.run("approve", "C-1", "--step", "1=retry").exit_code == 0
        here.house.drain()
        (told,) = here.house.desk.case("C-1").notices
    assert told.state is OutboxState.SENT
    assert place.effects == ["C-1:alert"]


def test_a_person_can_say_that_a_question_is_there(tmp_path: Path) -> None:  # T26
    place = Place(answers=["lost after"], shows=False)
    with world(tmp_path / "home", slack=PLACES, channels={ReplyBy.SLACK: place}, clock=Clock(EARLY)) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.ask("C-1", "Is this #4?", ONE)
        for _ in range(3):
            here.house.drain()
            _look(here)
        (told,) = here.house.desk.case("C-1").notices
        assert told.state is OutboxState.UNKNOWN
        here.house.desk.resolve(told.notice.key, "it_is_there", ONE)
        (told,) = here.house.desk.case("C-1").notices
    assert told.state is OutboxState.SENT
    assert place.effects == [told.notice.key]
