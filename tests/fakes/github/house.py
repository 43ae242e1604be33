"""A house whose project is tracked at the stand-in: what is approved there is written over the wire."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from agent.channels.file import FileChannel
from agent.channels.github import GitHubChannel
from agent.domain.messages import Level, ReplyBy, TrackerKind, Visibility
from agent.domain.views import Step
from agent.house import House
from agent.jobs.outbox import SETTLE
from agent.policy.tracking import Board, TrackerRule
from agent.settings import Settings
from agent.store.database import Store
from agent.store.records import StoreShelf
from agent.trackers.github import GitHubTracker
from agent.trackers.local import LocalTracker
from tests.builders import MONDAY, PROJECT, Clock, World, home_of, ports_with, settings_in
from tests.fakes.engine import ScriptedEngine
from tests.fakes.github.hub import Hub
from tests.fakes.github.keys import by_token
from tests.fakes.github.state import Project, Repository

SOURCE = f"github:{PROJECT}"
RULE = TrackerRule(
    type_labels={"quick_fix": "bug", "complex": "bug"},
    priority_labels={"P1": "urgent", "P2": "soon"},
    issue_types={"quick_fix": "Bug", "complex": "Bug"},
    logins={"first-engineer": "dev-1"},
    board=Board(
        id="example/1",
        priority_field="Priority",
        status_field="Status",
        priorities={"P0": "Critical", "P1": "High", "P2": "Medium", "P3": "Low"},
    ),
    closes_duplicates=True,
    opens_advisories=True,
)


@dataclass
class Tracked:
    """A house, the stand-in behind it, the repository and its board."""

    world: World
    hub: Hub
    here: Repository
    board: Project

    def drain(self) -> None:
        self.world.house.drain()

    def wait(self, **span: float) -> None:
        """Let time go by and what is due then leave."""
        self.world.clock.pass_by(**span)
        self.drain()

    def look_twice(self) -> None:
        """Let the outbox look for what is not known, as often as it does."""
        for _ in range(2):
            self.wait(seconds=SETTLE.total_seconds() + 1)

    def steps(self, case: str = "C-1") -> dict[str, Step]:
        """Return the steps of a Case by what they do."""
        return {name_of(step): step for step in self.world.house.desk.case(case).steps}


def name_of(step: Step) -> str:
    """Name a step by its kind and what it sets."""
    return " ".join([step.action.kind, *(value for key, value in _set(step.action.fields))])


def _set(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in fields.items() if key in ("label", "login", "field")]


def at_github(settings: Settings, rule: TrackerRule = RULE, *, private: bool = False) -> Settings:
    """Return settings that file and answer at GitHub."""
    level = Level.INTERNAL if private else Level.PUBLIC
    sources = tuple(
        replace(each, tracker=TrackerKind.GITHUB, reply_by=ReplyBy.GITHUB, visibility=Visibility(level))
        if each.id == SOURCE
        else each
        for each in settings.sources
    )
    return replace(
        settings, sources=sources, tracker=rule, external={**settings.external, "GITHUB_TOKEN": True}
    )


@contextmanager
def tracked(
    home: Path,
    hub: Hub,
    engine: ScriptedEngine | None = None,
    *,
    rule: TrackerRule = RULE,
    private: bool = False,
    **changes: object,
) -> Iterator[Tracked]:
    """Open a house at the stand-in, with labels, an issue type and a board as the rule wants them."""
    hub.clock.at, clock = MONDAY - timedelta(days=9), Clock()
    here = hub.repositories.get(PROJECT) or hub.repository(PROJECT, private=private)
    for label in ("bug", "urgent", "soon"):
        here.label(label)
    hub.issue_types["Bug"] = 9
    priorities = ("Critical", "High", "Medium", "Low")
    board = hub.project("example", Priority=priorities, Status=("Backlog", "Prioritized"))
    settings = at_github(settings_in(home, **changes), rule, private=private)
    place = home_of(settings)
    store, engine = Store(settings.database_url), engine or ScriptedEngine()
    access = by_token(hub)
    file = FileChannel(settings.home / "outbox.jsonl", clock)
    ports = replace(
        ports_with(settings, store, clock, engine),
        channels={ReplyBy.FILE: file, ReplyBy.GITHUB: GitHubChannel(access, clock)},
        trackers={
            TrackerKind.LOCAL: LocalTracker(StoreShelf(store), clock),
            TrackerKind.GITHUB: GitHubTracker(access, clock),
        },
    )
    house = House(settings, store, place, ports, clock)
    try:
        yield Tracked(World(house, clock, engine, settings.home), hub, here, board)
    finally:
        house.close()
