"""What of a Case cannot be avoided, measured alone beside the whole, by turns: embedding, commits, checkpoints.

The whole runs in this process and thread, so that each part can be told. The unavoidable is the same texts
through the same model, the same writes in the same transactions by the bare driver on a copy of the database,
and the same graph with steps that do nothing on LangGraph's own saver.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from shutil import copytree
from typing import Any, Self

import sqlalchemy as sa
from langgraph.types import Durability

from agent.house import House
from agent.settings import Settings
from agent.store.database import Store
from agent.triage.graph import Journey, build
from agent.triage.propose import request_of
from agent.triage.state import State, Update
from agent.wiring import open_house, open_worker
from agent.wiring_store import saver_of
from evals.scaling import corpus
from evals.scaling.stands import Server, database, settings_for

WARM_UP, BLOCK = 60, 20
WRITES = ("INSERT", "UPDATE", "DELETE")
UNAVOIDABLE = ("embedding", "commits", "checkpoints")
#: Beside them: what LangGraph's own durable way would take, which the journey does not need.
EACH_STEP = "a checkpoint after each step"
Cost = tuple[float, float]  #: wall and CPU, in seconds


@dataclass
class Watch:
    """Adds up what each part takes; a part inside another one is not counted to both. For one thread."""

    cpu: Callable[[], float]
    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    inside: list[str] = field(default_factory=lambda: ["the rest"])
    since: Cost = (0.0, 0.0)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count to this part while the block runs."""
        self._turn()
        self.inside.append(name)
        try:
            yield
        finally:
            self._turn()
            self.inside.pop()

    def begin(self) -> None:
        """Begin to count."""
        self.since = (time.perf_counter(), self.cpu())

    def _turn(self) -> None:
        now = (time.perf_counter(), self.cpu())
        for at in (0, 1):
            self.spent[self.inside[-1]][at] += now[at] - self.since[at]
        self.since = now

    def end(self) -> None:
        """Count what passed since the last part to what is no part's."""
        self._turn()


class Parts:
    """Something in front of another whose calls are counted to parts: by name, "*" for all others."""

    def __init__(self, behind: Any, watch: Watch, parts: dict[str, str], told: Any = None) -> None:
        self._behind, self._watch, self._parts, self._told = behind, watch, parts, told

    def __getattr__(self, name: str) -> Any:
        found, part = getattr(self._behind, name), self._parts.get(name, self._parts.get("*"))
        if part is None or not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            if self._told is not None:
                self._told(name, args)
            with self._watch.part(part):
                return found(*args, **given)

        return call


