"""What the stand-in knows: accounts, repositories and what is in them. Plain records, no wire.

Tests set it up by hand: `hub.repository("example/millrace").file("It hangs")`.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Clock:
    """Moves on by a second with each change, so that the order of changes can be read off."""

    def __init__(self) -> None:
        self.at = BEGAN

    def tick(self) -> datetime:
        """Return the next moment."""
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Account:
    login: str
    id: int
    kind: str = "User"


@dataclass
class Comment:
    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass
class Event:
    """Something of an Issue's history; `more` holds what only this kind of event has."""

    id: int
    event: str
    actor: str
    created_at: datetime
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Milestone:
    number: int
    title: str
    state: str = "open"


@dataclass
class Release:
    id: int
    tag: str
    published_at: datetime
    draft: bool = False
    prerelease: bool = False


@dataclass
class Issue:
    """An Issue, or a pull request: GitHub counts both with one counter."""

    id: int
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    milestone: int | None = None
    type: str | None = None
    locked: bool = False
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    is_pull: bool = False
    merge_commit: str | None = None
    reviewers: list[str] = field(default_factory=list)
    review_teams: list[str] = field(default_factory=list)


@dataclass
class Discussion:
    id: int
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    comments: list[Comment] = field(default_factory=list)


@dataclass
class Advisory:
    """A draft that only those read who handle it."""

    id: str
    summary: str
    description: str
    author: str
    severity: str | None
    created_at: datetime


@dataclass
class Field:
    """A single-select field of a board."""

    id: int
    name: str
    options: dict[str, str]  #: option id to its name


@dataclass
class Project:
    id: int
    number: int
    owner: str
    title: str
    fields: list[Field]
    items: list[Item] = field(default_factory=list)


@dataclass
class Item:
    id: int
    issue: Issue
    repository: Repository
    values: dict[int, str] = field(default_factory=dict)  #: field id to option id


class Repository:
    """A repository with what is in it. Every change ticks the hub's clock."""

    def __init__(self, hub: Any, full_name: str, *, private: bool = False) -> None:
        self.hub = hub
        self.id = hub.next_id()
        self.full_name = full_name
        self.private = private
        self.issues: dict[int, Issue] = {}
        self.discussions: dict[int, Discussion] = {}
        self.labels: dict[str, int] = {}
        self.milestones: dict[int, Milestone] = {}
        self.releases: list[Release] = []
        self.advisories: list[Advisory] = []
        self.commits: list[str] = []  #: the main branch, oldest first
        self.tags: dict[str, int] = {}  #: tag to how many commits it holds
        self.roles: dict[str, str] = {}
        self.installation: int | None = None
        self.moved: dict[int, tuple[Repository, int]] = {}
        self.deleted: set[int] = set()
        self._numbers = itertools.count(1)

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]

    def file(
        self, title: str, body: str = "", *, author: str = "user-1", labels: tuple[str, ...] = (), **more: Any
    ) -> Issue:
        """File an Issue; with `is_pull=True`, a pull request."""
        at = self.hub.clock.tick()
        issue = Issue(self.hub.next_id(), next(self._numbers), title, body, author, at, at, **more)
        issue.labels = [self.label(name) for name in labels]
        self.issues[issue.number] = issue
        self.hub.account(author)
        return issue

    def label(self, name: str) -> str:
        """Make sure that a label exists, and return its name as it was first written."""
        for known in self.labels:
            if known.casefold() == name.casefold():
                return known
        self.labels[name] = self.hub.next_id()
        return name

    def comment(self, issue: Issue, body: str, author: str = "user-1") -> Comment:
        """Write below an Issue."""
        at = self.hub.clock.tick()
        comment = Comment(self.hub.next_id(), author, body, at, at)
        issue.comments.append(comment)
        issue.updated_at = at
        self.hub.account(author)
        return comment

    def happened(self, issue: Issue, event: str, actor: str, **more: Any) -> Event:
        """Add to an Issue's history."""
        at = self.hub.clock.tick()
        happened = Event(self.hub.next_id(), event, actor, at, more)
        issue.events.append(happened)
        issue.updated_at = at
        return happened

    def close(
        self, issue: Issue, reason: str = "completed", actor: str = "dev-1", *, by: str | Issue | None = None
    ) -> None:
        """Close an Issue; `by` is the commit or the pull request that did it."""
        closer = {"closer": by} if by is not None else {}
        commit = {"commit_id": by} if isinstance(by, str) else {}
        event = self.happened(issue, "closed", actor, state_reason=reason, **commit, **closer)
        issue.state, issue.state_reason = "closed", reason
        issue.closed_at, issue.closed_by = event.created_at, actor
        self.hub.account(actor)

    def reopen(self, issue: Issue, actor: str = "dev-1") -> None:
        """Open an Issue again."""
        self.happened(issue, "reopened", actor)
        issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "open", "reopened", None, None

    def mark_duplicate(self, issue: Issue, canonical: Issue, actor: str = "dev-1") -> None:
        """Do what "Duplicate of #n" does when somebody of the project writes it."""
        self.happened(issue, "marked_as_duplicate", actor, canonical=(self, canonical))

    def edit(self, issue: Issue, **changes: Any) -> None:
        """Change fields of an Issue."""
        for name, value in changes.items():
            setattr(issue, name, value)
        issue.updated_at = self.hub.clock.tick()

    def delete(self, issue: Issue) -> None:
        """Delete an Issue: its address answers 410 from now on."""
        del self.issues[issue.number]
        self.deleted.add(issue.number)

    def transfer(self, issue: Issue, to: Repository) -> Issue:
        """Move an Issue to another repository: its old address answers 301."""
        del self.issues[issue.number]
        at = self.hub.clock.tick()
        moved = Issue(**{**vars(issue), "number": next(to._numbers), "updated_at": at})
        to.issues[moved.number] = moved
        self.moved[issue.number] = (to, moved.number)
        return moved

    def remove_label(self, name: str) -> None:
        """Delete a label; it vanishes from every Issue."""
        del self.labels[name]
        for issue in self.issues.values():
            issue.labels = [each for each in issue.labels if each != name]

    def plan(self, title: str) -> Milestone:
        """Add a milestone."""
        milestone = Milestone(len(self.milestones) + 1, title)
        self.milestones[milestone.number] = milestone
        return milestone

    def commit(self) -> str:
        """Add a commit to the main branch and return its hash."""
        sha = hashlib.sha1(f"{self.full_name}{len(self.commits)}".encode()).hexdigest()
        self.commits.append(sha)
        return sha

    def release(self, tag: str, **more: Any) -> Release:
        """Release what is on the main branch."""
        self.tags[tag] = len(self.commits)
        made = Release(self.hub.next_id(), tag, self.hub.clock.tick(), **more)
        self.releases.insert(0, made)
        return made

    def discuss(self, title: str, body: str = "", author: str = "user-1") -> Discussion:
        """Start a discussion."""
        at = self.hub.clock.tick()
        made = Discussion(self.hub.next_id(), next(self._numbers), title, body, author, at, at)
        self.discussions[made.number] = made
        self.hub.account(author)
        return made

    def answer(self, discussion: Discussion, body: str, author: str = "user-1") -> Comment:
        """Write below a discussion."""
        at = self.hub.clock.tick()
        comment = Comment(self.hub.next_id(), author, body, at, at)
        discussion.comments.append(comment)
        discussion.updated_at = at
        self.hub.account(author)
        return comment
