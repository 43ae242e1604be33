"""Short ways to build what a test needs; the defaults are the dull case."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.channels.file import FileChannel
from agent.desk import Desk
from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Level, Message, ReplyBy, TrackerKind, Visibility
from agent.house import House, Ports
from agent.ports import Channel, Directory, Engine, Surface
from agent.settings import Settings, SlackPlaces, load
from agent.store.database import Store
from agent.store.home import Home
from agent.store.records import StoreRecords, StoreShelf
from agent.trackers.local import LocalTracker
from agent.triage.shadow import Candidate
from agent.wiring import open_desk
from agent.wiring_store import queue_of
from tests.fakes.engine import ScriptedEngine
from tests.fakes.index import WordIndex

REPOSITORY = Path(__file__).parent.parent
PROJECT = "example/millrace"
HELP = "slack:C-HELP"
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  #: a working hour of the example team
ONE, TWO = "first-engineer", "second-engineer"

#: The keys of a line of `try --json`, in order, frozen from the outside.
TRY_KEYS = [
    "id",
    "screened",
    "type",
    "type_probabilities",
    "priority",
    "priority_probabilities",
    "status",
    "factors",
    "effort_hours",
    "area",
    "unsure",
    "candidates",
    "duplicate",
    "draft",
    "actions",
    "engine",
    "prompt",
    "seconds",
]


#: Where homes keep their store that say nothing else: for tests that run on several databases.
STORE: ContextVar[str | None] = ContextVar("STORE", default=None)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        """Move on."""
        self.at += timedelta(**span)


def settings_in(
    home: Path, *, hold_seconds: int = 0, slack: SlackPlaces | None = None, **changes: object
) -> Settings:
    """Return the example team's settings with a home of its own; `slack` connects these places."""
    given = load({"TRIAGE_HOME": str(home), "TRIAGE_CONFIG": str(REPOSITORY / "config")}, home)
    team = replace(changes.pop("team", given.team), hold=timedelta(seconds=hold_seconds))  # type: ignore[type-var]
    if STORE.get():
        changes.setdefault("database_url", STORE.get())
    if slack is not None:
        external = changes.pop("external", given.external)
        changes["external"] = {**external, "SLACK_BOT_TOKEN": True}  # type: ignore[dict-item]
        team = replace(team, slack=slack)
    return replace(given, team=team, **changes)  # type: ignore[arg-type]


def message(
    text: str = "sync stops after the upgrade",
    *,
    id: str = "m-1",
    source: str = HELP,
    author: str = "user-1",
    title: str = "",
    thread: str | None = None,
    sent_at: datetime = MONDAY,
    visibility: Visibility | None = None,
) -> Message:
    """Return a Message of the public channel."""
    return Message(
        id=id,
        source=source,
        author=author,
        title=title,
        text=text,
        sent_at=sent_at,
        thread=thread,
        visibility=visibility or Visibility(Level.PUBLIC),
    )


def issue(number: int, title: str = "", *, age: timedelta = timedelta(days=9), **changes: object) -> Issue:
    """Return an Issue of the example project, open, nine days old."""
    plain = Issue(
        id=f"{PROJECT}#{number}",
        title=title or f"issue {number}",
        created_at=MONDAY - age,
        url=f"https://tracker.example/{number}",
    )
    changed = replace(plain, **changes)  # type: ignore[arg-type]
    return replace(changed, state=IssueState.CLOSED) if changed.closed_at else changed


@dataclass
class World:
    """A house on a temporary home, its clock, and what its parts were told."""

    house: House
    clock: Clock
    engine: ScriptedEngine
    home: Path

    @property
    def outbox_file(self) -> Path:
        return self.home / "outbox.jsonl"

    def sent(self) -> list[dict[str, object]]:
        """Return what left through the file channel."""
        import json

        if not self.outbox_file.exists():
            return []
        return [json.loads(line) for line in self.outbox_file.read_text().splitlines()]


def home_of(settings: Settings) -> Home:
    """Prepare a home with a new store in it: copied, because migrating takes as long as many a test."""
    place = Home(settings.home)
    place.prepare()
    store = place.path / "triage.db"
    if not store.exists():
        store.write_bytes(_new_store())
    return place


@cache
def _new_store() -> bytes:
    with TemporaryDirectory() as folder:
        store = Path(folder) / "triage.db"
        Store(f"sqlite:///{store}").close()
        return store.read_bytes()


@contextmanager
def world(
    home: Path,
    engine: ScriptedEngine | None = None,
    *,
    hold_seconds: int = 0,
    channels: Mapping[ReplyBy, Channel] | None = None,
    clock: Clock | None = None,
    slack: SlackPlaces | None = None,
    surface: Surface | None = None,
    directory: Directory | None = None,
    candidate: Candidate | None = None,
    **changes: object,
) -> Iterator[World]:
    """Open a house whose engine is scripted and whose index compares words."""
    clock = clock or Clock()
    engine = engine or ScriptedEngine()
    settings = settings_in(home, hold_seconds=hold_seconds, slack=slack, **changes)
    place = home_of(settings)
    store = Store(settings.database_url)
    ports = replace(
        ports_with(settings, store, clock, engine, channels),
        surface=surface,
        directory=directory,
        candidate=candidate,
    )
    house = House(settings, store, place, ports, clock)
    try:
        yield World(house, clock, engine, settings.home)
    finally:
        house.close()


@contextmanager
def desk_on(settings: Settings, clock: Clock) -> Iterator[Desk]:
    """Open the store alone, as a command does that works nothing, and close it."""
    desk = open_desk(settings, clock)
    try:
        yield desk
    finally:
        desk.store.close()


def ports_with(
    settings: Settings,
    store: Store,
    clock: Clock,
    engine: Engine,
    channels: Mapping[ReplyBy, Channel] | None = None,
) -> Ports:
    """Return ports with a scripted engine and the word index."""
    file = FileChannel(settings.home / "outbox.jsonl", clock)
    return Ports(
        queue=queue_of(store, clock),
        index=WordIndex(StoreRecords(store)),
        engine=engine,
        embedder="none",
        channels=channels or {ReplyBy.FILE: file, ReplyBy.CONSOLE: file, ReplyBy.SLACK: file},
        trackers={TrackerKind.LOCAL: LocalTracker(StoreShelf(store), clock)},
    )
