"""Reads for lists and pages. Nothing here writes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.cases import CaseState
from agent.domain.proposals import Priority
from agent.domain.views import Counts
from agent.store.issues import containing
from agent.store.messages import UNTAKEN
from agent.store.outbox import NEEDS_A_PERSON
from agent.store.tables import case_messages, cases, messages, outbox, people, proposals, sources

#: What is due next: the first reply, then the next update.
DUE_AT = sa.case((cases.c.first_response_at.is_(None), cases.c.first_due_at), else_=cases.c.update_due_at)
WAKES_AT = cases.c.snoozed_until
WAITS = (cases.c.open_revision.is_not(None), cases.c.state != CaseState.SNOOZED)
DROPPED = (cases.c.dropped_reason != "",)
SNOOZED = (cases.c.state == CaseState.SNOOZED,)
JUDGED = (
    cases.c.open_revision.is_(None),
    cases.c.dropped_reason == "",
    cases.c.withdrawn_by == "",
    ~sa.exists().where(proposals.c.case == cases.c.number, proposals.c.revision == cases.c.revision),
)
_wrote = sa.or_(cases.c.author == people.c.id, cases.c.author.startswith(people.c.id.concat(" (")))
_in_trouble = sa.exists().where(outbox.c.case == cases.c.number, *NEEDS_A_PERSON)
#: Waits on us without a Proposal to answer: it was rejected or withdrawn, failed, got stuck, or is ours to carry.
WAITS_ON_US = (
    cases.c.open_revision.is_(None),
    cases.c.dropped_reason == "",
    sa.or_(
        _in_trouble,
        cases.c.trouble != "",
        sa.and_(
            cases.c.state == CaseState.WAITING_ON_US,
            sa.or_(
                cases.c.withdrawn_by != "",
                sa.exists().where(
                    proposals.c.case == cases.c.number, proposals.c.revision == cases.c.revision
                ),
            ),
        ),
    ),
)
ANSWERED = (
    cases.c.state.in_([CaseState.WAITING_ON_THEM, CaseState.TRIAGED_OUT, CaseState.SOLVED]),
    cases.c.dropped_reason == "",
)


def rows(
    tx: sa.Connection,
    which: Sequence[sa.ColumnElement[bool]],
    order: Sequence[sa.ColumnElement[Any]] = (cases.c.number.desc(),),
    limit: int = 500,
) -> list[Any]:
    """Return the rows of `cases` that fit, in order, newest first by default."""
    return list(tx.execute(sa.select(cases).where(*which).order_by(*order).limit(limit)))


def by_urgency(now: datetime) -> tuple[sa.ColumnElement[Any], ...]:
    """Order by P0 apart, late, due time, priority, age."""
    return (
        sa.case((cases.c.priority == Priority.P0, 0), else_=1),
        sa.case((now >= DUE_AT, 0), else_=1),
        DUE_AT.is_(None),
        DUE_AT,
        sa.func.coalesce(cases.c.priority, "P9"),
        cases.c.opened_at,
    )


def numbers(
    tx: sa.Connection, which: Sequence[sa.ColumnElement[bool]], order: Sequence[sa.ColumnElement[Any]]
) -> list[int]:
    """Return the numbers of all Cases that fit, in order."""
    return list(tx.scalars(sa.select(cases.c.number).where(*which).order_by(*order)))


def counts(tx: sa.Connection) -> Counts:
    """Return how long each list is."""

    def how_many(which: Sequence[sa.ColumnElement[bool]]) -> int:
        return tx.scalar(sa.select(sa.func.count()).select_from(cases).where(*which)) or 0

    return Counts(
        inbox=how_many(WAITS),
        waiting=how_many(WAITS_ON_US),
        snoozed=how_many(SNOOZED),
        dropped=how_many(DROPPED),
        judged_now=how_many(JUDGED) + _untaken(tx),
    )


def _untaken(tx: sa.Connection) -> int:
    """Return how many Messages were received and not taken in yet."""
    return tx.scalar(sa.select(sa.func.count()).select_from(messages).where(UNTAKEN)) or 0


def first_words(tx: sa.Connection, numbers: Sequence[int], length: int = 160) -> dict[int, str]:
    """Return the beginning of each Case's first Message."""
    first = (
        sa.select(case_messages.c.case, sa.func.min(messages.c.seq).label("seq"))
        .join(messages, messages.c.seq == case_messages.c.message)
        .where(case_messages.c.case.in_(numbers))
        .group_by(case_messages.c.case)
        .subquery()
    )
    query = sa.select(first.c.case, sa.func.substr(messages.c.text, 1, length).label("text")).join(
        messages, messages.c.seq == first.c.seq
    )
    return {row.case: " ".join(row.text.split()) for row in tx.execute(query)}


def source_lines(tx: sa.Connection, since: datetime) -> dict[str, Any]:
    """Return per Source: last read, and since a moment how much was seen, dropped and handled."""
    linked = sa.select(case_messages.c.message)
    query = sa.select(
        messages.c.source,
        sa.func.count().label("seen"),
        sa.func.sum(sa.case((messages.c.dropped_reason != "", 1), else_=0)).label("dropped"),
        sa.func.sum(
            sa.case((sa.and_(messages.c.dropped_reason == "", messages.c.seq.in_(linked)), 1), else_=0)
        ).label("handled"),
    ).where(messages.c.received_at >= since)
    return {row.source: row for row in tx.execute(query.group_by(messages.c.source))}


def source_rows(tx: sa.Connection) -> dict[str, Any]:
    """Return every Source that was ever read or paused."""
    return {row.id: row for row in tx.execute(sa.select(sources))}


def stuck_by_source(tx: sa.Connection) -> Counter[str]:
    """Return how many Cases and Messages of each Source got stuck."""
    stuck = sa.select(cases.c.source).where(sa.or_(cases.c.trouble != "", _in_trouble))
    lost = sa.select(messages.c.source).where(messages.c.trouble != "")
    return Counter([*tx.scalars(stuck), *tx.scalars(lost)])


def search(tx: sa.Connection, words: str, limit: int) -> list[Any]:
    """Return the Cases that hold the words in title, author or a Message, newest first."""
    like = containing(words)
    holds = (
        sa.select(case_messages.c.case)
        .join(messages, messages.c.seq == case_messages.c.message)
        .where(sa.or_(messages.c.text.ilike(like, escape="\\"), messages.c.title.ilike(like, escape="\\")))
    )
    fits = sa.or_(
        cases.c.number.in_(holds),
        cases.c.title.ilike(like, escape="\\"),
        cases.c.author.ilike(like, escape="\\"),
        sa.exists().where(people.c.name.ilike(like, escape="\\"), _wrote),
    )
    query = sa.select(cases).where(fits).order_by(cases.c.number.desc()).limit(limit)
    return list(tx.execute(query))


def others_of(tx: sa.Connection, source: str, author: str, number: int) -> list[Any]:
    """Return the other Cases of the same Contact, newest first."""
    query = sa.select(cases).where(
        cases.c.source == source, cases.c.author == author, cases.c.number != number
    )
    return list(tx.execute(query.order_by(cases.c.number.desc()).limit(20)))
