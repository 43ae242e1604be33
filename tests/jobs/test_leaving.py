"""What may leave is asked again right before it leaves; nothing waits for ever unseen."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.actions import Action, Notice, OutboxState, Outcome, Receipt, Refusal
from agent.domain.assessments import CaseType
from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.messages import Level, ReplyBy, TrackerKind, Visibility
from agent.errors import Refused
from agent.store import outbox
from tests.builders import MONDAY, ONE, World, message, world
from tests.fakes.engine import ScriptedEngine

THREAD = "t-1"
SHARED = "slack:C-CUSTOMER-A"


class Refusing:
    """A tracker that takes nothing until it is told to."""

    listing_is_final = True

    def __init__(self, behind: object) -> None:
        self.behind, self.refuses = behind, True

    def carry_out(self, action: Action) -> Outcome:
        if self.refuses:
            return Refusal(key=action.key, why="The tracker is read-only.")
        return self.behind.carry_out(action)  # type: ignore[attr-defined, no-any-return]

    def find(self, action: Action) -> Receipt | None:
        return None


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "home") as opened:
        opened.house.desk.receive([message(thread=THREAD)])
        opened.house.drain()
        yield opened


def _refuse(here: World) -> None:
    here.house.outbox.trackers = {TrackerKind.LOCAL: Refusing(here.house.outbox.trackers[TrackerKind.LOCAL])}


def _say(here: World, text: str, id: str) -> None:
    here.house.desk.receive([message(text, id=id, thread=THREAD)])


def _states(here: World) -> list[OutboxState]:
    return [step.state for step in here.house.desk.case("C-1").steps]


def test_a_reply_waits_for_a_message_that_is_in_the_inbox_and_not_yet_taken(here: World) -> None:
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    _say(here, "never mind, do not upgrade", "m-2")
    here.house.outbox.send(1)
    assert not here.sent()
    here.clock.pass_by(seconds=5)
    here.house.drain()
    assert not here.sent()
    assert here.house.desk.case("C-1").case.open_revision == 2


def test_a_reply_whose_issue_was_left_out_afterwards_fails_where_it_can_be_seen(here: World) -> None:
    _refuse(here)
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    here.house.desk.resolve("C-1:issue", "leave_out", ONE)
    here.clock.pass_by(seconds=5)
    here.house.drain()
    assert _states(here) == [OutboxState.CANCELLED, OutboxState.FAILED]
    assert [row.case.id for row in here.house.desk.waiting()] == ["C-1"]


def test_a_reply_names_the_issue_that_an_earlier_revision_filed(here: World) -> None:
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    _say(here, "it is worse now", "m-2")
    here.house.drain()
    here.house.desk.correct("C-1", 2, {"duplicate": "none", "type": "complex"}, ONE)
    here.house.drain()
    here.house.desk.decide("C-1", 3, VerdictKind.EDIT, ONE, text="It is {issue.url}, still.")
    here.house.drain()
    assert here.sent()[-1]["text"] == "It is example/millrace#L1, still."
    assert len(here.house.desk.search("sync stops").issues) == 1


def test_what_was_approved_and_has_not_left_is_held_when_the_thread_moves_on(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=60) as here:
        here.house.desk.receive([message(thread=THREAD)])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        _say(here, "and it eats my files", "m-2")
        here.house.drain()
        here.house.desk.decide("C-1", 2, VerdictKind.REJECT, ONE, reason=RejectReason.NOT_OURS)
        here.clock.pass_by(seconds=61)
        here.house.drain()
        assert not here.sent()
        assert not here.house.desk.search("sync stops").issues


def test_a_waiting_reply_makes_no_job_each_time_the_sweep_looks(here: World) -> None:
    _refuse(here)
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    for _ in range(20):
        here.house.sweep.once()
    assert here.house.ports.queue.depth() == 0


def test_a_call_that_raised_is_looked_for_and_done_once(here: World) -> None:
    class Fragile:
        listing_is_final = True
        calls = 0

        def __init__(self, behind: object) -> None:
            self.behind = behind

        def carry_out(self, action: Action | Notice) -> Outcome:
            self.calls += 1
            outcome = self.behind.carry_out(action)  # type: ignore[attr-defined]
            if self.calls == 1:
                raise RuntimeError("the answer was lost in here")
            return outcome  # type: ignore[no-any-return]

        def find(self, action: Action | Notice) -> Receipt | None:
            return self.behind.find(action)  # type: ignore[attr-defined, no-any-return]

    place = Fragile(here.house.outbox.channels[ReplyBy.FILE])
    here.house.outbox.channels = {ReplyBy.FILE: place}
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    for _ in range(4):
        here.house.drain()
        here.clock.pass_by(minutes=1)
    assert set(_states(here)) == {OutboxState.SENT}
    assert (len(here.sent()), place.calls) == (1, 1)


def test_the_record_that_leaves_is_the_one_that_was_approved_last(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=60) as here:
        here.house.desk.receive([message(thread=THREAD)])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        revision = here.house.desk.undo("C-1", ONE)
        here.house.drain()
        here.house.desk.decide("C-1", revision, VerdictKind.APPROVE, ONE, corrections={"priority": "P1"})
        here.house.outbox.send(1)
        assert not here.house.desk.search("sync stops").issues
        here.clock.pass_by(seconds=61)
        here.house.drain()
        assert here.house.desk.search("sync stops").issues[0].labels == ("quick_fix", "P1")


def test_undo_works_while_a_step_has_failed_and_nothing_has_left(here: World) -> None:
    _refuse(here)
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    assert here.house.desk.undo("C-1", ONE) == 2
    here.house.drain()
    assert not here.house.desk.waiting()


def test_a_failed_step_of_an_older_revision_can_still_be_decided_about(here: World) -> None:
    _refuse(here)
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    _say(here, "it is worse now", "m-2")
    here.house.drain()
    here.house.desk.decide("C-1", 2, VerdictKind.EDIT, ONE, text="Looking.", left_out=[0])
    here.house.drain()
    failed = [step for step in here.house.desk.case("C-1").steps if step.state is OutboxState.FAILED]
    assert [step.action.key for step in failed] == ["C-1:issue"]
    here.house.desk.resolve("C-1:issue", "leave_out", ONE)
    assert not here.house.desk.waiting()


def test_nobody_can_say_that_an_issue_is_there_without_saying_which(here: World) -> None:
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    with here.house.store.write() as tx:
        outbox.claim(tx, "C-1:issue", "a process that died", here.clock.at)
        outbox.settle(tx, "C-1:issue", OutboxState.FAILED, attempt=1)
    with pytest.raises(Refused):
        here.house.desk.resolve("C-1:issue", "it_is_there", ONE)


def test_a_reply_to_a_shared_mailbox_goes_out_whoever_of_them_wrote_last(tmp_path: Path) -> None:
    private = Visibility(Level.CUSTOMER)
    with world(tmp_path / "home", ScriptedEngine(CaseType.QUESTION)) as here:
        desk = here.house.desk
        first = message(
            id="m-1", source="mail:hi", author="alice@a.example", thread=THREAD, visibility=private
        )
        desk.receive([first])
        here.house.drain()
        earlier = replace(first, id="m-0", author="bob@a.example", sent_at=MONDAY.replace(hour=8))
        desk.receive([earlier])
        here.house.drain()
        desk.decide("C-1", 2, VerdictKind.APPROVE, ONE)
        here.house.drain()
        assert len(here.sent()) == 1


def test_words_of_a_customer_reach_nobody_else_by_way_of_an_issue(tmp_path: Path) -> None:  # N4
    engine = ScriptedEngine(likeness=lambda report, issue: 0.9)
    with world(tmp_path / "home", engine) as here:
        desk = here.house.desk
        shared = Visibility(Level.CUSTOMER, "customer-a")
        asked = message("our merger payroll export crashes", source=SHARED, visibility=shared)
        desk.receive([asked])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        here.clock.pass_by(hours=1)
        desk.receive([message("the export crashes", id="m-9", sent_at=here.clock.at)])
        here.house.drain()
        asked_of = here.engine.briefs[-1]
        assert asked_of.visibility == Visibility(Level.PUBLIC)
        assert asked_of.issue is not None
        assert (asked_of.issue.title, asked_of.issue.body, asked_of.issue.url) == ("", "", "")


def test_what_a_place_may_not_see_is_refused_at_the_last_moment_too(here: World) -> None:  # N4
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    with here.house.store.write() as tx:
        row = outbox.by_key(tx, "C-1:issue")
        assert row is not None
        assert isinstance(row.record, Action)
        outbox.take_back(tx, "C-1:issue", "")
        secret = replace(row.record, made_from=Visibility(Level.RESTRICTED))
        outbox.add(tx, secret, row.source, here.clock.at)
    here.house.drain()
    states = {step.action.key: step for step in here.house.desk.case("C-1").steps}
    assert states["C-1:issue"].state is OutboxState.FAILED
    assert "restricted words" in states["C-1:issue"].trouble
