"""May this leave now? Asked again right before the claim, because the world moves on meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from agent.domain.actions import (
    FILING,
    FOR_A_PERSON,
    NEW_ISSUE,
    Action,
    ActionKind,
    Notice,
    NoticeKind,
    OutboxState,
)
from agent.domain.messages import HANDLERS, Visibility
from agent.policy.disclosure import addressed, may_flow
from agent.policy.plans import drafts_only
from agent.prompts import ISSUE_URL
from agent.settings import Settings
from agent.store import cases, messages, outbox, proposals


@dataclass(frozen=True, slots=True)
class Held:
    """Not now: `PENDING` waits, `CANCELLED` was overtaken, `FAILED` needs a person."""

    state: OutboxState
    why: str
    is_for_a_person: bool = False  #: what it waits for is a person's to decide about


def as_it_leaves(
    tx: sa.Connection, settings: Settings, number: int | None, record: Action | Notice
) -> Action | Notice | Held:
    """Return the record as it may leave, or why it is held."""
    if number is None or isinstance(record, Notice):
        return _uncalled(tx, number, record) or record
    return (
        _drafts_only(tx, settings, number)
        or _overtaken(tx, number, record)
        or _undisclosed(tx, settings, number, record)
        or _off_board(tx, number, record)
        or as_bound(tx, number, record)
    )


def _uncalled(tx: sa.Connection, number: int | None, notice: Action | Notice) -> Held | None:
    """Take back a card that nobody needs any more: its Case was answered, or is judged again, meanwhile."""
    if notice.kind is not NoticeKind.CARD or number is None:
        return None
    is_open = cases.by_number(tx, number).open_revision is not None
    return None if is_open else Held(OutboxState.CANCELLED, "The card is not needed: nothing waits.")


def _drafts_only(tx: sa.Connection, settings: Settings, number: int) -> Held | None:
    source = settings.source(cases.by_number(tx, number).source)
    return None if source.sends else Held(OutboxState.FAILED, f"Not sent: {drafts_only(source)}.")


def _overtaken(tx: sa.Connection, number: int, action: Action) -> Held | None:
    case = cases.by_number(tx, number)
    if action.is_acknowledgement:
        is_late = case.first_response_at is not None
        return Held(OutboxState.CANCELLED, "Not sent: they have an answer already.") if is_late else None
    if proposals.verdict_on(tx, number, action.revision) is None:
        return Held(OutboxState.CANCELLED, "Not sent: the Verdict was taken back.")
    if action.kind in FILING:  # how an Issue is filed answers nobody: no thread overtakes it
        return None
    if case.revision != action.revision:
        moved = f"Not sent: the thread moved on ({case.because}). The text is kept; read r{case.revision}."
        return Held(OutboxState.CANCELLED, moved)
    if messages.news_of_thread(tx, number):
        return Held(OutboxState.PENDING, "A Message of this thread has just come in.")
    return None


def _undisclosed(tx: sa.Connection, settings: Settings, number: int, action: Action) -> Held | None:
    place = _place(tx, settings, number, action)
    if not may_flow(action.made_from, place):
        why = f"Not sent: it holds {action.made_from} words, and this place is {place}."
        return Held(OutboxState.FAILED, why)
    if action.kind is not ActionKind.REPLY and place.level < action.visibility.level:
        why = f"Not sent: it was made for readers who are {action.visibility}, and this place is {place} now."
        return Held(OutboxState.FAILED, why)
    return None


def _place(tx: sa.Connection, settings: Settings, number: int, action: Action) -> Visibility:
    """Return who reads what the Action writes, as of now."""
    case = cases.by_number(tx, number)
    if action.kind is ActionKind.REPLY:
        return addressed(settings.source(action.destination).visibility, case.author)
    if action.kind is ActionKind.OPEN_ADVISORY:
        return HANDLERS
    return settings.filing_visibility(action.destination.partition("#")[0], action.tracker)


def _off_board(tx: sa.Connection, number: int, action: Action) -> Held | None:
    """Let a field of the board wait until the Issue is on it."""
    if action.kind is not ActionKind.FIELD_ISSUE:
        return None
    rows = [row for row in outbox.of_case(tx, number) if row.record.kind is ActionKind.BOARD_ISSUE]
    put = [row for row in rows if _is_beside(row.record, action)]
    if any(row.state not in (OutboxState.SENT, OutboxState.CANCELLED) for row in put):
        return _waiting(put, "It waits until the Issue is on the board.")
    return None


def _waiting(on: Sequence[outbox.Row], why: str) -> Held:
    return Held(OutboxState.PENDING, why, any(row.state in FOR_A_PERSON for row in on))


def _is_beside(record: Action | Notice, action: Action) -> bool:
    return isinstance(record, Action) and record.destination == action.destination


def as_bound(tx: sa.Connection, number: int, action: Action) -> Action | Held:
    """Put the filed Issue where a step asks for it: its link into a reply, its id where it is changed."""
    asks = action.kind is ActionKind.REPLY and ISSUE_URL in action.body
    changes = action.destination.endswith(NEW_ISSUE)
    if not (asks or changes):
        return action
    filed = [row for row in outbox.of_case(tx, number) if row.record.kind is ActionKind.CREATE_ISSUE]
    receipt = next((row.receipt for row in filed if row.receipt), None)
    if receipt is not None and changes:
        return replace(action, destination=receipt.destination_id)
    if receipt is not None:
        return replace(action, body=action.body.replace(ISSUE_URL, receipt.url or receipt.destination_id))
    what = "This changes" if changes else "The reply names"
    if any(row.state is not OutboxState.CANCELLED for row in filed):
        return _waiting(filed, f"{what} an Issue that is not filed yet.")
    if changes:
        return Held(OutboxState.CANCELLED, "Not done: no Issue was filed.")
    return Held(OutboxState.FAILED, "Not sent: the reply names an Issue that was not filed.")
