"""The outbox: keyed rows, claimed `pending → sending` by one owner before the call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import (
    FOR_A_PERSON,
    NOT_KNOWN,
    Action,
    ActionKind,
    Notice,
    NoticeKind,
    OutboxState,
    Receipt,
)
from agent.domain.views import Step, Told
from agent.policy.again import as_old, is_overtaking, makes_way, since
from agent.store.cases import number_of
from agent.store.codec import from_json, to_json
from agent.store.locks import insert_new, insert_one
from agent.store.restored import may_have_left_since
from agent.store.tables import cases, marks, outbox, sources

#: Pauses everything, whatever its Source.
PAUSED = "sending.paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of the outbox with its record."""

    record: Action | Notice
    state: OutboxState
    source: str
    due_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    looked_at: datetime | None
    attempts: int
    trouble: str
    receipt: Receipt | None


def add(tx: sa.Connection, record: Action | Notice, source: str, due_at: datetime) -> bool:
    """Add a row; False when its key is there already: the same intent happens once.

    Where the one that is there makes way and was tried, what it left is looked for before anything is
    written: also a row that a person left out may have had an effect. Its claims are counted on, so that
    one that is not over yet is not taken for a newer one. In a restored store every row of a Case of before
    counts as tried. One whose call is under way stands for the later Verdict from now on.
    """
    known = by_key(tx, record.key)
    if known is not None and not makes_way(known.record, known.state, record):
        _stand_for(tx, known, record)
        return False
    tried = known.attempts if known is not None else 0
    if known is not None:
        record = as_old(record, known.record) if tried else record
        tx.execute(outbox.delete().where(outbox.c.key == record.key))
    number = number_of(record.case_id) if record.case_id else None
    lost_since = may_have_left_since(tx, number)
    if lost_since is not None and not tried:
        record, tried = since(record, lost_since), 1
    row = {
        "key": record.key,
        "case": number,
        "revision": record.revision if isinstance(record, Action) else 0,
        "position": record.position if isinstance(record, Action) else 0,
        "is_notice": isinstance(record, Notice),
        "kind": record.kind,
        "source": source,
        "payload": to_json(record),
        "state": OutboxState.PENDING,
        "due_at": due_at,
        "attempts": tried,
    }
    return insert_one(tx, outbox, row)


def _stand_for(tx: sa.Connection, known: Row, record: Action | Notice) -> None:
    """Let a row whose call is under way be of a later Verdict: where the call has no effect, it is done for that."""
    if isinstance(record, Action) and is_overtaking(record, known.record):
        later = as_old(record, known.record)
        place = {"revision": record.revision, "position": record.position}
        _set(tx, record.key, [OutboxState.SENDING], payload=to_json(later), **place)


def of_case(tx: sa.Connection, number: int | None) -> list[Row]:
    """Return a Case's rows in the order of their plans; None has those that are of no Case."""
    query = sa.select(outbox).where(outbox.c.case == number)  # is null, for None
    rows = tx.execute(query.order_by(outbox.c.revision, outbox.c.position))
    return [_row(row) for row in rows]


def by_key(tx: sa.Connection, key: str) -> Row | None:
    """Return the row of a key."""
    row = tx.execute(sa.select(outbox).where(outbox.c.key == key)).one_or_none()
    return None if row is None else _row(row)


def _row(row: Any) -> Row:
    record = from_json(Notice, row.payload) if row.is_notice else from_json(Action, row.payload)
    return Row(
        record=record,
        state=OutboxState(row.state),
        source=row.source,
        due_at=row.due_at,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        looked_at=row.looked_at,
        attempts=row.attempts,
        trouble=row.trouble,
        receipt=from_json(Receipt, row.receipt) if row.receipt else None,
    )


def steps(tx: sa.Connection, number: int, revision: int) -> tuple[Step, ...]:
    """Return what became of a revision's Actions, and what older ones left in trouble."""
    troubled = (OutboxState.FAILED, OutboxState.UNKNOWN)
    return tuple(
        _step(row.record, row)
        for row in of_case(tx, number)
        if isinstance(row.record, Action)
        and not row.record.is_acknowledgement
        and (row.record.revision == revision or row.state in troubled)
    )


def acknowledgement(tx: sa.Connection, number: int) -> Step | None:
    """Return what became of a Case's acknowledgement, if one was given and not taken back."""
    for row in of_case(tx, number):
        is_one = isinstance(row.record, Action) and row.record.is_acknowledgement
        if isinstance(row.record, Action) and is_one and row.state is not OutboxState.CANCELLED:
            return _step(row.record, row)
    return None


def told(tx: sa.Connection, number: int) -> tuple[Told, ...]:
    """Return what the team was told of a Case, or is about to be, in order."""
    return tuple(
        Told(
            notice=row.record,
            state=row.state,
            due_at=row.due_at,
            trouble=row.trouble,
            receipt=row.receipt,
        )
        for row in of_case(tx, number)
        if isinstance(row.record, Notice)
    )


