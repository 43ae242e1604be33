"""Issues and who reported them. The index of words follows in the transaction, that of meaning by generation."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Visibility
from agent.policy.references import CLOSED_BY, RELEASED_IN
from agent.policy.texts import content_hash, embedded_text, readable
from agent.store import words
from agent.store.locks import held, insert_new
from agent.store.tables import issues, marks, notes, reporters

GENERATION = "issues.generation"
#: Asked with every search, so it is put together once.
_NEWEST = sa.select(marks.c.value).where(marks.c.name == GENERATION)
#: SQLite's limit on bound variables is far above this; the point is short statements.
BATCH = 500
#: Begins the number of an Issue that the local tracker filed.
LOCAL = "L"


def upsert(tx: sa.Connection, batch: Iterable[Issue]) -> tuple[int, int]:
    """Insert or update Issues; return how many are new and how many changed."""
    rows = {issue.id: _row(issue) for issue in batch}
    last = hold(tx)
    known = _known(tx, list(rows))
    new = [row for id, row in rows.items() if id not in known]
    changed = [row for id, row in rows.items() if id in known and not _same(known[id], row)]
    generations = iter(_next_generations(tx, last, len(new) + len(changed)))
    if new:
        tx.execute(issues.insert(), [{**row, "generation": next(generations)} for row in new])
    for row in changed:
        values = {**row, "generation": next(generations)}
        tx.execute(issues.update().where(issues.c.id == row["id"]).values(values))
    words.keep(tx, [row["id"] for row in (*new, *changed)])
    return len(new), len(changed)


def hold(tx: sa.Connection) -> int:
    """Let no other transaction change Issues until this one ends; return the newest generation.

    So generations are committed in their order, and an index that has seen one has seen all before it.
    """
    query = sa.select(marks.c.value).where(marks.c.name == GENERATION)
    last = tx.scalar(held(tx, query))
    if last is None:
        insert_new(tx, marks, [{"name": GENERATION, "value": "0"}])
        last = tx.scalar(held(tx, query))
    return int(last or 0)


def _row(issue: Issue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "project": issue.project,
        "title": readable(issue.title),
        "body": readable(issue.body),
        "created_at": issue.created_at,
        "closed_at": issue.closed_at,
        "state": issue.state,
        "labels": list(issue.labels),
        "url": issue.url,
        "comments": issue.comments,
        "author": issue.author,
        "visibility": str(issue.visibility),
        "duplicate_of": issue.duplicate_of,
        "fixed_in": issue.fixed_in,
        "extra": issue.extra,
        "content": content_hash(embedded_text(issue.title, issue.body)),
    }


def _known(tx: sa.Connection, ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(ids), BATCH):
        query = sa.select(issues).where(issues.c.id.in_(ids[start : start + BATCH]))
        found.update({row.id: row for row in tx.execute(query)})
    return found


def _same(known: Any, row: dict[str, Any]) -> bool:
    return all(getattr(known, name) == value for name, value in row.items())


def _next_generations(tx: sa.Connection, last: int, number: int) -> range:
    """Take a generation for each change: an index that stopped between two goes on with the second."""
    if number:
        tx.execute(marks.update().where(marks.c.name == GENERATION).values(value=str(last + number)))
    return range(last + 1, last + number + 1)


def generation_of(tx: sa.Connection) -> int:
    """Return the generation of the newest change."""
    return int(tx.scalar(_NEWEST) or 0)


def from_row(row: Any) -> Issue:
    """Make an Issue of a row of `issues`."""
    return Issue(
        id=row.id,
        title=row.title,
        body=row.body,
        created_at=row.created_at,
        closed_at=row.closed_at,
        state=IssueState(row.state),
        labels=tuple(row.labels),
        url=row.url,
        comments=row.comments,
        author=row.author,
        visibility=Visibility.parse(row.visibility),
        duplicate_of=row.duplicate_of,
        fixed_in=row.fixed_in,
        extra=row.extra,
    )


def by_ids(tx: sa.Connection, ids: Iterable[str]) -> dict[str, Issue]:
    """Return the Issues with these ids, those that exist."""
    return {id: from_row(row) for id, row in _known(tx, sorted(set(ids))).items()}


def projects(tx: sa.Connection) -> list[str]:
    """Return the projects that have Issues."""
    return sorted(tx.scalars(sa.select(issues.c.project).distinct()))


def of_project(tx: sa.Connection, project: str) -> list[Issue]:
    """Return all Issues of a project, the oldest first."""
    query = sa.select(issues).where(issues.c.project == project).order_by(issues.c.created_at, issues.c.id)
    return [from_row(row) for row in tx.execute(query)]


def total(tx: sa.Connection) -> int:
    """Return how many Issues there are, of all projects."""
    return tx.scalar(sa.select(sa.func.count()).select_from(issues)) or 0


def count(tx: sa.Connection, project: str, before: datetime) -> int:
    """Return how many Issues of a project were created before a moment."""
    query = sa.select(sa.func.count()).where(issues.c.project == project, issues.c.created_at < before)
    return tx.scalar(query) or 0


def report(tx: sa.Connection, issue: str, source: str, author: str, number: int, now: datetime) -> None:
    """Remember who reported an Issue; the same person twice is one reporter."""
    row = {"issue": issue, "source": source, "author": author, "case": number, "at": now}
    insert_new(tx, reporters, [row])


def reporters_of(tx: sa.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return how many distinct people reported each Issue through us."""
    query = (
        sa.select(reporters.c.issue, sa.func.count())
        .where(reporters.c.issue.in_(sorted(set(ids))))
        .group_by(reporters.c.issue)
    )
    return {issue: number for issue, number in tx.execute(query)}


