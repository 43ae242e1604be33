"""Speed, by part: `make bench`. What is measured is the product as wired, on a home of its own.

Messages and Issues are real ones where TRIAGE_DATA has them, the sample team's otherwise, and the
first line says which. Quality is measured elsewhere.
"""

import json
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.domain.issues import Issue
from agent.domain.messages import Level, Message, Visibility
from agent.settings import Settings, from_process
from agent.wiring import House, open_house

ISSUES, MESSAGES, WARM_UP = 2_000, 200, 20


@dataclass
class Timed:
    """A port in front of the real one that adds up the seconds spent behind it."""

    behind: Any
    part: str
    spent: dict[str, float]
    inside: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.behind, name)
        if not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            began = time.perf_counter()
            try:
                return found(*args, **given)
            finally:
                self.spent[self.part] += time.perf_counter() - began

        return call


def main() -> None:
    """Print the tables."""
    settings = from_process()
    issues, messages, source = reports(settings)
    print(f"{len(messages)} messages against {len(issues)} Issues, {source}")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_house(settings_in(settings, home / "trials"), command="make bench") as house:
            indexing(house, issues)
            trials(house, messages)
        with open_house(settings_in(settings, home / "journey"), command="make bench") as house:
            house.add_issues(issues)
            journey(house, messages)


def indexing(house: House, issues: Sequence[Issue]) -> None:
    """Print how fast Issues go into an empty index, and again when nothing changed."""
    first = house.add_issues(issues)
    again = house.add_issues(issues)
    print(
        f"index      {first.read / first.seconds:8.1f} Issues/s   ({first.embedded} embedded in {first.seconds:.1f} s)"
    )
    print(f"again      {again.read / again.seconds:8.1f} Issues/s   ({again.embedded} embedded)\n")


def trials(house: House, messages: Sequence[Message]) -> None:
    """Print how fast `triage try` judges warm, by part."""
    list(house.trials(messages[:WARM_UP], 10))
    spent: dict[str, float] = defaultdict(float)
    with timed(house, spent):
        began = time.perf_counter()
        done = list(house.trials(messages[WARM_UP:], 10))
        total = time.perf_counter() - began
    seconds = sorted(trial.seconds for trial in done)
    print(
        f"try        {len(done) / total:8.1f} messages/s  p50 {at(seconds, 0.5) * 1000:.0f} ms, p95 {at(seconds, 0.95) * 1000:.0f} ms"
    )
    parts(spent, total, len(done))


def journey(house: House, messages: Sequence[Message]) -> None:
    """Print how fast received Messages become Proposals that wait, everything durable."""
    house.desk.receive(messages[:WARM_UP])
    house.drain()
    spent: dict[str, float] = defaultdict(float)
    with timed(house, spent):
        began = time.perf_counter()
        house.desk.receive(messages[WARM_UP:])
        house.drain()
        total = time.perf_counter() - began
    count = len(messages) - WARM_UP
    print(
        f"journey    {count / total:8.1f} messages/s  received → waiting, one thread, {house.desk.counts().inbox} wait"
    )
    parts(spent, total, count)


def parts(spent: dict[str, float], total: float, count: int) -> None:
    """Print the share of each part; search holds the embedding of its query, shown apart."""
    shown = {**spent, "search": spent["search"] - spent["embed"]}
    shown["the rest"] = total - sum(shown.values())
    for part in ("embed", "search", "judge", "draft", "the rest"):
        print(
            f"  {part:<9}{shown.get(part, 0) / count * 1000:8.1f} ms a message {shown.get(part, 0) / total:6.0%}"
        )
    print()


@contextmanager
def timed(house: House, spent: dict[str, float]) -> Iterator[None]:
    """Put a stopwatch in front of the parts while the block runs."""
    index: Any = house.ports.index
    engine: Any = house.ports.engine
    before = (index._embedder, house.steps)
    index._embedder = Timed(before[0], "embed", spent)
    watched = replace(house.steps, index=Timed(index, "search", spent), engine=Watched(engine, spent))
    for holder in (house, house.nodes):
        object.__setattr__(holder, "steps", watched)
    yield
    index._embedder = before[0]
    for holder in (house, house.nodes):
        object.__setattr__(holder, "steps", before[1])


@dataclass
class Watched:
    """The engine, with judging and drafting timed apart."""

    behind: Any
    spent: dict[str, float]

    def __getattr__(self, name: str) -> Any:
        part = {"compare": "judge", "assess": "judge", "draft": "draft", "describe": "draft"}.get(name)
        return getattr(Timed(self.behind, part, self.spent), name) if part else getattr(self.behind, name)


def at(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ordered values."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def settings_in(settings: Settings, home: Path) -> Settings:
    """Return the settings with another home."""
    return replace(settings, home=home, database_url=f"sqlite:///{home / 'triage.db'}")


def reports(settings: Settings) -> tuple[list[Issue], list[Message], str]:
    """Return Issues and Messages, real where there are any."""
    real = settings.data / "issues" / "shellcheck.jsonl"
    if real.exists():
        asked = settings.data / "duplicates" / "shellcheck.unlabelled.jsonl"
        latest = datetime(2030, 1, 1, tzinfo=UTC)
        messages = [replace(message_from(line), sent_at=latest) for line in lines_of(asked)]
        return (
            [issue_from(line) for line in lines_of(real)][:ISSUES],
            messages[:MESSAGES],
            "real reports of koalaman/shellcheck",
        )
    sample = settings.config_dir / "demo"
    return (
        [issue_from(line) for line in lines_of(sample / "issues.jsonl")],
        [message_from(line) for line in lines_of(sample / "messages.jsonl")],
        "the sample team's: TRIAGE_DATA has no real ones",
    )


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file of ours."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def issue_from(line: dict[str, Any]) -> Issue:
    """Make an Issue of its line."""
    return Issue(
        id=line["id"], title=line["title"], body=line.get("body") or "", created_at=_at(line["created_at"])
    )


def message_from(line: dict[str, Any]) -> Message:
    """Make a public Message of its line."""
    return Message(
        id=line["id"],
        source=line["source"],
        author=line.get("author") or "somebody",
        title=line.get("title") or "",
        text=line.get("text") or "",
        sent_at=_at(line["sent_at"]),
        thread=None,
        visibility=Visibility(Level.PUBLIC),
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


if __name__ == "__main__":
    main()
