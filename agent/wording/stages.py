"""Where a Case stands, told from what the store holds; the same for every surface. No words here."""

from collections.abc import Sequence
from enum import StrEnum

from agent.domain.actions import OutboxState
from agent.domain.cases import HANDED_OVER, TAKEN, CaseState, Event, VerdictKind
from agent.domain.views import CaseView


class Stage(StrEnum):
    OPEN = "open"  #: a Proposal waits for its Verdict
    SNOOZED = "snoozed"  #: the same, asleep
    JUDGED = "judged"  #: a Proposal is being made
    STUCK = "stuck"  #: making it failed
    DROPPED = "dropped"  #: screened out
    REJECTED = "rejected"
    HELD = "held"  #: approved; can still be taken back
    SENDING = "sending"  #: approved; under way
    PAUSED = "paused"  #: approved; sending is paused
    UNKNOWN = "unknown"  #: it is not known whether something went out
    FAILED = "failed"  #: a destination said no
    BY_HAND = "by_hand"  #: approved; a person copies it to its place
    SENT = "sent"
    WITHDRAWN = "withdrawn"  #: a colleague answered before us
    CLOSED = "closed"  #: nothing waits and nothing was approved


def stage(view: CaseView) -> Stage:
    """Tell where a Case stands; a Verdict counts for its own revision only."""
    case, proposal = view.case, view.proposal
    if case.dropped_reason:
        return Stage.DROPPED
    if case.withdrawn_by:
        return Stage.WITHDRAWN if case.state is CaseState.WAITING_ON_US else Stage.CLOSED
    if view.verdict and view.verdict.revision == case.revision:
        return _answered(view)
    if proposal is None or proposal.revision < case.revision:
        return Stage.STUCK if case.trouble else Stage.JUDGED
    if case.open_revision != proposal.revision:
        return Stage.CLOSED
    return Stage.SNOOZED if case.state is CaseState.SNOOZED else Stage.OPEN


def _answered(view: CaseView) -> Stage:
    if view.verdict and view.verdict.kind is VerdictKind.REJECT:
        return Stage.REJECTED
    states = {step.state for step in view.steps}
    if OutboxState.UNKNOWN in states:
        return Stage.UNKNOWN
    if OutboxState.FAILED in states:
        return Stage.FAILED
    if states & {OutboxState.PENDING, OutboxState.SENDING}:
        return _under_way(view)
    return Stage.BY_HAND if OutboxState.BY_HAND in states else Stage.SENT


def _under_way(view: CaseView) -> Stage:
    if view.paused_by:
        return Stage.PAUSED
    return Stage.HELD if can_undo(view) else Stage.SENDING


def may_acknowledge(view: CaseView) -> bool:
    """Tell whether an acknowledgement would be the first they hear of us."""
    case = view.case
    return (
        case.first_response_at is None
        and view.acknowledgement is None
        and not case.dropped_reason
        and view.source.sends
        and stage(view) in (Stage.OPEN, Stage.SNOOZED, Stage.JUDGED, Stage.STUCK, Stage.REJECTED)
    )


def may_let_go(view: CaseView) -> bool:
    """Tell whether the Case waits on us with nothing to answer, so that a person can say it waits on them."""
    is_ours = view.case.state is CaseState.WAITING_ON_US and view.case.open_revision is None
    return is_ours and stage(view) in (Stage.WITHDRAWN, Stage.REJECTED, Stage.CLOSED)


def taken(view: CaseView) -> Event | None:
    """Return when its owner said that they take the Case; None where they only were given it."""
    return taken_in(view.history, view.case.owner)


def taken_in(history: Sequence[Event], owner: str | None) -> Event | None:
    """Return the event by which an owner took their Case, if that is how it became theirs."""
    told = (event for event in reversed(history) if event.what in (TAKEN, HANDED_OVER))
    last = next(told, None)
    return last if last and last.what == TAKEN and last.who == owner else None


def can_take_back_acknowledgement(view: CaseView) -> bool:
    """Tell whether an acknowledgement was given that has not begun to leave."""
    given = view.acknowledgement
    return given is not None and given.state is OutboxState.PENDING


def can_undo(view: CaseView) -> bool:
    """Tell whether all that was approved can still be taken back: nothing of it has begun to leave."""
    return bool(view.steps) and all(step.state is OutboxState.PENDING for step in view.steps)
