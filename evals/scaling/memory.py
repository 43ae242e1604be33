"""What stays of many Cases: the memory of one process, and the growth of what it keeps on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from agent.desk import Desk
from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.messages import Message
from agent.settings import Settings
from agent.store.tables import cases, jobs
from agent.wiring import open_house
from evals.scaling import corpus
from evals.scaling.stands import Running, settings_for, started, until
from evals.scaling.throughput import opened, taken

STEP = 1_000
#: A batch that a person answers; few, so that the answers come between the judging.
ANSWERED = 100
SECONDS_A_STEP = 600.0


@dataclass(frozen=True)
class Stood:
    """How it stood after so many Cases, in MB."""

    cases: int
    memory: float
    store: float
    checkpoints: float
    threads: int


def memory(settings: Settings, folder: Path, count: int, issues: int) -> Iterator[str]:
    """Yield a row each thousand Cases, all of them judged and answered, and what they come to."""
    here = settings_for(settings, folder / "long" / "home")
    with open_house(here, command="make scaling") as house:
        corpus.with_issues(house, settings.data, issues)
    yield "| Cases, judged and answered | memory, MB | store, MB | checkpoints, MB | threads that are kept |"
    yield "| --- | --- | --- | --- | --- |"
    given, stood = corpus.messages(settings.data), []
    with started(here, "run", "--port", "0") as one, opened(here) as desk:
        for number in range(0, count + 1, min(STEP, count)):
            if number:
                _judged_and_answered(desk, given, min(STEP, count))
            stood.append(_stood(here.home, one, number))
            yield "| {0.cases:,} | {0.memory:,.0f} | {0.store:,.1f} | {0.checkpoints:,.2f} | {0.threads} |".format(
                stood[-1]
            )
    yield ""
    yield from _told(stood)


def _judged_and_answered(desk: Desk, given: Iterator[Message], count: int) -> None:
    for _ in range(0, count, ANSWERED):
        taken(desk, list(islice(given, ANSWERED)))
        person = desk.settings.team.people[0].id
        with desk.store.read() as tx:
            open_ones = sa.select(cases.c.number, cases.c.open_revision).where(
                cases.c.open_revision.is_not(None)
            )
            waiting = tx.execute(open_ones).all()
        for number, revision in waiting:
            desk.decide(f"C-{number}", revision, VerdictKind.REJECT, person, reason=RejectReason.NOT_OURS)
        until(lambda: _is_quiet(desk), "the answers are told", SECONDS_A_STEP)


def _is_quiet(desk: Desk) -> bool:
    with desk.store.read() as tx:
        return not tx.scalar(sa.select(sa.func.count()).select_from(jobs))


def _stood(home: Path, one: Running, number: int) -> Stood:
    from agent.triage.checkpoints import open_saver

    saver = open_saver(home / "checkpoints.db")
    threads = {each.config["configurable"]["thread_id"] for each in saver.list(None)}
    saver.conn.close()
    return Stood(number, one.memory(), _size(home, "triage.db"), _size(home, "checkpoints.db"), len(threads))


def _size(home: Path, name: str) -> float:
    """Return the size of a database with its log, in MB."""
    return sum(file.stat().st_size for file in home.glob(f"{name}*")) / 2**20


def _told(stood: list[Stood]) -> Iterator[str]:
    first, last = stood[0], stood[-1]
    middle = stood[len(stood) // 2]
    each = (last.store - first.store) / last.cases * 1024
    yield f"A Case adds {each:.1f} KB to the store, its Message with it, and nothing to the checkpoints once it is answered."
    if len(stood) > 2:
        yield (
            f"Memory from {middle.cases:,} to {last.cases:,} Cases: {middle.memory:,.0f} MB → {last.memory:,.0f} MB,"
            f" {(last.memory - middle.memory) / (last.cases - middle.cases) * 1024:+.2f} KB a Case."
        )
