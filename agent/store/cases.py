"""Cases: opened, joined, begun anew with each revision, and answered by compare-and-set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from agent.domain.cases import FIRST, Case, CaseState, Event
from agent.domain.proposals import Priority
from agent.errors import NotFound
from agent.store import restored
from agent.store.locks import held, insert_new
from agent.store.postgres import SHARED
from agent.store.tables import case_messages, cases, events, proposals

#: No home has more Cases than this many digits say, and a database takes no longer number.
DIGITS = 12
#: Events that begin a revision, that its judging was given up, and that a person had it tried again.
BEGINS, STUCK, RETRIED = ("opened", "begun", "restored"), "stuck", "retried"


def number_of(case_id: str) -> int:
    """Read `C-12`, `c-12` or `12`; raises NotFound on anything else."""
    digits = case_id.strip().upper().removeprefix("C-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS):
        raise NotFound(f"There is no Case {case_id!r}. See what waits: triage inbox")
    return int(digits)


def id_of(number: int) -> str:
    """Return what people call the Case."""
    return f"C-{number}"


def open_case(tx: sa.Connection, *, seq: int, **values: Any) -> int:
    """Open a Case for the Message in row `seq`; return its number."""
    first = {"state": CaseState.NEW, "revision": 1, "because": FIRST, "corrected": {}}
    row = {**first, **restored.take_number(tx), **values}
    result = tx.execute(cases.insert().values(row))
    assert result.inserted_primary_key is not None
    number = int(result.inserted_primary_key[0])
    link(tx, number, seq)
    return number


def link(tx: sa.Connection, number: int, seq: int) -> None:
    """Make a Message part of a Case."""
    insert_new(tx, case_messages, [{"case": number, "message": seq}])


def by_number(tx: sa.Connection, number: int) -> Case:
    """Return a Case; raises NotFound. A transaction that writes holds it: what it decides by stays true."""
    row = tx.execute(held(tx, sa.select(cases).where(cases.c.number == number))).one_or_none()
    if row is None:
        raise NotFound(f"There is no Case {id_of(number)}. See what waits: triage inbox")
    return from_row(row)


def hold(tx: sa.Connection, number: int | None) -> None:
    """Let no other transaction change a Case until this one ends: before its rows elsewhere are changed.

    What is of no Case has nothing to hold.
    """
    if number is not None and tx.dialect.name == SHARED:
        tx.execute(held(tx, sa.select(cases.c.number).where(cases.c.number == number)))


def from_row(row: Any) -> Case:
    """Make a Case of a row of `cases`."""
    return Case(
        id=id_of(row.number),
        source=row.source,
        project=row.project,
        title=row.title,
        author=row.author,
        state=CaseState(row.state),
        owner=row.owner,
        opened_at=row.opened_at,
        last_message_at=row.last_message_at,
        revision=row.revision,
        open_revision=row.open_revision,
        because=row.because,
        first_due_at=row.first_due_at,
        update_due_at=row.update_due_at,
        first_response_at=row.first_response_at,
        snoozed_until=row.snoozed_until,
        dropped_reason=row.dropped_reason,
        kept=row.kept,
        corrected=row.corrected,
        priority=Priority(row.priority) if row.priority else None,
        trouble=row.trouble,
        withdrawn_by=row.withdrawn_by,
        removed=row.removed,
    )


def change(tx: sa.Connection, number: int, **values: Any) -> None:
    """Set columns of a Case."""
    tx.execute(cases.update().where(cases.c.number == number).values(**values))


def begin_revision(tx: sa.Connection, number: int, because: str, **values: Any) -> int:
    """Begin the next revision; what waited for a Verdict no longer does. Return its number."""
    emptied = dict.fromkeys(("trouble", "withdrawn_by", "removed"), "")
    fresh = {"open_revision": None, "because": because, **emptied, **values}
    here = cases.update().where(cases.c.number == number)
    tx.execute(here.values(revision=cases.c.revision + 1, **fresh))
    return int(tx.scalars(sa.select(cases.c.revision).where(cases.c.number == number)).one())


def offer(tx: sa.Connection, number: int, revision: int, **values: Any) -> bool:
    """Open a revision for a Verdict, on condition that no newer one has begun."""
    result = tx.execute(
        cases.update()
        .where(cases.c.number == number, cases.c.revision == revision)
        .values(open_revision=revision, trouble="", **values)
    )
    return result.rowcount == 1


def consume(tx: sa.Connection, number: int, revision: int, **values: Any) -> bool:
    """Take the open revision: the compare-and-set that makes one Verdict the only one."""
    result = tx.execute(
        cases.update()
        .where(cases.c.number == number, cases.c.open_revision == revision)
        .values(open_revision=None, **values)
    )
    return result.rowcount == 1


def is_current(tx: sa.Connection, number: int, revision: int) -> bool:
    """Tell whether a revision is the Case's newest; a transaction that writes holds the Case."""
    found = tx.scalar(held(tx, sa.select(cases.c.revision).where(cases.c.number == number)))
    return found == revision


