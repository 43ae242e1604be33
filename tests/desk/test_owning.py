"""Who has a Case: acknowledged once, taken, handed over, asked about, let go; and who may say what leaves.

On both databases.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.domain.actions import NoticeKind, OutboxState
from agent.domain.cases import CaseState, VerdictKind
from agent.domain.messages import Level, ReplyBy, SourceUse, Visibility
from agent.errors import CannotUndo, Misuse, NotApprover, Refused, UnknownPerson
from agent.settings import Settings, SlackPlaces
from agent.store import restored
from agent.wording.stages import Stage, may_acknowledge, may_let_go, stage
from tests.builders import HELP, MONDAY, ONE, TWO, Clock, World, desk_on, message, settings_in, world

pytestmark = pytest.mark.usefixtures("each_database")

THREE, BUGS = "third-engineer", "slack:C-TRIAGE-BUGS"
THREAD = "t-1"


def _opened(here: World, **changes: object) -> Desk:
    here.house.desk.receive([message(thread=THREAD, **changes)])  # type: ignore[arg-type]
    here.house.drain()
    return here.house.desk


def test_an_acknowledgement_is_one_click_and_stops_the_first_clock_and_answers_nothing(
    tmp_path: Path,
) -> None:  # S5
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        desk.acknowledge("C-1", ONE)
        here.house.drain()
        view = desk.case("C-1")
        assert [line["text"] for line in here.sent()] == [desk.acknowledgement_text()]
        assert view.case.first_response_at == here.clock.at
        assert (view.case.open_revision, view.case.state) == (1, CaseState.WAITING_ON_US)
        assert view.acknowledgement is not None
        assert view.acknowledgement.state is OutboxState.SENT
        assert not may_acknowledge(view)
        with pytest.raises(Refused, match="acknowledged already"):
            desk.acknowledge("C-1", TWO)
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
    assert len(here.sent()) == 2


def test_an_acknowledgement_can_be_taken_back_until_it_leaves(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = _opened(here)
        assert desk.acknowledge("C-1", ONE) == MONDAY + timedelta(seconds=5)
        assert desk.undo("C-1", ONE) == 1
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert not here.sent()
        desk.acknowledge("C-1", ONE)
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert len(here.sent()) == 1
        with pytest.raises(CannotUndo):
            desk.undo("C-1", ONE)


def test_an_acknowledgement_that_is_taken_back_and_may_have_left_before_a_restore_is_in_doubt(
    tmp_path: Path,
) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = _opened(here)
        desk.acknowledge("C-1", ONE)
        with here.house.store.write() as tx:
            restored.begin(tx, MONDAY, MONDAY, ONE)
        desk.undo("C-1", ONE)
        here.clock.pass_by(minutes=1)
        here.house.drain()
        assert not here.sent()
        given = desk.case("C-1").acknowledgement
        assert given is not None
        assert given.state is OutboxState.UNKNOWN


def test_an_acknowledgement_that_a_colleague_was_quicker_than_stays_here(tmp_path: Path) -> None:  # T20
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = _opened(here)
        desk.acknowledge("C-1", ONE)
        desk.receive([message("I am on it", id="m-2", thread=THREAD, author=TWO)])
        here.house.drain()
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert not here.sent()
        assert desk.case("C-1").acknowledgement is None


def test_what_is_answered_or_dropped_is_not_acknowledged(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        with pytest.raises(Refused, match="an answer already"):
            desk.acknowledge("C-1", ONE)
        desk.receive([message("the export is slow", id="m-9")])
        here.house.drain()
        desk.drop("C-2", 1, ONE)
        with pytest.raises(Refused, match="dropped"):
            desk.acknowledge("C-2", ONE)


def test_a_case_is_taken_and_handed_over_and_the_history_says_by_whom(tmp_path: Path) -> None:  # A1
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        desk.take("C-1", TWO)
        desk.take("C-1", TWO)
        assert desk.case("C-1").case.owner == TWO
        desk.hand_over("C-1", "@third-engineer", TWO)
        case = desk.case("C-1")
        with pytest.raises(UnknownPerson):
            desk.hand_over("C-1", "somebody-else", TWO)
    assert case.case.owner == THREE
    assert [(event.what, event.who) for event in case.history[-2:]] == [("taken", TWO), ("handed over", TWO)]


def _strict(home: Path, **changes: object) -> Settings:
    """Return settings in which nobody but those on shift and a Source's own approvers may approve."""
    given = settings_in(home)
    return replace(given, team=replace(given.team, approvers=()), **changes)  # type: ignore[arg-type]


