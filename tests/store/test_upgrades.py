"""Stores of every earlier version, brought up to date with Cases waiting: they go on, and old revisions resolve."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects.postgresql import REGCLASS

from agent.domain.actions import OutboxState
from agent.domain.cases import CaseState, VerdictKind
from agent.errors import IndexMismatch, LostRace, Unavailable
from agent.house import House
from agent.index.exact import ExactShelf
from agent.index.hybrid import HybridIndex
from agent.index.meaning import recipe
from agent.index.words import Words
from agent.ports import Progress, no_progress
from agent.store import messages
from agent.store.database import HEAD
from agent.store.records import StoreRecords
from agent.triage.state import State, Update
from tests.builders import ONE, PROJECT, REPOSITORY, World, issue, message, world
from tests.databases import address
from tests.fakes.embedder import HashedWords
from tests.store.keep import REPORTS

if TYPE_CHECKING:
    from agent.ports import Vector

KEPT = REPOSITORY / "tests" / "data" / "stores"
VERSIONS = sorted(each.stem for each in KEPT.glob("*.json"))


def kept(version: str, database: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a database of an earlier version, by table."""
    found = json.loads((KEPT / f"{version}.json").read_text())
    return {
        name.removeprefix(f"{database}."): rows
        for name, rows in found.items()
        if name.startswith(f"{database}.")
    }


def put_back_on_postgresql(version: str, url: str) -> None:
    """Make the same on PostgreSQL, whose queue and checkpoints are its own."""
    rows = kept(version, "store")
    rows.pop("jobs")
    db = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with db.begin() as tx:
        tx.exec_driver_sql("DROP SCHEMA public CASCADE")
        tx.exec_driver_sql("CREATE SCHEMA public")
    _built_to(version, db, rows)
    with db.begin() as tx:
        for table, column in (
            ("cases", "number"),
            ("messages", "seq"),
            ("events", "seq"),
            ("contacts", "id"),
        ):
            numbers = sa.func.pg_get_serial_sequence(table, column)
            tx.execute(sa.select(sa.func.setval(sa.cast(numbers, REGCLASS), 1000)))
    db.dispose()


def put_back(version: str, home: Path) -> str:
    """Make the store as that version had it, by its own migrations; return its address."""
    home.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{home / 'triage.db'}"
    _built_to(version, sa.create_engine(url), kept(version, "store"))
    threads = sa.create_engine(f"sqlite:///{home / 'checkpoints.db'}")
    from agent.triage.checkpoints import open_saver

    open_saver(home / "checkpoints.db").conn.close()
    with threads.begin() as tx:
        _fill(tx, kept(version, "checkpoints"))
    threads.dispose()
    return url


def _built_to(version: str, db: sa.Engine, rows: dict[str, list[dict[str, Any]]]) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(messages.__file__).parent / "migrations"))
    with db.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, version)
        del rows["alembic_version"]
        _fill(tx, rows)
    db.dispose()


def _fill(tx: sa.Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    found = sa.MetaData()
    found.reflect(tx, only=list(rows))
    for table in found.sorted_tables:
        tx.execute(table.insert(), [_typed(table, row) for row in rows[table.name]])


def _typed(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name].type, value) for name, value in row.items()}


