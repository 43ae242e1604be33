"""What a place tells of itself: what was written there, and what became of what was written before."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.domain.messages import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A Message as of a moment; an older one changes nothing.

    With `opens` it may open a Case; without, it counts only where its thread is known already.
    """

    message: Message
    changed_at: datetime
    opens: bool
    state: str = ""  #: "open" or "closed", where the place has such states
    who: str = ""  #: whose doing this is, where the place says so
    dropped: str = ""  #: why it is not worked on, where the place says so: a machine wrote it, …
    is_asked_for: bool = False  #: a person wants it triaged, so nothing of it is screened out


class TurnKind(StrEnum):
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"  #: no longer asked for; it may be asked for again
    DELETED = "deleted"  #: gone for good


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What became of a Message without its words changing."""

    kind: TurnKind
    source: str
    message: str  #: its id
    at: datetime
    who: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A thread that lives under another id now, maybe in another Source."""

    source: str
    thread: str
    to_source: str
    to_thread: str
    at: datetime
    who: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """All that one delivery or one page says. Moves come first, then Arrivals, then Turns."""

    arrivals: tuple[Arrival, ...] = ()
    turns: tuple[Turn, ...] = ()
    moves: tuple[Move, ...] = ()
    ignored: str = ""  #: why nothing is done about it; "" when something is


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A webhook delivery: its id, and the hash of its body. The same one comes again when in doubt."""

    id: str
    digest: str
    event: str  #: "issues.opened"
    source: str
    happened: Happened


class Taken(StrEnum):
    """What became of a delivery."""

    TAKEN = "taken"  #: its rows are committed
    IGNORED = "ignored"
    SAME = "same"  #: received before
    REFUSED = "refused"  #: its id came before with another body
