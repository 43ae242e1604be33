"""A Case is answered in Slack: the real Bolt app hears signed requests, the real SDK writes to the stand-in."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.domain.assessments import CaseType
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Message, Workspace, hands
from tests.fakes.slack.room import Room, drawing_room

HOLDER, OTHER = 0, 1


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, ScriptedEngine(CaseType.COMPLEX)) as opened:
        yield opened


def reported(at: Room, text: str = "Sync stops after the upgrade to 2.8.2") -> Message:
    """Let a user report something, and the card be drawn."""
    asked = at.help.says(at.slack.user("user-4821"), text)
    at.settle()
    at.settle()
    return asked


def card(at: Room, person: int = HOLDER) -> Message:
    """Give the newest card that somebody of the team has."""
    direct = at.slack.direct(at.colleague(person))
    return [each for each in direct.in_order if each.is_root and each.blocks][-1]


def works(at: Room) -> None:
    """Let what was pressed be taken, and what follows be done and drawn."""
    at.settle()
    at.settle()


def eventually(found: Callable[[], object]) -> None:
    """Wait for what another thread tells Slack."""
    until = time.monotonic() + 5
    while not found():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


def test_look(at: Room) -> None:
    reported(at)
    for call in at.slack.writes:
        print(call.method, call.args.get("channel"), call.args.get("text"), call.error)
    hands.click(at.slack, at.colleague(HOLDER), card(at), "approve")
    works(at)
    for call in at.slack.writes:
        print(call.method, call.args.get("channel"), call.args.get("text"), call.error)
    print(at.help.texts)
    assert 0
