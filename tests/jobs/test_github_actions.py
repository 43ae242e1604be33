"""What is approved for a project at GitHub: each step over the wire, read back, with its link."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.actions import ActionKind, OutboxState
from agent.domain.assessments import CaseType, Factor, FactorKind, Quote
from agent.domain.cases import VerdictKind
from agent.domain.issues import Issue
from agent.domain.messages import Level, Visibility
from agent.domain.reports import Report
from agent.errors import Misuse, Refused
from agent.store import issues, outbox
from tests.builders import ONE, PROJECT, TWO, message
from tests.fakes.engine import ScriptedEngine
from tests.fakes.github import Hub
from tests.fakes.github.house import SOURCE, Tracked, tracked

ALL = [
    "create_issue",
    "reply",
    "label_issue bug",
    "label_issue soon",
    "type_issue",
    "assign_issue dev-1",
    "board_issue",
    "field_issue Priority",
    "field_issue Status",
]


def _received(at: Tracked, text: str = "sync stops after the upgrade", **more: object) -> None:
    at.world.house.desk.receive([message(text, **more)])  # type: ignore[arg-type]
    at.drain()


def _approved(at: Tracked, **more: object) -> None:
    at.hub.clock.at = at.world.clock.at
    at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, **more)  # type: ignore[arg-type]
    for _ in range(3):
        at.wait(seconds=3)


def known_as(number: int) -> ScriptedEngine:
    """Return an engine that takes every report for this Issue."""
    id = f"{PROJECT}#{number}"
    return ScriptedEngine(likeness=lambda report, issue: 0.95 if issue.id == id else 0.0)


def _synced(at: Tracked) -> None:
    """Put the repository's Issues into the store, as a sync does."""
    found = [
        Issue(
            id=f"{PROJECT}#{each.number}",
            title=each.title,
            created_at=each.created_at,
            labels=tuple(each.labels),
            url=f"https://github.example/{PROJECT}/issues/{each.number}",
            visibility=Visibility(Level.PUBLIC),
        )
        for each in at.here.issues.values()
    ]
    with at.world.house.store.write() as tx:
        issues.upsert(tx, found)


def test_a_bug_is_filed_labelled_assigned_and_on_the_board(
    tmp_path: Path, hub: Hub
) -> None:  # T2 T13 T16 S9 A6
    with tracked(tmp_path / "home", hub) as at:
        _received(at)
        assert [step.kind for step in at.world.house.desk.case("C-1").proposal.plan] == [
            ActionKind(name.partition(" ")[0]) for name in ALL
        ]
        _approved(at)
        steps = at.steps()
        assert list(steps) == ALL
        assert {step.state for step in steps.values()} == {OutboxState.SENT}, steps
        filed = at.here.issues[1]
        assert (filed.labels, filed.type, filed.assignees) == (["bug", "soon"], "Bug", ["dev-1"])
        fields = {each.name: each for each in at.board.fields}
        item = at.board.items[0]
        assert item.issue is filed
        assert fields["Priority"].options[item.values[fields["Priority"].id]] == "Medium"
        assert fields["Status"].options[item.values[fields["Status"].id]] == "Backlog"
        link = f"https://github.example/{PROJECT}/issues/1"
        urls = {name: step.receipt.url for name, step in steps.items() if step.receipt}
        assert urls["create_issue"] == urls["label_issue bug"] == urls["assign_issue dev-1"] == link
        assert urls["board_issue"] == "https://github.example/orgs/example/projects/1"
        assert link in str(at.world.sent()[0]["text"])
        assert filed.body.endswith("<!-- triage C-1:issue -->")
        assert len(hub.writes) == 8


def test_a_filed_issue_is_known_to_the_next_report_before_any_sync(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub, known_as(1)) as at:
        _received(at)
        _approved(at)
        at.wait(hours=1)
        _received(at, "sync stops", id="m-2", author="user-2", sent_at=at.world.clock.at)
        proposal = at.world.house.desk.case("C-2").proposal
        assert proposal.duplicate is not None
        assert proposal.duplicate.issue_id == f"{PROJECT}#1"