def _value(kind: Any, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    if value is not None and isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if value is not None and isinstance(kind, sa.JSON):
        return json.loads(value)
    return bool(value) if isinstance(kind, sa.Boolean) and value is not None else value


def test_there_is_a_store_of_every_migration() -> None:
    from alembic.script import ScriptDirectory

    folder = Path(messages.__file__).parent / "migrations"
    assert sorted(each.revision for each in ScriptDirectory(str(folder)).walk_revisions()) == VERSIONS
    assert VERSIONS[-1] == HEAD


@pytest.mark.parametrize("version", VERSIONS)
def test_cases_of_an_earlier_version_go_on_after_the_upgrade(version: str, tmp_path: Path) -> None:
    put_back(version, tmp_path / "home")
    with world(tmp_path / "home") as at:
        desk = at.house.desk
        assert [row.case.id for row in desk.inbox()] == ["C-1"]
        assert desk.case("C-1").messages[0].message.text == REPORTS[0]
        at.clock.pass_by(minutes=1)
        at.house.drain()  # what was approved before the upgrade leaves after it
        assert {step.state for step in desk.case("C-2").steps} == {OutboxState.SENT}
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.house.drain()
        at.clock.pass_by(minutes=1)
        at.house.drain()
        assert {step.state for step in desk.case("C-1").steps} == {OutboxState.SENT}
        assert Counter(line["kind"] for line in at.sent()) == {"reply": 2}
        at.clock.pass_by(days=2)
        at.house.drain()
        assert desk.case("C-3").case.state is CaseState.WAITING_ON_US, "the snooze is over"
        desk.receive([message("it is back", id="m-9", author="user-2", thread="m-2", sent_at=at.clock())])
        at.house.drain()
        again = desk.case("C-2")
        assert (again.case.revision, again.case.open_revision) == (2, 2)
        with at.house.saver.cursor() as threads:
            waiting = {row[0] for row in threads.execute("SELECT DISTINCT thread_id FROM checkpoints")}
        assert waiting == {"C-2:2", "C-3:1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_cases_of_an_earlier_version_go_on_on_postgresql(version: str, tmp_path: Path) -> None:
    with address("postgresql", tmp_path) as url:
        put_back_on_postgresql(version, url)
        with world(tmp_path / "home", database_url=url) as at:
            desk = at.house.desk
            assert [row.case.id for row in desk.inbox()] == ["C-1"]
            at.clock.pass_by(minutes=1)
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
            at.house.drain()
            at.clock.pass_by(minutes=1)
            at.house.drain()
            assert Counter(line["kind"] for line in at.sent()) == {"reply": 2}
            for case in ("C-1", "C-2"):
                assert {step.state for step in desk.case(case).steps} == {OutboxState.SENT}
            desk.receive([message("it is back", id="m-9", author="user-2", thread="m-2", sent_at=at.clock())])
            at.house.drain()
            assert desk.case("C-2").case.open_revision == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_click_on_a_card_of_before_the_upgrade_resolves_once(version: str, tmp_path: Path) -> None:
    put_back(version, tmp_path / "home")
    with world(tmp_path / "home") as at:
        with pytest.raises(LostRace):
            at.house.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        at.house.desk.undo("C-2", ONE)
        at.house.drain()
        view = at.house.desk.case("C-2")
        assert view.case.open_revision == 2
        assert view.earlier is None
        assert not at.sent()


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from agent.store.database import Store

seen = []

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    seen.append(statement)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

Store(sys.argv[1])
"""


@pytest.mark.parametrize("at", [5, 12, 20, 28])
def test_an_upgrade_that_is_killed_leaves_the_old_store_whole(at: int, tmp_path: Path) -> None:
    url = put_back(VERSIONS[0], tmp_path / "home")
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(at)], check=False, cwd=REPOSITORY)
    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(tmp_path / "home" / "triage.db")) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (VERSIONS[0],)
    with world(tmp_path / "home") as here:
        assert [row.case.id for row in here.house.desk.inbox()] == ["C-1"]


@dataclass
class Failing(HashedWords):
    """Another embedder, that dies after so many texts."""

    after: int

    def __post_init__(self) -> None:
        super().__init__("of-the-new-version")

    def embed(self, texts: Sequence[str], progress: Progress = no_progress) -> Vector:
        if len(self.embedded) >= self.after:
            raise Unavailable("killed")
        return super().embed(texts, progress)


def _with_embedder(at: World, embedder: HashedWords) -> House:
    """Give a house the product's index over this embedder."""
    house = at.house
    index = HybridIndex(
        records=StoreRecords(house.store),
        embedder=embedder,
        words=Words(house.store.db),
        shelf=ExactShelf(embedder.dimensions),
    )
    ports = replace(house.ports, index=index, embedder=embedder.id)
    return House(house.settings, house.store, house.home, ports, at.clock)


def test_an_index_is_rebuilt_for_another_embedder_while_cases_wait(tmp_path: Path) -> None:
    with world(tmp_path / "home") as at:
        house = _with_embedder(at, HashedWords("of-the-old-version"))
        house.add_issues([issue(n, f"widget{n} hangs on Sunday") for n in range(1, 600)])
        house.desk.receive([message(), message("step 7 hangs", id="m-2", author="user-2")])
        house.drain()
        assert len(house.desk.inbox()) == 2
        house.saver.conn.close()

        new = _with_embedder(at, Failing(after=600))
        with pytest.raises(IndexMismatch, match="triage index --rebuild"):
            new.take_in()
        with pytest.raises(Unavailable):
            new.rebuild()
        new.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)  # a door beside it takes Verdicts all the while
        new.saver.conn.close()

        old = _with_embedder(at, HashedWords("of-the-old-version"))
        assert old.take_in() == 0, "killed half-way, what was there still serves"
        old.saver.conn.close()

        again = _with_embedder(at, HashedWords("of-the-new-version"))
        embedded = again.rebuild()
        assert 0 < embedded < 599, "what was embedded before the kill is not embedded again"
        assert StoreRecords(again.store).embedders() == [recipe(HashedWords("of-the-new-version"))]
        again.drain()
        assert len(at.sent()) == 1
        again.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        again.drain()
        assert len(at.sent()) == 2
        again.desk.receive([message("widget9 hangs", id="m-3", author="user-3")])
        again.drain()
        view = again.desk.case("C-3")
        assert view.proposal is not None
        assert view.proposal.provenance.embedder == "of-the-new-version"
        assert f"{PROJECT}#9" in [each.issue_id for each in view.proposal.matched.candidates]
        again.saver.conn.close()


def test_a_thread_that_waits_in_a_graph_with_more_steps_or_fewer_resolves(tmp_path: Path) -> None:
    """An earlier graph had no `match`; a later one has a step more behind `review`. Threads of both are told."""
    with world(tmp_path / "home") as at:
        today = at.house.journey.graph
        for number, steps in enumerate((FEWER, MORE), start=1):
            at.house.journey.graph = _graph_of(at, steps)
            at.house.desk.receive([message(id=f"m-{number}", author=f"user-{number}")])
            at.house.drain()
            assert at.house.desk.case(f"C-{number}").case.open_revision == 1
            at.house.journey.graph = today
            at.house.desk.decide(f"C-{number}", 1, VerdictKind.APPROVE, ONE)
            at.house.drain()
            assert len(at.sent()) == number
        with at.house.saver.cursor() as threads:
            assert threads.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)


FEWER = ("screen", "match_and_assess", "decide", "draft", "review")
MORE = ("screen", "match", "assess", "decide", "draft", "review", "told", "done")


def _graph_of(at: World, steps: Sequence[str]) -> Any:
    from langgraph.graph import END, START, StateGraph

    nodes = at.house.nodes

    def match_and_assess(state: State) -> Update:
        nodes.match(state)
        return nodes.assess(state)

    others = {"match_and_assess": match_and_assess, "told": lambda state: {}}
    graph = StateGraph(State)
    for name in steps:
        graph.add_node(name, others.get(name) or getattr(nodes, name))
    for one, next_one in pairwise([START, *steps, END]):
        graph.add_edge(one, next_one)
    return graph.compile(checkpointer=at.house.saver)