def record(tx: sa.Connection, number: int | None, at: datetime, what: str, who: str, text: str) -> None:
    """Add a line to the history. The Case is held: its events are seen by others in their order."""
    hold(tx, number)
    tx.execute(events.insert().values(case=number, at=at, what=what, who=who, text=text))


def history(tx: sa.Connection, number: int) -> tuple[Event, ...]:
    """Return a Case's history, oldest first."""
    query = sa.select(events).where(events.c.case == number).order_by(events.c.seq)
    return tuple(Event(row.at, row.what, row.who, row.text) for row in tx.execute(query))


def due_snoozes(tx: sa.Connection, now: datetime) -> list[int]:
    """Return the Cases whose snooze is over."""
    query = sa.select(cases.c.number).where(cases.c.state == CaseState.SNOOZED, cases.c.snoozed_until <= now)
    return list(tx.scalars(query))


def wake(tx: sa.Connection, number: int, now: datetime, **values: Any) -> bool:
    """End a snooze that is over; False when another process did, or a person snoozed it again."""
    over = (cases.c.number == number, cases.c.state == CaseState.SNOOZED, cases.c.snoozed_until <= now)
    return tx.execute(cases.update().where(*over).values(snoozed_until=None, **values)).rowcount == 1


def unfinished(tx: sa.Connection, begun_before: datetime) -> list[tuple[int, int]]:
    """Return (Case, revision) pairs that were begun and wait for nothing: the net under the jobs."""
    query = _unjudged().where(cases.c.trouble == "", _last(BEGINS) < begun_before)
    return [(row.number, row.revision) for row in tx.execute(query)]


def stuck(tx: sa.Connection, now: datetime, rest: timedelta, most: int) -> list[tuple[int, int]]:
    """Return (Case, revision) pairs whose judging was given up, each when its rest is over.

    It is longer each time, `rest`, twice that and so on; after `most` times only a person tries again.
    """
    of_it = (events.c.case == cases.c.number, events.c.what == STUCK)
    times = sa.select(sa.func.count()).where(*of_it, events.c.at >= _last((*BEGINS, RETRIED)))
    query = _unjudged().where(cases.c.trouble != "")
    query = query.add_columns(
        times.correlate(cases).scalar_subquery().label("times"), _last((STUCK,)).label("last")
    )
    return [
        (row.number, row.revision)
        for row in tx.execute(query)
        if 0 < row.times <= most and now - row.last >= rest * 2 ** (row.times - 1)
    ]


def _last(kinds: Sequence[str]) -> sa.ScalarSelect[datetime]:
    each = events.alias()
    of_it = (each.c.case == cases.c.number, each.c.what.in_(kinds))
    return sa.select(sa.func.max(each.c.at)).where(*of_it).correlate(cases).scalar_subquery()


def _unjudged() -> sa.Select[Any]:
    no_proposal = sa.and_(proposals.c.case == cases.c.number, proposals.c.revision == cases.c.revision)
    query = sa.select(cases.c.number, cases.c.revision).outerjoin(proposals, no_proposal)
    return query.where(proposals.c.case.is_(None), cases.c.dropped_reason == "", cases.c.withdrawn_by == "")
