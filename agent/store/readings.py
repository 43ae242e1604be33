"""How far each Source is read. A cursor moves in the transaction that keeps what was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agent.ports import Cursor
from agent.store.locks import hold, insert_new
from agent.store.tables import places, readings


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How far one stream of a Source is read. What was written before `began_at` opens no Case."""

    cursor: Cursor
    began_at: datetime
    read_at: datetime | None
    trouble: str


def begun(tx: sa.Connection, source: str, stream: str, began_at: datetime) -> Reading:
    """Return how far a stream is read; one that never was begins at a moment."""
    mine = (readings.c.source == source, readings.c.stream == stream)
    row = tx.execute(sa.select(readings).where(*mine)).first()
    if row is None:
        values = {"source": source, "stream": stream, "since": began_at, "page": 1, "etag": ""}
        insert_new(tx, readings, [{**values, "began_at": began_at}])
        row = tx.execute(sa.select(readings).where(*mine)).one()
    return Reading(
        cursor=Cursor(since=row.since, page=row.page, etag=row.etag),
        began_at=row.began_at,
        read_at=row.read_at,
        trouble=row.trouble,
    )


def move(
    tx: sa.Connection, source: str, stream: str, was: Cursor, to: Cursor, read_at: datetime | None
) -> bool:
    """Move a cursor on; False where another process moved it meanwhile."""
    same = (
        readings.c.source == source,
        readings.c.stream == stream,
        readings.c.since.is_(None) if was.since is None else readings.c.since == was.since,
        readings.c.page == was.page,
    )
    values = {"since": to.since, "page": to.page, "etag": to.etag, "trouble": ""}
    if read_at:
        values["read_at"] = read_at
    return tx.execute(readings.update().where(*same).values(**values)).rowcount == 1


def fail(tx: sa.Connection, source: str, stream: str, why: str) -> None:
    """Say why a stream could not be read."""
    mine = (readings.c.source == source, readings.c.stream == stream)
    tx.execute(readings.update().where(*mine).values(trouble=why))


def troubles(tx: sa.Connection) -> dict[str, str]:
    """Return of each Source why the last look at one of its streams failed, if it did."""
    query = sa.select(readings).where(readings.c.trouble != "").order_by(readings.c.stream)
    return {row.source: row.trouble for row in tx.execute(query)}


def read_at(tx: sa.Connection, source: str) -> datetime | None:
    """Return when the stream of a Source that was read longest ago was read; None for never."""
    found = list(tx.scalars(sa.select(readings.c.read_at).where(readings.c.source == source)))
    known = [each for each in found if each]
    return min(known) if known and len(known) == len(found) else None


def see(tx: sa.Connection, kind: str, sources: Iterable[str], now: datetime) -> None:
    """Remember which places of a kind our keys see now; what they no longer see is forgotten."""
    hold(tx, f"places {kind}")
    tx.execute(places.delete().where(places.c.source.startswith(f"{kind}:", autoescape=True)))
    rows = [{"source": each, "seen_at": now} for each in sorted(set(sources))]
    if rows:
        tx.execute(places.insert(), rows)


def seen(tx: sa.Connection) -> tuple[list[str], datetime | None]:
    """Return the places that our keys saw at the last look, and when that was."""
    rows = tx.execute(sa.select(places).order_by(places.c.source)).all()
    return [row.source for row in rows], rows[0].seen_at if rows else None
