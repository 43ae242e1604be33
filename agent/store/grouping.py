"""Finds Cases by what was written beside them: by the same person, or by the same machine."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from agent.domain.cases import CaseState
from agent.domain.messages import Message
from agent.store.tables import case_messages, cases, messages

#: Open Cases of one Source that an alert is compared with, newest first.
MOST = 500


def case_beside(
    tx: sa.Connection, message: Message, within: timedelta, ended: Sequence[CaseState]
) -> int | None:
    """Return the newest Case that is not ended whose Message the same person wrote this close, in no thread."""
    query = (
        sa.select(case_messages.c.case)
        .join(messages, messages.c.seq == case_messages.c.message)
        .join(cases, cases.c.number == case_messages.c.case)
        .where(*_beside(message, within), cases.c.state.not_in(ended))
    )
    return tx.scalar(query.order_by(case_messages.c.case.desc()).limit(1))


def is_beside(tx: sa.Connection, message: Message, within: timedelta) -> bool:
    """Tell whether the same person wrote this close, in no thread, whether a Case has that yet or not."""
    return tx.scalar(sa.select(messages.c.seq).where(*_beside(message, within)).limit(1)) is not None


def _beside(message: Message, within: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        messages.c.source == message.source,
        messages.c.author == message.author,
        messages.c.sent_at.between(message.sent_at - within, message.sent_at + within),
        messages.c.id != message.id,
        messages.c.thread.is_(None),
        messages.c.dropped_reason == "",
    )


def newest_case_by(tx: sa.Connection, message: Message, since: datetime) -> int | None:
    """Return the newest Case that was opened by the same person and about which was written since."""
    mine = (cases.c.source == message.source, cases.c.author == message.author)
    query = sa.select(cases.c.number).where(
        *mine, cases.c.last_message_at >= since, cases.c.dropped_reason == ""
    )
    return tx.scalar(query.order_by(cases.c.number.desc()).limit(1))


def open_alerts(tx: sa.Connection, message: Message, ended: Sequence[CaseState]) -> list[tuple[int, str]]:
    """Return the Cases of a Source that are not ended, newest first, with the text that each began with."""
    first = (
        sa.select(sa.func.min(case_messages.c.message))
        .where(case_messages.c.case == cases.c.number)
        .scalar_subquery()
    )
    query = (
        sa.select(cases.c.number, messages.c.text)
        .select_from(cases)
        .join(messages, messages.c.seq == first)
        .where(cases.c.source == message.source, cases.c.state.not_in(ended))
        .order_by(cases.c.number.desc())
        .limit(MOST)
    )
    return [(row.number, row.text) for row in tx.execute(query)]