def test_who_is_no_approver_sends_nothing_and_is_in_the_history(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here, desk_on(_strict(tmp_path / "home"), here.clock) as desk:
        _opened(here)
        shift = desk.shift()
        other = next(one for one in (ONE, TWO, THREE) if one not in (shift.now.holder, shift.next.holder))
        said = f"You are not an approver for .*The holder is @{shift.now.holder}; ask them"
        for refused in (
            lambda: desk.decide("C-1", 1, VerdictKind.APPROVE, other),
            lambda: desk.acknowledge("C-1", other),
        ):
            with pytest.raises(NotApprover, match=said):
                refused()
        assert [(event.what, event.who) for event in desk.case("C-1").history[-2:]] == [
            ("refused", other)
        ] * 2
        here.house.drain()
        assert not here.sent()
        desk.decide("C-1", 1, VerdictKind.APPROVE, shift.next.holder)


def test_a_source_names_approvers_of_its_own(tmp_path: Path) -> None:
    settings = _strict(tmp_path / "home")
    sources = tuple(
        replace(each, approvers=(ONE, TWO, THREE)) if each.id == HELP else each for each in settings.sources
    )
    with desk_on(replace(settings, sources=sources), Clock()) as desk:
        assert all(desk.may_approve(HELP, person) for person in (ONE, TWO, THREE))
        assert not all(desk.may_approve("mail:hi", person) for person in (ONE, TWO, THREE))


def _source(home: Path, **changes: object) -> tuple[object, ...]:
    return tuple(
        replace(each, **changes) if each.id == HELP else each  # type: ignore[arg-type]
        for each in settings_in(home).sources
    )


def test_drafts_of_a_drafts_only_source_are_shown_and_never_leave(tmp_path: Path) -> None:
    sources = _source(tmp_path / "home", sends=False)
    with world(tmp_path / "home", sources=sources) as here:
        desk = _opened(here)
        view = desk.case("C-1")
        assert view.proposal is not None
        assert view.proposal.draft is not None
        assert all("drafts-only" in step.blocked for step in view.proposal.plan)
        with pytest.raises(Refused, match="drafts-only"):
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(Refused, match="drafts-only"):
            desk.acknowledge("C-1", ONE)
        assert not may_acknowledge(view)
        everything = tuple(range(len(view.proposal.plan)))
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, left_out=everything)
        here.house.drain()
    assert not here.sent()


