"""Deliveries, each once, and what became of Messages whose words did not change."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.arrivals import Delivery, Move, Turn, TurnKind
from agent.store.locks import held, hold
from agent.store.tables import case_messages, cases, deliveries, messages, turns


def known_deliveries(tx: sa.Connection, given: Sequence[Delivery]) -> tuple[set[str], set[str]]:
    """Return which of their ids are known, and which of their bodies, under whatever id.

    Of two that come at once the second waits for the first.
    """
    ids, digests = {each.id for each in given}, {each.digest for each in given}
    hold(tx, *(f"delivery {each}" for each in ids | digests))
    query = sa.select(deliveries.c.id, deliveries.c.digest).where(
        sa.or_(deliveries.c.id.in_(ids), deliveries.c.digest.in_(digests))
    )
    found = tx.execute(query).all()
    return {row.id for row in found}, {row.digest for row in found}


def keep_deliveries(tx: sa.Connection, given: Sequence[Delivery], now: datetime) -> None:
    """Remember deliveries."""
    rows = [
        {
            "id": each.id,
            "digest": each.digest,
            "event": each.event,
            "source": each.source,
            "received_at": now,
            "ignored": each.happened.ignored,
        }
        for each in given
    ]
    if rows:
        tx.execute(deliveries.insert(), rows)


def forget_deliveries(tx: sa.Connection, before: datetime) -> None:
    """Forget those that are too old to come again."""
    tx.execute(deliveries.delete().where(deliveries.c.received_at < before))


def knows_thread(tx: sa.Connection, source: str, thread: str) -> bool:
    """Tell whether anything of a thread is in the inbox."""
    return tx.scalar(sa.select(messages.c.seq).where(*_of_thread(source, thread)).limit(1)) is not None


def knows(tx: sa.Connection, source: str, message: str) -> bool:
    """Tell whether a Message is in the inbox."""
    query = sa.select(messages.c.seq).where(messages.c.source == source, messages.c.id == message)
    return tx.scalar(query) is not None


def _of_thread(source: str, thread: str) -> tuple[sa.ColumnElement[bool], ...]:
    return messages.c.source == source, sa.or_(messages.c.id == thread, messages.c.thread == thread)


def thread_of(tx: sa.Connection, source: str, message: str) -> str:
    """Return the thread that a Message belongs to; what is not here is one of its own."""
    query = sa.select(messages.c.thread).where(messages.c.source == source, messages.c.id == message)
    return tx.scalar(query) or message


def add_turn(tx: sa.Connection, turn: Turn, now: datetime) -> int:
    """Remember a Turn; return its row."""
    result = tx.execute(
        turns.insert().values(
            source=turn.source,
            message=turn.message,
            kind=turn.kind,
            at=turn.at,
            who=turn.who,
            received_at=now,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def turn_by_seq(tx: sa.Connection, seq: int) -> tuple[Turn, bool]:
    """Return a Turn, and whether its Cases know of it."""
    row = tx.execute(held(tx, sa.select(turns).where(turns.c.seq == seq))).one()
    return _turn(row), row.taken_at is not None


def thread_key(tx: sa.Connection, seq: int) -> tuple[str, str]:
    """Return the Source of a Turn, and the thread of its Message."""
    row = tx.execute(sa.select(turns.c.source, turns.c.message).where(turns.c.seq == seq)).one()
    return row.source, thread_of(tx, row.source, row.message)


def take_turn(tx: sa.Connection, seq: int, now: datetime) -> None:
    """Remember that the Cases of a Turn know of it."""
    tx.execute(turns.update().where(turns.c.seq == seq).values(taken_at=now))


def untaken_turns(tx: sa.Connection, received_before: datetime) -> list[tuple[int, Turn]]:
    """Return the Turns whose Cases have not heard of them: the net under the jobs."""
    query = sa.select(turns).where(turns.c.taken_at.is_(None), turns.c.received_at < received_before)
    return [(row.seq, _turn(row)) for row in tx.execute(query.order_by(turns.c.seq).limit(1000))]


def _turn(row: Any) -> Turn:
    return Turn(
        kind=TurnKind(row.kind),
        source=row.source,
        message=row.message,
        at=row.at,
        who=row.who,
    )


def turns_of(tx: sa.Connection, source: str, *messages: str) -> list[Turn]:
    """Return what became of these Messages as far as it was heard, in the order in which it was."""
    here = (turns.c.source == source, turns.c.message.in_(messages))
    return [_turn(row) for row in tx.execute(sa.select(turns).where(*here).order_by(turns.c.seq))]


def heard_of(tx: sa.Connection, messages: Collection[str]) -> set[tuple[str, str]]:
    """Return which of these Messages anything became of, each by its Source and id."""
    if not messages:
        return set()
    query = sa.select(turns.c.source, turns.c.message).where(turns.c.message.in_(messages))
    return {(row.source, row.message) for row in tx.execute(query)}


def is_deleted(tx: sa.Connection, source: str, message: str) -> bool:
    """Tell whether a Message was deleted where it was written; nothing comes back from there."""
    gone = sa.select(turns.c.seq).where(turns.c.source == source, turns.c.message == message)
    return tx.scalar(gone.where(turns.c.kind == TurnKind.DELETED).limit(1)) is not None


def cases_of_thread(tx: sa.Connection, source: str, message: str) -> list[int]:
    """Return the Cases that hold a Message, or anything written below it."""
    query = (
        sa.select(case_messages.c.case)
        .join(messages, messages.c.seq == case_messages.c.message)
        .where(*_of_thread(source, message))
    )
    return sorted(set(tx.scalars(query)))


def rows_of_thread(tx: sa.Connection, source: str, message: str) -> list[Any]:
    """Return the rows of a Message and of all that is written below it."""
    return list(tx.execute(sa.select(messages).where(*_of_thread(source, message))))


def move(tx: sa.Connection, moved: Move, project: str) -> list[int]:
    """Give a thread its new ids; return its Cases. What is there under the new id already stays apart."""
    numbers = cases_of_thread(tx, moved.source, moved.thread)
    for row in rows_of_thread(tx, moved.source, moved.thread):
        new = moved.to_thread + row.id.removeprefix(moved.thread)
        if row.id.startswith(moved.thread) and not knows(tx, moved.to_source, new):
            thread = moved.to_thread if row.thread else None
            values = {"source": moved.to_source, "id": new, "thread": thread}
            tx.execute(messages.update().where(messages.c.seq == row.seq).values(values))
    here = (cases.c.number.in_(numbers), cases.c.source == moved.source)
    tx.execute(cases.update().where(*here).values(source=moved.to_source, project=project))
    return numbers
