"""The two ways in which it stands: one process on SQLite, or workers and doors on PostgreSQL and Chroma."""

import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from agent.desk import Desk
from agent.settings import load
from agent.wiring import open_desk
from tests.builders import ONE, PROJECT
from tests.chaos.processes import (
    CHROMA,
    TRIAGE,
    Entrance,
    Running,
    ended,
    environment_of,
    free_port,
    wait_for,
)
from tests.databases import address
from tests.end_to_end.running import START_SECONDS, Place, place_in
from tests.fakes.github.hooks import SECRET
from tests.fakes.github.hub import TOKEN

#: How many times shorter processes wait for each other than they do in earnest.
HASTE = 10
#: Seconds that a client waits for GitHub then.
PATIENCE = 30 / HASTE
#: Seconds after which a worker that does not beat counts as gone, and another's claim as abandoned.
GONE, LEASE = 20 / HASTE, 120 / HASTE
ACCOUNT = "dev-1"  #: whose token the stand-in knows


@dataclass
class Stand:
    """What runs, and how it is reached."""

    place: Place
    environment: Mapping[str, str]
    outside: str
    processes: dict[str, Running]
    entrances: list[Entrance]
    blows: tuple[str, ...]  #: what may befall it, each as often as it stands here
    stops: tuple[float, ...]  #: seconds for which a process may stand still
    stopped_until: dict[str, float] = field(default_factory=dict)

    def desk(self) -> Desk:
        """Open the store beside all that runs."""
        return open_desk(load(self.environment, self.place.home.parent))

    def keep_up(self) -> None:
        """Start what died, and let go on what stood still long enough."""
        for name, until in list(self.stopped_until.items()):
            if time.monotonic() >= until:
                del self.stopped_until[name]
                self.processes[name].go_on()
        for each in self.processes.values():
            if not each.lives:
                each.start()

    @property
    def is_up(self) -> bool:
        """Tell whether all of it runs and has said that it is ready."""
        ready = all(each.lives and not each.is_stopped and each.is_ready for each in self.processes.values())
        return ready and not self.stopped_until

    def strike(self, blow: str, chance: random.Random) -> str:
        """Do something bad to it; return what."""
        verb, _, kind = blow.partition(" ")
        if verb == "cut":
            return f"cut {cut_off(self.environment['DATABASE_URL'])} connections"
        name = chance.choice([name for name in self.processes if name.startswith(kind)])
        struck = self.processes[name]
        if verb == "stop" and struck.lives and not struck.is_stopped:
            seconds = chance.choice(self.stops)
            struck.stop()
            self.stopped_until[name] = time.monotonic() + seconds
            return f"stop {name} for {seconds:.0f} s"
        self.stopped_until.pop(name, None)
        struck.kill()
        return f"kill {name}"

    def calm_down(self) -> None:
        """Have everything up again."""
        self.stopped_until = dict.fromkeys(self.stopped_until, 0.0)
        self.keep_up()
        for each in self.entrances:
            wait_for(f"{each.address}/readyz", each.running, START_SECONDS)


def cut_off(url: str) -> int:
    """End every connection of a database but this one; return how many there were."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    ending = (
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        found = connection.exec_driver_sql(ending).scalar_one()
    engine.dispose()
    return int(found)


@contextmanager
def embedded(folder: Path, outside: str) -> Iterator[Stand]:
    """One process that does it all, on SQLite."""
    place = _place(folder)
    environment = _environment(place, outside)
    house = _entrance("house", ("run",), environment, folder)
    stand = Stand(
        place,
        environment,
        outside,
        {"house": house.running},
        [house],
        blows=("kill house", "stop house"),
        stops=(PATIENCE * 1.2,),
    )
    with ended(list(stand.processes.values())):
        stand.calm_down()
        yield stand


@contextmanager
def shared(folder: Path, outside: str) -> Iterator[Stand]:
    """Two workers and two doors on PostgreSQL and a Chroma server."""
    with address("postgresql", folder) as url:
        place, port = replace(_place(folder), database_url=url), free_port()
        at = f"http://127.0.0.1:{port}"
        environment = {**_environment(place, outside), "DATABASE_URL": url, "CHROMA_URL": at}
        serve = ["run", "--path", str(folder / "chroma"), "--host", "127.0.0.1", "--port", str(port)]
        chroma = Running("chroma", [*CHROMA, *serve], environment, folder)
        doors = [_entrance(f"door-{at}", ("run", "--no-worker"), environment, folder) for at in (1, 2)]
        workers = [
            Running(f"worker-{at}", [*TRIAGE, "worker"], environment, folder, "A worker") for at in (1, 2)
        ]
        named = {each.name: each for each in (chroma, *(door.running for door in doors), *workers)}
        stand = Stand(
            place,
            environment,
            outside,
            named,
            doors,
            blows=("kill worker", "cut all", "stop worker", "kill door", "kill chroma"),
            stops=(GONE * 2, LEASE * 1.3),
        )
        with ended(list(named.values())):
            wait_for(f"{at}/api/v2/heartbeat", chroma, START_SECONDS)
            stand.calm_down()
            yield stand


def _entrance(name: str, words: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> Entrance:
    port, hooks = free_port(), free_port()
    serve = [*words, "--port", str(port), "--webhook-port", str(hooks)]
    return Entrance(Running(name, [*TRIAGE, *serve], environment, folder, "?token="), port, hooks)


def _place(folder: Path) -> Place:
    """Make a team whose project is tracked and answered at the stand-in, with labels and nothing else."""
    place = place_in(folder, hold_seconds=1)
    sources = place.config / "sources.yaml"
    text, changed = re.subn(
        rf"(id: github:{PROJECT}\n(?:    .*\n)*?    )reply_by: file\n",
        r"\1reply_by: github\n    tracker: github\n",
        sources.read_text(),
    )
    assert changed == 1
    sources.write_text(text)
    team = place.config / "team.yaml"
    team.write_text(team.read_text().replace("- millrace-bot", f"- {ACCOUNT}"))
    tracker = "labels:\n  type: {quick_fix: bug, complex: bug, feature: enhancement}\nadvisories: false\n"
    (place.config / "tracker.yaml").write_text(tracker)
    return place


def _environment(place: Place, outside: str) -> dict[str, str]:
    return environment_of(
        place.environment,
        TRIAGE_HASTE=str(HASTE),
        TRIAGE_PERSON=ONE,
        GITHUB_TOKEN=TOKEN,
        GITHUB_API_URL=outside,
        GITHUB_WEBHOOK_SECRET=SECRET,
    )
