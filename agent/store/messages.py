"""The inbox: a row is the acknowledgement, and one delivery is one row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.messages import Message, Visibility
from agent.domain.views import Fate
from agent.policy.disclosure import common
from agent.policy.removal import ON_REQUEST
from agent.policy.texts import readable
from agent.store.locks import held, hold, insert_all, insert_for, insert_new
from agent.store.tables import case_messages, contacts, earlier_texts, messages, sources

#: Key of `extra`: when the place itself last changed it, in UTC and to the second.
CHANGED_AT = "_changed_at"
#: Why it is not worked on although it is taken in, and whether a person wants it triaged all the same.
DROPPED, ASKED_FOR = "_dropped", "_asked_for"
#: Has no Case, or an edit that its Case has not heard of.
UNTAKEN = sa.or_(
    ~sa.exists().where(case_messages.c.message == messages.c.seq),
    messages.c.edits_taken
    < sa.select(sa.func.count()).where(earlier_texts.c.message == messages.c.seq).scalar_subquery(),
)


def receive(
    tx: sa.Connection, message: Message, now: datetime, extra: Mapping[str, object]
) -> tuple[int, Fate]:
    """Insert a Message unless it is there; the same id with other content replaces the text.

    Where `extra` says when it was changed, what is older than what is here changes nothing.
    """
    seq = _insert(tx, message, now, extra)
    if seq is not None:
        return seq, Fate.NEW
    message = replace(message, title=readable(message.title), text=readable(message.text))
    query = sa.select(messages).where(messages.c.source == message.source, messages.c.id == message.id)
    known = tx.execute(held(tx, query)).one()
    if known.removed and not _is_edited_since(known, extra):
        return known.seq, Fate.SAME  # delivered again: what was removed does not come back by that
    if CHANGED_AT in extra:
        if str(extra[CHANGED_AT]) < str(known.extra.get(CHANGED_AT, "")):
            return known.seq, Fate.SAME
        _note(tx, known, extra)
    visibility = _stricter(known.visibility, str(message.visibility))
    if (known.title, known.text, known.visibility) == (message.title, message.text, visibility):
        return known.seq, Fate.SAME
    _replace(tx, known, message, visibility, now)
    return known.seq, Fate.CHANGED


def receive_new(
    tx: sa.Connection, given: Sequence[tuple[Message, Mapping[str, object]]], now: datetime
) -> dict[tuple[str, str], int]:
    """Insert those Messages that are not there; return the rows of these by Source and id."""
    rows = [_row(message, now, extra) for message, extra in given]
    return insert_all(tx, messages, rows, (messages.c.source, messages.c.id), messages.c.seq) if rows else {}


def _is_edited_since(known: Any, extra: Mapping[str, object]) -> bool:
    """Tell whether the place itself says that words which are gone here are other ones by now."""
    is_newer = str(extra.get(CHANGED_AT, "")) > str(known.extra.get(CHANGED_AT, ""))
    return is_newer and known.removed != ON_REQUEST


def _note(tx: sa.Connection, known: Any, extra: Mapping[str, object]) -> None:
    if known.extra.get(CHANGED_AT) != extra[CHANGED_AT]:
        changed = messages.update().where(messages.c.seq == known.seq)
        tx.execute(changed.values(extra={**known.extra, **extra}))


def _insert(tx: sa.Connection, message: Message, now: datetime, extra: Mapping[str, object]) -> int | None:
    return insert_for(tx, messages, _row(message, now, extra), messages.c.seq)


def _row(message: Message, now: datetime, extra: Mapping[str, object]) -> dict[str, object]:
    return {
        "source": message.source,
        "id": message.id,
        "author": message.author,
        "title": readable(message.title),
        "text": readable(message.text),
        "sent_at": message.sent_at,
        "received_at": now,
        "thread": message.thread,
        "visibility": str(message.visibility),
        "extra": dict(extra),
    }


def _stricter(one: str, other: str) -> str:
    return one if one == other else str(common([Visibility.parse(one), Visibility.parse(other)]))


def _replace(tx: sa.Connection, known: Any, message: Message, visibility: str, now: datetime) -> None:
    """Keep what it said before; who may read it only ever gets stricter."""
    tx.execute(
        earlier_texts.insert().values(message=known.seq, title=known.title, text=known.text, replaced_at=now)
    )
    tx.execute(
        messages.update()
        .where(messages.c.seq == known.seq)
        .values(title=message.title, text=message.text, visibility=visibility, removed="", digest="")
    )


def by_seq(tx: sa.Connection, seq: int) -> Message:
    """Return a Message by its row; a transaction that writes holds it."""
    return from_row(tx.execute(held(tx, sa.select(messages).where(messages.c.seq == seq))).one())


def thread_key(tx: sa.Connection, seq: int) -> tuple[str, str]:
    """Return the Source of a Message, and the thread that it begins or belongs to."""
    query = sa.select(messages.c.source, messages.c.thread, messages.c.id).where(messages.c.seq == seq)
    row = tx.execute(query).one()
    return row.source, row.thread or row.id


def hold_thread(tx: sa.Connection, source: str, thread: str) -> None:
    """Let nobody else work at a thread: whether it has a Case is asked before one is opened.

    Jobs of a thread run one after the other, and still meet where a process was stopped and goes on.
    """
    hold_threads(tx, [(source, thread)])


def hold_threads(tx: sa.Connection, threads: Iterable[tuple[str, str]]) -> None:
    """Let nobody else work at any of these threads, each by its Source and id."""
    hold(tx, *(f"{source}/{thread}" for source, thread in threads))


def hold_many(tx: sa.Connection) -> None:
    """Let nobody else take in many Messages at once: each would wait for what the other has begun."""
    hold(tx, "many messages")


def from_row(row: Any) -> Message:
    """Make a Message of a row of `messages`."""
    return Message(
        id=row.id,
        source=row.source,
        author=row.author,
        title=row.title,
        text=row.text,
        sent_at=row.sent_at,
        thread=row.thread,
        visibility=Visibility.parse(row.visibility),
    )


def of_case(tx: sa.Connection, number: int) -> Sequence[Any]:
    """Return the rows of a Case's Messages, oldest first."""
    return tx.execute(
        sa.select(messages)
        .join(case_messages, case_messages.c.message == messages.c.seq)
        .where(case_messages.c.case == number)
        .order_by(messages.c.sent_at, messages.c.seq)
    ).all()


