"""What policy makes of an Assessment: the thing that waits for a person, immutable once written."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.domain.actions import PlannedAction
from agent.domain.assessments import Assessment, CaseType, DuplicateVerdict, Matched, Quote
from agent.domain.made import Made, StoodIn, Tokens
from agent.domain.messages import Visibility


class Priority(StrEnum):
    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Status(StrEnum):
    PRIORITIZED = "Prioritized"
    BACKLOG = "Backlog"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a priority is what it is: sign, finding, and its quote or record."""

    raises: bool
    finding: str
    points: int
    quote: Quote | None = None
    record: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """What policy says of the best candidate. `issue_id` is canonical: links were followed."""

    issue_id: str
    probability: float
    verdict: DuplicateVerdict
    reason: str
    found_as: str | None = None  #: the Issue that retrieval found, where a link led on from it


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A statement of the Draft and the record it rests on ("#412", "answer A-17"); "" is no source."""

    text: str
    source: str = ""
    url: str = ""
    lacks: tuple[str, ...] = ()  #: without a source: what of it was found in none


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The suggested reply. `text` may hold `{issue.url}`, bound when that Issue is filed."""

    destination: str
    visibility: Visibility
    text: str
    claims: tuple[Claim, ...] = ()
    template: str = ""
    typed: str = ""  #: words that the team wrote beforehand: its template's
    asks: tuple[str, ...] = ()  #: what it asks of the reporter, each as the thing asked for
    translation: str = ""  #: for the person, where the reply is in a language of its own
    made: Made = field(default_factory=Made)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """What made a Proposal; stored with it, because it cannot be recovered later."""

    engine: str
    model: str
    prompt: str  #: content hash of the prompts together
    embedder: str
    policy: str  #: content hash of the policy files
    seconds: float = 0.0
    prompts: dict[str, str] = field(default_factory=dict)  #: content hash of each, by name
    tokens: Tokens = field(default_factory=Tokens)
    microdollars: int = 0
    instead: StoodIn | None = None  #: why the embedded engine stood in, where it did


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A Case's revision: what is proposed, why, and what will leave when it is approved."""

    case_id: str
    revision: int
    created_at: datetime
    type: CaseType
    priority: Priority
    status: Status
    reasons: tuple[Reason, ...]
    area: str | None
    assignee: str | None
    assignee_reason: str
    duplicate: Duplicate | None
    plan: tuple[PlannedAction, ...]
    draft: Draft | None
    no_draft_reason: str = ""
    assessment: Assessment
    matched: Matched
    provenance: Provenance
    because: str = ""  #: what opened this revision: "first reading", "a new Message at 10:40", …
    corrected: dict[str, str] = field(default_factory=dict)  #: fields a person set, kept by re-decisions