@dataclass
class Journal:
    """What the whole did that the unavoidable does again: texts embedded, transactions that wrote."""

    texts: list[Sequence[str]] = field(default_factory=list)
    transactions: list[list[tuple[str, Any, bool]]] = field(default_factory=list)
    open: list[tuple[str, Any, bool]] = field(default_factory=list)

    def embedded(self, name: str, args: Any) -> None:
        """Note the texts of a call of the embedder."""
        if name == "embed":
            self.texts.append(list(args[0]))

    def listen(self, db: sa.Engine) -> None:
        """Note each write from now on, and where transactions end."""

        def executed(_tx: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            if statement.lstrip().upper().startswith(WRITES):
                self.open.append((statement, given, many))

        def committed(_tx: Any) -> None:
            if self.open:
                self.transactions.append(self.open)
            self.open = []

        sa.event.listen(db, "before_cursor_execute", executed)
        sa.event.listen(db, "commit", committed)


@dataclass(frozen=True)
class Found:
    """What the whole and the unavoidable took, in seconds (wall, CPU), of so many Cases."""

    cases: int
    parts: dict[str, Cost]
    alone: dict[str, Cost]
    commits: float

    def rows(self) -> Iterator[str]:
        """Yield the table: each part, the whole, the unavoidable, the ratio."""
        whole, least = _sum(self.parts.values()), _sum(self.alone[name] for name in UNAVOIDABLE)
        durable = _sum((self.alone["embedding"], self.alone["commits"], self.alone[EACH_STEP]))
        yield "| part | wall, ms a Case | CPU, ms a Case | share of CPU |"
        yield "| --- | --- | --- | --- |"
        for name, cost in sorted(self.parts.items(), key=lambda each: -each[1][1]):
            yield f"| {name} | {self._ms(cost)} | {cost[1] / whole[1]:.0%} |"
        yield f"| **the whole** | {self._ms(whole)} | |"
        for name in UNAVOIDABLE:
            yield f"| alone: {self._named(name)} | {self._ms(self.alone[name])} | |"
        yield f"| **the unavoidable** | {self._ms(least)} | |"
        yield f"| **ratio** | {whole[0] / least[0]:.2f} | {whole[1] / least[1]:.2f} | |"
        yield f"| alone: {EACH_STEP}, LangGraph's own durable way | {self._ms(self.alone[EACH_STEP])} | |"
        yield f"| ratio to the sum with that | {whole[0] / durable[0]:.2f} | {whole[1] / durable[1]:.2f} | |"

    def _named(self, name: str) -> str:
        return f"{self.commits:.1f} durable commits" if name == "commits" else name

    def _ms(self, cost: Cost) -> str:
        return " | ".join(f"{each / self.cases * 1000:.1f}" for each in cost)


def _sum(costs: Iterable[Cost]) -> Cost:
    given = list(costs)
    return sum(each[0] for each in given), sum(each[1] for each in given)


def on_sqlite(settings: Settings, folder: Path, count: int, issues: int) -> Iterator[str]:
    """Yield the table of the embedded default."""
    here = settings_for(settings, folder / "floor" / "home")
    with open_house(here, command="make scaling") as house:
        corpus.with_issues(house, settings.data, issues)
    copy = settings_for(settings, folder / "copy" / "home")
    copytree(here.home, copy.home)
    with open_house(here, command="make scaling") as house:
        yield from _measured(house, copy, count, lambda: 0.0).rows()


def on_postgres(settings: Settings, server: Server, folder: Path, count: int, issues: int) -> Iterator[str]:
    """Yield the table of PostgreSQL, its server's CPU included where it is ours."""
    with ExitStack() as databases:
        url = databases.enter_context(database(server))
        here = settings_for(settings, folder / "floor-shared" / "home", url)
        with open_worker(here) as house:
            corpus.with_issues(house, settings.data, issues)
        copy = replace(here, database_url=databases.enter_context(database(server, copied=url)))
        with open_worker(here) as house:
            yield from _measured(house, copy, count, server.cpu).rows()


def _measured(house: House, copy: Settings, count: int, server: Callable[[], float]) -> Found:
    given = corpus.messages(house.settings.data)
    journal, watch, alone = Journal(), Watch(time.process_time), Watch(lambda: time.process_time() + server())
    journal.listen(house.store.db)
    with _watched(house, watch, journal), Unavoidable(copy, alone) as least:
        _worked(house, given, WARM_UP)
        least.again(journal, WARM_UP)
        watch.spent.clear()
        alone.spent.clear()
        commits = 0
        for _ in range(count // BLOCK):
            at_server = server()
            watch.begin()
            _worked(house, given, BLOCK)
            watch.end()
            watch.spent["the database server"][1] += server() - at_server
            commits += len(journal.transactions)
            least.again(journal, BLOCK)
        number = count // BLOCK * BLOCK
    return Found(number, _costs(watch), _costs(alone), commits / number)


def _costs(watch: Watch) -> dict[str, Cost]:
    return {name: (spent[0], spent[1]) for name, spent in watch.spent.items()}


def _worked(house: House, given: Iterator[Any], count: int) -> None:
    house.desk.receive(list(islice(given, count)))
    house.drain()


@contextmanager
def _watched(house: House, watch: Watch, journal: Journal) -> Iterator[None]:
    """Put the watch in front of the parts."""
    index: Any = house.ports.index
    engine: Any = house.ports.engine
    embedder = Parts(index._embedder, watch, {"embed": "embedding"}, journal.embedded)
    index._embedder = engine._embedder = embedder
    judging = {"compare": "judging", "assess": "judging", "draft": "drafting", "describe": "drafting"}
    steps = replace(
        house.steps,
        index=Parts(index, watch, {"search": "search"}),
        engine=Parts(engine, watch, judging),
    )
    nodes: Any = Parts(replace(house.nodes, steps=steps), watch, {"*": "steps: reading, deciding, offering"})
    journey = Journey(nodes, house.saver)
    journey.graph = Parts(journey.graph, watch, {"*": "LangGraph and its checkpoints"})  # type: ignore[assignment]
    house.journey = journey
    intake: Any = Parts(house.intake, watch, {"take": "opening the Case"})
    house.intake = intake
    yield


class NoSteps:
    """The graph's nodes, doing nothing; the last one asks, as ours does."""

    def __getattr__(self, name: str) -> Callable[[State], Update]:
        def step(_state: State) -> Update:
            return {}

        return step

    def review(self, state: State) -> Update:
        """Ask."""
        from langgraph.types import interrupt

        interrupt([request_of(state)])
        return {}


class Unavoidable:
    """Does what cannot be avoided again, and nothing else, on a copy of the database."""

    def __init__(self, copy: Settings, watch: Watch) -> None:
        from agent.index.embedder import MiniLM

        self.watch = watch
        self.store = Store(copy.database_url)
        self.saver = saver_of(copy, self.store)
        nodes: Any = NoSteps()
        self.graph = build(nodes, self.saver)
        self.embedder = MiniLM(copy.cache)
        self.db = self.store.db.execution_options(writes=True)
        self.threads = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.saver.conn.close()
        self.store.close()

    def again(self, journal: Journal, cases: int) -> None:
        """Do what the journal has, and so many threads of the graph; the journal is empty afterwards."""
        self.watch.begin()
        with self.watch.part("embedding"):
            for texts in journal.texts:
                self.embedder.embed(texts)
        with self.watch.part("commits"):
            self._write(journal.transactions)
        with self.watch.part("checkpoints"):
            self._travel(cases, "exit")
        with self.watch.part(EACH_STEP):
            self._travel(cases, "sync")
        journal.texts, journal.transactions = [], []

    def _travel(self, cases: int, durability: Durability) -> None:
        for _ in range(cases):
            self.threads += 1
            config: Any = {"configurable": {"thread_id": f"alone:{self.threads}"}}
            given: Any = {"case": self.threads, "revision": 1, "outcome": ""}
            self.graph.invoke(given, config, durability=durability)

    def _write(self, transactions: Sequence[Sequence[tuple[str, Any, bool]]]) -> None:
        with self.db.connect() as kept:
            driver: Any = kept.connection.driver_connection
            cursor = driver.cursor()
            for transaction in transactions:
                if kept.dialect.name == "sqlite":
                    cursor.execute("BEGIN IMMEDIATE")
                for statement, given, many in transaction:
                    (cursor.executemany if many else cursor.execute)(statement, given)
                    if cursor.description is not None and not many:
                        cursor.fetchall()
                driver.commit()
