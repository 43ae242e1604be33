"""Which Case a new thread belongs to before it opens one: the echo of what we filed, floods, and chats."""

from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import OutboxState
from agent.domain.messages import Message
from agent.errors import Unavailable
from agent.jobs.grouping import Belongs, Sort, in_chat
from agent.policy.github.ids import REVIEW, issue_of
from agent.policy.github.watching import FLOOD_WITHIN, is_flood
from agent.policy.globs import matches
from agent.policy.slack.ids import SLACK
from agent.settings import Settings
from agent.store import cases, outbox
from agent.store.locks import hold
from agent.store.tables import case_messages, messages
from agent.store.tables import cases as case_rows


def belongs_to(tx: sa.Connection, message: Message, settings: Settings, now: datetime) -> Belongs | None:
    """Return the Case that a Message without one belongs to; None when it opens its own.

    Raises Unavailable while it cannot be told, because the Issue may be one that is being filed.
    """
    if issue_of(message.id) == message.id:
        number = _filed_by(tx, message, settings)
        why = "the Issue that this Case filed"
        return Belongs(case=number, why=why, sort=Sort.ECHO) if number else None
    if REVIEW in message.id:
        return _flood(tx, message, settings, now)
    return in_chat(tx, message, settings) if message.source.startswith(SLACK) else None


def _filed_by(tx: sa.Connection, message: Message, settings: Settings) -> int | None:
    """Find the Case that filed an Issue: by its Receipt, or by our key in what our own account wrote."""
    filing = outbox.filing(tx, message.id)
    for row in filing:
        if row.receipt and row.receipt.destination_id == message.id:
            return cases.number_of(row.record.case_id)
    if not matches(message.author, settings.team.own_accounts):
        return None
    for row in filing:
        if row.record.key in message.text:
            return cases.number_of(row.record.case_id)
    if any(row.state is OutboxState.SENDING for row in filing):
        raise Unavailable(f"{message.id} may be the Issue that is being filed; it is looked at again.")
    return None


def _flood(tx: sa.Connection, message: Message, settings: Settings, now: datetime) -> Belongs | None:
    """Find the Case that takes in one more review request of a flood: the newest of them (S7)."""
    hold(tx, f"reviews {message.source}")  # two at once would each count without the other
    begins = (case_rows.c.source == message.source, case_rows.c.opened_at > now - FLOOD_WITHIN)
    query = (
        sa.select(case_messages.c.case, messages.c.received_at)
        .join(messages, messages.c.seq == case_messages.c.message)
        .join(case_rows, case_rows.c.number == case_messages.c.case)
        .where(*begins, messages.c.id.contains(REVIEW, autoescape=True))
    )
    found = tx.execute(query).all()
    if not is_flood([row.received_at for row in found], now, settings.watch.group_reviews_from):
        return None
    newest = max((row.case for row in found), default=None)
    if newest is None:
        return None
    why = f"one of {len(found) + 1} review requests within the hour, grouped"
    return Belongs(case=newest, why=why, sort=Sort.NEWS)
