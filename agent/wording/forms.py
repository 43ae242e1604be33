"""What the controls of a Case stand at, and what their choices are called: the same for page, card and modal."""

import hashlib
from datetime import datetime, time, timedelta, tzinfo

from agent.domain.proposals import Proposal
from agent.policy.corrections import NO_AREA, NO_DUPLICATE
from agent.wording.texts import visible

MORNING = time(9)
#: The choices of Snooze, by name.
SNOOZES = {"hour": "For an hour", "tomorrow": "Until tomorrow morning", "week": "Until Monday morning"}


def shown_fields(proposal: Proposal) -> dict[str, str]:
    """Give what each control of a Proposal's form stands at."""
    return {
        "type": proposal.type,
        "priority": proposal.priority,
        "status": proposal.status,
        "area": proposal.area or NO_AREA,
        "duplicate": known_as(proposal),
        "estimate": proposal.corrected.get("estimate", ""),
    }


def known_as(proposal: Proposal) -> str:
    """Give the Issue that the Proposal takes the Case to be, or none."""
    duplicate = proposal.duplicate
    return duplicate.issue_id if duplicate and duplicate.verdict == "duplicate" else NO_DUPLICATE


def plain(text: str) -> str:
    """Give a text as a text box returns it, so that an untouched one reads as untouched."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()


def fingerprint(text: str) -> str:
    """Give a short hash by which a form recognises a text."""
    return hashlib.sha256(plain(text).encode()).hexdigest()[:16]


def snooze_until(choice: str, now: datetime, zone: tzinfo) -> datetime:
    """Turn a choice of Snooze into a moment, in the person's zone."""
    if choice == "hour":
        return now + timedelta(hours=1)
    today = now.astimezone(zone).date()
    days = 7 - today.weekday() if choice == "week" else 1
    return datetime.combine(today + timedelta(days=days), MORNING, zone)
