"""The outbox: what failed is told, what is not known is looked for twice, what was left alone waits."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.domain.actions import Action, Notice, OutboxState, Outcome, Receipt, Refusal, Unknown
from agent.domain.assessments import CaseType
from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy, TrackerKind
from agent.errors import Refused, Unavailable
from agent.jobs.outbox import SETTLE
from agent.store import outbox
from tests.builders import MONDAY, ONE, World, message, world
from tests.fakes.engine import ScriptedEngine

#: A question is answered with a reply and nothing else.
QUESTION = ScriptedEngine(CaseType.QUESTION)


@dataclass
class Place:
    """A destination that answers as it is told, and counts its effects."""

    listing_is_final: bool = False
    answers: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    shows: bool = True
    trouble: Exception | None = None  #: what it answers to a look

    def carry_out(self, action: Action | Notice) -> Outcome:
        answer = self.answers.pop(0) if self.answers else "yes"
        if answer in ("yes", "lost after"):
            self.effects.append(action.key)
        if answer == "no":
            return Refusal(key=action.key, why="The place answered 403: no write access.")
        if answer in ("lost after", "lost before"):
            return Unknown(key=action.key, why="The place did not answer.")
        return self._receipt(action.key)

    def find(self, action: Action | Notice) -> Receipt | None:
        if self.trouble:
            raise self.trouble
        return self._receipt(action.key) if self.shows and action.key in self.effects else None

    def _receipt(self, key: str) -> Receipt:
        return Receipt(key=key, destination_id="there", url="", at=MONDAY)


def _approved(here: World) -> None:
    here.house.desk.receive([message()])
    here.house.drain()
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()


def _look(here: World) -> None:
    here.clock.pass_by(seconds=SETTLE.total_seconds() + 1)
    here.house.drain()


def _state(here: World) -> OutboxState:
    return here.house.desk.case("C-1").steps[0].state


def test_an_answer_lost_after_the_write_is_found_and_nothing_is_sent_again(tmp_path: Path) -> None:
    place = Place(answers=["lost after"])
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        _look(here)
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def test_what_is_not_found_twice_stays_unknown_until_a_person_says_so(tmp_path: Path) -> None:
    place = Place(answers=["lost before"])
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        assert _state(here) is OutboxState.SENDING
        _look(here)
        _look(here)
        step = here.house.desk.case("C-1").steps[0]
        assert step.state is OutboxState.UNKNOWN
        assert "Looked twice and found nothing" in step.trouble
        assert not place.effects
        assert [row.tags for row in here.house.desk.waiting()] == [("not known whether it went out",)]
        here.house.desk.resolve(step.action.key, "retry", ONE)
        here.house.drain()
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def test_a_place_whose_answers_cannot_be_read_holds_up_nothing_else(tmp_path: Path) -> None:
    place = Place(answers=["lost after"], trouble=KeyError("html_url"))
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        here.house.desk.receive([message(id="m-2", author="user-2")])
        here.house.drain()
        here.house.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        _look(here)
        assert here.house.desk.case("C-2").steps[0].state is OutboxState.SENT
        assert _state(here) is OutboxState.SENDING
        place.trouble = None
        _look(here)
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 2


@pytest.mark.parametrize("trouble", [Unavailable("The place is closed."), KeyError("html_url")])
def test_what_cannot_be_looked_for_in_an_hour_is_left_to_a_person(tmp_path: Path, trouble: Exception) -> None:
    place = Place(answers=["lost after"], trouble=trouble)
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        here.clock.pass_by(minutes=55)
        _look(here)
        assert _state(here) is OutboxState.SENDING
        here.clock.pass_by(minutes=5)
        _look(here)
        assert _state(here) is OutboxState.UNKNOWN
        place.trouble = None
        here.house.desk.resolve("C-1:r1:reply", "retry", ONE)
        here.house.drain()
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def test_a_person_can_say_that_it_is_there(tmp_path: Path) -> None:
    place = Place(answers=["lost after"], shows=False)
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        _look(here)
        _look(here)
        here.house.desk.resolve("C-1:r1:reply", "it_is_there", ONE)
        view = here.house.desk.case("C-1")
        assert view.steps[0].state is OutboxState.SENT
        assert view.case.first_response_at == here.clock.at
        with pytest.raises(Refused):
            here.house.desk.resolve("C-1:r1:reply", "retry", ONE)
    assert len(place.effects) == 1


def test_a_refused_step_is_told_and_only_that_step_is_tried_again(tmp_path: Path) -> None:
    place = Place(answers=["no"])
    with world(tmp_path / "home", channels={ReplyBy.FILE: place}) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        filed, reply = here.house.desk.case("C-1").steps
        assert (filed.state, reply.state) == (OutboxState.SENT, OutboxState.FAILED)
        assert "403" in reply.trouble
        assert here.house.desk.waiting()[0].tags == ("1 of 2 failed",)
        here.house.desk.resolve(reply.action.key, "retry", ONE)
        here.house.drain()
        assert {step.state for step in here.house.desk.case("C-1").steps} == {OutboxState.SENT}
        assert len(here.house.desk.search("sync stops").issues) == 1
    assert len(place.effects) == 1


def test_a_step_can_be_left_out(tmp_path: Path) -> None:
    place = Place(answers=["no"])
    with world(tmp_path / "home", QUESTION, channels={ReplyBy.FILE: place}) as here:
        _approved(here)
        here.house.desk.resolve("C-1:r1:reply", "leave_out", ONE)
        here.house.drain()
        assert _state(here) is OutboxState.CANCELLED
        assert not here.house.desk.waiting()
    assert not place.effects


def test_a_row_that_one_owner_claimed_is_no_other_owners(tmp_path: Path) -> None:
    with world(tmp_path / "home", QUESTION, hold_seconds=5) as here:
        _approved(here)
        with here.house.store.write() as tx:
            assert outbox.claim(tx, "C-1:r1:reply", "one", here.clock.at)
            assert not outbox.claim(tx, "C-1:r1:reply", "another", here.clock.at)


def test_a_reply_that_names_the_filed_issue_waits_while_filing_failed(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()

        class Closed:
            listing_is_final = True

            def carry_out(self, action: Action) -> Outcome:
                return Refusal(key=action.key, why="The tracker is read-only.")

            def find(self, action: Action) -> Receipt | None:
                return None

        here.house.outbox.trackers = {TrackerKind.LOCAL: Closed()}
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        filed, reply = here.house.desk.case("C-1").steps
        assert (filed.state, reply.state) == (OutboxState.FAILED, OutboxState.PENDING)
    assert not here.sent()


def test_leaving_the_issue_out_of_a_reply_that_names_it_is_refused(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        with pytest.raises(Refused, match="would not be filed"):
            here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, left_out=[0])
        here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="On it.", left_out=[0])
        here.house.drain()
    assert [line["text"] for line in here.sent()] == ["On it."]
