"""Messages and Issues as JSON lines between two of our own processes.

Not the files that people bring: those are lenient and say what is wrong with a line.
"""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Message, Visibility


def message_line(message: Message) -> str:
    """Write a Message as one line of ASCII."""
    said = asdict(message) | {"sent_at": message.sent_at.isoformat(), "visibility": str(message.visibility)}
    return json.dumps(said)


def read_message(line: str) -> Message:
    """Read such a line; ValueError on anything else."""
    said = _object(line, Message)
    said["sent_at"] = datetime.fromisoformat(said["sent_at"])
    said["visibility"] = Visibility.parse(said["visibility"])
    return Message(**said)


def issue_line(issue: Issue) -> str:
    """Write an Issue as one line of ASCII."""
    closed_at = issue.closed_at.isoformat() if issue.closed_at else None
    said = asdict(issue) | {
        "created_at": issue.created_at.isoformat(),
        "closed_at": closed_at,
        "visibility": str(issue.visibility),
    }
    return json.dumps(said)


def read_issue(line: str) -> Issue:
    """Read such a line; ValueError on anything else."""
    said = _object(line, Issue)
    said["created_at"] = datetime.fromisoformat(said["created_at"])
    said["closed_at"] = datetime.fromisoformat(said["closed_at"]) if said["closed_at"] else None
    said["labels"] = tuple(said["labels"])
    said["state"] = IssueState(said["state"])
    said["visibility"] = Visibility.parse(said["visibility"])
    return Issue(**said)


def _object(line: str, kind: type[Message] | type[Issue]) -> dict[str, Any]:
    said = json.loads(line)
    expected = {each.name for each in fields(kind)}
    if not isinstance(said, dict) or set(said) != expected:
        raise ValueError(f"a line has the keys {', '.join(sorted(expected))}")
    return said
