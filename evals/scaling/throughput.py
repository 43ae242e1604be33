"""How fast accepted Messages become Proposals that wait, and what CPU a Case takes: one process, then workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from agent.desk import Desk
from agent.domain.cases import CaseState
from agent.domain.messages import Message
from agent.settings import Settings
from agent.store.tables import cases
from agent.wiring import open_desk, open_house, open_worker
from evals.scaling import corpus
from evals.scaling.stands import Running, Server, database, settings_for, started, until, workers

#: Cases before the clock begins: models are loaded, indexes read, caches filled.
WARM_UP = 100
#: What a Case may take at the worst; more is a fault and not a figure.
SECONDS_A_CASE = 10.0


@dataclass(frozen=True)
class Pace:
    """What so many Cases took, in seconds."""

    cases: int
    wall: float
    workers: float
    database: float
    intake: float

    @property
    def cpu(self) -> float:
        """CPU-seconds a Case, of everybody."""
        return (self.workers + self.database + self.intake) / self.cases

    def row(self, name: str) -> str:
        """Return a row of the table."""
        shares = " + ".join(
            f"{each / self.cases * 1000:.0f}" for each in (self.workers, self.database, self.intake)
        )
        return f"| {name} | {self.cases / self.wall:.1f} | {self.cpu * 1000:.0f} | {shares} |"


HEAD = "| | Cases/s | CPU-ms a Case | of it workers + database + intake |\n| --- | --- | --- | --- |"


def throughput(
    settings: Settings, server: Server, folder: Path, count: int, issues: int, numbers: Sequence[int]
) -> Iterator[str]:
    """Yield the table: SQLite with one process, PostgreSQL with each number of workers."""
    yield HEAD
    given = corpus.messages(settings.data)
    yield _alone(settings, folder, given, count, issues).row("SQLite, one process")
    with database(server) as url:
        here = settings_for(settings, folder / "shared" / "home", url)
        with open_worker(here) as house:
            corpus.with_issues(house, settings.data, issues)
        for number in numbers:
            with workers(here, number) as running:
                pace = _measured(here, given, count, running, server.cpu)
            yield pace.row(f"PostgreSQL, {number} {'worker' if number == 1 else 'workers'}")


def _alone(settings: Settings, folder: Path, given: Iterator[Message], count: int, issues: int) -> Pace:
    here = settings_for(settings, folder / "alone" / "home")
    with open_house(here, command="make scaling") as house:
        corpus.with_issues(house, settings.data, issues)
    with started(here, "run", "--port", "0") as one:
        return _measured(here, given, count, [one], lambda: 0.0)


def _measured(
    here: Settings,
    given: Iterator[Message],
    count: int,
    running: Sequence[Running],
    server: Callable[[], float],
) -> Pace:
    with opened(here) as desk:
        taken(desk, list(islice(given, WARM_UP)))
        before = [sum(each.cpu() for each in running), server()]
        began, mine = time.perf_counter(), time.process_time()
        intake = taken(desk, list(islice(given, count)), mine)
        wall = time.perf_counter() - began
        used = sum(each.cpu() for each in running) - before[0]
        return Pace(count, wall, used, server() - before[1], intake)


@contextmanager
def opened(here: Settings) -> Iterator[Desk]:
    """Open the desk beside the processes that work."""
    desk = open_desk(here)
    with closing(desk.store):
        yield desk


def taken(desk: Desk, messages: Sequence[Message], began: float = 0.0) -> float:
    """Receive Messages and wait until all are judged; return the CPU-seconds of receiving them."""
    wanted = judged(desk) + len(messages)
    desk.receive(messages)
    spent = time.process_time() - began
    until(lambda: judged(desk) >= wanted, f"{wanted} Cases judged", len(messages) * SECONDS_A_CASE)
    return spent


def judged(desk: Desk) -> int:
    """Count the Cases whose Proposal waits, or which were dropped."""
    which = sa.or_(cases.c.open_revision.is_not(None), cases.c.state == CaseState.TRIAGED_OUT)
    with desk.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(cases).where(which)) or 0
