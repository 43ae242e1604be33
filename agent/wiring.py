"""The one composition root: picks what stands behind each port. The only reader of the clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from agent.desk import Desk
from agent.domain.messages import ReplyBy, TrackerKind
from agent.domain.views import Run
from agent.errors import Misuse
from agent.house import House, Ports
from agent.ports import (
    Channel,
    Directory,
    Now,
    Surface,
    Tracker,
)
from agent.settings import Settings
from agent.store.database import Store
from agent.store.home import Home
from agent.store.records import StoreRecords, StoreShelf
from agent.wiring_claude import candidate_of, engine_of
from agent.wiring_github import NO_KEYS, Syncing, github, keeping_up
from agent.wiring_slack import NO_KEY, slack, slack_directory
from agent.wiring_slack import places as slack_places
from agent.wiring_store import queue_of, shelf_of, words_of

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

#: Seconds that the outbox waits for a limit within one look; a longer one is a time to come back.
OUTBOX_PATIENCE = 3.0


def clock() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def open_desk(settings: Settings, now: Now = clock) -> Desk:
    """Open the store alone: no lock, no index, no engine."""
    home = Home(settings.home)
    home.prepare()
    store = Store(settings.database_url)
    return Desk(store, queue_of(store, now), settings, home, now)


def running(settings: Settings) -> Run | None:
    """Return the process that serves the home, if one does."""
    return Home(settings.home).running()


def hold(settings: Settings, command: str, now: Now = clock) -> AbstractContextManager[None]:
    """Hold the home's lock and open nothing; raises HomeLocked naming the holder."""
    return Home(settings.home).locked(command, now())


@contextmanager
def open_house(
    settings: Settings, now: Now = clock, *, command: str, prompts: Path | None = None
) -> Iterator[House]:
    """Open everything under the home's lock; raises HomeLocked naming the holder.

    `prompts` is a folder in place of the one that is shipped.
    """
    home = Home(settings.home)
    with home.locked(command, now()), _opened(settings, home, now, prompts) as house:
        yield house


@contextmanager
def open_worker(settings: Settings, now: Now = clock) -> Iterator[House]:
    """Open everything beside other workers; raises Misuse where the store is for one process."""
    if settings.database_url.startswith("sqlite"):
        raise Misuse(
            "A worker beside others needs PostgreSQL: set DATABASE_URL. With SQLite one process does it all: "
            "triage run"
        )
    home = Home(settings.home)
    home.prepare()
    with _opened(settings, home, now) as house:
        yield house


@contextmanager
def _opened(settings: Settings, home: Home, now: Now, prompts: Path | None = None) -> Iterator[House]:
    store = Store(settings.database_url)
    house = House(settings, store, home, ports_of(settings, store, now, prompts), now)
    try:
        yield house
    finally:
        house.close()


@contextmanager
def open_sync(
    settings: Settings, now: Now = clock, *, waiting: Callable[[float], object] = lambda _: None
) -> Iterator[Syncing]:
    """Open what reads Issues from GitHub into the store: no lock, no index; raises Misuse without keys.

    `waiting` is told the seconds of every wait for a limit.
    """
    access = github(settings, waiting=waiting)
    if access is None:
        raise Misuse(f"{NO_KEYS}, then: triage sync")
    home = Home(settings.home)
    home.prepare()
    store = Store(settings.database_url)
    try:
        yield Syncing(keeping_up(settings, store, queue_of(store, now), access, now))
    finally:
        store.close()


def ports_of(settings: Settings, store: Store, now: Now, folder: Path | None = None) -> Ports:
    """Pick what stands behind each port: the embedded default, or what a key opens."""
    from agent.engines.embedded import EmbeddedEngine
    from agent.index.embedder import MiniLM
    from agent.index.hybrid import HybridIndex
    from agent.prompts import Prompts, shipped

    embedder, prompts = MiniLM(settings.cache), Prompts(folder) if folder else shipped()
    index = HybridIndex(
        records=StoreRecords(store),
        embedder=embedder,
        words=words_of(store),
        shelf=shelf_of(settings, embedder, store),
        answers=settings.answers,
    )

    def embedded(of: Prompts) -> EmbeddedEngine:
        templates = of.below("embedded")
        return EmbeddedEngine(embedder, templates, settings.areas, duplicate_share=settings.duplicate_share)

    engine, close = engine_of(settings, store, now, prompts, embedded(prompts))
    candidate, give_back = candidate_of(settings, store, now, embedded)

    def close_both() -> None:
        close()
        give_back()

    return Ports(
        queue=queue_of(store, now, settings.haste),
        index=index,
        engine=engine,
        candidate=candidate,
        close=close_both,
        embedder=embedder.id,
        **destinations(settings, store, now),
    )


class Destinations(TypedDict):
    """Where the outbox writes, where Cases are drawn, and who knows names there."""

    channels: Mapping[ReplyBy, Channel]
    trackers: Mapping[TrackerKind, Tracker]
    surface: Surface | None
    directory: Directory | None


def destinations(settings: Settings, store: Store, now: Now) -> Destinations:
    """Return the channels and trackers that the keys of the environment open."""
    from agent.channels.console import ConsoleChannel
    from agent.channels.file import FileChannel
    from agent.channels.off import OffChannel
    from agent.trackers.local import LocalTracker

    no_github = OffChannel(f"GitHub is not connected. {NO_KEYS}, start again, then try this step again.")
    channels: dict[ReplyBy, Channel] = {
        ReplyBy.FILE: FileChannel(settings.outbox_file, now),
        ReplyBy.CONSOLE: ConsoleChannel(now),
        ReplyBy.GITHUB: no_github,
        ReplyBy.SLACK: OffChannel(
            f"Slack is not connected. {NO_KEY}, start again, then try this step again."
        ),
        ReplyBy.HAND: OffChannel("A person copies this reply to its place."),
    }
    trackers: dict[TrackerKind, Tracker] = {
        TrackerKind.LOCAL: LocalTracker(StoreShelf(store), now),
        TrackerKind.GITHUB: no_github,
    }
    access = github(settings, patience=OUTBOX_PATIENCE)
    if access is not None:
        from agent.channels.github import GitHubChannel
        from agent.trackers.github import GitHubTracker

        channels[ReplyBy.GITHUB] = GitHubChannel(access, now)
        trackers[TrackerKind.GITHUB] = GitHubTracker(access, now)
    surface: Surface | None = None
    workspace = slack(settings, patience=OUTBOX_PATIENCE)
    if workspace is not None:
        channels[ReplyBy.SLACK], surface = slack_places(workspace, settings, now)
    directory = slack_directory(settings)
    return {"channels": channels, "trackers": trackers, "surface": surface, "directory": directory}


def graph() -> "CompiledStateGraph[Any, Any, Any, Any]":
    """Return the graph without a checkpointer, for `langgraph.json` and the ecosystem's tools."""
    from agent.settings import from_process
    from agent.triage.graph import build

    settings = from_process()
    home = Home(settings.home)
    home.prepare()
    store = Store(settings.database_url)
    return build(House(settings, store, home, ports_of(settings, store, clock), clock).nodes, None)
