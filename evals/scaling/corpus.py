"""What the processes are given: real reports of TRIAGE_DATA as new Messages, and a project of real Issues.

Where more are wanted than there are, one's beginning is joined with another's end.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.domain.messages import Message
from evals.reports import issues, reports
from evals.speed import fill

if TYPE_CHECKING:
    from agent.house import House

#: Where the Messages come from, and the project whose Issues are searched (`speed.fill` names them so).
SOURCE = "github:example/many"
#: Files of `duplicates/` that the Messages are taken from. Nothing is learned or judged here.
FILES = ("rust.unlabelled.train", "rust.unlabelled.dev", "rust.train")


def messages(data: Path, seed: int = 7) -> Iterator[Message]:
    """Yield Messages without end, no two alike: all that there are, then mixed ones."""
    known = [each for name in FILES for each in reports(data, name).messages]
    chance, run = random.Random(seed), uuid.uuid4().hex[:8]
    number = 0
    while True:
        chance.shuffle(known)
        for each in known:
            number += 1
            mixed = each if number <= len(known) else _mixed(each, chance.choice(known))
            yield replace(
                mixed,
                id=f"example/many#{run}-{number}",
                source=SOURCE,
                author=f"user-{number % 5_000}",
                sent_at=datetime.now(UTC),
            )


def _mixed(one: Message, other: Message) -> Message:
    text = one.text[: len(one.text) // 2] + other.text[len(other.text) // 2 :]
    return replace(one, title=f"{one.title} {other.title.rpartition(' ')[2]}", text=text)


def with_issues(house: House, data: Path, count: int) -> None:
    """Give a house a project of so many Issues, unless it has one."""
    if house.ports.index.refresh():
        return
    fill(house, list(issues(data, "rust")), count)
    house.ports.index.refresh()
