"""What a later Verdict asks for again is done, whatever an older one has left on its way."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from agent.domain.actions import Action, Later, Notice, OutboxState, Outcome, Receipt, Refusal
from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy, TrackerKind
from agent.errors import CannotUndo
from agent.store import outbox
from tests.builders import ONE, World, message, world

THREAD = "t-1"


@dataclass
class Meanwhile:
    """A tracker whose first answer is another one, and during whose first call something happens."""

    behind: object
    answers: list[type[Later | Refusal] | None] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    listing_is_final = True

    def carry_out(self, action: Action) -> Outcome:
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        answer = self.answers.pop(0) if self.answers else None
        if answer is Later:
            return Later(key=action.key, why="Too many requests.", seconds=60)
        if answer is Refusal:
            return Refusal(key=action.key, why="The tracker is read-only.")
        return self.behind.carry_out(action)  # type: ignore[attr-defined, no-any-return]

    def find(self, action: Action) -> Receipt | None:
        return self.behind.find(action)  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "home") as opened:
        opened.house.desk.receive([message(thread=THREAD)])
        opened.house.drain()
        yield opened


def _tracker(here: World, **given: object) -> Meanwhile:
    tracker = Meanwhile(here.house.outbox.trackers[TrackerKind.LOCAL], **given)  # type: ignore[arg-type]
    here.house.outbox.trackers = {TrackerKind.LOCAL: tracker}
    return tracker


def _approve(here: World, revision: int) -> None:
    here.house.desk.decide("C-1", revision, VerdictKind.APPROVE, ONE)


def _second_is_approved(here: World) -> None:
    """The thread moves on to the same plan, which a person approves, too."""
    here.house.desk.receive([message("it is worse now", id="m-2", thread=THREAD)])
    here.house.ports.queue.drain(here.house.handlers())
    _approve(here, 2)


def _row(here: World) -> outbox.Row:
    with here.house.store.read() as tx:
        row = outbox.by_key(tx, "C-1:issue")
    assert row is not None
    return row


def test_an_issue_that_a_later_verdict_asks_for_while_an_older_one_waits_is_filed(here: World) -> None:
    here.house.desk.pause(None, ONE)
    _approve(here, 1)
    _second_is_approved(here)
    here.house.desk.resume(None, ONE)
    here.house.drain()
    assert _row(here).state is OutboxState.SENT
    assert len(here.house.desk.search("sync stops").issues) == 1


@pytest.mark.parametrize("answer", [None, Later])
def test_an_issue_that_a_later_verdict_asks_for_while_an_older_one_files_it_is_filed_once(
    here: World, answer: type[Later] | None
) -> None:
    _tracker(here, answers=[answer], meanwhile=lambda: _second_is_approved(here))
    _approve(here, 1)
    here.house.outbox.send(1)
    here.clock.pass_by(minutes=2)
    here.house.drain()
    assert _row(here).state is OutboxState.SENT
    assert len(here.house.desk.search("sync stops").issues) == 1


def test_what_an_older_one_files_just_now_is_not_taken_back_with_the_later_verdict(here: World) -> None:
    def meanwhile() -> None:
        _second_is_approved(here)
        with pytest.raises(CannotUndo):
            here.house.desk.undo("C-1", ONE)

    _tracker(here, meanwhile=meanwhile)
    _approve(here, 1)
    here.house.outbox.send(1)
    assert _row(here).state is OutboxState.SENT


def test_undo_takes_back_its_own_verdict_and_leaves_an_older_failed_step_to_a_person(here: World) -> None:
    _tracker(here, answers=[Refusal])
    _approve(here, 1)
    here.house.drain()
    _older_is_left_alone(here)
    assert here.house.desk.undo("C-1", ONE) == 3
    assert _row(here).state is OutboxState.FAILED


def test_an_older_step_of_unknown_fate_does_not_keep_a_later_verdict_from_being_taken_back(
    here: World,
) -> None:
    _approve(here, 1)
    with here.house.store.write() as tx:
        outbox.claim(tx, "C-1:issue", "a process that died", here.clock.at)
        outbox.settle(tx, "C-1:issue", OutboxState.UNKNOWN, attempt=1)
    _older_is_left_alone(here)
    assert here.house.desk.undo("C-1", ONE) == 3
    assert _row(here).state is OutboxState.UNKNOWN


def _older_is_left_alone(here: World) -> None:
    """The thread moves on, and the next plan is approved without the Issue, while nothing leaves."""
    here.house.desk.pause(None, ONE)
    here.house.desk.receive([message("it is worse now", id="m-2", thread=THREAD)])
    here.house.drain()
    here.house.desk.decide("C-1", 2, VerdictKind.EDIT, ONE, text="Looking.", left_out=[0])


def test_a_call_under_way_is_not_looked_for_because_another_thread_of_this_process_came_by(
    here: World,
) -> None:
    began, may_end = Event(), Event()

    class Slow:
        listing_is_final = False

        def carry_out(self, action: Action | Notice) -> Outcome:
            began.set()
            assert may_end.wait(10)
            return Receipt(key=action.key, destination_id="there", url="", at=here.clock.at)

        def find(self, action: Action | Notice) -> Receipt | None:
            return None

    here.house.outbox.channels = {ReplyBy.FILE: Slow()}
    with ThreadPoolExecutor(1) as threads:

        def meanwhile() -> None:
            threads.submit(here.house.outbox.send, 1)
            assert began.wait(10)

        _tracker(here, meanwhile=meanwhile)
        here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="Looking.")
        here.house.outbox.send(1)
        for _ in range(2):
            here.house.outbox.recover()
            here.clock.pass_by(minutes=1)
        may_end.set()
    assert {step.state for step in here.house.desk.case("C-1").steps} == {OutboxState.SENT}


class Halfway:
    """A place that takes the first part of a reply, and then answers something else."""

    listing_is_final = False

    def __init__(self, here: World, answer: type[Later | Refusal]) -> None:
        self.here, self.answer = here, answer

    def carry_out(self, action: Action | Notice) -> Outcome:
        begun = Receipt(key=action.key, destination_id="part 1", url="", at=self.here.clock.at)
        why = "1 of 2 parts stand in the thread."
        if self.answer is Later:
            return Later(key=action.key, why=why, seconds=60, begun=begun)
        return Refusal(key=action.key, why=why, begun=begun)

    def find(self, action: Action | Notice) -> Receipt | None:
        return None


def _half_is_sent(here: World, answer: type[Later | Refusal]) -> None:
    here.house.outbox.channels = {ReplyBy.FILE: Halfway(here, answer)}
    here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="Looking.", left_out=[0])
    here.house.drain()


@pytest.mark.parametrize("answer", [Later, Refusal])
def test_a_reply_that_stands_in_part_is_not_taken_back(here: World, answer: type[Later | Refusal]) -> None:
    _half_is_sent(here, answer)
    with pytest.raises(CannotUndo):
        here.house.desk.undo("C-1", ONE)


def test_a_reply_that_stands_in_part_when_the_thread_moves_on_is_told_to_a_person(here: World) -> None:
    _half_is_sent(here, Later)
    here.house.desk.receive([message("it is worse now", id="m-2", thread=THREAD)])
    here.house.drain()
    here.clock.pass_by(minutes=2)
    here.house.drain()
    (step,) = here.house.desk.case("C-1").steps
    assert step.state is OutboxState.FAILED
    assert "the thread moved on" in step.trouble
    assert "1 of 2 parts stand in the thread." in step.trouble


def test_what_may_have_left_is_held_and_in_doubt_when_it_is_taken_back(here: World) -> None:
    here.house.desk.pause(None, ONE)
    here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="Looking.", left_out=[0])
    key = "C-1:r1:reply"
    with here.house.store.write() as tx:
        outbox.claim(tx, key, "a process that died", here.clock.at)
        outbox.settle(tx, key, OutboxState.UNKNOWN, attempt=1, looked_at=here.clock.at)
    here.house.desk.resolve(key, "retry", ONE)
    here.house.desk.undo("C-1", ONE)
    here.house.desk.resume(None, ONE)
    here.house.drain()
    view = here.house.desk.case("C-1")
    assert {step.state for step in view.steps} == {OutboxState.UNKNOWN}
    assert view.case.open_revision == 2
    assert not here.sent()
