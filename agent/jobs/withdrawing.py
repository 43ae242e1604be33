"""A colleague has answered: the reply that waits is withdrawn, and the loop stays its owner's (T20)."""

from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import Action, ActionKind, OutboxState
from agent.domain.cases import COLLEAGUE, Case, CaseState
from agent.domain.messages import Message
from agent.policy.clocks import update_due
from agent.settings import Settings
from agent.store import cases, outbox, proposals


def colleague_answered(
    tx: sa.Connection, settings: Settings, number: int, message: Message, now: datetime
) -> None:
    """Take a colleague's own answer to the user as the answer: what we would have said is not said.

    The first response counts, the next update is due from it, and the owner stays.
    """
    case = cases.by_number(tx, number)
    said_at = min(message.sent_at, now)
    clocks = {
        "last_message_at": max(message.sent_at, case.last_message_at),
        "first_response_at": case.first_response_at or said_at,
        "update_due_at": update_due(said_at, settings.source(case.source), settings.rotation.hours),
    }
    because = f"{COLLEAGUE}, {message.author}, answered"
    if _waits(tx, number, case):
        state = {"state": CaseState.WAITING_ON_US, "snoozed_until": None, "withdrawn_by": message.author}
        cases.begin_revision(tx, number, because, **state, **clocks)
        cases.record(tx, number, now, "withdrawn", "triage", f"{because}; the reply is withdrawn")
    else:
        cases.change(tx, number, **clocks)
        cases.record(tx, number, now, "answered too", "triage", because)


def _waits(tx: sa.Connection, number: int, case: Case) -> bool:
    """Tell whether a reply is proposed, is being written, or is approved and has not left."""
    if case.dropped_reason or case.withdrawn_by:
        return False
    if case.open_revision is not None or proposals.by_revision(tx, number, case.revision) is None:
        return True
    return any(
        isinstance(row.record, Action)
        and row.record.kind is ActionKind.REPLY
        and row.state in (OutboxState.PENDING, OutboxState.BY_HAND)
        for row in outbox.of_case(tx, number)
    )
