"""What becomes of a step that is asked for again under the key of an older one. What is stored is the outbox's."""

from dataclasses import replace
from datetime import datetime

from agent.domain.actions import FILING, STATES, Action, Notice, OutboxState


def makes_way(known: Action | Notice, state: OutboxState, record: Action | Notice) -> bool:
    """Tell whether a row gives its key to a record: what was taken back, and what a later Verdict asks again.

    A later Verdict is the person's "try again", and a state that was set once may be another one by now. What
    waits is overtaken by the later revision, and would not leave any more.
    """
    if state is OutboxState.CANCELLED or not isinstance(record, Action):
        return state is OutboxState.CANCELLED
    ended = {OutboxState.FAILED, OutboxState.UNKNOWN, *([OutboxState.SENT] if record.kind in STATES else [])}
    waits = state is OutboxState.PENDING and is_overtaking(record, known)
    return waits or (state in ended and _is_later(record, known))


def is_overtaking(record: Action, known: Action | Notice) -> bool:
    """Tell whether an Action takes the place of an older one that would not leave any more; filing still does."""
    return record.kind not in FILING and _is_later(record, known)


def _is_later(record: Action, known: Action | Notice) -> bool:
    return isinstance(known, Action) and known.revision < record.revision


def as_old(record: Action | Notice, known: Action | Notice) -> Action | Notice:
    """Return a record as approved when its key was first tried: what that left is no younger."""
    if isinstance(record, Action) and isinstance(known, Action):
        return replace(record, approved_at=known.approved_at)
    return record


def since(record: Action | Notice, moment: datetime) -> Action | Notice:
    """Return a record that is looked for from a moment on, which is before its approval."""
    if isinstance(record, Action) and record.approved_at and record.approved_at > moment:
        return replace(record, approved_at=moment)
    return record
