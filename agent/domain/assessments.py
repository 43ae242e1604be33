"""What the engine says about a Case. Nothing here is decided: that is policy's."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.domain.issues import Issue
from agent.domain.made import Made


class CaseType(StrEnum):
    QUICK_FIX = "quick_fix"  #: a bug, at most the team's threshold of work
    COMPLEX = "complex"  #: a bug that is more work than that
    FEATURE = "feature"
    QUESTION = "question"
    BUSINESS = "business"
    NOISE = "noise"

    @property
    def is_bug(self) -> bool:
        return self in (CaseType.QUICK_FIX, CaseType.COMPLEX)


class FactorKind(StrEnum):
    """What the handbooks ask of a bug; each weighs in `config/priority.yaml` by this name."""

    SECURITY = "security"
    OUTAGE = "outage"
    DATA_LOSS = "data_loss"
    CRASH = "crash"
    REGRESSION = "regression"
    BLOCKED = "blocked"  #: somebody cannot work
    NO_WORKAROUND = "no_workaround"
    WORKAROUND = "workaround"
    MANY_AFFECTED = "many_affected"
    KEY_CUSTOMER = "key_customer"
    NO_DATA_LOSS = "no_data_loss"  #: said so in as many words; speaks against
    COSMETIC = "cosmetic"
    SEVERE = "severe"  #: the learned severity, as one row among the others


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of a text. `start` and `end` are character offsets into `Message.words`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """One finding, with what it rests on: a quote, or a record where there is none."""

    kind: FactorKind
    quote: Quote | None = None
    record: str = ""  #: for findings that are not from the text: "12 reporters of #412"
    probability: float | None = None  #: for learned findings only


@dataclass(frozen=True, slots=True)
class Candidate:
    """An Issue that retrieval found, with the scores it was found by (higher is closer)."""

    issue_id: str
    score: float  #: log-odds that it is the same problem, against none of them, at even odds
    words: float = 0.0  #: BM25, 0 when the words did not find it
    cosine: float = 0.0  #: in the project's own space, -1 to 1
    title_cosine: float = 0.0  #: of the report's title to the whole Issue


class DuplicateVerdict(StrEnum):
    DUPLICATE = "duplicate"
    RELATED = "related"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How one candidate compares with the report."""

    issue_id: str
    probability: float  #: calibrated: that it is the same problem
    theirs: Quote | None = None  #: the reporter's words that are closest
    ours: str = ""  #: the Issue's words that are closest
    same: tuple[str, ...] = ()  #: what both name: error lines, files, versions
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """What is known already, best first. `searched` counts the Issues that could have been it."""

    candidates: tuple[Candidate, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    answers: tuple["AnswerHit", ...] = ()
    searched: int = 0
    as_of: datetime | None = None
    searches: tuple["Search", ...] = ()  #: what the engine looked up itself
    made: Made = field(default_factory=Made)


@dataclass(frozen=True, slots=True)
class AnswerHit:
    """One of the team's own answers, with its cosine to the report."""

    answer_id: str
    cosine: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """Something that the engine looked up: with which tool, for what, and what it was shown."""

    tool: str
    words: str
    seen: tuple[str, ...] = ()  #: ids of Issues and answers


@dataclass(frozen=True, kw_only=True, slots=True)
class Researched:
    """What there is to compare after the engine's own search; what was there before comes first."""

    found: tuple[tuple[Candidate, Issue], ...]
    answers: tuple[AnswerHit, ...] = ()  #: those beyond the ones that retrieval had found
    searches: tuple[Search, ...] = ()
    made: Made = field(default_factory=Made)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A Likeness for each candidate, in the order that they were given."""

    likenesses: tuple[Likeness, ...] = ()
    made: Made = field(default_factory=Made)


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """Hours of work, as a range; `hours` is the middle. Unknown is said, not guessed."""

    low: float
    high: float
    sure: bool

    @property
    def hours(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """The engine's reading of a Case; every finding carries its evidence."""

    types: dict[CaseType, float]  #: over the six types, sums to 1
    priorities: dict[str, float]  #: learned, over P0..P3, sums to 1: evidence for policy, not its answer
    factors: tuple[Factor, ...] = ()
    effort: Effort
    area: str | None = None
    area_quote: Quote | None = None
    missing: tuple[str, ...] = ()  #: what to ask, each as the thing asked for ("the version")
    version: str | None = None  #: the version that the reporter names
    language: str = "en"  #: ISO 639-1, of the report
    unsure: tuple[str, ...] = ()  #: what it does not know, in words
    made: Made = field(default_factory=Made)

    @property
    def type(self) -> CaseType:
        return max(self.types, key=lambda kind: self.types[kind])
