"""How the whole house stands at a moment, in numbers: what metrics, `triage doctor` and the health lines tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.domain.actions import OutboxState


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """What came in and has no Proposal yet."""

    count: int
    since: datetime | None  #: when the oldest of it was received; None where nothing waits to be judged


NO_BACKLOG = Backlog(count=0, since=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """How long Actions took from their approval to their Receipt."""

    within: Mapping[float, int]  #: how many took at most so many seconds
    count: int
    seconds: float  #: of all of them together


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Counts of the store, the same in every process that opens it. Nobody is named, nothing is quoted."""

    received: int
    handled: int  #: in a Case
    dropped: int
    failed: int  #: Messages and Cases that got stuck or did not go out, and need a person
    waiting: int  #: Cases that wait for a Verdict
    waiting_since: datetime | None  #: when the oldest of their Proposals was made
    late: int  #: Cases of ours whose first reply or next update is overdue
    backlog: Backlog
    outbox: Mapping[OutboxState, int]
    due_since: datetime | None  #: since when the oldest row of the outbox may leave that has not
    sent: Sent
    jobs: int
    workers: int
    calls: Mapping[tuple[str, str], int]  #: of models, by (model, outcome)
    spent: int  #: microdollars today (UTC)
    cap: int
    sources: int
    sources_read: int  #: without trouble within a day
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a process needs to do its part."""

    name: str
    is_ok: bool
    said: str = ""
