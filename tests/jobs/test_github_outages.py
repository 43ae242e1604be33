"""What outlasts one request to GitHub: an outage of hours, a process that died, an Issue that moved, marks of others."""

from pathlib import Path

import pytest

from agent.domain.actions import Action, OutboxState, Outcome, Receipt
from agent.domain.cases import VerdictKind
from agent.domain.messages import TrackerKind
from agent.ports import Tracker
from tests.builders import ONE, PROJECT, message
from tests.fakes.github import Hub
from tests.fakes.github.faults import (
    BAD_GATEWAY,
    DROPPED,
    DROPPED_AFTER_WRITE,
    secondary_limit,
)
from tests.fakes.github.house import SOURCE, tracked
from tests.jobs.github_steps import (
    COMMENTS,
    CREATE,
    FAILED,
    ISSUES,
    REPLY,
    SENT,
    UNKNOWN,
    effects,
    states,
    transfer,
    writes,
)


def test_an_outage_of_hours_is_waited_for_and_then_told(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        hub.fails("POST", ISSUES, secondary_limit(60), times=99)
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        for _ in range(12):
            at.wait(seconds=61)
        assert at.steps()[CREATE].state is FAILED
        assert writes(hub, CREATE) == 10
        assert not at.here.issues


class Dying:
    """A tracker whose process ends after its first write, before anybody hears of it."""

    listing_is_final = False

    def __init__(self, behind: Tracker) -> None:
        self.behind, self.dies = behind, True

    def carry_out(self, action: Action) -> Outcome:
        outcome = self.behind.carry_out(action)
        if self.dies:
            self.dies = False
            raise SystemExit
        return outcome

    def find(self, action: Action) -> Receipt | None:
        return self.behind.find(action)


def test_a_process_that_died_after_the_write_left_one_issue_that_is_found(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        send = at.world.house.outbox
        send.trackers = {TrackerKind.GITHUB: Dying(send.trackers[TrackerKind.GITHUB])}
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(SystemExit):
            at.drain()
        assert at.steps()[CREATE].state is OutboxState.SENDING
        at.look_twice()
        at.wait(seconds=3)
        assert states(at) == {SENT}
        assert (writes(hub, CREATE), len(at.here.issues)) == (1, 1)


def test_what_changed_an_issue_is_found_after_it_was_moved(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.here.file("It hangs")
        at.world.house.desk.receive([message("it hangs", id=f"{PROJECT}#1", source=SOURCE, title="It hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        hub.fails("POST", COMMENTS, DROPPED_AFTER_WRITE)
        hub.fails("GET", COMMENTS, BAD_GATEWAY, times=5)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        transfer(at)
        at.look_twice()
        assert at.steps()[REPLY].state is SENT
        assert effects(at, REPLY) == 1


def test_while_github_cannot_be_looked_at_nothing_is_written_or_given_up(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        hub.fails("POST", ISSUES, DROPPED_AFTER_WRITE)
        hub.fails("GET", ISSUES, BAD_GATEWAY, times=5)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        assert at.steps()[CREATE].state is OutboxState.SENDING
        at.look_twice()
        assert at.steps()[CREATE].state is SENT
        assert writes(hub, CREATE) == 1


def test_a_strangers_mark_and_a_mark_in_the_middle_of_a_text_count_for_nothing(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.hub.clock.at = at.world.clock.at
        mark = "\n\n<!-- triage C-1:issue -->"
        at.here.file("planted", f"mine{mark}", author="user-9")
        at.here.file("planted in what we filed", f"theirs{mark}\n\n<!-- triage C-9:issue -->", author="dev-1")
        hub.fails("POST", ISSUES, DROPPED)
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        at.look_twice()
        assert at.steps()[CREATE].state is UNKNOWN