def tracked(tx: sa.Connection, project: str) -> set[str]:
    """Return the ids of a project's Issues that its tracker knows: all but those that were filed here."""
    local = issues.c.id.like(f"{project}#{LOCAL}%")
    return set(tx.scalars(sa.select(issues.c.id).where(issues.c.project == project, ~local)))


def closed_by(tx: sa.Connection, project: str, commits: Iterable[str]) -> list[Issue]:
    """Return the Issues that one of these commits closed."""
    commit = issues.c.extra[CLOSED_BY].as_string()
    query = sa.select(issues).where(issues.c.project == project, commit.in_(list(commits)))
    return [from_row(row) for row in tx.execute(query)]


def has_unreleased(tx: sa.Connection, project: str) -> bool:
    """Tell whether a commit closed an Issue and no release is known to hold it."""
    commit, release = issues.c.extra[CLOSED_BY].as_string(), issues.c.extra[RELEASED_IN].as_string()
    query = sa.select(issues.c.id).where(issues.c.project == project, commit.is_not(None), release.is_(None))
    return tx.execute(query.limit(1)).first() is not None


def remove(tx: sa.Connection, issue: str, moved_to: str | None) -> None:
    """Forget an Issue that is gone; who reported it and what links to it follows it to a new id.

    What the vector index still holds is looked up here and not found.
    """
    _next_generations(tx, hold(tx), 1)  # who keeps Issues in memory reads them again
    if moved_to:
        known = sa.select(reporters.c.source, reporters.c.author).where(reporters.c.issue == moved_to)
        pair = sa.tuple_(reporters.c.source, reporters.c.author)
        mine = reporters.c.issue == issue
        tx.execute(reporters.update().where(mine, pair.not_in(known)).values(issue=moved_to))
        for child in tx.scalars(sa.select(issues.c.id).where(issues.c.duplicate_of == issue)).all():
            upsert(tx, [replace(each, duplicate_of=moved_to) for each in by_ids(tx, [child]).values()])
    tx.execute(issues.delete().where(issues.c.id == issue))


def next_local_id(tx: sa.Connection, project: str) -> str:
    """Return the next id of an Issue that lives here: apart from the numbers that a tracker gives.

    The caller holds the Issues: nobody else may be given the same number.
    """
    mine = issues.c.id.like(f"{project}#{LOCAL}%")
    taken = tx.scalar(sa.select(sa.func.count()).select_from(issues).where(mine)) or 0
    return f"{project}#{LOCAL}{taken + 1}"


def note_by_key(tx: sa.Connection, key: str) -> str | None:
    """Return the Issue that carries the note with this key."""
    return tx.scalar(sa.select(notes.c.issue).where(notes.c.key == key))


def add_note(tx: sa.Connection, key: str, issue: str, body: str, now: datetime) -> None:
    """Add a note to an Issue, once a key."""
    insert_new(tx, notes, [{"key": key, "issue": issue, "body": body, "at": now}])


def containing(text: str) -> str:
    """Return a LIKE pattern, escaped by a backslash, for texts that hold this one as it is."""
    escaped = re.sub(r"([%_\\])", r"\\\1", text)
    return f"%{escaped}%"


def search(tx: sa.Connection, text: str, limit: int) -> list[Issue]:
    """Return Issues whose id or title holds the text, newest first."""
    like = containing(text)
    query = (
        sa.select(issues)
        .where(sa.or_(issues.c.title.ilike(like, escape="\\"), issues.c.id.ilike(like, escape="\\")))
        .order_by(issues.c.created_at.desc())
        .limit(limit)
    )
    return [from_row(row) for row in tx.execute(query)]
