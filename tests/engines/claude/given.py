"""What the tests of calls share: a question, its answer, a ledger in memory, a watch that waits in no time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agent.domain.made import Call
from agent.domain.models import Models
from agent.engines.claude.calls import Calls, Clockwork
from agent.engines.claude.pace import Pace
from agent.engines.claude.service import Service
from agent.prompts import Prompts, prompts_dir
from agent.settings import load
from tests.builders import REPOSITORY
from tests.fakes.claude import KEY, Claude

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
HEAD = "---\npurpose: x\ninputs: [text]\nanswer: Verdict\ntier: small\nmax_tokens: 300\n---\n"
BODY = "# system\nSay what it is.\n# user\n{{ text }}\n"


class Verdict(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")
    verdict: str
    ids: list[str]


class Search(BaseModel):
    """A tool's input."""

    model_config = ConfigDict(extra="forbid")
    words: str


@dataclass
class MemoryLedger:
    """Keeps calls in a list."""

    calls: list[Call] = field(default_factory=list)

    def record(self, call: Call) -> None:
        self.calls.append(call)

    def spent(self, day: date) -> int:
        return sum(call.microdollars for call in self.calls if call.at.date() == day)

    @property
    def outcomes(self) -> list[str]:
        return [call.outcome for call in self.calls]


@dataclass
class Watch:
    """A watch that only waiting moves; it knows how long each wait was."""

    at: float = 0.0
    waits: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


def models(**changes: object) -> Models:
    """Return the shipped models."""
    shipped = load({"HOME": "/somewhere"}, REPOSITORY).models
    return replace(shipped, **changes)  # type: ignore[arg-type]


@dataclass
class Desk:
    """Calls with what they stand on at hand."""

    calls: Calls
    ledger: MemoryLedger
    watch: Watch


@contextmanager
def calls_to(claude: Claude, folder: Path, *, key: str = KEY, **changes: object) -> Iterator[Desk]:
    """Give calls of one question, `kind`, to a stand-in."""
    (folder / "kind.md").write_text(HEAD + BODY)
    (folder / "correction.md").write_text((prompts_dir() / "correction.md").read_text())
    ledger, watch, given = MemoryLedger(), Watch(), models(**changes)
    service = Service(key, claude.address)
    pace = Pace(given.at_once, given.tokens_a_minute, watch.seconds, watch.sleep)
    clockwork = Clockwork(now=lambda: NOW, seconds=watch.seconds, sleep=watch.sleep)
    try:
        yield Desk(Calls(service, Prompts(folder), given, ledger, pace, clockwork), ledger, watch)
    finally:
        service.close()