def take_edits(tx: sa.Connection, seq: int) -> bool:
    """Mark a Message's edits as taken in; False when there are no new ones."""
    edits = sa.select(sa.func.count()).where(earlier_texts.c.message == seq).scalar_subquery()
    newer = messages.update().where(messages.c.seq == seq, messages.c.edits_taken < edits)
    return tx.execute(newer.values(edits_taken=edits)).rowcount == 1


def earlier(tx: sa.Connection, seqs: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return what each Message said before, oldest first."""
    found: dict[int, tuple[str, ...]] = {}
    query = sa.select(earlier_texts).where(earlier_texts.c.message.in_(seqs)).order_by(earlier_texts.c.seq)
    for row in tx.execute(query):
        found[row.message] = (*found.get(row.message, ()), f"{row.title}\n\n{row.text}".strip())
    return found


def as_of(tx: sa.Connection, number: int, at: datetime) -> list[Message]:
    """Return a Case's Messages as they read at a time, oldest first: those that were there, in the words of then."""
    rows = [row for row in of_case(tx, number) if row.received_at <= at and not row.dropped_reason]
    query = (
        sa.select(earlier_texts)
        .where(earlier_texts.c.message.in_([row.seq for row in rows]), earlier_texts.c.replaced_at > at)
        .order_by(earlier_texts.c.seq.desc())
    )
    then = {row.message: row for row in tx.execute(query)}
    said = [(from_row(row), then.get(row.seq, row)) for row in rows]
    return [replace(message, title=words.title, text=words.text) for message, words in said]


def thread_of(tx: sa.Connection, number: int) -> str | None:
    """Return the thread that a Case's replies go into: that of its first Message, or the Message."""
    first = of_case(tx, number)
    return (first[0].thread or first[0].id) if first else None


def cases_of(tx: sa.Connection, seq: int) -> list[int]:
    """Return the numbers of the Cases that a Message is part of."""
    query = sa.select(case_messages.c.case).where(case_messages.c.message == seq)
    return list(tx.scalars(query.order_by(case_messages.c.case)))


def case_of_thread(tx: sa.Connection, message: Message, seq: int) -> int | None:
    """Return the newest Case that holds an earlier Message of the same thread."""
    root = message.root  # replies may be delivered before what they reply to
    return tx.scalar(
        sa.select(case_messages.c.case)
        .join(messages, messages.c.seq == case_messages.c.message)
        .where(messages.c.source == message.source, messages.c.seq != seq)
        .where(sa.or_(messages.c.thread == root, messages.c.id == root))
        .order_by(case_messages.c.case.desc())
        .limit(1)
    )


def reword(tx: sa.Connection, seq: int, text: str) -> None:
    """Set the words of a Message that is not judged yet: the same, with names where ids were."""
    tx.execute(messages.update().where(messages.c.seq == seq).values(text=text))


def text_of(tx: sa.Connection, source: str, id: str) -> str | None:
    """Return what a Message says; None where it is not here."""
    return tx.scalar(sa.select(messages.c.text).where(messages.c.source == source, messages.c.id == id))


def notes_of(tx: sa.Connection, seq: int) -> tuple[str, bool]:
    """Return why a Message is not to be worked on, "" where it is, and whether a person asked for it."""
    extra = tx.scalars(sa.select(messages.c.extra).where(messages.c.seq == seq)).one()
    is_asked_for = bool(extra.get(ASKED_FOR))
    return ("" if is_asked_for else str(extra.get(DROPPED, "")), is_asked_for)


def ask_for(tx: sa.Connection, seq: int) -> None:
    """Remember that a person wants a Message triaged that is here already."""
    extra = tx.scalars(sa.select(messages.c.extra).where(messages.c.seq == seq)).one()
    tx.execute(messages.update().where(messages.c.seq == seq).values(extra={**extra, ASKED_FOR: True}))


def drop(tx: sa.Connection, seqs: Sequence[int], reason: str) -> None:
    """Say why Messages are not worked on; "" takes it back."""
    tx.execute(messages.update().where(messages.c.seq.in_(seqs)).values(dropped_reason=reason))


def untaken(tx: sa.Connection, received_before: datetime) -> list[tuple[int, Message]]:
    """Return the Messages that have no Case, or an edit that none has: the net under the jobs."""
    query = (
        sa.select(messages)
        .where(UNTAKEN, messages.c.received_at < received_before)
        .order_by(messages.c.seq)
        .limit(1000)
    )
    return [(row.seq, from_row(row)) for row in tx.execute(query)]


def news_of_thread(tx: sa.Connection, number: int) -> bool:
    """Tell whether the inbox holds something of a Case's threads that the Case does not have yet."""
    mine = [row for row in of_case(tx, number)]
    roots = {row.thread or row.id for row in mine}
    query = sa.select(messages.c.seq).where(
        UNTAKEN,
        messages.c.source.in_({row.source for row in mine}),
        sa.or_(
            messages.c.thread.in_(roots),
            messages.c.id.in_(roots),
            messages.c.seq.in_([row.seq for row in mine]),
        ),
    )
    return tx.scalar(query.limit(1)) is not None


def in_trouble(tx: sa.Connection, seq: int, why: str) -> None:
    """Say that taking a Message in failed; "" when it went well after all."""
    tx.execute(messages.update().where(messages.c.seq == seq).values(trouble=why))


def meet(tx: sa.Connection, source: str, name: str, now: datetime) -> None:
    """Remember a Contact the first time somebody writes."""
    known = sa.select(contacts.c.id).where(contacts.c.source == source, contacts.c.name == name)
    if tx.scalar(known) is None:
        insert_new(tx, contacts, [{"source": source, "name": name, "first_seen_at": now}])


def touch_source(tx: sa.Connection, source: str, now: datetime) -> None:
    """Record that a Source was read (S13), unless another transaction is recording it just now.

    All that arrives in a Source comes past here, and none waits for the other.
    """
    free = sa.select(sources.c.id).where(sources.c.id == source).with_for_update(skip_locked=True)
    touched = sources.update().where(sources.c.id.in_(free)).values(last_read_at=now)
    if tx.execute(touched).rowcount == 0:
        insert_new(tx, sources, [{"id": source, "first_seen_at": now, "last_read_at": now}])