def test_a_corrected_priority_is_what_is_set(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _received(at)
        _approved(at, corrections={"priority": "P1"}, left_out=[7])
        steps = at.steps()
        assert "label_issue urgent" in steps
        assert "label_issue soon" not in steps
        assert "field_issue Priority" not in steps, "it was left out, whatever it would have set"
        assert at.here.issues[1].labels == ["bug", "urgent"]


def test_who_leaves_the_issue_out_changes_none(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _received(at)
        desk = at.world.house.desk
        desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="Looking.", left_out=[0])
        at.drain()
        assert list(at.steps()) == ["reply"]
        assert not hub.writes


def test_a_typed_estimate_stands_below_the_issue(tmp_path: Path, hub: Hub) -> None:  # A12
    with tracked(tmp_path / "home", hub) as at:
        _received(at)
        _approved(at, corrections={"estimate": "2 days"})
        comment = at.here.issues[1].comments[0]
        assert comment.body.startswith("Estimate: 2 days\n")
        assert at.steps()["estimate_issue"].receipt.url.endswith(f"#issuecomment-{comment.id}")


def test_an_estimate_that_must_not_leave_or_has_no_issue_is_refused(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub, ScriptedEngine(CaseType.QUESTION)) as at:
        _received(at)
        desk = at.world.house.desk
        with pytest.raises(Refused, match="no Issue"):
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"estimate": "2 days"})
        with pytest.raises(Misuse, match="one line"):
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"estimate": "x" * 61})
    with tracked(tmp_path / "other", hub) as at:
        _received(at)
        with pytest.raises(Refused, match="holds a name"):
            at.world.house.desk.decide(
                "C-1", 1, VerdictKind.APPROVE, ONE, corrections={"estimate": "2 days, customer-a waits"}
            )


def test_an_issue_of_github_is_answered_labelled_and_not_filed_again(
    tmp_path: Path, hub: Hub
) -> None:  # T2 T7
    with tracked(tmp_path / "home", hub) as at:
        reported = at.here.file("It hangs", "for ever", labels=("urgent",))
        _synced(at)
        _received(at, "for ever", id=f"{PROJECT}#1", source=SOURCE, title="It hangs")
        _approved(at)
        steps = at.steps()
        assert list(steps) == [ALL[1], *ALL[2:4], "unlabel_issue urgent", *ALL[4:]]
        assert {step.state for step in steps.values()} == {OutboxState.SENT}, steps
        assert reported.labels == ["bug", "soon"]
        assert reported.comments[0].body.startswith("A new_bug reply.")
        assert steps["reply"].receipt.url.endswith(f"#issuecomment-{reported.comments[0].id}")
        assert not at.world.sent()


def test_a_known_issue_of_github_is_closed_as_a_duplicate_by_the_click(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub, known_as(1)) as at:
        known = at.here.file("It hangs")
        again = at.here.file("It hangs again")
        _synced(at)
        asked = {"id": f"{PROJECT}#2", "source": SOURCE, "title": "It hangs again"}
        _received(at, "it hangs", author="user-2", **asked)
        assert again.state == "open"
        _approved(at)
        steps = at.steps()
        assert list(steps) == ["reply", "note_issue", "close_duplicate"]
        assert {step.state for step in steps.values()} == {OutboxState.SENT}, steps
        assert (again.state, again.state_reason, known.state) == ("closed", "duplicate", "open")
        assert len([call for call in hub.writes if call.method == "PATCH"]) == 1


def test_nothing_is_closed_where_the_known_issue_was_closed_meanwhile(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub, known_as(1)) as at:
        known = at.here.file("It hangs")
        again = at.here.file("It hangs again")
        _synced(at)
        _received(at, "it hangs", id=f"{PROJECT}#2", source=SOURCE, title="It hangs again")
        at.here.close(known, "not_planned")
        _approved(at)
        step = at.steps()["close_duplicate"]
        assert (step.state, again.state) == (OutboxState.FAILED, "open")
        assert "#1 is closed" in step.trouble


def test_a_note_counts_the_reporters_and_says_nothing_private(tmp_path: Path, hub: Hub) -> None:  # T14 N4
    engine = known_as(1)
    with tracked(tmp_path / "home", hub, engine) as at:
        known = at.here.file("The export crashes")
        _synced(at)
        shared = Visibility(Level.CUSTOMER, "customer-a")
        secret = "our merger payroll export crashes"
        _received(at, secret, source="slack:C-CUSTOMER-A", visibility=shared)
        plan = at.world.house.desk.case("C-1").proposal.plan
        assert [(step.kind, step.blocked) for step in plan] == [
            (ActionKind.REPLY, ""),
            (ActionKind.NOTE_ISSUE, ""),
        ]
        _approved(at)
        assert at.steps()["note_issue"].state is OutboxState.SENT
        assert "merger" not in known.comments[0].body
        with at.world.house.store.read() as tx:
            assert issues.reporters_of(tx, [f"{PROJECT}#1"]) == {f"{PROJECT}#1": 1}


