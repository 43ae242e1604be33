"""Where Cases are drawn, and up to which event of their history that is true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import NoticeKind, OutboxState
from agent.domain.cases import CaseState
from agent.store.tables import cases, events, marks, outbox, surfaces

CARD, HOME = "card", "home"
#: The event after which Cases get cards: what was there before Slack was connected gets none by itself.
CARDS_SINCE = "cards.since"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Something that is drawn: a card of a Case at its place, or a person's home (`case` None)."""

    surface: str
    place: str
    case: int | None
    event: int
    digest: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Booked:
    """A card in the outbox, and where it goes."""

    key: str
    to: str
    state: OutboxState


def stand(tx: sa.Connection, surface: str, place: str, number: int | None) -> None:
    """Remember a place that is drawn from now on; one that is known stays as it is."""
    if tx.execute(sa.select(surfaces).where(*_here(surface, place))).first() is None:
        tx.execute(surfaces.insert().values(surface=surface, place=place, case=number))


def drew(tx: sa.Connection, one: Drawn, event: int, digest: str, now: datetime, *, trouble: str = "") -> None:
    """Remember up to which event a place is true, or why it could not be drawn."""
    values = {"drawn_event": event, "drawn_digest": digest, "drawn_at": now, "trouble": trouble}
    tx.execute(surfaces.update().where(*_here(one.surface, one.place)).values(**values))


def forget(tx: sa.Connection, one: Drawn) -> None:
    """Forget a place where nothing stands any more."""
    tx.execute(surfaces.delete().where(*_here(one.surface, one.place)))


def of_case(tx: sa.Connection, number: int) -> list[Drawn]:
    """Return where a Case is drawn."""
    return [_row(row) for row in tx.execute(sa.select(surfaces).where(surfaces.c.case == number))]


def homes(tx: sa.Connection) -> list[Drawn]:
    """Return the homes that are drawn."""
    return [_row(row) for row in tx.execute(sa.select(surfaces).where(surfaces.c.surface == HOME))]


def _here(surface: str, place: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (surfaces.c.surface == surface, surfaces.c.place == place)


def _row(row: Any) -> Drawn:
    return Drawn(
        surface=row.surface,
        place=row.place,
        case=row.case,
        event=row.drawn_event,
        digest=row.drawn_digest,
        trouble=row.trouble,
    )


def newest_event(tx: sa.Connection) -> int:
    """Return the number of the newest event of all, 0 before the first."""
    return tx.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def outdated(tx: sa.Connection) -> list[int]:
    """Return the Cases that are drawn somewhere as they were before an event.

    To pause and to resume changes how those look of which something waits to leave.
    """
    waits = sa.exists().where(
        outbox.c.case == surfaces.c.case, outbox.c.state == OutboxState.PENDING, ~outbox.c.is_notice
    )
    of_all = sa.and_(events.c.case.is_(None), events.c.what.in_(["paused", "resumed"]), waits)
    newer = sa.exists().where(
        events.c.seq > surfaces.c.drawn_event, sa.or_(events.c.case == surfaces.c.case, of_all)
    )
    query = sa.select(surfaces.c.case).where(surfaces.c.case.is_not(None), newer)
    return list(tx.scalars(query.distinct()))


def begin_cards(tx: sa.Connection) -> None:
    """Remember the newest event: Cases with a later one get cards. What is remembered stays."""
    if tx.scalar(sa.select(marks.c.value).where(marks.c.name == CARDS_SINCE)) is None:
        tx.execute(marks.insert().values(name=CARDS_SINCE, value=str(newest_event(tx))))


def that_get_cards(tx: sa.Connection) -> dict[int, str]:
    """Return the owner of each Case that waits for a Verdict and had an event since cards began."""
    since = int(tx.scalar(sa.select(marks.c.value).where(marks.c.name == CARDS_SINCE)) or 0)
    changed = sa.exists().where(events.c.case == cases.c.number, events.c.seq > since)
    query = sa.select(cases.c.number, cases.c.owner).where(
        cases.c.open_revision.is_not(None), cases.c.state != CaseState.SNOOZED, changed
    )
    return {row.number: row.owner or "" for row in tx.execute(query.order_by(cases.c.number))}


def cards_of(tx: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Booked]]:
    """Return every card that was booked for these Cases, oldest first."""
    query = sa.select(outbox.c.case, outbox.c.key, outbox.c.source, outbox.c.state).where(
        outbox.c.case.in_(numbers), outbox.c.kind == NoticeKind.CARD
    )
    found: dict[int, list[Booked]] = {}
    for row in tx.execute(query.order_by(sa.func.length(outbox.c.key), outbox.c.key)):
        found.setdefault(row.case, []).append(Booked(row.key, row.source, OutboxState(row.state)))
    return found
