"""One run: users write, a person answers, everything dies now and then; at the end all of it is held true.

Bounded in count and in time. The seed decides what is written, how often it is brought, what is pressed,
what is struck and what befalls each request; how these meet is up to the machine.
"""

import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from agent.desk import Desk
from tests.chaos import truth
from tests.chaos.holding import hold
from tests.chaos.person import Person, approvals
from tests.chaos.postman import Postman
from tests.chaos.processes import Running, ended, environment_of
from tests.chaos.stands import PATIENCE, Stand
from tests.chaos.streams import stream
from tests.chaos.truth import Effects
from tests.end_to_end.running import until

QUIET_LOOKS = 3  #: so often in a row nothing may be on its way
LOOK = 1.0

Opened = Callable[[Path, str], AbstractContextManager[Stand]]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything; `unknown_share` is what may stand as unknown of all that was approved."""

    messages: int
    approvals: int
    seconds: float  #: in which users write
    blow_every: float
    most_blows: int
    settle_seconds: float  #: until all is quiet at the end
    unknown_share: float = 0.01
    unknown_more: int = 0  #: in a small run one death is more than a share


@dataclass
class Storm:
    """A run and what it found."""

    stand: Stand
    size: Size
    seed: int
    outside: str
    desk: Desk
    stop: threading.Event = field(default_factory=threading.Event)
    struck: list[str] = field(default_factory=list)
    resolved: Counter[str] = field(default_factory=Counter)
    retried: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.postman = Postman(self.outside, self.stand.entrances, self.seed, self.stop)
        self.person = Person(self.stand.entrances, self._open_cases, self.seed, self.stop)

    def _open_cases(self) -> list[tuple[str, int]]:
        with suppress(sa.exc.DBAPIError):  # the harness is cut off as all others are
            return truth.open_cases(self.desk.store)
        return []

    def blow(self) -> None:
        """Write, answer and strike until all is written and answered."""
        writings = stream(self.size.messages, self.size.seconds, self.seed)
        with ThreadPoolExecutor(2) as hands:
            brought, answered = hands.submit(self.postman.bring, writings), hands.submit(self.person.work)
            try:
                self._strike(brought, answered)
            finally:
                self.stop.set()
            brought.result()
            answered.result()

    def _strike(self, brought: Future[None], answered: Future[None]) -> None:
        chance = random.Random(f"blows {self.seed}")
        blows = _in_turn(chance, self.stand.blows)
        deadline = time.monotonic() + self.size.seconds + self.size.settle_seconds
        next_at = time.monotonic() + self.size.blow_every
        while not (brought.done() and self._is_answered()):
            assert time.monotonic() < deadline, f"not written and answered in time: {self._left()}"
            if self.stop.is_set():
                answered.result()
            # Seldom while something starts: a storm of nothing but starts would show little.
            is_time = time.monotonic() >= next_at and (self.stand.is_up or chance.random() < 0.02)
            if is_time and len(self.struck) < self.size.most_blows:
                self.struck.append(self.stand.strike(next(blows), chance))
                next_at = time.monotonic() + self.size.blow_every * chance.uniform(0.6, 1.4)
            self.stand.keep_up()
            time.sleep(LOOK / 2)

    def _is_answered(self) -> bool:
        """Tell whether what stands is answered, but for what the person leaves, and nothing is judged any more."""
        with suppress(sa.exc.DBAPIError):
            is_waiting = [each for each in truth.open_cases(self.desk.store) if each not in self.person.left]
            return not is_waiting and self._is_idle() and len(self.struck) >= min(3, self.size.most_blows)
        return False

    def _is_idle(self) -> bool:
        return self.desk.queue.depth() == 0 and not truth.unjudged(self.desk.store)

    def _left(self) -> object:
        waiting = [each for each in self._open_cases() if each not in self.person.left]
        return {"waiting": waiting[:20], "jobs": self.desk.queue.depth(), "troubles": self.person.troubles}

    def settle(self) -> None:
        """Have all of it up again, wait until it is quiet, and resolve what a person is asked."""
        self._control("calm")
        self.stand.calm_down()
        missing = self.size.approvals - len(list(approvals(self.person.presses)))
        if missing > 0:
            self.person.press_old_ones(missing)
        self.wait_until_quiet()
        self._resolve()
        self.wait_until_quiet()

    def _resolve(self) -> None:
        """Press what the page offers for each step that is not known, or failed; and judge stuck Cases again."""
        stuck = truth.stuck(self.desk.store)
        self.retried |= set(stuck)
        self.person.retry(stuck)
        effects, found = self.effects(), truth.rows(self.desk.store)
        asked = []
        for row in found:
            if row.state in ("unknown", "failed"):
                self.resolved[row.state] += 1
                is_there = effects.of(row, found) > 0
                asked.append((row.action.case_id, row.action.key, is_there and row.state == "unknown"))
        self.person.resolve(asked)

    def wait_until_quiet(self) -> None:
        """Wait until nothing is on its way, several times in a row."""
        calm = 0
        deadline = time.monotonic() + self.size.settle_seconds
        while calm < QUIET_LOOKS:
            assert time.monotonic() < deadline, f"it does not become quiet: {self._unquiet()}"
            self.stand.keep_up()
            calm = 0 if self._unquiet() else calm + 1
            time.sleep(LOOK)

    def _unquiet(self) -> dict[str, object]:
        """Return what is on its way, {} for nothing."""
        store = self.desk.store
        found = truth.rows(store)
        asked = {row.action.case_id for row in found if row.state in ("unknown", "failed")}
        # What waits for an Issue that nobody knows to be filed waits for a person.
        moving = [row for row in found if row.action.case_id not in asked]
        kept = truth.cases_of_messages(store)
        said: dict[str, object] = {
            "jobs": self.desk.queue.depth(),
            "on the way": self.effects().on_the_way,
            "moving": truth.moving(moving)[:10],
            "unjudged": [each for each in truth.unjudged(store) if each not in truth.stuck(store)][:10],
            "not read": [id for id in self.postman.written if not kept.get((_GITHUB, id))][:10],
        }
        return {name: value for name, value in said.items() if value}

    def effects(self) -> Effects:
        """Return what took place outside: at GitHub by its own count, and in the outbox file."""
        said = self._control("effects")
        keys, texts = Counter(said["keys"]), dict(said["texts"])
        for line in self.stand.place.outbox():
            if line["kind"] == "reply":
                keys[str(line["key"])] += 1
                texts[str(line["key"])] = str(line["text"])
        known = {name: said[name] for name in ("labels", "befell", "on_the_way")}
        return Effects(keys=keys, texts=texts, refused=tuple(said["refused"]), **known)

    def _control(self, what: str) -> Any:
        return httpx.post(f"{self.outside}/stand/{what}", timeout=60, trust_env=False).json()

    def told(self) -> dict[str, object]:
        """Return what a person wants to know of the run."""
        deaths = {name: dict(Counter(each.deaths)) for name, each in self.stand.processes.items()}
        kinds = Counter(each.kind for each in self.person.presses)
        taken = Counter(
            {True: "taken", False: "refused", None: "not known"}[each.taken] for each in self.person.presses
        )
        return {
            "messages": len(self.postman.written) + len(self.postman.pasted),
            "deliveries": self.postman.deliveries,
            "of them again": self.postman.again,
            "not taken by a door": self.postman.refused,
            "presses": dict(kinds),
            "of them": dict(taken),
            "taken back": sum(bool(each.taken) for each in self.person.taken_back),
            "too late to take back": sum(each.taken is False for each in self.person.taken_back),
            "blows": dict(
                Counter(
                    " ".join(each.split()[:2]).rpartition("-")[0] or each.split()[0] for each in self.struck
                )
            ),
            "deaths": deaths,
            "befell": dict(self.effects().befell),
            "resolved": dict(self.resolved),
            "stuck": len(self.retried),
            "troubles": {name: count for name, count in self.person.troubles.items() if count},
        }


_GITHUB = "github:example/millrace"


def _in_turn(chance: random.Random, blows: tuple[str, ...]) -> Iterator[str]:
    """Yield each blow once, in any order, then again."""
    while True:
        yield from chance.sample(blows, len(blows))


def _alive(world: Running) -> bool:
    assert world.lives, world.said.read_text()
    return True


@contextmanager
def outside(folder: Path, seed: int) -> Iterator[str]:
    """Serve the world outside in a process of its own; yield its address."""
    command = [sys.executable, "-m", "tests.chaos.outside", str(seed), str(PATIENCE)]
    world = Running("outside", command, environment_of({}), folder)
    with ended([world]):
        world.start()
        found = until(
            lambda: _alive(world) and re.search(r"^(http\S+)$", world.said.read_text(), re.M),
            "its address",
            60,
        )
        assert found
        yield found[1]


def run(opened: Opened, size: Size, seed: int, folder: Path) -> dict[str, object]:
    """Let a storm blow at a stand and hold the end against what was meant; return what is told of it."""
    print(f"\nseed {seed}", flush=True)
    began = time.monotonic()
    with outside(folder, seed) as world, opened(folder, world) as stand:
        desk = stand.desk()
        storm = Storm(stand, size, seed, world, desk)
        try:
            storm.blow()
            storm.settle()
            told = {**storm.told(), **hold(storm), "seconds": round(time.monotonic() - began)}
        finally:
            desk.store.close()
    print(json.dumps(told, indent=2), flush=True)
    return told