def test_what_the_note_is_described_from_holds_no_word_of_a_private_report(tmp_path: Path, hub: Hub) -> None:
    described: list[Report] = []

    class Remembering(ScriptedEngine):
        def describe(self, brief, assessment):  # type: ignore[no-untyped-def]
            described.append(brief.report)
            note = f"{brief.report.words} {brief.destination_name} {brief.reporters}"
            return replace(super().describe(brief, assessment), note=note.strip())

    engine = Remembering(likeness=lambda report, issue: 0.95)
    with tracked(tmp_path / "home", hub, engine) as at:
        known = at.here.file("The export crashes")
        _synced(at)
        _received(
            at,
            "our merger payroll export crashes",
            source="slack:C-CUSTOMER-A",
            visibility=Visibility(Level.CUSTOMER, "customer-a"),
        )
        _approved(at)
        assert known.comments[0].body.startswith("1\n"), "the count, and neither words nor place"
        assert described[0].words


def test_a_private_report_is_not_filed_in_a_public_repository(tmp_path: Path, hub: Hub) -> None:  # N4
    with tracked(tmp_path / "home", hub) as at:
        shared = Visibility(Level.CUSTOMER, "customer-a")
        _received(at, "our merger payroll export crashes", source="slack:C-CUSTOMER-A", visibility=shared)
        plan = at.world.house.desk.case("C-1").proposal.plan
        assert [step.kind for step in plan] == [ActionKind.CREATE_ISSUE, ActionKind.REPLY]
        assert "customer:customer-a" in plan[0].blocked
        with pytest.raises(Refused):
            at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        assert not hub.writes


def test_the_reply_to_a_private_report_points_to_no_issue_and_leaves_without_one(
    tmp_path: Path, hub: Hub
) -> None:  # N4 T13
    with tracked(tmp_path / "home", hub) as at:
        shared = Visibility(Level.CUSTOMER, "customer-a")
        _received(at, "our merger payroll export crashes", source="slack:C-CUSTOMER-A", visibility=shared)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, left_out=[0])
        at.wait(minutes=1)
        assert at.steps()["reply"].state is OutboxState.SENT
        assert not hub.writes


def test_what_was_made_for_the_team_does_not_leave_where_the_tracker_became_public(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _received(at)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with at.world.house.store.write() as tx:
            row = outbox.by_key(tx, "C-1:issue")
            outbox.take_back(tx, "C-1:issue", "")
            outbox.add(tx, replace(row.record, visibility=Visibility(Level.INTERNAL)), row.source, row.due_at)
        at.drain()
        step = at.steps()["create_issue"]
        assert step.state is OutboxState.FAILED
        assert "this place is public now" in step.trouble
        assert not hub.writes


def test_a_security_report_gets_the_private_path_and_no_issue(tmp_path: Path, hub: Hub) -> None:  # A9
    found = Factor(kind=FactorKind.SECURITY, quote=Quote("token", 0, 5))
    with tracked(tmp_path / "home", hub, ScriptedEngine(factors=(found,))) as at:
        _received(at, "token of every user can be read")
        plan = at.world.house.desk.case("C-1").proposal.plan
        assert [step.kind for step in plan] == [ActionKind.REPLY, ActionKind.OPEN_ADVISORY]
        assert plan[1].visibility == Visibility(Level.RESTRICTED)
        _approved(at)
        assert at.steps()["open_advisory"].receipt.url.endswith(at.here.advisories[0].id)
        assert not at.here.issues
        assert [call.template.rpartition("/")[2] for call in hub.writes] == ["security-advisories"]


def test_a_failed_label_is_tried_again_alone(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.here.remove_label("bug")
        _received(at)
        _approved(at)
        states = {name: step.state for name, step in at.steps().items()}
        assert states.pop("label_issue bug") is OutboxState.FAILED
        assert set(states.values()) == {OutboxState.SENT}
        assert at.world.house.desk.waiting()[0].tags == ("1 of 9 failed",)
        writes = len(hub.writes)
        at.here.label("bug")
        at.world.house.desk.resolve(at.steps()["label_issue bug"].action.key, "retry", TWO)
        at.drain()
        assert at.steps()["label_issue bug"].state is OutboxState.SENT
        assert len(hub.writes) == writes + 1


def test_how_an_issue_is_filed_goes_on_when_the_thread_moves_on(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.here.remove_label("bug")
        _received(at, thread="t-1")
        _approved(at)
        at.here.label("bug")
        _received(at, "it is worse now", id="m-2", thread="t-1", sent_at=at.world.clock.at)
        at.world.house.desk.resolve("C-1:label:" + f"{PROJECT}#new:bug", "retry", ONE)
        at.drain()
        assert at.here.issues[1].labels == ["soon", "bug"]
