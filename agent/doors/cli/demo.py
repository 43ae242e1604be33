"""`triage demo`: a sample team with its Issues and messages, in a home of its own."""

import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.doors.cli import opening
from agent.doors.cli.bringing import Bringing
from agent.doors.cli.demo_table import print_table
from agent.doors.cli.output import bar, put, say
from agent.doors.cli.reading import issue_from, message_from
from agent.doors.cli.serve import HOST, PORT, Host, Port, listening, serve_house
from agent.errors import Misuse
from agent.ports import Progress
from agent.wording.texts import count
from agent.wording.times import span

if TYPE_CHECKING:
    from agent.house import House
    from agent.settings import Settings

#: How old the newest message looks when the demo begins.
NEWEST = timedelta(minutes=3)
MARK = "demo.json"
#: Seconds between two looks at how far the triage is.
LOOK = 0.2
#: What stays of a home that is cleared: its lock is held, and its log is open.
KEPT = ("lock", "lock.json", opening.LOG)
#: The sample's own dates are taken as they are before they are moved.
NEVER = datetime.max.replace(tzinfo=UTC)

Once = Annotated[bool, typer.Option("--once", help="Print the table and the timings, and end.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start anew; what was done in the demo is thrown away.")]
HomeOf = Annotated[
    Path | None, typer.Option("--home", envvar="TRIAGE_HOME", help="Its home. Default: .triage/demo")
]


def demo(
    once: Once = False, fresh: Fresh = False, host: Host = HOST, port: Port = PORT, home: HomeOf = None
) -> None:
    """Show it on a sample team, from nothing to the inbox.

    Indexes, triages, then serves the inbox at a link. The team, its product and its users were written for this; nothing leaves the machine.

    \b
    triage demo
    triage demo --once
    """
    from agent.settings import example

    settings = example(home)
    _take_home(settings, fresh=fresh)
    if once:
        with opening.house(settings, "triage demo --once") as house:
            _prepared(house, once=True)
        return
    with listening(host, port) as bound, opening.house(settings, "triage demo") as house:
        _prepared(house, once=False)
        person = _person(house)
        say(f"You are signed in as {person}, who holds the shift.")
        serve_house(house, bound, host, person=person)


@dataclass(frozen=True, slots=True)
class Timings:
    """What the demo did, and how long each part took, in seconds."""

    indexed: int
    embedded: int
    indexing: float
    triaged: int
    triaging: float

    def sentence(self) -> str:
        """Give the line of timings."""
        index = f"Index: {count(self.indexed, 'Issue')}, {self.embedded:,} embedded, {self.indexing:.1f} s"
        if not self.triaged:
            return f"{index}. Triage: all of it was triaged before."
        rate = self.triaged / max(self.triaging, 0.001)
        return f"{index}. Triage: {count(self.triaged, 'message')} in {self.triaging:.1f} s, {rate:.1f} per second."


def _prepared(house: "House", *, once: bool) -> None:
    """Index, receive and triage; the second time there is nothing left to do."""
    files = house.settings.config_dir / "demo"
    shift = _shift(house, files)
    with bar("Embedding Issues") as progress:
        report = house.add_issues(issues_of(files, shift), progress)
    received_at = house.now()
    incoming = messages_of(house.settings, files, shift)
    news = [each for each in house.desk.receive(incoming) if each.fate != "same"]
    with _watched(house, len(incoming)):
        house.drain()
    timings = Timings(
        report.read,
        report.embedded,
        report.seconds,
        len(news),
        (house.now() - received_at).total_seconds(),
    )
    if once:
        print_table(house.desk, incoming)
        put(timings.sentence())
        say("Next: triage demo")
    else:
        say(timings.sentence())


def issues_of(files: Path, shift: timedelta) -> Iterator[Issue]:
    """Yield the sample Issues, moved in time."""
    for each in Bringing([str(files / "issues.jsonl")], issue_from):
        issue = each.parsed.record
        closed_at = issue.closed_at + shift if issue.closed_at else None
        yield replace(issue, created_at=issue.created_at + shift, closed_at=closed_at)


def messages_of(settings: "Settings", files: Path, shift: timedelta) -> Sequence[Message]:
    """Return the sample messages, moved in time, oldest first."""
    brought = Bringing(
        [str(files / "messages.jsonl")],
        lambda line: message_from(line, NEVER, lambda source: settings.source(source).visibility),
    )
    moved = [replace(each.parsed.record, sent_at=each.parsed.record.sent_at + shift) for each in brought]
    return sorted(moved, key=lambda message: message.sent_at)


def _shift(house: "House", files: Path) -> timedelta:
    """Return by how much all dates move: as the last time, or so that the newest is 3 minutes old."""
    mark = house.home.path / MARK
    if mark.exists():
        say("The demo was begun before and goes on; `triage demo --fresh` starts it anew.")
        return timedelta(seconds=json.loads(mark.read_text())["shifted_by_seconds"])
    newest = max(message.sent_at for message in messages_of(house.settings, files, timedelta()))
    shift = house.now() - NEWEST - newest
    mark.write_text(json.dumps({"shifted_by_seconds": shift.total_seconds()}))
    direction = "forward" if shift > timedelta() else "back"
    say(
        f"A sample team and its messages, written for this. All dates are moved {direction} by "
        f"{span(shift.total_seconds())}, so that the newest message is {span(NEWEST.total_seconds())} old."
    )
    return shift


def _take_home(settings: "Settings", *, fresh: bool) -> None:
    """Refuse a home that is not the demo's, and clear the demo's where that is wished.

    Raises HomeLocked when another process holds it.
    """
    from agent.wiring import hold

    path, mark = settings.home, settings.home / MARK
    if (path / "triage.db").exists() and not mark.exists():
        raise Misuse(f"{path} holds a team's own Cases. Give the demo a home of its own: --home DIR")
    if not (fresh and mark.exists()):
        return
    with hold(settings, "triage demo --fresh"):
        # The mark goes last: what is left of a clearing that was broken off is still the demo's.
        for child in sorted(path.iterdir(), key=lambda child: child == mark):
            if child.is_dir():
                shutil.rmtree(child)
            elif child.name not in KEPT:
                child.unlink()


@contextmanager
def _watched(house: "House", total: int) -> Iterator[None]:
    """Show how far the triage is while the block works it off."""
    over = threading.Event()

    def look(progress: Progress) -> None:
        while not over.wait(LOOK):
            progress(max(0, total - house.ports.queue.depth()), total)

    with bar("Triaging messages") as progress:
        watcher = threading.Thread(target=look, args=(progress,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def _person(house: "House") -> str:
    """Return who is signed in: the one who holds the shift, unless TRIAGE_PERSON is of the team."""
    named = house.settings.person
    ids = [person.id for person in house.settings.team.people]
    return named if named in ids else house.desk.shift().now.holder