def _step(action: Action, row: Row) -> Step:
    return Step(
        action=action,
        state=row.state,
        due_at=row.due_at,
        trouble=row.trouble,
        looked_at=row.looked_at,
        receipt=row.receipt,
    )


def claim(tx: sa.Connection, key: str, owner: str, now: datetime) -> bool:
    """Take a pending row for one owner: the compare-and-set before the call."""
    return _set(
        tx,
        key,
        [OutboxState.PENDING],
        state=OutboxState.SENDING,
        claimed_by=owner,
        claimed_at=now,
        looked_at=None,
        attempts=outbox.c.attempts + 1,
    )


def settle(
    tx: sa.Connection,
    key: str,
    state: OutboxState,
    *,
    attempt: int,
    trouble: str = "",
    receipt: Receipt | None = None,
    looked_at: datetime | None = None,
    took: float | None = None,
) -> bool:
    """Record how a call ended; False when a person or another owner settled it meanwhile.

    `attempt` is the claim that is meant: a later one is another's call, and not over. A `receipt` beside
    another state than sent is of what stands there in part, and stays.
    """
    values: dict[str, Any] = {"state": state, "trouble": trouble, "looked_at": looked_at, "took": took}
    if receipt:
        values["receipt"] = to_json(receipt)
    return _of_claim(tx, key, attempt, **values)


def disown(tx: sa.Connection, key: str, why: str, attempt: int) -> bool:
    """Leave a row whose outcome is not clear to whoever looks for it."""
    return _of_claim(tx, key, attempt, claimed_by=None, trouble=why)


def look(tx: sa.Connection, key: str, now: datetime, attempt: int) -> bool:
    """Remember the first look at a destination that did not answer."""
    return _of_claim(tx, key, attempt, claimed_by=None, looked_at=now)


def decide(
    tx: sa.Connection, key: str, state: OutboxState, trouble: str, receipt: Receipt | None = None
) -> bool:
    """Set what a person decided about a row that failed, is unknown or was theirs to carry.

    That it was looked for in vain stays with what is to be tried again: it may have had an effect.
    """
    values: dict[str, Any] = {"state": state, "trouble": trouble, "claimed_by": None}
    if state is not OutboxState.PENDING:
        values["looked_at"] = None
    if receipt:
        values["receipt"] = to_json(receipt)
    return _set(tx, key, FOR_A_PERSON, **values)


def seek(tx: sa.Connection, key: str, why: str) -> bool:
    """Have a row that is unknown looked for again, as after the call whose answer never came."""
    again: dict[str, Any] = {"trouble": why, "looked_at": None, "claimed_by": None}
    return _set(tx, key, [OutboxState.UNKNOWN], state=OutboxState.SENDING, **again)


def hold(tx: sa.Connection, key: str, state: OutboxState, why: str) -> bool:
    """End a row that has not been claimed without sending it."""
    return _set(tx, key, [OutboxState.PENDING], state=state, trouble=why)


def hand(tx: sa.Connection, action: Action) -> bool:
    """Leave a row that may go out to a person, with the words that they copy."""
    return _set(
        tx, action.key, [OutboxState.PENDING], state=OutboxState.BY_HAND, payload=to_json(action), trouble=""
    )


def take_back(tx: sa.Connection, key: str, why: str) -> bool:
    """Cancel a row that is not under way and has had no effect; False for any other.

    One whose earlier try may have had an effect does not leave either, and is a person's to look for.
    """
    idle = [OutboxState.PENDING, OutboxState.FAILED, OutboxState.CANCELLED]
    has_none = outbox.c.receipt.is_(None)
    in_doubt, doubt = outbox.c.looked_at.is_not(None), f"{NOT_KNOWN} before: {why}."
    return _set(tx, key, idle, has_none, in_doubt, state=OutboxState.UNKNOWN, trouble=doubt) or _set(
        tx, key, idle, has_none, state=OutboxState.CANCELLED, trouble=why
    )


def postpone(tx: sa.Connection, key: str, due_at: datetime) -> bool:
    """Let a row rest that waits for another one."""
    return _set(tx, key, [OutboxState.PENDING], due_at=due_at)


def _of_claim(tx: sa.Connection, key: str, attempt: int, **values: Any) -> bool:
    """Change a row whose call is under way, unless it is a later claim's."""
    return _set(tx, key, [OutboxState.SENDING], outbox.c.attempts == attempt, **values)


def _set(
    tx: sa.Connection,
    key: str,
    only_from: Sequence[OutboxState],
    *only_where: sa.ColumnElement[bool],
    **values: Any,
) -> bool:
    here = (outbox.c.key == key, outbox.c.state.in_(only_from), *only_where)
    return tx.execute(outbox.update().where(*here).values(**values)).rowcount == 1


def due_cases(tx: sa.Connection, now: datetime) -> list[int | None]:
    """Return the Cases with something that may leave now; None where it is of no Case. No pause holds an alert."""
    is_alert = outbox.c.kind == NoticeKind.ALERT
    open_source = sa.or_(sources.c.paused_at.is_(None), sources.c.id.is_(None), is_alert)
    query = (
        sa.select(outbox.c.case)
        .outerjoin(sources, sources.c.id == outbox.c.source)
        .where(outbox.c.state == OutboxState.PENDING, outbox.c.due_at <= now, open_source)
        .distinct()
    )
    return list(tx.scalars(query.where(is_alert) if paused_by(tx, None) else query))


