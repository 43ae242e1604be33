"""A backup taken in the middle of a storm, put back elsewhere: every Case goes on, and nothing leaves twice.

The old home runs on after the backup, files and answers at the stand-in for GitHub, and then is gone.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.messages import Message
from agent.errors import LostRace, Stale
from agent.store import restored
from agent.store.tables import case_messages, messages
from agent.store.tables import outbox as rows
from agent.wiring_home import back_up, put_back
from tests.builders import HELP, MONDAY, ONE, PROJECT, message, settings_in, world
from tests.fakes.github import Hub
from tests.fakes.github.house import SOURCE, Tracked, tracked

MARK = re.compile(r"<!-- triage (\S[^\n]*) -->")
ALL_OF_THEM = 18
OURS = "dev-1"  #: the stand-in's account of our token


def _written(hub: Hub) -> Counter[str]:
    """Count what stands at the stand-in by our keys."""
    here = hub.repositories[PROJECT]
    bodies = [
        body for each in here.issues.values() for body in (each.body, *(said.body for said in each.comments))
    ]
    return Counter(found[1] for body in bodies if (found := MARK.search(body or "")))


def _incoming(hub: Hub) -> list[Message]:
    """Half are Issues of GitHub, which are answered there; half come in a chat and are filed there."""
    here = hub.repositories[PROJECT]
    found = []
    for number in range(ALL_OF_THEM):
        text = f"step {number} hangs on Sunday"
        if number % 2:
            issue = here.file(text, "It stops.", author=f"user-{number}")
            found.append(
                message(text, id=f"{PROJECT}#{issue.number}", source=SOURCE, author=f"user-{number}")
            )
        else:
            found.append(message(text, id=f"m-{number}", source=HELP, author=f"user-{number}"))
    return found


def _approve_all(at: Tracked) -> int:
    """Approve whatever waits, as it is; return how many that were."""
    rows = at.world.house.desk.inbox()
    for row in rows:
        with suppress(Stale, LostRace):
            at.world.house.desk.decide(row.case.id, row.case.revision, VerdictKind.APPROVE, ONE)
    return len(rows)


@contextmanager
def _storm(at: Tracked, incoming: list[Message]) -> Iterator[None]:
    """Let messages come in and be approved while the house works, until the block ends."""
    over = threading.Event()

    def arrive() -> None:
        for each in incoming:
            at.world.house.desk.receive([each])
            over.wait(0.2)

    def act(once: Callable[[], object]) -> Callable[[], None]:
        def again() -> None:
            while not over.wait(0.02):
                once()

        return again

    def move() -> None:
        at.world.clock.pass_by(seconds=0.2)
        at.hub.clock.at = at.world.clock.at

    acts = (arrive, act(lambda: _approve_all(at)), act(move), lambda: at.world.house.work(over))
    threads = [threading.Thread(target=each, daemon=True) for each in acts]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join(30)


def _until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _read_again(hub: Hub, incoming: list[Message]) -> list[Message]:
    """Return what reading the places gives: what users wrote, and what we answered there."""
    here = hub.repositories[PROJECT]
    answers = [
        message(
            said.body,
            id=f"{PROJECT}#{each.number}/issuecomment-{said.id}",
            source=SOURCE,
            author=OURS,
            thread=f"{PROJECT}#{each.number}",
            sent_at=said.created_at,
        )
        for each in here.issues.values()
        for said in each.comments
    ]
    return [*incoming, *answers]


def test_a_home_restored_from_the_middle_of_a_storm_goes_on_and_sends_nothing_twice(
    tmp_path: Path, hub: Hub
) -> None:
    team = replace(settings_in(tmp_path).team, own_accounts=(OURS,))
    with tracked(tmp_path / "old", hub, team=team) as old:
        incoming = _incoming(hub)
        with _storm(old, incoming):
            _until(lambda: len(_written(hub)) >= 5, "something was written")
            made = back_up(old.world.house.settings, tmp_path / "storm.tar", old.world.clock)
            then = sum(_written(hub).values())
            _until(lambda: sum(_written(hub).values()) >= then + 8, "the old home went on")
        ended_at = old.world.clock()
    before = _written(hub)
    assert set(before.values()) == {1}

    found = put_back(settings_in(tmp_path / "new"), Path(made.path), ONE, lambda: ended_at)
    assert 0 < found.manifest.cases < ALL_OF_THEM
    with tracked(tmp_path / "new", hub, team=team) as new:
        hub.clock.at = new.world.clock.at = ended_at + timedelta(minutes=1)
        new.world.house.desk.receive(_read_again(hub, incoming))
        rests = 0
        while rests < 3:
            new.wait(seconds=15)
            hub.clock.at = new.world.clock.at
            rests = 0 if _approve_all(new) else rests + 1
            assert new.world.clock() < ended_at + timedelta(minutes=20), "every Case is answered"
        with new.world.house.store.read() as tx:
            of_message = sa.select(messages.c.id, sa.func.count()).join(
                case_messages, case_messages.c.message == messages.c.seq
            )
            linked = dict(tx.execute(of_message.group_by(messages.c.id)).all())
            states = set(tx.scalars(sa.select(rows.c.state)))
            numbers = set(tx.scalars(sa.select(case_messages.c.case)))
    assert {each.id for each in incoming} <= set(linked)
    assert set(linked.values()) == {1}, "each message is in one Case"
    assert states <= {OutboxState.SENT, OutboxState.CANCELLED}
    assert all(each <= found.manifest.cases or each > 1000 for each in numbers), "no number is given again"
    after = _written(hub)
    assert set(after.values()) == {1}, "each key has one effect, whichever home it left from"
    assert {key for key in before if _number(key) <= found.manifest.cases} <= set(after)
    for each in hub.repositories[PROJECT].issues.values():
        assert len(each.comments) <= 1, "nobody is answered twice"


def _number(key: str) -> int:
    return int(key.split(":", maxsplit=1)[0].removeprefix("C-"))


def test_our_own_words_of_before_take_the_place_of_a_reply_and_those_of_since_do_not(tmp_path: Path) -> None:
    ours = "millrace-bot"
    with world(tmp_path / "home") as at:
        with at.house.store.write() as tx:
            restored.begin(tx, MONDAY - timedelta(hours=1), MONDAY, ONE)
        desk = at.house.desk
        for number in (1, 2):
            desk.receive([message("sync stops", id=f"m-{number}", author=f"user-{number}")])
        at.house.drain()
        first, second = sorted(row.case.id for row in desk.inbox())
        late = MONDAY + timedelta(minutes=5)  # the place's clock is ahead of ours
        desk.receive([message("known as #4", id="m-3", author=ours, thread="m-1", sent_at=late)])
        desk.decide(second, 1, VerdictKind.APPROVE, ONE)
        at.house.drain()
        at.clock.pass_by(minutes=1)
        at.house.drain()
        desk.receive([message("A reply", id="m-4", author=ours, thread="m-2", sent_at=late)])
        at.house.drain()
        assert desk.case(first).case.withdrawn_by == ours
        assert [row.case.id for row in desk.inbox()] == []
        assert (desk.case(second).case.withdrawn_by, desk.case(second).case.revision) == ("", 1)
        assert len(at.sent()) == 1
