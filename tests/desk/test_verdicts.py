"""One Verdict a revision; what leaves was on a screen; undo is honest."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from agent.domain.actions import OutboxState
from agent.domain.assessments import CaseType, Factor, FactorKind, Quote
from agent.domain.cases import CaseState, RejectReason, VerdictKind
from agent.domain.views import Decided
from agent.errors import CannotUndo, LostRace, Misuse, NotFound, Refused, Stale, UnknownPerson
from tests.builders import ONE, TWO, Clock, desk_on, issue, message, settings_in, world
from tests.fakes.engine import ScriptedEngine

KNOWN = ScriptedEngine(likeness=lambda report, issue: 0.9 if "sync" in issue.title else 0.1)


def test_an_approved_case_sends_its_reply_and_notes_the_known_issue(tmp_path: Path) -> None:  # T14
    with world(tmp_path / "home", KNOWN) as here:
        here.house.add_issues([issue(4, "sync stops")])
        here.house.desk.receive([message("sync stops for us")])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        view = here.house.desk.case("C-1")
    assert [step.state for step in view.steps] == [OutboxState.SENT, OutboxState.SENT]
    assert [line["text"] for line in here.sent()] == ["A known reply about #4."]
    assert view.case.state is CaseState.WAITING_ON_THEM
    assert view.case.first_response_at == here.clock.at
    assert view.reporters == {"example/millrace#4": 1}


def test_a_new_bug_is_filed_and_the_reply_names_the_filed_issue(tmp_path: Path) -> None:  # T13
    with world(tmp_path / "home") as here:
        here.house.add_issues([issue(4, "something else")])
        here.house.desk.receive([message("the scheduler hangs")])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        filed = here.house.desk.search("scheduler hangs").issues
    assert [found.id for found in filed] == ["example/millrace#L1"]
    assert here.sent()[0]["text"] == "A new_bug reply. example/millrace#L1"


def test_two_people_who_approve_at_once_send_once_and_the_second_hears_who_was_first(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        settings, start = settings_in(tmp_path / "home"), Barrier(2)

        def approve(person: str) -> object:
            with desk_on(settings, here.clock) as desk:
                start.wait()
                try:
                    return desk.decide("C-1", 1, VerdictKind.APPROVE, person)
                except LostRace as error:
                    return error

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(approve, [ONE, TWO]))
        here.house.drain()
    winner = next(
        person for person, answer in zip([ONE, TWO], answers, strict=True) if isinstance(answer, Decided)
    )
    lost = next(answer for answer in answers if isinstance(answer, LostRace))
    assert lost.winner == winner
    assert f"{winner} approved C-1 0 seconds before you" in str(lost)
    assert len(here.sent()) == 1


def test_a_click_on_an_older_revision_is_refused_with_the_current_one(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message(thread="t-1")])
        here.house.drain()
        desk.receive([message("and now it is worse", id="m-2", thread="t-1")])
        here.house.drain()
        with pytest.raises(Stale) as refused:
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        assert refused.value.current == 2
        assert "a new Message from user-1" in str(refused.value)
        here.house.drain()
        assert not here.sent()
        desk.decide("C-1", 2, VerdictKind.APPROVE, ONE)


def test_a_message_that_comes_in_after_the_approval_holds_the_reply_back(tmp_path: Path) -> None:  # T20
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = here.house.desk
        desk.receive([message(thread="t-1")])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        desk.receive([message("never mind, it was the proxy", id="m-2", thread="t-1")])
        here.house.drain()
        here.clock.pass_by(seconds=6)
        here.house.drain()
        view = desk.case("C-1")
    assert not here.sent()
    assert view.case.open_revision == 2
    assert [step.state for step in view.steps if step.action.kind == "reply"] == [OutboxState.CANCELLED]
    assert any("the thread moved on" in event.text for event in view.history)


def test_undo_takes_a_verdict_back_while_nothing_has_left_and_keeps_the_text(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="my own words")
        here.house.drain()
        assert desk.undo("C-1", ONE) == 2
        here.clock.pass_by(seconds=6)
        here.house.drain()
        view = desk.case("C-1")
        assert not here.sent()
        assert (view.case.open_revision, view.typed, view.verdict) == (2, "my own words", None)
        desk.decide("C-1", 2, VerdictKind.APPROVE, ONE)
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert len(here.sent()) == 1
        with pytest.raises(CannotUndo):
            desk.undo("C-1", ONE)


def test_a_correction_that_changes_the_plan_opens_the_next_revision_and_keeps_the_text(
    tmp_path: Path,
) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        decided = desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="mine", corrections={"type": "feature"})
        here.house.drain()
        view = desk.case("C-1")
    assert decided.reopened == 2
    assert not here.sent()
    assert view.proposal is not None
    assert view.proposal.type is CaseType.FEATURE
    assert view.proposal.status == "Backlog"  # A6
    assert view.typed == "mine"
    assert here.engine.asked.count("assess") == 1


def test_a_correction_of_the_priority_alone_goes_out_with_the_approval(tmp_path: Path) -> None:  # T2
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"priority": "P1"})
        here.house.drain()
        view = desk.case("C-1")
    assert view.verdict is not None
    assert view.verdict.corrections == {"priority": "P1"}
    assert view.steps[0].action.fields["priority"] == "P1"
    assert len(here.sent()) == 1


def test_wrong_corrections_are_refused_with_what_can_be(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        for wrong in ({"type": "bug"}, {"mood": "good"}, {"duplicate": "example/millrace#999"}):
            with pytest.raises(Misuse):
                desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections=wrong)
        assert desk.case("C-1").case.open_revision == 1


def test_a_person_chooses_another_duplicate(tmp_path: Path) -> None:
    with world(tmp_path / "home", KNOWN) as here:
        here.house.add_issues([issue(4, "sync stops"), issue(5, "a quiet one")])
        desk = here.house.desk
        desk.receive([message("sync stops for us")])
        here.house.drain()
        assert desk.correct("C-1", 1, {"duplicate": "example/millrace#5"}, ONE) == 2
        here.house.drain()
        proposal = desk.case("C-1").proposal
        assert proposal is not None
        assert proposal.duplicate is not None
        assert proposal.duplicate.issue_id == "example/millrace#5"
        assert desk.correct("C-1", 2, {"duplicate": "none"}, ONE) == 3
        here.house.drain()
        chosen = desk.case("C-1").proposal
        assert chosen is not None
        assert chosen.duplicate is None
        assert [step.kind for step in chosen.plan] == ["create_issue", "reply"]


def test_a_rejected_case_sends_nothing_and_waits_on_us(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.REJECT, ONE, reason=RejectReason.REPLY)
        here.house.drain()
        assert not here.sent()
        assert [row.case.id for row in desk.waiting()] == ["C-1"]
        assert not desk.inbox()


def test_an_unknown_person_is_refused(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        for person in ("somebody", ""):
            with pytest.raises(UnknownPerson):
                here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, person)


def test_a_snoozed_case_sleeps_until_its_time_or_until_somebody_writes(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message(thread="t-1"), message("something else", id="m-9")])
        here.house.drain()
        for case in ("C-1", "C-2"):
            desk.snooze(case, here.clock.at + timedelta(hours=2), ONE)
        assert not desk.inbox()
        desk.receive([message("any news?", id="m-2", thread="t-1")])
        here.house.drain()
        assert [row.case.id for row in desk.inbox()] == ["C-1"]
        here.clock.pass_by(hours=3)
        here.house.drain()
        assert {row.case.id for row in desk.inbox()} == {"C-1", "C-2"}
        desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(Refused):
            desk.snooze("C-2", here.clock.at + timedelta(hours=2), ONE)


def test_a_dropped_message_can_be_taken_back(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message("thanks!")])
        here.house.drain()
        assert not desk.inbox()
        assert desk.dropped()[0].case.dropped_reason
        desk.restore("C-1", ONE)
        here.house.drain()
        assert [row.case.id for row in desk.inbox()] == ["C-1"]
        assert not desk.dropped()


def test_while_sending_is_paused_nothing_leaves(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        desk.pause(None, ONE)
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        assert not here.sent()
        assert desk.case("C-1").paused_by == ONE
        desk.resume(None, ONE)
        here.house.drain()
        assert len(here.sent()) == 1


def test_a_p0_alerts_on_call_at_once_and_without_a_verdict(tmp_path: Path) -> None:  # A9
    quote = Quote("down", 0, 4)
    engine = ScriptedEngine(factors=(Factor(kind=FactorKind.OUTAGE, quote=quote),))
    with world(tmp_path / "home", engine) as here:
        here.house.desk.receive([message("down for everybody")])
        here.house.drain()
    assert [(line["kind"], line["to"]) for line in here.sent()] == [("alert", "on-call")]


@pytest.mark.parametrize("paused", [None, "file:inbox"])
def test_a_p0_alerts_on_call_while_sending_is_paused(tmp_path: Path, paused: str | None) -> None:  # A9
    engine = ScriptedEngine(factors=(Factor(kind=FactorKind.OUTAGE, quote=Quote("down", 0, 4)),))
    with world(tmp_path / "home", engine) as here:
        here.house.desk.pause(paused and message().source, ONE)
        here.house.desk.receive([message("down for everybody")])
        here.house.drain()
    assert [(line["kind"], line["to"]) for line in here.sent()] == [("alert", "on-call")]


def test_a_case_that_is_not_there_says_so(tmp_path: Path) -> None:
    with desk_on(settings_in(tmp_path / "home"), Clock()) as desk:
        for name in ("C-7", "7", "nonsense", "C-٣"):
            with pytest.raises(NotFound):
                desk.case(name)


def test_a_secret_typed_into_the_reply_is_not_sent(tmp_path: Path) -> None:  # N4
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        for text in (
            "use AKIAIOSFODNN7EXAMPLE",
            "customer-b has the same",
            "try postgres://mill:hunter22@db/x",
        ):
            with pytest.raises(Refused, match="Take it out"):
                here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text=text, left_out=[0])
        assert here.house.desk.case("C-1").case.open_revision == 1


def test_a_person_confirms_what_was_only_related(tmp_path: Path) -> None:
    unsure = ScriptedEngine(likeness=lambda report, issue: 0.5)
    with world(tmp_path / "home", unsure) as here:
        here.house.add_issues([issue(4, "sync stops")])
        desk = here.house.desk
        desk.receive([message("sync stops for us")])
        here.house.drain()
        decided = desk.decide(
            "C-1", 1, VerdictKind.APPROVE, ONE, corrections={"duplicate": "example/millrace#4"}
        )
        here.house.drain()
        proposal = desk.case("C-1").proposal
        assert decided.reopened == 2
        assert proposal is not None
        assert [step.kind for step in proposal.plan] == ["reply", "note_issue"]
        with pytest.raises(Misuse, match="Nothing was changed"):
            desk.correct("C-1", 2, {"duplicate": "example/millrace#4"}, ONE)


def test_title_and_text_of_a_new_issue_are_filed_as_the_person_wrote_them(tmp_path: Path) -> None:  # T13 A2
    with world(tmp_path, ScriptedEngine(CaseType.COMPLEX)) as here:
        house = here.house
        house.desk.receive([message("sync stops after the upgrade")])
        house.drain()
        secret = "AKIA" + "ABCDEFGH12345678"
        with pytest.raises(Refused, match="the text of the Issue holds a secret"):
            house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, issue_body=f"They use {secret}")
        house.desk.decide(
            "C-1", 1, VerdictKind.APPROVE, ONE, issue_title="Watcher stops", issue_body="At the limit."
        )
        house.drain()
        filed = house.desk.search("Watcher stops").issues
        assert [(issue.title, issue.body) for issue in filed] == [("Watcher stops", "At the limit.")]
        verdict = house.desk.case("C-1").verdict
        assert verdict is not None
        assert (verdict.issue_title, verdict.issue_body) == ("Watcher stops", "At the limit.")
