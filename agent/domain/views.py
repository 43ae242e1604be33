"""What a list or a page shows: read from the store, the same for web, terminal and Slack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from agent.domain.actions import Action, Notice, NoticeKind, OutboxState, Receipt
from agent.domain.cases import Case, Event, Verdict
from agent.domain.figures import NO_BACKLOG, Backlog
from agent.domain.issues import Issue
from agent.domain.made import Call, Tokens
from agent.domain.messages import Message, Source
from agent.domain.proposals import Proposal
from agent.domain.reports import Answer
from agent.domain.shifts import Person, Shift


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A Case as a line of a list."""

    case: Case
    source: Source
    first_words: str
    proposal: Proposal | None  #: the newest; older than the Case's revision while it is judged again
    due_at: datetime | None
    due_for: str  #: "first reply", "next update", "" when nothing is due
    tags: tuple[str, ...] = ()  #: what is not normal: "1 of 3 failed", "thread moved on", …
    names: Mapping[str, str] = field(default_factory=dict)  #: as of `CaseView`

    @property
    def author(self) -> str:
        """Who wrote, as the place calls them."""
        return self.names.get(self.case.author, self.case.author)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A Message as a Case shows it."""

    message: Message
    received_at: datetime
    after_proposal: bool  #: it came in after the Proposal that is shown was written
    by_colleague: bool
    earlier_texts: tuple[str, ...] = ()  #: what it said before it was edited, oldest first
    dropped_reason: str = ""
    removed: str = ""  #: why its words are gone; "" where they are here


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """An approved Action and what became of it."""

    action: Action
    state: OutboxState
    due_at: datetime
    trouble: str = ""
    looked_at: datetime | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What the team was told of a Case, and what became of that."""

    notice: Notice
    state: OutboxState
    due_at: datetime
    trouble: str = ""
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """All that a person needs for one decision."""

    case: Case
    source: Source
    messages: tuple[Said, ...]
    proposal: Proposal | None
    issues: Mapping[str, Issue]  #: every Issue that the Proposal names
    reporters: Mapping[str, int]  #: distinct reporters of those Issues
    answers: Mapping[str, Answer]
    verdict: Verdict | None  #: the newest that was not taken back
    steps: tuple[Step, ...]  #: of that Verdict
    history: tuple[Event, ...]  #: oldest first
    other_cases: tuple[Case, ...]  #: of the same Contact
    key_customer: str | None
    typed: str | None  #: what a person typed on an older revision, kept
    paused_by: str | None  #: who paused sending to this Source, if it is
    acknowledgement: Step | None = None
    told: tuple[Told, ...] = ()  #: alert, cards, questions to the team
    place: tuple[int, int] | None = None  #: (4, 9): fourth of nine that wait
    before: str | None = None  #: the neighbours in the inbox
    after: str | None = None
    earlier: Proposal | None = None  #: of the revision before, where a person changed it
    names: Mapping[str, str] = field(default_factory=dict)  #: how the place calls writers that are ids here
    ahead: int = 0  #: while it is judged: how many came before it and have no Proposal yet

    def called(self, author: str) -> str:
        """Name a writer as the place calls them."""
        return self.names.get(author, author)

    @property
    def author(self) -> str:
        """Who wrote, as the place calls them."""
        return self.called(self.case.author)

    @property
    def outgoing(self) -> tuple[Step, ...]:
        """What was approved, and the acknowledgement behind it."""
        return (*self.steps, self.acknowledgement) if self.acknowledgement else self.steps

    @property
    def notices(self) -> tuple[Told, ...]:
        """What the team was told or asked of it, beside its cards."""
        return tuple(each for each in self.told if each.notice.kind is not NoticeKind.CARD)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all that a person may have to decide about, in the order that surfaces number them in."""
        return (
            *(step.action.key for step in self.outgoing),
            *(each.notice.key for each in self.notices),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """What a Source gave today (S13)."""

    source: Source
    configured: bool
    last_read_at: datetime | None
    seen: int
    handled: int
    dropped: int
    failed: int
    paused_by: str | None
    trouble: str = ""  #: why the last look failed


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """What is watched beyond the Sources, and what our keys see that is not watched (S14)."""

    watched: tuple[tuple[str, datetime | None], ...]  #: a team or a label, and when it was last looked for
    unwatched: tuple[str, ...]
    seen_at: datetime | None  #: when the keys were last asked what they see


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeView:
    """What a person's home shows: the lists of the web inbox, by the same queries."""

    person: Person
    shift: "ShiftView"
    counts: "Counts"
    inbox: tuple[Row, ...]
    waiting: tuple[Row, ...]  #: promised: waits on us without a Proposal to answer
    snoozed: tuple[Row, ...]
    sources: tuple[SourceLine, ...]
    engine: "EngineHealth | None" = None  #: of the engine that the keys ask for; None without a key
    backlog: Backlog = NO_BACKLOG


@dataclass(frozen=True, slots=True)
class Counts:
    """How long each list is."""

    inbox: int
    waiting: int
    snoozed: int
    dropped: int
    judged_now: int  #: what was received and has no Proposal yet


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftView:
    """Who held, holds and will hold (T1)."""

    now: Shift
    next: Shift
    last: Shift | None


class Fate(StrEnum):
    """What became of a delivery."""

    NEW = "new"
    SAME = "same"  #: received before, word for word
    CHANGED = "changed"  #: the same id with other content: kept as an edit


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    message: Message
    fate: Fate


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What a Verdict did. With `reopened`, nothing: a correction changed the plan, look again."""

    case_id: str
    goes_out_at: datetime | None = None
    leaving: int = 0  #: Actions that leave the house
    reopened: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a search found."""

    cases: tuple[Row, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A Message triaged without side effects: what `triage try` prints."""

    message: Message
    screened: str  #: why it would be dropped; "" when it would not
    proposal: Proposal | None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexReport:
    """What an indexing run did."""

    read: int
    new: int
    changed: int
    embedded: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncReport:
    """What reading one repository did, and what is left of the hour's requests; -1 where none was made."""

    project: str
    read: int
    new: int
    changed: int
    removed: int
    moved: int
    seconds: float
    quota_left: int
    quota: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadReport:
    """What a round found in one stream of a place, or why it could not be read."""

    source: str
    stream: str
    new: int = 0
    trouble: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSum:
    """The calls of a model for one prompt on one day (UTC)."""

    day: date
    prompt: str
    model: str
    calls: int
    unused: int  #: those of them whose answer could not be used: failed, corrected, or a search on the way
    tokens: Tokens
    microdollars: int
    seconds: float  #: a call, on average


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineHealth:
    """How it stands with the engine that the keys ask for, as of the last call."""

    spent: int  #: microdollars today (UTC)
    cap: int
    last: Call | None  #: the call that ended last

    @property
    def is_over_cap(self) -> bool:
        return self.spent >= self.cap


@dataclass(frozen=True, slots=True)
class Run:
    """The process that serves a home: where it listens, and the token that opens it."""

    address: str
    token: str
    pid: int
    started_at: str
