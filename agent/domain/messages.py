"""What comes in: Sources, who may read what, Messages and the people who write them."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How far a text may travel; a lower level is seen by more people."""

    PUBLIC = 0  #: anybody
    CUSTOMER = 1  #: one customer and the team; `Visibility.audience` names the customer
    INTERNAL = 2  #: the team
    RESTRICTED = 3  #: those who handle this Case (security reports)


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who may read a text: a level, and for `CUSTOMER` whose."""

    level: Level
    audience: str | None = None

    def __str__(self) -> str:
        name = self.level.name.lower()
        return f"{name}:{self.audience}" if self.audience else name

    @classmethod
    def parse(cls, text: str) -> "Visibility":
        """Read `public`, `internal`, `customer:acme` …; ValueError on anything else."""
        name, _, audience = text.partition(":")
        if name.upper() not in Level.__members__:
            raise ValueError(f"visibility is one of public, customer, internal, restricted; not {text!r}")
        return cls(Level[name.upper()], audience or None)


#: What holds where nothing is said: an Issue's words are the team's, a step's are nobody else's.
TEAM, HANDLERS = Visibility(Level.INTERNAL), Visibility(Level.RESTRICTED)
PUBLIC = Visibility(Level.PUBLIC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """How a place calls somebody who writes there; without a name nobody has that id."""

    name: str = ""
    origin: str = ""  #: where one from outside comes from: "a guest", "of another workspace"


class ReplyBy(StrEnum):
    """The channel that carries a reply to a Source."""

    FILE = "file"  #: a line in the home's outbox file, for a person without accounts
    CONSOLE = "console"  #: printed by the running process
    GITHUB = "github"  #: a comment on the Issue
    SLACK = "slack"  #: a message in the thread
    HAND = "hand"  #: a person copies it there and says so (T8)


class SourceUse(StrEnum):
    """What a Source is for; its Messages are read by it (S10)."""

    SUPPORT = "support"  #: users ask for help
    ALERTS = "alerts"  #: machines report; the same alert is one Case
    DOGFOOD = "dogfood"  #: we use our own product, and most of it are features
    INTERNAL = "internal"  #: teammates talk; nothing of it is quoted outside
    TRIAGE_BUGS = "triage_bugs"  #: teammates report; answered with what it is known or filed as (T15)


class Reports(StrEnum):
    """What opens a Case in a Source. What is written in the thread of a Case joins it in any case."""

    ALL = "all"  #: each Message that belongs to no Case
    TOP_LEVEL = "top_level"  #: each Message that begins a thread
    MENTIONS = "mentions"  #: what mentions the app, or a user group that is watched


class TrackerKind(StrEnum):
    """Where the Issues of a project are filed."""

    LOCAL = "local"  #: in the store, for the team alone
    GITHUB = "github"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A place that is watched. `id` like `github:owner/repo`, `slack:C123`, `mail:hi`."""

    id: str
    name: str
    project: str
    visibility: Visibility
    respond_within_minutes: int  #: business minutes to the first response
    update_within_hours: int  #: business hours to the next update
    reply_by: ReplyBy = ReplyBy.FILE
    tracker: TrackerKind = TrackerKind.LOCAL  #: of a repository: where its Issues are filed
    use: SourceUse = SourceUse.SUPPORT
    reports: Reports = Reports.ALL
    group_minutes: int = 0  #: a person's Messages within this of each other are one Case; 0 is never
    sends: bool = True  #: without, Drafts are shown and never leave
    is_guest: bool = (
        False  #: of a workspace that is not ours: read with a guest's token, or brought by hand (T8)
    )
    approvers: tuple[str, ...] = ()  #: ids of people who may approve here beside the team's approvers

    @property
    def kind(self) -> str:
        """`github`, `slack`, `mail`, …: the part before the colon."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Something somebody wrote in a Source, as it was when it came in."""

    id: str  #: the Source's own id, unique within the Source
    source: str
    author: str
    title: str
    text: str
    sent_at: datetime
    thread: str | None
    visibility: Visibility

    @property
    def root(self) -> str:
        """The thread that it belongs to, or begins."""
        return self.thread or self.id

    @property
    def words(self) -> str:
        """Title and text as one, for whoever reads the whole."""
        return f"{self.title}\n\n{self.text}".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """A person who writes, as one Source knows them."""

    id: int
    source: str
    name: str
    first_seen_at: datetime
