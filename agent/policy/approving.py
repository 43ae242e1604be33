"""Who may say what leaves. How a refusal reads is the error's."""

from collections.abc import Iterable
from datetime import datetime

from agent.domain.messages import Source
from agent.domain.shifts import Rotation
from agent.policy.shifts import holder, next_shift


def may_approve(
    person: str, source: Source, everywhere: Iterable[str], rotation: Rotation, now: datetime
) -> bool:
    """Tell whether a person answers for a Source now: the holder, the next holder, and who is named."""
    on_shift = (holder(rotation, now).holder, next_shift(rotation, now).holder)
    return person in (*on_shift, *everywhere, *source.approvers)
