"""The past, cut to each moment: what an Issue looked like when it came in, and what became of it.

Not known in the past, so taken out of every Issue that is searched: labels, links, releases and comments. When
an Issue was closed is kept, because the steps ask how it stood at the moment of the report. Bodies are as they
were last edited; no tracker tells how they began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.assessments import CaseType
from agent.domain.issues import Issue
from agent.policy.duplicates import canonical
from agent.policy.tracking import TrackerRule

BUG = "bug"


@dataclass(frozen=True, kw_only=True, slots=True)
class Became:
    """What the team made of an Issue; None and nothing where the records do not say."""

    type: str | None  #: bug, feature or another type
    priority: str | None
    duplicate_of: tuple[str, ...]  #: those of the same problem that were there already, earliest first


def coarse(type: CaseType) -> str:
    """Return what a label tells of a type: how much work a bug is, none says."""
    return BUG if type.is_bug else type.value


def chosen(issues: Iterable[Issue], since: datetime) -> list[Issue]:
    """Return the Issues to try: closed, and written since then; the oldest first."""
    found = (each for each in issues if each.created_at >= since and each.closed_at is not None)
    return sorted(found, key=lambda each: (each.created_at, each.id))


def problems(issues: Collection[Issue]) -> dict[str, str]:
    """Return the canonical Issue of each by the team's links: reports of one problem rise and fall together."""
    links = {each.id: each.duplicate_of for each in issues if each.duplicate_of}
    return {each.id: canonical(each.id, links) for each in issues}


def became(issues: Sequence[Issue], rule: TrackerRule) -> dict[str, Became]:
    """Return what became of each Issue, by what the team's labels and links say today."""
    of = problems(issues)
    members = defaultdict[str, list[Issue]](list)
    for each in issues:
        members[of[each.id]].append(each)
    types, priorities = _types(rule), {label.casefold(): name for name, label in rule.priority_labels.items()}
    return {
        each.id: Became(
            type=_only(types, each.labels),
            priority=_only(priorities, each.labels),
            duplicate_of=tuple(_before(each, members[of[each.id]])),
        )
        for each in issues
    }


def _types(rule: TrackerRule) -> Mapping[str, str]:
    return {label.casefold(): coarse(CaseType(name)) for name, label in rule.type_labels.items()}


def _only(names: Mapping[str, str], labels: Iterable[str]) -> str | None:
    """Return what the labels say where they say one thing; two that differ say nothing."""
    found = {names[label.casefold()] for label in labels if label.casefold() in names}
    return found.pop() if len(found) == 1 else None


def _before(issue: Issue, members: Iterable[Issue]) -> Iterator[str]:
    older = (each for each in members if each.created_at < issue.created_at and each.id != issue.id)
    yield from (each.id for each in sorted(older, key=lambda each: (each.created_at, each.id)))


def as_it_was(issue: Issue) -> dict[str, Any]:
    """Return the line of an Issue that is searched, without what was not known when it came in."""
    return {
        "id": issue.id,
        "title": issue.title,
        "body": issue.body,
        "url": issue.url,
        "state": issue.state.value,
        "created_at": issue.created_at.isoformat(),
        "closed_at": issue.closed_at.isoformat() if issue.closed_at else None,
    }


def as_message(issue: Issue, source: str) -> dict[str, Any]:
    """Return the line of an Issue as the Message that it once was."""
    return {
        "id": issue.id,
        "source": source,
        "author": issue.author or "somebody",
        "title": issue.title,
        "text": issue.body,
        "sent_at": issue.created_at.isoformat(),
    }


def cases(
    issues: Sequence[Issue], since: datetime, rule: TrackerRule, index: str, source: str
) -> Iterator[dict[str, Any]]:
    """Yield the lines of a dataset: each chosen Issue as if new, and what became of it."""
    ends, of = became(issues, rule), problems(issues)
    for each in chosen(issues, since):
        end = ends[each.id]
        yield {
            "id": each.id,
            "input": {"said": [as_message(each, source)], "index": index},
            "expected": {"type": end.type, "priority": end.priority, "duplicate_of": list(end.duplicate_of)},
            "cluster": of[each.id],
        }
