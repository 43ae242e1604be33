"""May this leave now? Asked again right before the claim, because the world moves on meanwhile."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from agent.domain.actions import Action, ActionKind, Notice, OutboxState
from agent.policy.disclosure import addressed, may_flow
from agent.policy.plans import TRACKER
from agent.prompts import ISSUE_URL
from agent.settings import Settings
from agent.store import cases, messages, outbox, proposals


@dataclass(frozen=True, slots=True)
class Held:
    """Not now: `PENDING` waits, `CANCELLED` was overtaken, `FAILED` needs a person."""

    state: OutboxState
    why: str


def as_it_leaves(
    tx: sa.Connection, settings: Settings, number: int, record: Action | Notice
) -> Action | Notice | Held:
    """Return the record as it may leave, or why it is held."""
    if isinstance(record, Notice):
        return record
    return (
        _overtaken(tx, number, record)
        or _undisclosed(tx, settings, number, record)
        or _bound(tx, number, record)
    )


def _overtaken(tx: sa.Connection, number: int, action: Action) -> Held | None:
    case = cases.by_number(tx, number)
    if proposals.verdict_on(tx, number, action.revision) is None:
        return Held(OutboxState.CANCELLED, "Not sent: the Verdict was taken back.")
    if case.revision != action.revision:
        moved = f"Not sent: the thread moved on ({case.because}). The text is kept; read r{case.revision}."
        return Held(OutboxState.CANCELLED, moved)
    if messages.news_of_thread(tx, number):
        return Held(OutboxState.PENDING, "A Message of this thread has just come in.")
    return None


def _undisclosed(tx: sa.Connection, settings: Settings, number: int, action: Action) -> Held | None:
    author = cases.by_number(tx, number).author
    is_reply = action.kind is ActionKind.REPLY
    place = addressed(settings.source(action.destination).visibility, author) if is_reply else TRACKER
    if may_flow(action.made_from, place):
        return None
    return Held(
        OutboxState.FAILED, f"Not sent: it holds {action.made_from} words, and this place is {place}."
    )


def _bound(tx: sa.Connection, number: int, action: Action) -> Action | Held:
    """Put the filed Issue's link where a reply asks for it."""
    if action.kind is not ActionKind.REPLY or ISSUE_URL not in action.body:
        return action
    filed = [row for row in outbox.of_case(tx, number) if row.record.kind is ActionKind.CREATE_ISSUE]
    receipt = next((row.receipt for row in filed if row.receipt), None)
    if receipt is not None:
        return replace(action, body=action.body.replace(ISSUE_URL, receipt.url or receipt.destination_id))
    if any(row.state is not OutboxState.CANCELLED for row in filed):
        return Held(OutboxState.PENDING, "The reply names an Issue that is not filed yet.")
    return Held(OutboxState.FAILED, "Not sent: the reply names an Issue that was not filed.")