def sending(tx: sa.Connection) -> list[Row]:
    """Return what was claimed and never settled."""
    rows = tx.execute(sa.select(outbox).where(outbox.c.state == OutboxState.SENDING))
    return [_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many of a Case's rows need a person, of how many."""

    failed: int
    unknown: int
    by_hand: int
    all: int


#: What needs a person; that a card could not be drawn is no trouble of its Case.
NEEDS_A_PERSON = (
    outbox.c.state.in_(FOR_A_PERSON),
    outbox.c.kind != NoticeKind.CARD,
)


def in_trouble(tx: sa.Connection) -> dict[int, Trouble]:
    """Return the trouble of each Case that has any."""

    def how_many(state: OutboxState) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((outbox.c.state == state, 1), else_=0))

    query = (
        sa.select(
            outbox.c.case,
            how_many(OutboxState.FAILED).label("failed"),
            how_many(OutboxState.UNKNOWN).label("unknown"),
            how_many(OutboxState.BY_HAND).label("by_hand"),
            sa.func.count().label("all"),
        )
        .where(outbox.c.case.in_(sa.select(outbox.c.case).where(*NEEDS_A_PERSON)))
        .where(outbox.c.state != OutboxState.CANCELLED, outbox.c.kind != NoticeKind.CARD)
        .group_by(outbox.c.case)
    )
    return {row.case: Trouble(row.failed, row.unknown, row.by_hand, row.all) for row in tx.execute(query)}


def pause(tx: sa.Connection, source: str | None, person: str, now: datetime) -> None:
    """Hold back all that would leave, or what would leave through one Source."""
    if source is None:
        insert_new(tx, marks, [{"name": PAUSED, "value": person}])
        tx.execute(marks.update().where(marks.c.name == PAUSED).values(value=person))
    else:
        insert_new(tx, sources, [{"id": source, "first_seen_at": now}])
        paused = sources.update().where(sources.c.id == source)
        tx.execute(paused.values(paused_at=now, paused_by=person))


def resume(tx: sa.Connection, source: str | None) -> None:
    """Let it leave again."""
    if source is None:
        tx.execute(marks.delete().where(marks.c.name == PAUSED))
    else:
        values = {"paused_at": None, "paused_by": None}
        tx.execute(sources.update().where(sources.c.id == source).values(values))


def files_issue(tx: sa.Connection, number: int) -> bool:
    """Tell whether a Case filed an Issue, or is about to."""
    rows = (row for row in of_case(tx, number) if row.record.kind is ActionKind.CREATE_ISSUE)
    return any(row.state is not OutboxState.CANCELLED for row in rows)


def filing(tx: sa.Connection, issue_id: str) -> list[Row]:
    """Return the rows that filed this Issue, or may file one, newest first."""
    ended = (OutboxState.CANCELLED, OutboxState.SENT)
    this_one = outbox.c.receipt.contains(f'"{issue_id}"', autoescape=True)
    query = sa.select(outbox).where(outbox.c.kind == ActionKind.CREATE_ISSUE)
    rows = tx.execute(
        query.where(sa.or_(this_one, outbox.c.state.not_in(ended))).order_by(outbox.c.case.desc())
    )
    return [_row(row) for row in rows]


def waits(tx: sa.Connection, number: int) -> bool:
    """Tell whether something of a Case that answers somebody has not left yet."""
    query = sa.select(outbox.c.key).where(
        outbox.c.case == number,
        outbox.c.kind == ActionKind.REPLY,
        outbox.c.state.in_([OutboxState.PENDING, OutboxState.SENDING]),
    )
    return tx.scalar(query.limit(1)) is not None


def case_told_at(tx: sa.Connection, kind: NoticeKind, place: str) -> int | None:
    """Return the Case of the Notice that stands at a place, by its Receipt; None where there is none."""
    this_one = outbox.c.receipt.contains(f'"{place}"', autoescape=True)
    rows = tx.execute(sa.select(outbox).where(outbox.c.is_notice, outbox.c.kind == kind, this_one))
    found = (row.case for row in rows if from_json(Receipt, row.receipt).destination_id == place)
    return next(found, None)


def paused_by(tx: sa.Connection, source: str | None) -> str | None:
    """Return who paused sending, everywhere or (given a Source) there."""
    everywhere = tx.scalar(sa.select(marks.c.value).where(marks.c.name == PAUSED))
    if everywhere or source is None:
        return everywhere
    return tx.scalar(sa.select(sources.c.paused_by).where(sources.c.id == source))


def case_of(tx: sa.Connection, key: str) -> int | None:
    """Return the number of the Case that a key belongs to."""
    return tx.scalar(
        sa.select(cases.c.number).join(outbox, outbox.c.case == cases.c.number).where(outbox.c.key == key)
    )