def test_a_source_that_becomes_drafts_only_holds_back_what_was_approved(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = _opened(here)
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        sources = _source(tmp_path / "home", sends=False)
        here.house.outbox.settings = replace(here.house.settings, sources=sources)
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert not here.sent()
        assert {step.state for step in desk.case("C-1").steps} == {OutboxState.FAILED}


def test_a_reply_by_hand_waits_for_the_person_who_copies_it_and_counts_when_they_say_so(
    tmp_path: Path,
) -> None:  # T8
    with world(tmp_path / "home", sources=_source(tmp_path / "home", reply_by=ReplyBy.HAND)) as here:
        desk = _opened(here)
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        view = desk.case("C-1")
        assert stage(view) is Stage.BY_HAND
        assert not here.sent()
        reply = next(step for step in view.steps if step.action.kind == "reply")
        assert "{issue.url}" not in reply.action.body
        assert [row.tags for row in desk.waiting()] == [("to be copied by hand",)]
        assert view.case.first_response_at is None
        here.clock.pass_by(minutes=3)
        desk.resolve(reply.action.key, "it_is_there", ONE)
        after = desk.case("C-1")
    assert after.case.first_response_at == here.clock.at
    assert stage(after) is Stage.SENT
    assert [step.receipt.destination_id for step in after.steps if step.receipt][-1] == f"sent by {ONE}"


def test_a_colleagues_answer_withdraws_the_reply_and_the_loop_stays_its_owners(tmp_path: Path) -> None:  # T20
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        owner = desk.case("C-1").case.owner
        here.clock.pass_by(minutes=5)
        desk.receive([message("the proxy", id="m-2", thread=THREAD, author=TWO, sent_at=here.clock.at)])
        here.house.drain()
        view = desk.case("C-1")
        assert stage(view) is Stage.WITHDRAWN
        assert not desk.inbox()
        assert [row.tags for row in desk.waiting()] == [("a colleague answered",)]
        assert (view.case.owner, view.case.first_response_at) == (owner, here.clock.at)
        assert view.case.update_due_at is not None
        with pytest.raises(Refused, match="a colleague, second-engineer, answered"):
            desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        assert may_let_go(view)
        desk.mark_waiting("C-1", ONE)
        here.house.sweep.lost()
        here.house.drain()
        let_go = desk.case("C-1")
    assert (let_go.case.state, stage(let_go)) == (CaseState.WAITING_ON_THEM, Stage.CLOSED)
    assert not here.sent()


def test_a_reply_is_written_anyway_where_the_colleague_said_too_little(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        desk.receive([message("hm", id="m-2", thread=THREAD, author=TWO)])
        here.house.drain()
        with pytest.raises(Refused):
            desk.mark_waiting("C-2", ONE)
        revision = desk.write_anyway("C-1", ONE)
        here.house.drain()
        assert desk.case("C-1").case.open_revision == revision
        with pytest.raises(Refused, match="was withdrawn"):
            desk.write_anyway("C-1", ONE)
        desk.decide("C-1", revision, VerdictKind.APPROVE, ONE)
        here.house.drain()
    assert len(here.sent()) == 1


def test_a_colleague_who_answers_while_it_is_judged_or_about_to_leave_stops_it_too(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = here.house.desk
        desk.receive([message(thread=THREAD), message("done", id="m-2", thread=THREAD, author=TWO)])
        here.house.drain()
        here.clock.pass_by(minutes=5)
        here.house.sweep.lost()
        here.house.drain()
        assert stage(desk.case("C-1")) is Stage.WITHDRAWN
        assert not desk.judging()
        desk.receive([message("another one", id="m-3", thread="t-3")])
        here.house.drain()
        desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        desk.receive([message("done", id="m-4", thread="t-3", author=TWO)])
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert stage(desk.case("C-2")) is Stage.WITHDRAWN
    assert not here.sent()


def test_what_a_user_writes_after_a_colleague_is_judged_again(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = _opened(here)
        desk.receive([message("try the proxy", id="m-2", thread=THREAD, author=TWO)])
        here.house.drain()
        desk.receive([message("that did not help", id="m-3", thread=THREAD)])
        here.house.drain()
        view = desk.case("C-1")
    assert stage(view) is Stage.OPEN
    assert view.case.withdrawn_by == ""


PLACES = SlackPlaces(triage_bugs="C-TRIAGE-BUGS")


def test_a_question_to_the_team_goes_out_with_its_context_and_its_answer_comes_back(
    tmp_path: Path,
) -> None:  # T26
    with world(tmp_path / "home", slack=PLACES) as here:
        desk = _opened(here)
        desk.ask("C-1", "Is this the watcher again?", ONE)
        with pytest.raises(Refused, match="asked already"):
            desk.ask("C-1", "Is this the watcher again? ", ONE)
        here.house.drain()
        asked = here.sent()[0]
        told = desk.case("C-1").told[0]
        assert (asked["to"], told.notice.kind, told.state) == (BUGS, NoticeKind.ASK, OutboxState.SENT)
        text = str(asked["text"])
        assert "Is this the watcher again?" in text
        assert "sync stops" in text
        assert told.receipt is not None
        team = Visibility(Level.INTERNAL)
        thread = f"slack:{told.receipt.destination_id}"
        for id, text in (("b-1", "yes, #4"), ("b-2", "and #5")):
            desk.receive(
                [message(text, id=id, source=BUGS, thread=thread, author="somebody", visibility=team)]
            )
            here.house.drain()
        view = desk.case("C-1")
        assert [said.message.text for said in view.messages if said.by_colleague] == ["yes, #4", "and #5"]
        assert [row.tags for row in desk.inbox()] == [("the team answered",)]
        assert view.proposal is not None
        assert "#5" not in view.proposal.plan[0].body
    assert (view.case.open_revision, view.case.first_response_at) == (3, None)


def test_a_question_says_nothing_that_its_place_may_not_read_and_needs_a_place(tmp_path: Path) -> None:
    with world(tmp_path / "home", slack=PLACES) as here:
        desk = _opened(here, visibility=Visibility(Level.RESTRICTED))
        with pytest.raises(Misuse, match="1 to 1,000 characters"):
            desk.ask("C-1", "   ", ONE)
        desk.ask("C-1", "Who handles these?", ONE)
        here.house.drain()
        text = str(here.sent()[0]["text"])
        assert "sync stops" not in text
        assert "stays on the Case" in text
        placeless = desk_on(settings_in(tmp_path / "home"), here.clock)
        with placeless as desk, pytest.raises(Refused, match="triage_bugs"):
            desk.ask("C-1", "And these?", ONE)


def test_triage_bugs_of_the_example_is_for_teammates(tmp_path: Path) -> None:  # T15
    assert settings_in(tmp_path).source(BUGS).use is SourceUse.TRIAGE_BUGS
