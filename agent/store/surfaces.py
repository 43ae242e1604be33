"""Where Cases are drawn, and up to which event of their history that is true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import NoticeKind, OutboxState
from agent.domain.cases import CaseState
from agent.store.locks import insert_new
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
    insert_new(tx, surfaces, [{"surface": surface, "place": place, "case": number}])


#: Before every event, and never the same again: whoever is drawing just now is told by it.
_ANEW = sa.case((surfaces.c.drawn_event > 0, 0), else_=surfaces.c.drawn_event) - 1


def drew(tx: sa.Connection, one: Drawn, event: int, digest: str, now: datetime, *, trouble: str = "") -> None:
    """Remember up to which event a place is true, or why it could not be drawn.

    Where another drew it meanwhile, or it is to be drawn anew, nobody knows what stands there: it is drawn again.
    """
    values = {"drawn_event": event, "drawn_digest": digest, "drawn_at": now, "trouble": trouble}
    here = _here(one.surface, one.place)
    as_it_was = (*here, surfaces.c.drawn_event == one.event, surfaces.c.drawn_digest == one.digest)
    if tx.execute(surfaces.update().where(*as_it_was).values(**values, rests_until=None)).rowcount == 0:
        tx.execute(surfaces.update().where(*here).values(drawn_event=_ANEW, drawn_digest=""))


def rest(tx: sa.Connection, number: int | None, until: datetime) -> None:
    """Draw a Case (None: the homes) no more before a time: no process does."""
    of_it = surfaces.c.case == number  # is null, for None
    tx.execute(surfaces.update().where(of_it).values(rests_until=until))


def forget(tx: sa.Connection, one: Drawn) -> bool:
    """Forget a place where nothing stands any more; False where another did."""
    return tx.execute(surfaces.delete().where(*_here(one.surface, one.place))).rowcount == 1


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
    """Return the number of the newest event of all, 0 before the first.

    One with a lower number may still be on its way in; of one Case they come in order.
    """
    return tx.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def newest_of(tx: sa.Connection, number: int) -> int:
    """Return the number of a Case's newest event."""
    return tx.scalar(sa.select(sa.func.max(events.c.seq)).where(events.c.case == number)) or 0


def outdate_waiting(tx: sa.Connection) -> None:
    """Have those Cases drawn anew of which something waits to leave: sending was paused, or goes on."""
    waits = sa.exists().where(
        outbox.c.case == surfaces.c.case, outbox.c.state == OutboxState.PENDING, ~outbox.c.is_notice
    )
    tx.execute(surfaces.update().where(surfaces.c.case.is_not(None), waits).values(drawn_event=_ANEW))


def outdated(tx: sa.Connection, now: datetime) -> list[int]:
    """Return the Cases that are drawn somewhere as they were before an event, without those that rest."""
    newer = sa.exists().where(events.c.seq > surfaces.c.drawn_event, events.c.case == surfaces.c.case)
    query = sa.select(surfaces.c.case).where(surfaces.c.case.is_not(None), newer, _is_rested(now))
    return sorted(tx.scalars(query.distinct()))


def homes_outdated(
    tx: sa.Connection, people: Sequence[str], now: datetime, every: timedelta, settled: timedelta
) -> bool:
    """Tell whether the homes of these people, by their places, are to be drawn: at most once in `every`.

    They show every Case, so they are drawn again until all that began before the newest event has `settled`.
    """
    newest = tx.execute(sa.select(events.c.seq, events.c.at).order_by(events.c.seq.desc()).limit(1)).first()
    if newest is None:
        return False
    drawn = surfaces.c.drawn_at
    is_old = sa.or_(surfaces.c.drawn_event < newest.seq, drawn < newest.at + settled)
    is_due = sa.and_(sa.or_(drawn.is_(None), drawn <= now - every), is_old, _is_rested(now))
    of_all = (surfaces.c.surface == HOME, surfaces.c.place.in_(people))
    known = tx.scalar(sa.select(sa.func.count()).where(*of_all)) or 0
    return (
        known < len(people)
        or tx.scalar(sa.select(surfaces.c.place).where(*of_all, is_due).limit(1)) is not None
    )


def _is_rested(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(surfaces.c.rests_until.is_(None), surfaces.c.rests_until <= now)


def begin_cards(tx: sa.Connection) -> None:
    """Remember the newest event: Cases with a later one get cards. What is remembered stays."""
    insert_new(tx, marks, [{"name": CARDS_SINCE, "value": str(newest_event(tx))}])


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
