"""How far each repository is read. A cursor moves in the transaction that keeps what was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agent.ports import Cursor
from agent.store.locks import insert_new
from agent.store.tables import sync_releases, sync_seen, syncs


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncState:
    """How far one repository is read.

    `read_at`: when its last page was last read. `counted_at`: when its Issues were last found to be
    as many as here. `counted_to`: where a count of each of them is read on; None where none is under way.
    """

    cursor: Cursor
    read_at: datetime | None
    counted_at: datetime | None
    counted_to: str | None
    releases_etag: str


def state_of(tx: sa.Connection, project: str) -> SyncState:
    """Return how far a repository is read; one that never was begins here."""
    row = tx.execute(sa.select(syncs).where(syncs.c.project == project)).first()
    if row is None:
        return SyncState(cursor=Cursor(), read_at=None, counted_at=None, counted_to=None, releases_etag="")
    return SyncState(
        cursor=Cursor(since=row.since, page=row.page, etag=row.etag),
        read_at=row.read_at,
        counted_at=row.counted_at,
        counted_to=row.counted_to,
        releases_etag=row.releases_etag,
    )


def begin(tx: sa.Connection, project: str) -> None:
    """Make sure that the repository has its row."""
    insert_new(tx, syncs, [{"project": project, "page": 1, "etag": "", "releases_etag": ""}])


def begin_anew(tx: sa.Connection, project: str) -> None:
    """Forget how far the repository is read, so that all of it is read again."""
    for table in (syncs, sync_seen, sync_releases):
        tx.execute(table.delete().where(table.c.project == project))


def move(tx: sa.Connection, project: str, was: Cursor, to: Cursor, read_at: datetime | None) -> bool:
    """Move the cursor on; False where another process moved it meanwhile."""
    same = (
        syncs.c.since.is_(None) if was.since is None else syncs.c.since == was.since,
        syncs.c.page == was.page,
    )
    values = {"since": to.since, "page": to.page, "etag": to.etag}
    if read_at:
        values["read_at"] = read_at
    done = tx.execute(syncs.update().where(syncs.c.project == project, *same).values(**values))
    return done.rowcount == 1


def note(tx: sa.Connection, project: str, **values: object) -> None:
    """Note `counted_at`, `counted_to` or `releases_etag`."""
    tx.execute(syncs.update().where(syncs.c.project == project).values(**values))


def see(tx: sa.Connection, project: str, ids: Iterable[str]) -> None:
    """Remember Issues that a count has met."""
    insert_new(tx, sync_seen, [{"project": project, "issue": each} for each in sorted(set(ids))])


def seen(tx: sa.Connection, project: str) -> set[str]:
    """Return the Issues that the count under way has met."""
    return set(tx.scalars(sa.select(sync_seen.c.issue).where(sync_seen.c.project == project)))


def forget_seen(tx: sa.Connection, project: str) -> None:
    """End a count."""
    tx.execute(sync_seen.delete().where(sync_seen.c.project == project))


def add_releases(tx: sa.Connection, project: str, tags: Iterable[str]) -> None:
    """Remember releases whose commits are to be read; those that are known stay as they are."""
    rows = [{"project": project, "tag": tag, "page": 1, "is_read": False} for tag in sorted(set(tags))]
    insert_new(tx, sync_releases, rows)


def releases(tx: sa.Connection, project: str) -> dict[str, tuple[int, bool]]:
    """Return of each release the page that is next, and whether all of them are read."""
    query = sa.select(sync_releases).where(sync_releases.c.project == project)
    return {row.tag: (row.page, row.is_read) for row in tx.execute(query)}


def note_release(tx: sa.Connection, project: str, tag: str, page: int, *, is_read: bool) -> None:
    """Note how far a release's commits are read."""
    mine = (sync_releases.c.project == project, sync_releases.c.tag == tag)
    tx.execute(sync_releases.update().where(*mine).values(page=page, is_read=is_read))
