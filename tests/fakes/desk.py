"""A desk that answers from what a test gave it, and remembers what it was asked to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent import settings as configuration
from agent.domain.actions import OutboxState
from agent.domain.assessments import (
    CaseType,
    Matched,
)
from agent.domain.cases import CaseState, RejectReason, VerdictKind
from agent.domain.figures import NO_BACKLOG, Backlog, Check
from agent.domain.messages import Message
from agent.domain.proposals import (
    Claim,
    Priority,
)
from agent.domain.shifts import Shift
from agent.domain.views import (
    CaseView,
    Counts,
    Decided,
    EngineHealth,
    Fate,
    Found,
    HomeView,
    Received,
    Row,
    ShiftView,
    SourceLine,
)
from agent.errors import NotFound
from agent.wording.cases import no_source
from tests.fakes.views import (
    NOW,
    SETTINGS,
    ago,
    answered,
    case,
    lines,
    proposal,
    row,
    said,
    soon,
    step,
    view,
)


@dataclass
class FakeDesk:
    """Every list and Case is what the test put there; `asked` has each change that was wanted."""

    views: dict[str, CaseView] = field(default_factory=dict)
    lists: dict[str, list[Row]] = field(default_factory=dict)
    source_lines: list[SourceLine] = field(default_factory=lines)
    raises: Exception | None = None
    decided: Decided = field(default_factory=lambda: Decided(case_id="C-204", goes_out_at=NOW, leaving=2))
    found: Found = field(default_factory=Found)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    is_worked: bool = True
    made_up: tuple[str, ...] = ()  #: sentences of a person that rest on nothing
    health: EngineHealth | None = None
    settings: configuration.Settings = SETTINGS

    def now(self) -> datetime:
        return NOW

    def _ask(self, *what: object) -> None:
        if self.raises is not None:
            raise self.raises
        self.asked.append(what)

    def receive(
        self, incoming: Sequence[Message], extra: Sequence[Mapping[str, object]] | None = None
    ) -> list[Received]:
        known = {each.id for each in self.received}
        fresh = [each for each in incoming if each.id not in known]
        self.received += fresh
        return [Received(message=each, fate=Fate.NEW if each in fresh else Fate.SAME) for each in incoming]

    def inbox(self) -> list[Row]:
        return self.lists.get("inbox", [])

    def waiting(self) -> list[Row]:
        return self.lists.get("waiting", [])

    def snoozed(self) -> list[Row]:
        return self.lists.get("snoozed", [])

    def dropped(self) -> list[Row]:
        return self.lists.get("dropped", [])

    def judging(self) -> list[Row]:
        return self.lists.get("judging", [])

    def recent(self) -> list[Row]:
        return self.lists.get("recent", [])

    def counts(self) -> Counts:
        return Counts(
            inbox=len(self.inbox()),
            waiting=len(self.waiting()),
            snoozed=len(self.snoozed()),
            dropped=len(self.dropped()),
            judged_now=len(self.judging()),
        )

    def search(self, words: str) -> Found:
        return self.found

    def case(self, case_id: str, shown_to: str | None = None) -> CaseView:
        if case_id not in self.views:
            raise NotFound(f"There is no Case {case_id}.")
        return self.views[case_id]

    def decide(
        self,
        case_id: str,
        revision: int,
        kind: VerdictKind,
        person: str,
        *,
        text: str | None = None,
        reason: RejectReason | None = None,
        corrections: Mapping[str, str] = {},
        left_out: Sequence[int] = (),
        note: str = "",
    ) -> Decided:
        self._ask("decide", case_id, revision, kind, person, text, reason, dict(corrections), tuple(left_out))
        return self.decided

    def unsupported(self, case_id: str, revision: int, text: str) -> tuple[Claim, ...]:
        proposal = self.case(case_id).proposal
        claims = proposal.draft.claims if proposal and proposal.draft else ()
        return no_source((*claims, *(Claim(text=each) for each in self.made_up)), text)

    def correct(
        self,
        case_id: str,
        revision: int,
        corrections: Mapping[str, str],
        person: str,
        *,
        typed: str | None = None,
    ) -> int:
        self._ask("correct", case_id, revision, dict(corrections), person, typed)
        return revision + 1

    def snooze(self, case_id: str, until: datetime, person: str, revision: int | None = None) -> None:
        self._ask("snooze", case_id, until, person)

    def wake(self, case_id: str, person: str) -> None:
        self._ask("wake", case_id, person)

    def undo(self, case_id: str, person: str) -> int:
        self._ask("undo", case_id, person)
        return 3

    def restore(self, case_id: str, person: str) -> None:
        self._ask("restore", case_id, person)

    def drop(self, case_id: str, revision: int, person: str) -> None:
        self._ask("drop", case_id, person)

    def acknowledge(self, case_id: str, person: str) -> datetime:
        self._ask("acknowledge", case_id, person)
        return NOW

    def acknowledgement_text(self) -> str:
        return "We are on it."

    def ask(self, case_id: str, asked: str, person: str) -> None:
        self._ask("ask", case_id, asked, person)

    def take(self, case_id: str, person: str) -> None:
        self._ask("take", case_id, person)

    def hand_over(self, case_id: str, to: str, person: str) -> None:
        self._ask("hand_over", case_id, to, person)

    def mark_waiting(self, case_id: str, person: str) -> None:
        self._ask("mark_waiting", case_id, person)

    def write_anyway(self, case_id: str, person: str) -> int:
        self._ask("write_anyway", case_id, person)
        return 3

    def retry(self, case_id: str, person: str) -> None:
        self._ask("retry", case_id, person)

    def resolve(self, key: str, choice: str, person: str) -> None:
        self._ask("resolve", key, choice, person)

    def ask_again(self, case_id: str, revision: int, person: str, *, typed: str | None = None) -> int:
        self._ask("ask_again", case_id, revision, person, typed)
        return revision + 1

    def engine(self) -> EngineHealth | None:
        return self.health

    def sources(self) -> list[SourceLine]:
        return self.source_lines

    def shift(self) -> ShiftView:
        now = Shift(holder="first-engineer", starts_at=ago(days=2), ends_at=soon(days=5))
        after = Shift(holder="second-engineer", starts_at=soon(days=5), ends_at=soon(days=12))
        return ShiftView(now=now, next=after, last=None)

    def workers(self) -> int:
        return int(self.is_worked)

    def backlog(self) -> Backlog:
        return NO_BACKLOG

    def checks(self) -> list[Check]:
        return [Check("store", is_ok=True)]

    def home_of(self, person: str) -> HomeView:
        return HomeView(
            person=next(each for each in self.settings.team.people if each.id == person),
            shift=self.shift(),
            counts=self.counts(),
            inbox=tuple(self.inbox()),
            waiting=tuple(self.waiting()),
            snoozed=tuple(self.snoozed()),
            sources=tuple(self.sources()),
            engine=self.engine(),
        )


def furnished() -> FakeDesk:
    """Give a desk with a morning's work: each group of the inbox, and each other list."""
    urgent = view("C-206")
    urgent = replace(
        urgent,
        case=case("C-206", title="Uploads answer 503 for every project since 10:05", priority=Priority.P0),
        proposal=proposal(
            "C-206",
            priority=Priority.P0,
            type=CaseType.COMPLEX,
            duplicate=None,
            matched=Matched(searched=2318),
        ),
    )
    late = replace(
        view("C-198"), case=case("C-198", first_due_at=ago(minutes=3), title="mill up hangs behind the proxy")
    )
    today = replace(
        view("C-202"),
        case=case(
            "C-202",
            first_due_at=soon(hours=3),
            title="مرحبا لا يعمل التزامن بعد الترقية",
            priority=Priority.P2,
        ),
        messages=(said("لا يعمل التزامن بعد الترقية إلى الإصدار 2.8.2 منذ هذا الصباح"),),
    )
    later = replace(
        view("C-199"),
        case=case("C-199", first_due_at=soon(days=2), title="🎉🎉🎉", priority=Priority.P3),
        proposal=proposal("C-199", draft=None, no_draft_reason="only thanks", plan=(), duplicate=None),
        messages=(said("🎉" * 40),),
    )
    judged = view("C-207", case=case("C-207", revision=1, open_revision=None), proposal=None)
    dropped = view(
        "C-150",
        case=case("C-150", open_revision=None, dropped_reason="thanks and nothing else", title="thanks!"),
        proposal=None,
        messages=(said("thanks!"),),
    )
    failed = answered(
        step(0, OutboxState.SENT),
        step(1, OutboxState.FAILED, trouble="the tracker answered 403: it may not write notes"),
        step(2, OutboxState.SENT),
    )
    failed = replace(failed, case=replace(failed.case, id="C-195"))
    asleep = replace(view("C-180"), case=case("C-180", state=CaseState.SNOOZED, snoozed_until=soon(days=1)))
    done = answered(step(0, OutboxState.SENT), step(1, OutboxState.SENT))
    done = replace(done, case=replace(done.case, id="C-190"))
    views = [urgent, late, view(), today, later, judged, dropped, failed, asleep, done]
    return FakeDesk(
        views={each.case.id: each for each in views},
        lists={
            "inbox": [
                row(urgent),
                row(late, tags=("thread moved on",)),
                row(view()),
                row(today),
                row(later),
            ],
            "judging": [row(judged)],
            "dropped": [row(dropped)],
            "waiting": [row(failed, tags=("1 of 3 failed",), due_for="next update", due_at=soon(hours=6))],
            "snoozed": [row(asleep)],
            "recent": [row(done, due_at=None)],
        },
    )
