"""A Case's form, read into what the person means by it. Nothing is decided or stored here."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from starlette.datastructures import FormData

from agent.domain.cases import RejectReason
from agent.domain.proposals import Claim, Proposal
from agent.policy.corrections import FIELDS, NO_AREA, NO_DUPLICATE
from agent.wording.texts import visible

OTHER = "other"  #: the radio beside the field where another Issue's number is typed
MORNING = time(9)
#: The choices of Snooze, by name.
SNOOZES = {"hour": "For an hour", "tomorrow": "Until tomorrow morning", "week": "Until Monday morning"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """What one press of a button says. `typed` is the reply where it was changed, None otherwise."""

    verdict: str
    revision: int
    person: str
    draft: str
    typed: str | None
    fields: Mapping[str, str] = field(default_factory=dict)  #: every control's value
    corrections: Mapping[str, str] = field(default_factory=dict)  #: those that were changed
    steps: frozenset[int] = frozenset()  #: what stays ticked of the plan
    kept: frozenset[str] = frozenset()  #: hashes of sentences that the person vouches for
    mine: str = ""  #: an earlier text of theirs that the page shows beside the box
    until: str = ""
    reason: str = ""

    def left_out(self, proposal: Proposal) -> tuple[int, ...]:
        """Give the positions of the plan that were unticked."""
        return tuple(at for at in range(len(proposal.plan)) if at not in self.steps)


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


def read(form: FormData, project: str) -> Posted:
    """Read a Case's form; what is missing reads as untouched."""
    said = {key: value for key, value in form.items() if isinstance(value, str)}
    verdict, _, detail = said.get("verdict", "").partition(":")
    fields: dict[str, str] = {key: said[key] for key in ("type", "priority", "status", "area") if key in said}
    if "estimate" in said:
        fields["estimate"] = " ".join(said["estimate"].split())
    if "duplicate" in said:
        fields["duplicate"] = _duplicate(said, project)
    draft, mine = plain(said.get("draft", "")), plain(said.get("mine", ""))
    is_typed = "draft" in said and fingerprint(draft) != said.get("was_draft", "")
    if verdict == "keep":
        fields |= {key: said[f"yours_{key}"] for key in FIELDS if f"yours_{key}" in said}
        if mine and not is_typed:
            draft, mine, is_typed = mine, "", True
    return Posted(
        verdict=verdict,
        revision=_number(said.get("revision", "")),
        person=said.get("person", ""),
        draft=draft,
        typed=draft if is_typed else None,
        fields=fields,
        corrections={key: value for key, value in fields.items() if value != said.get(f"was_{key}", value)},
        steps=frozenset(_number(value) for value in form.getlist("step") if isinstance(value, str)),
        kept=frozenset(value for value in form.getlist("keep") if isinstance(value, str)),
        mine=mine,
        until=detail if verdict == "snooze" and detail else said.get("until", ""),
        reason=detail if verdict == "reject" and detail else said.get("reason", ""),
    )


def _duplicate(said: Mapping[str, str], project: str) -> str:
    if said["duplicate"] != OTHER:
        return said["duplicate"] or NO_DUPLICATE
    typed = said.get("duplicate_other", "").strip()
    if re.fullmatch(r"#?\d+", typed):
        return f"{project}#{typed.removeprefix('#')}"
    return typed or NO_DUPLICATE


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else -1


def unchecked(flags: Sequence[Claim], posted: Posted) -> tuple[Claim, ...]:
    """Give those sentences without a source that nobody vouched for."""
    return tuple(claim for claim in flags if fingerprint(claim.text) not in posted.kept)


def reason_of(posted: Posted) -> RejectReason | None:
    """Give the chosen reason; None where none of the five was chosen."""
    return next((reason for reason in RejectReason if reason.value == posted.reason), None)


def snooze_until(choice: str, now: datetime, zone: tzinfo) -> datetime:
    """Turn a choice of Snooze into a moment, in the person's zone."""
    if choice == "hour":
        return now + timedelta(hours=1)
    today = now.astimezone(zone).date()
    days = 7 - today.weekday() if choice == "week" else 1
    return datetime.combine(today + timedelta(days=days), MORNING, zone)
