"""One person's one problem, across all Sources, and what was answered about it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.domain.proposals import Priority


class CaseState(StrEnum):
    NEW = "new"
    WAITING_ON_US = "waiting_on_us"
    WAITING_ON_THEM = "waiting_on_them"
    SNOOZED = "snoozed"
    TRIAGED_OUT = "triaged_out"
    SOLVED = "solved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """`revision` is the newest one begun; `open_revision` the one that waits for a Verdict, if any."""

    id: str
    source: str
    project: str
    title: str
    author: str
    state: CaseState
    owner: str | None
    opened_at: datetime
    last_message_at: datetime
    revision: int
    open_revision: int | None
    first_due_at: datetime
    update_due_at: datetime | None = None
    first_response_at: datetime | None = None
    snoozed_until: datetime | None = None
    because: str = ""  #: what began the revision: "first reading", "a new Message at 10:40", …
    dropped_reason: str = ""  #: why `screen` dropped it; "" when it did not
    kept: bool = False  #: a person took it out of the dropped ones, so `screen` lets it pass
    corrected: dict[str, str] = field(default_factory=dict)  #: field → a person's value
    priority: Priority | None = None
    trouble: str = ""  #: what a person must know because a step failed; "" when all is well
    withdrawn_by: str = ""  #: the colleague whose own answer took the open revision's place (T20)
    removed: str = ""  #: why the words of it are gone: "removed after 90 days"; "" where they are here


#: How the reasons begin that lists show as a tag.
FIRST, NEWS, COLLEAGUE = "first reading", "a new Message from", "a colleague"
#: Why a Case begins anew whose writer needs no answer any more.
IT_WORKS = "they say that it works"
#: Events that say who has a Case: taken by that person, or given to them.
TAKEN, HANDED_OVER = "taken", "handed over"


class VerdictKind(StrEnum):
    APPROVE = "approve"
    EDIT = "edit"  #: approve with a changed text
    REJECT = "reject"
    SNOOZE = "snooze"  #: consumes nothing


class RejectReason(StrEnum):
    JUDGEMENT = "judgement"
    DUPLICATE = "duplicate"
    REPLY = "reply"
    NOT_OURS = "not_ours"
    NOISE = "noise"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A person's answer to exactly one revision of a Case."""

    case_id: str
    revision: int
    kind: VerdictKind
    person: str
    at: datetime
    text: str | None = None  #: the reply as edited; None when it was taken as proposed
    issue_title: str | None = None  #: of the new Issue, as edited
    issue_body: str | None = None
    reason: RejectReason | None = None
    corrections: dict[str, str] = field(default_factory=dict)  #: field → the person's value
    left_out: tuple[int, ...] = ()  #: positions of the plan that the person unticked
    shown_at: datetime | None = None
    note: str = ""  #: "kept without a source: 1 sentence"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a Case's history."""

    at: datetime
    what: str
    who: str
    text: str
