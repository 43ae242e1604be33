"""Runs the journey of one Case in real processes and kills each with -9 at another point.

Started by `test_kills.py`. Prints a JSON line a point: where it died, and what was true after the
next start. The points are the calls through the ports and the commits of the store, found by a
first run that nobody kills; the product has no hooks for any of it.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy, TrackerKind
from agent.errors import LostRace, Stale
from agent.house import House
from agent.store import outbox
from agent.store.database import Store
from agent.store.home import Home
from tests.builders import ONE, Clock, issue, message, ports_with, settings_in
from tests.fakes.engine import ScriptedEngine

#: Calls through a port that change nothing and are made in every idle moment.
QUIET = {"queue.depth", "queue.stop", "queue.run", "queue.drain", "channel.listing_is_final"}


@dataclass
class Death:
    """Counts the points and dies at one of them. `at` is None in the run that only counts."""

    at: int | None = None
    points: list[str] = field(default_factory=list)

    def passing(self, point: str) -> None:
        self.points.append(point)
        if self.at == len(self.points) - 1:
            os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A port in front of the real one, with a point before and after every call."""

    def __init__(self, behind: Any, name: str, death: Death) -> None:
        self._behind, self._name, self._death = behind, name, death

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._behind, method)
        point = f"{self._name}.{method}"
        if not callable(found) or point in QUIET:
            return found

        def call(*args: Any, **given: Any) -> Any:
            self._death.passing(f"before {point}")
            result = found(*args, **given)
            self._death.passing(f"after {point}")
            return result

        return call


class DeadlyStore(Store):
    """The real store, with a point on both sides of each commit."""

    def __init__(self, url: str, death: Death) -> None:
        super().__init__(url)
        self.death = death
        # The queue commits on the same engine without coming by `write`.
        sa.event.listen(self.db, "commit", lambda _connection: death.passing("before a commit"))

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        with super().write() as tx:
            yield tx
        self.death.passing("after a commit")


def house_in(home: Path, death: Death, clock: Clock) -> House:
    """Wire a house whose every port and commit can kill it."""
    settings = settings_in(home)
    place = Home(settings.home)
    place.prepare()
    store = DeadlyStore(settings.database_url, death)
    ports = ports_with(settings, store, clock, ScriptedEngine())
    names = {name: Deadly(getattr(ports, name), name, death) for name in ("queue", "index", "engine")}
    places = {
        "channels": {ReplyBy.FILE: Deadly(ports.channels[ReplyBy.FILE], "channel", death)},
        "trackers": {TrackerKind.LOCAL: Deadly(ports.trackers[TrackerKind.LOCAL], "tracker", death)},
    }
    return House(settings, store, place, replace(ports, **names, **places), clock)


def live(home: Path, death: Death) -> None:
    """Receive, triage, approve, send: what a delivery, a worker and a person do, each as often as needed."""
    clock = Clock()
    house = house_in(home, death, clock)
    house.desk.receive([message("the scheduler hangs on Sunday")])
    house.drain()
    if house.desk.inbox():
        with suppress(Stale, LostRace):
            house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    house.drain()
    clock.pass_by(minutes=1)  # a reply that names an Issue rests while the Issue is being filed
    house.drain()
    house.close()


def truth(home: Path) -> dict[str, object]:
    """Return what is true in a home, counted at the destinations."""
    settings = settings_in(home)
    store = Store(settings.database_url)
    with store.read() as tx:
        rows = outbox.of_case(tx, 1)
        count: Callable[[str], int] = lambda query: tx.exec_driver_sql(query).scalar_one()  # noqa: E731
        found = {
            "messages": count("SELECT count(*) FROM messages"),
            "cases": count("SELECT count(*) FROM cases"),
            "proposals": count("SELECT count(*) FROM proposals"),
            "verdicts": count("SELECT count(*) FROM verdicts"),
            "issues": count("SELECT count(*) FROM issues"),
            "jobs": count("SELECT count(*) FROM jobs"),
            "states": [row.state for row in rows],
        }
    store.close()
    path = settings.home / "outbox.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {**found, "replies": len(lines), "keys": sorted({json.loads(line)["key"] for line in lines})}


def in_a_process(act: Callable[[], None]) -> int:
    """Run in a process of its own; return the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - a child must never come back as a second parent
            print(f"the process failed: {error!r}", file=sys.stderr)
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def main() -> None:
    """Find the points, then die at each of them once, twice where asked."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "fresh"
        house = house_in(fresh, Death(), Clock())
        house.add_issues([issue(4, "something else entirely")])
        house.close()
        counting = Death()
        counted = Path(folder) / "counted"
        shutil.copytree(fresh, counted)
        live(counted, counting)
        print(json.dumps({"point": "nobody dies", "signal": 0, "restart": 0, **truth(counted)}))
        for at, point in enumerate(counting.points):
            home = Path(folder) / f"at-{at}"
            shutil.copytree(fresh, home)
            died = in_a_process(lambda home=home, at=at: live(home, Death(at)))
            again = in_a_process(lambda home=home: live(home, Death()))
            line = {"point": f"{at} {point}", "signal": died, "restart": again, **truth(home)}
            print(json.dumps(line), flush=True)
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
