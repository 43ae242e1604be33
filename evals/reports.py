"""Real reports and Issues as the product's own nouns, and a house to try them in.

They come from TRIAGE_DATA (default ../shared/data) and never enter the repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Message, Visibility
from agent.settings import Settings

PROJECTS = {
    "rust": "rust-lang/rust",
    "shellcheck": "koalaman/shellcheck",
    "monero-gui": "monero-project/monero-gui",
}


@dataclass(frozen=True)
class Reports:
    """Messages in the order of their file, and for each the Issues that are the same problem: {} if unmarked."""

    messages: list[Message]
    right: Mapping[str, set[str]]

    def marked(self) -> list[Message]:
        """Return those that somebody marked as a duplicate."""
        return [message for message in self.messages if self.right[message.id]]


def reports(data: Path, *names: str) -> Reports:
    """Read files of `duplicates/`, like "rust.dev"."""
    lines = [line for name in names for line in lines_of(data / "duplicates" / f"{name}.jsonl")]
    right = {line["id"]: set(line["label"]["duplicate_of"]) for line in lines}
    return Reports([message_from(line) for line in lines], right)


def issues(data: Path, project: str) -> Iterator[Issue]:
    """Yield the Issues of a project of `issues/`."""
    yield from (issue_from(line) for line in lines_of(data / "issues" / f"{project}.jsonl"))


def settings_in(settings: Settings, home: Path) -> Settings:
    """Return the settings with another home, without keys and candidates: what is measured never calls out."""
    models = replace(settings.models, shadow=None)
    keyless = {"external": dict.fromkeys(settings.external, False), "_secrets": {}, "models": models}
    return replace(settings, home=home, database_url=f"sqlite:///{home / 'triage.db'}", **keyless)  # type: ignore[arg-type]


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file of ours."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def issue_from(line: Mapping[str, Any]) -> Issue:
    """Make an Issue of its line."""
    closed = line.get("closed_at")
    return Issue(
        id=line["id"],
        title=line["title"],
        body=line.get("body") or "",
        created_at=_at(line["created_at"]),
        closed_at=_at(closed) if closed else None,
        state=IssueState(line.get("state") or ("closed" if closed else "open")),
        labels=tuple(line.get("labels", ())),
        url=line.get("url") or "",
        duplicate_of=line.get("duplicate_of"),
        fixed_in=line.get("fixed_in"),
    )


def message_from(line: Mapping[str, Any]) -> Message:
    """Make a Message of its line; where nothing is said it is public."""
    return Message(
        id=line["id"],
        source=line["source"],
        author=line.get("author") or "somebody",
        title=line.get("title") or "",
        text=line.get("text") or "",
        sent_at=_at(line["sent_at"]),
        thread=None,
        visibility=Visibility.parse(line.get("visibility") or "public"),
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
