"""What leaves: Actions (need a Verdict), Notices (do not), and the Receipts of both."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.domain.messages import HANDLERS, TrackerKind, Visibility


class ActionKind(StrEnum):
    REPLY = "reply"  #: to the Message's Source
    CREATE_ISSUE = "create_issue"
    NOTE_ISSUE = "note_issue"  #: one more report on an existing Issue
    LABEL_ISSUE = "label_issue"  #: one label on
    UNLABEL_ISSUE = "unlabel_issue"  #: one label off
    TYPE_ISSUE = "type_issue"
    ASSIGN_ISSUE = "assign_issue"  #: one person more
    BOARD_ISSUE = "board_issue"  #: onto the board
    FIELD_ISSUE = "field_issue"  #: one field of the board
    ESTIMATE_ISSUE = "estimate_issue"  #: a comment with what a person typed
    CLOSE_DUPLICATE = "close_duplicate"  #: closed, linked to the Issue that is known
    OPEN_ADVISORY = "open_advisory"  #: a security report, where only those who handle it read


#: What only says how an Issue is filed; no words of it answer anybody.
FILING = frozenset(
    {
        ActionKind.LABEL_ISSUE,
        ActionKind.UNLABEL_ISSUE,
        ActionKind.TYPE_ISSUE,
        ActionKind.ASSIGN_ISSUE,
        ActionKind.BOARD_ISSUE,
        ActionKind.FIELD_ISSUE,
    }
)
#: What is a state of an Issue: it is found by looking at the Issue, and setting it again changes nothing.
STATES = FILING | {ActionKind.CLOSE_DUPLICATE}
#: Of an Action that no Proposal planned.
NO_REVISION = 0
#: Ends the destination of a step that waits for the Issue which its own plan files.
NEW_ISSUE = "#new"


class NoticeKind(StrEnum):
    ALERT = "alert"  #: a P0, to on-call, at once
    CARD = "card"  #: the card of a Case, drawn from the store when it is posted and after each event
    ASK = "ask"  #: a question to teammates, whose answers come back to the Case (T26)
    DAILY = "daily"  #: the line that proves what was read (S13)


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  #: claimed by one owner; the call may be under way
    SENT = "sent"
    FAILED = "failed"  #: the destination said no
    UNKNOWN = "unknown"  #: no answer, and our key was not found; a person decides
    BY_HAND = "by_hand"  #: a person copies it to its place, and says so (T8)
    CANCELLED = "cancelled"  #: taken back before it left, or left out by a person


#: Begins what is told of a step that is UNKNOWN.
NOT_KNOWN = "It is not known whether it went out"
#: What stays as it is until a person decides about it.
FOR_A_PERSON = (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.BY_HAND)


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """One thing that the redaction gate took out of a text before it may leave."""

    kind: str  #: "secret", "mail address", "customer name", …
    was: str
    now: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedAction:
    """A step of a plan: what would be done, where, and who could read it there."""

    kind: ActionKind
    destination: str  #: a Source id for replies, a project or an Issue id for the tracker
    visibility: Visibility
    made_from: Visibility = HANDLERS  #: how far the words that it holds may travel
    title: str = ""  #: of the Issue to create
    body: str = ""
    fields: dict[str, str] = field(default_factory=dict)  #: of a new Issue, or what is changed on one
    removed: tuple[Removal, ...] = ()
    blocked: str = ""  #: why it must not leave as it is; "" when it may


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One approved change to the outside world. `key` is natural: the same intent, the same key.

    Nothing of it can be at its destination before `approved_at`.
    """

    key: str
    case_id: str
    revision: int
    position: int  #: in its plan; a later one waits for the earlier
    kind: ActionKind
    destination: str
    visibility: Visibility
    made_from: Visibility = HANDLERS
    thread: str | None = None
    title: str = ""
    body: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    approved_at: datetime | None = None
    tracker: TrackerKind | None = None  #: of a step of the tracker: the one that it was approved for

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it says no more than that somebody is on it (S5); it answers no revision."""
        return self.kind is ActionKind.REPLY and self.revision == NO_REVISION


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What the team is told in its own places; needs no Verdict. `case_id` is "" where it is of no Case."""

    key: str
    case_id: str
    kind: NoticeKind
    to: str  #: `slack:C…` or `slack:U…`; anything else is a name in the outbox file ("on-call")
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Proof of one effect: the destination's own id, and a link where it has one."""

    key: str
    destination_id: str
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The destination said no; repeating the same cannot help."""

    key: str
    why: str
    begun: Receipt | None = None  #: of the first part, where something of it stands there all the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """The call was made and its answer never came."""

    key: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """Nothing was done by this call, and the destination takes it `seconds` from now."""

    key: str
    why: str
    seconds: float
    begun: Receipt | None = None  #: as of `Refusal`


Outcome = Receipt | Refusal | Unknown | Later
