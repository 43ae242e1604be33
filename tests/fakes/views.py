"""A Case as pages and cards show it, and the nouns that it is made of; the defaults are one Case that many tests know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent import settings as configuration
from agent.domain.actions import Action, ActionKind, OutboxState, PlannedAction, Receipt, Removal
from agent.domain.assessments import (
    Assessment,
    Candidate,
    CaseType,
    DuplicateVerdict,
    Effort,
    Likeness,
    Matched,
    Quote,
)
from agent.domain.cases import Case, CaseState, Event, RejectReason, Verdict, VerdictKind
from agent.domain.issues import Issue
from agent.domain.messages import Level, Message, Visibility
from agent.domain.proposals import (
    Claim,
    Draft,
    Duplicate,
    Priority,
    Proposal,
    Provenance,
    Reason,
    Status,
)
from agent.domain.views import (
    CaseView,
    Row,
    Said,
    SourceLine,
    Step,
)

NOW = datetime(2026, 11, 18, 9, 42, 5, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SETTINGS = configuration.load({"TRIAGE_CONFIG": str(ROOT / "config")}, ROOT)
SOURCE = SETTINGS.source("slack:C-HELP")
PUBLIC = Visibility(Level.PUBLIC)
PROJECT = SOURCE.project
WORDS = (
    "After upgrading to 2.8.2 this morning, mill run stopped picking up changes. Files under services/api "
    "change on disk but the step keeps running the old code until I restart the worker. The whole team is "
    "blocked, 6 people. Nothing is lost, we just cannot work.\n\n```\nwatch: inotify limit reached, falling back "
    "to poll (interval=0)\n```\n\nUbuntu 24.04, kernel 6.8. Worked fine on 2.8.1."
)
UNSOURCED = "The limit on Ubuntu is 8192."
REPLY = (
    "Thanks for the log line, it pins this down: it is a known problem, #412. At the watch limit the "
    f"worker falls back to polling with an interval of 0 and stops noticing changes. {UNSOURCED}\n\n"
    "Until it is fixed, this should bring it back:\n\n    sudo sysctl fs.inotify.max_user_watches=524288\n\n"
    "Could you tell us whether it works for you? A +1 on #412 helps us see how many are affected."
)


def ago(**lengths: float) -> datetime:
    return NOW - timedelta(**lengths)


def soon(**lengths: float) -> datetime:
    return NOW + timedelta(**lengths)


def quote(words: str, whole: str = WORDS) -> Quote:
    start = max(0, whole.find(words))
    return Quote(words, start, start + len(words))


def message(text: str = WORDS, **changes: object) -> Message:
    given = Message(
        id="m-1",
        source=SOURCE.id,
        author="user-4821",
        title="",
        text=text,
        sent_at=ago(minutes=10),
        thread=None,
        visibility=PUBLIC,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def said(text: str = WORDS, *, after: bool = False, by_colleague: bool = False, **changes: object) -> Said:
    at = ago(minutes=2 if after else 10)
    return Said(
        message=message(text, sent_at=at, **changes),
        received_at=at,
        after_proposal=after,
        by_colleague=by_colleague,
    )


def case(case_id: str = "C-204", **changes: object) -> Case:
    given = Case(
        id=case_id,
        source=SOURCE.id,
        project=PROJECT,
        title="Sync stops after the upgrade to 2.8.2",
        author="user-4821",
        state=CaseState.NEW,
        owner="first-engineer",
        opened_at=ago(minutes=10),
        last_message_at=ago(minutes=10),
        revision=2,
        open_revision=2,
        first_due_at=soon(minutes=50),
        priority=Priority.P1,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def likenesses() -> tuple[Likeness, ...]:
    return (
        Likeness(
            issue_id=f"{PROJECT}#412",
            probability=0.91,
            theirs=quote("inotify limit reached, falling back to poll (interval=0)"),
            ours="At the watch limit it falls back to poll with interval=0 and no event ever fires",
            same=("the log line", "Linux"),
            differs=("#412 was seen on 2.8.0; they say 2.8.1 worked",),
        ),
        Likeness(issue_id=f"{PROJECT}#388", probability=0.22, same=("restart helps",), differs=("macOS",)),
        Likeness(issue_id=f"{PROJECT}#17", probability=0.03),
    )


def plan() -> tuple[PlannedAction, ...]:
    return (
        PlannedAction(kind=ActionKind.REPLY, destination=SOURCE.id, visibility=PUBLIC, body=REPLY),
        PlannedAction(
            kind=ActionKind.NOTE_ISSUE,
            destination=f"{PROJECT}#412",
            visibility=PUBLIC,
            body="one more report, 2.8.2 on Linux, a team of 6 is blocked. Files under [path].",
            removed=(Removal(kind="path", was="services/api", now="[path]"),),
        ),
        PlannedAction(
            kind=ActionKind.NOTE_ISSUE,
            destination=f"{PROJECT}#9",
            visibility=Visibility(Level.INTERNAL),
            body="the workaround stays open until they confirm it",
        ),
    )


def draft(text: str = REPLY) -> Draft:
    claims = (
        Claim(text=UNSOURCED),
        Claim(
            text="known problem, polls with an interval of 0", source="#412", url="https://example.com/412"
        ),
        Claim(text="fs.inotify.max_user_watches=524288", source="answer A-17"),
    )
    return Draft(destination=SOURCE.id, visibility=PUBLIC, text=text, claims=claims, template="known")


def assessment(**changes: object) -> Assessment:
    given = Assessment(
        types={CaseType.QUICK_FIX: 0.72, CaseType.COMPLEX: 0.21, CaseType.QUESTION: 0.07},
        priorities={"P0": 0.02, "P1": 0.7, "P2": 0.2, "P3": 0.08},
        effort=Effort(low=1, high=3, sure=False),
        area="workers",
        area_quote=quote("mill run"),
        unsure=("whether the limit was raised before",),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def proposal(case_id: str = "C-204", **changes: object) -> Proposal:
    given = Proposal(
        case_id=case_id,
        revision=2,
        created_at=ago(minutes=9),
        type=CaseType.QUICK_FIX,
        priority=Priority.P1,
        status=Status.PRIORITIZED,
        reasons=(
            Reason(
                raises=True,
                finding="blocks a team",
                points=3,
                quote=quote("The whole team is blocked, 6 people"),
            ),
            Reason(
                raises=True,
                finding="came with the upgrade",
                points=2,
                quote=quote("upgrading to 2.8.2 this morning"),
            ),
            Reason(raises=True, finding="reported often", points=1, record="12 reporters of #412"),
            Reason(raises=False, finding="no data loss", points=-1, quote=quote("Nothing is lost")),
        ),
        area="workers",
        assignee="third-engineer",
        assignee_reason="first for Workers and steps, working now",
        duplicate=Duplicate(
            issue_id=f"{PROJECT}#412",
            probability=0.91,
            verdict=DuplicateVerdict.DUPLICATE,
            reason="the same log line",
        ),
        plan=plan(),
        draft=draft(),
        assessment=assessment(),
        matched=Matched(
            candidates=(Candidate(f"{PROJECT}#412", 0.9),),
            likenesses=likenesses(),
            searched=2318,
            as_of=ago(minutes=12),
        ),
        provenance=Provenance(
            engine="embedded",
            model="embedded",
            prompt="3f9a12c0",
            embedder="minilm",
            policy="77c01be0",
            seconds=0.2,
        ),
        because="first reading",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def issue(number: int, title: str) -> Issue:
    return Issue(
        id=f"{PROJECT}#{number}", title=title, created_at=ago(days=90), url=f"https://example.com/{number}"
    )


ISSUES = {
    each.id: each
    for each in (
        issue(412, "Watcher polls with interval 0 at the inotify limit"),
        issue(388, "Sync stops after the laptop sleeps"),
        issue(17, "Dark mode"),
    )
}


def view(case_id: str = "C-204", **changes: object) -> CaseView:
    given = CaseView(
        case=case(case_id),
        source=SOURCE,
        messages=(said(),),
        proposal=proposal(case_id),
        issues=ISSUES,
        reporters={f"{PROJECT}#412": 12, f"{PROJECT}#388": 4},
        answers={},
        verdict=None,
        steps=(),
        history=(
            Event(ago(minutes=10), "opened", "triage", "Message from user-4821 in #help, Case opened"),
            Event(ago(minutes=9), "proposed", "triage", "r2: P1, because the whole team is blocked"),
        ),
        other_cases=(),
        key_customer=None,
        typed=None,
        paused_by=None,
        place=(4, 9),
        before="C-198",
        after="C-201",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def step(position: int, state: OutboxState, *, due_at: datetime = NOW, trouble: str = "") -> Step:
    planned = plan()[position]
    key = f"C-204:2:{position}"
    action = Action(
        key=key,
        case_id="C-204",
        revision=2,
        position=position,
        kind=planned.kind,
        destination=planned.destination,
        visibility=planned.visibility,
        body=planned.body,
    )
    is_sent = state is OutboxState.SENT
    receipt = Receipt(key=key, destination_id="1", url="https://example.com/r", at=NOW) if is_sent else None
    return Step(action=action, state=state, due_at=due_at, trouble=trouble, looked_at=None, receipt=receipt)


def answered(*steps: Step, kind: VerdictKind = VerdictKind.APPROVE, **changes: object) -> CaseView:
    reason = RejectReason.JUDGEMENT if kind is VerdictKind.REJECT else None
    verdict = Verdict(case_id="C-204", revision=2, kind=kind, person="second-engineer", at=NOW, reason=reason)
    closed = case(open_revision=None, state=CaseState.WAITING_ON_THEM)
    return view(case=closed, verdict=verdict, steps=steps, **changes)


def row(of: CaseView, **changes: object) -> Row:
    given = Row(
        case=of.case,
        source=of.source,
        first_words=of.messages[0].message.text[:160],
        proposal=of.proposal,
        due_at=of.case.first_due_at,
        due_for="first reply",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def lines() -> list[SourceLine]:
    return [
        SourceLine(
            source=source,
            configured=True,
            last_read_at=ago(minutes=1),
            seen=9,
            handled=7,
            dropped=2,
            failed=0,
            paused_by=None,
        )
        for source in SETTINGS.sources
    ]
