"""Several owners of one outbox, on both databases: one is stopped in the middle, another takes over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.actions import Action, Notice, OutboxState, Outcome, Receipt
from agent.domain.assessments import CaseType
from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy
from agent.errors import Unavailable
from agent.house import LEASE
from agent.jobs.outbox import SETTLE, Outbox
from tests.builders import MONDAY, ONE, World, message, world
from tests.databases import DIALECTS, address
from tests.fakes.engine import ScriptedEngine


@dataclass
class Destination:
    """Takes what comes, and does something else meanwhile where it is told to."""

    listing_is_final: bool
    effects: list[str] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    after_look: Callable[[], None] = lambda: None

    def carry_out(self, action: Action | Notice) -> Outcome:
        meanwhile, self.before_call = self.before_call, lambda: None
        meanwhile()
        self.effects.append(action.key)
        return Receipt(key=action.key, destination_id=str(len(self.effects)), url="", at=MONDAY)

    def find(self, action: Action | Notice) -> Receipt | None:
        is_there = action.key in self.effects
        meanwhile, self.after_look = self.after_look, lambda: None
        meanwhile()
        if not is_there:
            return None
        return Receipt(key=action.key, destination_id="found", url="", at=MONDAY)


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    home = tmp_path / "home"
    home.mkdir()
    with address(request.param, home) as given:
        yield given


def _approved(here: World) -> None:
    here.house.desk.receive([message()])
    here.house.drain()
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)


def _owner(here: World, name: str) -> Outbox:
    house = here.house
    return Outbox(
        house.store, house.ports.channels, house.ports.trackers, house.settings, here.clock, name, LEASE
    )


def _state(here: World) -> OutboxState:
    return here.house.desk.case("C-1").steps[0].state


def test_what_another_has_in_hand_is_left_alone_until_its_lease_ends(tmp_path: Path, url: str) -> None:
    place = Destination(listing_is_final=False)
    with world(
        tmp_path / "home", ScriptedEngine(CaseType.QUESTION), channels={ReplyBy.FILE: place}, database_url=url
    ) as here:
        _approved(here)
        other = _owner(here, "other")
        place.before_call = lambda: _looks(here, other, LEASE / 2)
        _owner(here, "one").send(1)
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def _looks(here: World, other: Outbox, after: timedelta) -> None:
    here.clock.at += after
    assert other.recover() == []
    assert _state(here) is OutboxState.SENDING


def test_one_that_was_stopped_in_its_call_leaves_one_effect_and_a_person_to_decide(
    tmp_path: Path, url: str
) -> None:
    place = Destination(listing_is_final=False)
    with world(
        tmp_path / "home", ScriptedEngine(CaseType.QUESTION), channels={ReplyBy.FILE: place}, database_url=url
    ) as here:
        _approved(here)
        other = _owner(here, "other")

        def meanwhile() -> None:
            for wait in (LEASE, SETTLE, SETTLE):
                here.clock.at += wait
                other.recover()
            other.send(1)
            assert _state(here) is OutboxState.UNKNOWN

        place.before_call = meanwhile
        _owner(here, "one").send(1)
        assert _state(here) is OutboxState.UNKNOWN
    assert len(place.effects) == 1


def test_one_that_was_stopped_before_its_call_does_not_call_when_it_goes_on(tmp_path: Path, url: str) -> None:
    place = Destination(listing_is_final=True)
    with world(
        tmp_path / "home", ScriptedEngine(CaseType.QUESTION), channels={ReplyBy.FILE: place}, database_url=url
    ) as here:
        _approved(here)
        one, other = _owner(here, "one"), _owner(here, "other")
        place.before_call = _unavailable
        with pytest.raises(Unavailable):
            one.send(1)
        here.clock.at += LEASE
        assert other.recover() == [1]

        def meanwhile() -> None:
            """Stop the one, so long that the other takes over and sends."""
            here.clock.at += LEASE
            assert other.recover() == [1]
            other.send(1)
            assert _state(here) is OutboxState.SENT

        place.after_look = meanwhile
        one.send(1)
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def test_one_that_was_held_up_before_its_call_sends_later_where_nobody_took_over(
    tmp_path: Path, url: str
) -> None:
    place = Destination(listing_is_final=True)
    with world(
        tmp_path / "home", ScriptedEngine(CaseType.QUESTION), channels={ReplyBy.FILE: place}, database_url=url
    ) as here:
        _approved(here)
        one = _owner(here, "one")
        place.before_call = _unavailable
        with pytest.raises(Unavailable):
            one.send(1)
        assert one.recover() == [1]
        place.after_look = lambda: here.clock.pass_by(seconds=LEASE.total_seconds() / 2)
        one.send(1)
        assert (_state(here), place.effects) == (OutboxState.PENDING, [])
        one.send(1)
        assert _state(here) is OutboxState.SENT
    assert len(place.effects) == 1


def _unavailable() -> None:
    raise Unavailable("cut off")
