"""What a test does with cards in the stand-in: let somebody report, press, type, and read what stands there."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.domain.assessments import CaseType
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Message, hands
from tests.fakes.slack.room import Room
from tests.fakes.slack.state import View

HOLDER, OTHER, THIRD = 0, 1, 2
WORDS = "Sync stops after the upgrade to 2.8.2"


def engine() -> ScriptedEngine:
    return ScriptedEngine(CaseType.COMPLEX)


def reported(at: Room, text: str = WORDS) -> Message:
    """Let a user report something, and the card be drawn."""
    asked = at.help.says(at.slack.user("user-4821"), text)
    works(at)
    return asked


def works(at: Room) -> None:
    """Let what was pressed be taken, and what follows be done and drawn."""
    at.settle()
    at.settle()


def cards(at: Room, person: int = HOLDER) -> list[Message]:
    direct = at.slack.direct(at.colleague(person))
    return [each for each in direct.in_order if each.is_root and each.blocks]


def card(at: Room, person: int = HOLDER) -> Message:
    """Give the newest card that somebody of the team has."""
    return cards(at, person)[-1]


def as_seen(at: Room) -> Message:
    """Give the card as somebody has it before them, whatever is drawn afterwards."""
    return replace(card(at))


def says(card: Message) -> str:
    return str(card.blocks)


def press(at: Room, action: str, by: int = HOLDER, on: Message | None = None) -> None:
    hands.click(at.slack, at.colleague(by), on or card(at), action)
    works(at)


def eventually(found: Callable[[], Any]) -> Any:
    """Wait for what another thread tells Slack."""
    until = time.monotonic() + 10
    while not (it := found()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return it


def opened(at: Room, action: str = "edit", by: int = HOLDER) -> View:
    """Press what opens a modal and give the modal."""
    before = set(at.slack.views)
    hands.click(at.slack, at.colleague(by), card(at), action)
    return eventually(lambda: [view for id, view in at.slack.views.items() if id not in before])[-1]


def whispered(at: Room) -> str:
    """Give what was told for one person's eyes, last."""
    return str(eventually(lambda: at.slack.called("chat.postEphemeral"))[-1].args["text"])


def replies(at: Room, asked: Message) -> list[str]:
    return [each.text for each in at.help.replies(asked.ts)]
