"""What the web door needs of the desk and the house, and nothing more of either."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.domain.views import (
    CaseView,
    Counts,
    Decided,
    Found,
    IndexReport,
    Received,
    Row,
    ShiftView,
    SourceLine,
    Trial,
)
from agent.ports import Now, Progress
from agent.settings import Settings

Choice = Literal["retry", "leave_out", "it_is_there"]


class Desk(Protocol):
    """The stable front of the product, as far as pages use it."""

    now: Now

    @property
    def settings(self) -> Settings: ...
    def receive(
        self, incoming: Sequence[Message], extra: Sequence[Mapping[str, object]] | None = None
    ) -> list[Received]: ...
    def inbox(self) -> list[Row]: ...
    def waiting(self) -> list[Row]: ...
    def snoozed(self) -> list[Row]: ...
    def dropped(self) -> list[Row]: ...
    def judging(self) -> list[Row]: ...
    def recent(self) -> list[Row]: ...
    def counts(self) -> Counts: ...
    def search(self, words: str) -> Found: ...
    def case(self, case_id: str, shown_to: str | None = None) -> CaseView: ...
    def decide(
        self,
        case_id: str,
        revision: int,
        kind: VerdictKind,
        person: str,
        *,
        text: str | None = None,
        reason: RejectReason | None = None,
        corrections: Mapping[str, str] = ...,
        left_out: Sequence[int] = (),
        note: str = "",
    ) -> Decided: ...
    def correct(
        self,
        case_id: str,
        revision: int,
        corrections: Mapping[str, str],
        person: str,
        *,
        typed: str | None = None,
    ) -> int: ...
    def snooze(self, case_id: str, until: datetime, person: str) -> None: ...
    def wake(self, case_id: str, person: str) -> None: ...
    def undo(self, case_id: str, person: str) -> int: ...
    def restore(self, case_id: str, person: str) -> None: ...
    def drop(self, case_id: str, person: str) -> None: ...
    def resolve(self, key: str, choice: Choice, person: str) -> None: ...
    def sources(self) -> list[SourceLine]: ...
    def shift(self) -> ShiftView: ...
    def worker(self) -> object | None: ...


class House(Protocol):
    """The process that holds the index and the engine; other processes hand their work over to it."""

    def trials(self, messages: Sequence[Message], candidates: int) -> Iterator[Trial]: ...
    def add_issues(self, issues: Iterable[Issue], progress: Progress) -> IndexReport: ...
