"""The numbers of the whole store, for those who operate it. Nothing here writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import OutboxState
from agent.domain.cases import CaseState
from agent.domain.figures import Backlog, Sent
from agent.store.messages import UNTAKEN
from agent.store.tables import calls, case_messages, cases, messages, outbox, proposals
from agent.store.views import DUE_AT, JUDGED, WAITS


def messages_by_fate(tx: sa.Connection) -> tuple[int, int, int]:
    """Return how many Messages were received, are in a Case, and were dropped."""
    linked = sa.exists().where(case_messages.c.message == messages.c.seq)
    is_dropped = messages.c.dropped_reason != ""
    row = tx.execute(
        sa.select(
            sa.func.count(),
            _how_many(sa.and_(~is_dropped, linked)),
            _how_many(is_dropped),
        ).select_from(messages)
    ).one()
    return row[0], row[1], row[2]


def _how_many(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)


def backlog(tx: sa.Connection) -> Backlog:
    """Return what has no Proposal yet: Messages that no Case took in, and Cases that are being judged.

    What got stuck is not on its way, and counted as that.
    """
    found = [_count_and_first(tx, each.subquery()) for each in (_judged(), _untaken())]
    return Backlog(
        count=sum(count for count, _ in found),
        since=min((at for _, at in found if at is not None), default=None),
    )


def _judged() -> sa.Select[Any]:
    """Select the Cases that are being judged, and when the newest of their Messages was received."""
    return (
        sa.select(cases.c.number, sa.func.max(messages.c.received_at).label("at"))
        .join(case_messages, case_messages.c.case == cases.c.number)
        .join(messages, messages.c.seq == case_messages.c.message)
        .where(*JUDGED, cases.c.trouble == "")
        .group_by(cases.c.number)
    )


def _untaken() -> sa.Select[Any]:
    return sa.select(messages.c.received_at.label("at")).where(UNTAKEN, messages.c.trouble == "")


def _count_and_first(tx: sa.Connection, of: sa.Subquery) -> tuple[int, datetime | None]:
    row = tx.execute(sa.select(sa.func.count(), sa.func.min(of.c.at)).select_from(of)).one()
    return row[0], row[1]


def ahead_of(tx: sa.Connection, number: int) -> int:
    """Return how many Cases and Messages without a Proposal came before what a Case is judged for."""
    received_at = tx.scalar(
        sa.select(sa.func.max(messages.c.received_at))
        .join(case_messages, case_messages.c.message == messages.c.seq)
        .where(case_messages.c.case == number)
    )
    if received_at is None:
        return 0
    judged, untaken = _judged().subquery(), _untaken().subquery()
    cases_before = sa.select(sa.func.count()).where(judged.c.at < received_at)
    messages_before = sa.select(sa.func.count()).where(untaken.c.at < received_at)
    return (tx.scalar(cases_before) or 0) + (tx.scalar(messages_before) or 0)


def waiting(tx: sa.Connection) -> tuple[int, datetime | None]:
    """Return how many Cases wait for a Verdict, and when the oldest of their Proposals was made."""
    query = (
        sa.select(proposals.c.created_at.label("at"))
        .join(cases, cases.c.number == proposals.c.case)
        .where(proposals.c.revision == cases.c.open_revision, *WAITS)
    )
    return _count_and_first(tx, query.subquery())


def late(tx: sa.Connection, now: datetime) -> int:
    """Return how many Cases of ours are past what is due next."""
    ours = cases.c.state.in_([CaseState.NEW, CaseState.WAITING_ON_US])
    query = sa.select(sa.func.count()).where(ours, cases.c.dropped_reason == "", now > DUE_AT)
    return tx.scalar(query) or 0


def outbox_states(tx: sa.Connection) -> dict[OutboxState, int]:
    """Return how many rows of the outbox stand where; every state is there."""
    query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    found = {state: count for state, count in tx.execute(query)}
    return {state: found.get(state.value, 0) for state in OutboxState}


def due_since(tx: sa.Connection, now: datetime) -> datetime | None:
    """Return since when the oldest row may leave that has not."""
    open_ = outbox.c.state.in_([OutboxState.PENDING, OutboxState.SENDING])
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(outbox.c.due_at)).where(open_, outbox.c.due_at <= now)
    )
    return found


def sent(tx: sa.Connection, bounds: Sequence[float]) -> Sent:
    """Return how long Actions took from their approval to their Receipt, by upper bounds in seconds."""
    within = [_how_many(outbox.c.took <= bound) for bound in bounds]
    total = sa.func.coalesce(sa.func.sum(outbox.c.took), 0.0)
    row = tx.execute(sa.select(sa.func.count(), total, *within).where(outbox.c.took.is_not(None))).one()
    return Sent(within=dict(zip(bounds, row[2:], strict=True)), count=row[0], seconds=row[1])


def calls_by_outcome(tx: sa.Connection) -> dict[tuple[str, str], int]:
    """Return how many calls of which model ended how."""
    query = sa.select(calls.c.model, calls.c.outcome, sa.func.count())
    rows = tx.execute(query.group_by(calls.c.model, calls.c.outcome))
    return {(model, outcome): count for model, outcome, count in rows}
