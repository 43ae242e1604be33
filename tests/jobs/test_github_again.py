"""What is approved again, or leaves later than the world that it was approved for."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.channels.off import OffChannel
from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.messages import TEAM, TrackerKind
from agent.errors import CannotUndo
from tests.builders import ONE, PROJECT, message
from tests.fakes.github import Hub
from tests.fakes.github.faults import (
    BAD_GATEWAY,
    DROPPED,
    DROPPED_AFTER_WRITE,
    UNAUTHORIZED,
    Fault,
)
from tests.fakes.github.house import SOURCE, Tracked, tracked
from tests.jobs.github_steps import COMMENTS, CREATE, ISSUES, REPLY, effects, writes
from tests.jobs.test_github_actions import _synced


def _approved(at: Tracked, revision: int) -> None:
    at.hub.clock.at = at.world.clock.at
    at.world.house.desk.decide("C-1", revision, VerdictKind.APPROVE, ONE)
    for _ in range(3):
        at.wait(seconds=3)


def _said(at: Tracked, id: str = "m-1", **more: object) -> None:
    given = {"thread": "t-1", **more}
    sent = message("it hangs", id=id, sent_at=at.world.clock.at, **given)  # type: ignore[arg-type]
    at.world.house.desk.receive([sent])
    at.drain()


def _fails_to_file(at: Tracked, *faults: tuple[str, Fault]) -> None:
    """Approve r1 while requests for Issues fail."""
    _said(at)
    for method, fault in faults:
        at.hub.fails(method, ISSUES, fault)
    _approved(at, 1)


def _is_of_unknown_fate(at: Tracked) -> None:
    """Approve r1: the Issue is filed, and neither the answer nor a look at it comes back."""
    _fails_to_file(at, ("POST", DROPPED_AFTER_WRITE), ("GET", UNAUTHORIZED))
    at.look_twice()
    assert at.steps()[CREATE].state is OutboxState.UNKNOWN


def _is_tried_again(at: Tracked, fault: Fault) -> None:
    """Have a person try it again while it cannot be looked for."""
    at.hub.fails("GET", ISSUES, fault, times=99)
    at.world.house.desk.resolve("C-1:issue", "retry", ONE)
    at.wait(seconds=3)


def test_an_issue_of_unknown_fate_that_was_left_out_is_looked_for_when_it_is_approved_again(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _is_of_unknown_fate(at)
        at.world.house.desk.resolve("C-1:issue", "leave_out", ONE)
        at.wait(hours=30)
        _said(at, "m-2")
        _approved(at, 2)
        assert at.steps()[CREATE].state is OutboxState.SENT
        assert len(at.here.issues) == 1


def test_an_issue_that_a_person_says_is_there_is_found_and_what_waited_for_it_leaves(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _is_of_unknown_fate(at)
        at.world.house.desk.resolve("C-1:issue", "it_is_there", ONE)
        at.wait(seconds=3)
        at.wait(seconds=3)
        assert {step.state for step in at.steps().values()} == {OutboxState.SENT}
        assert len(at.here.issues) == 1


def test_what_may_be_there_stays_in_doubt_when_it_is_taken_back_and_the_next_approval_finds_it(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _is_of_unknown_fate(at)
        _is_tried_again(at, BAD_GATEWAY)
        assert at.steps()[CREATE].state is OutboxState.PENDING
        revision = at.world.house.desk.undo("C-1", ONE)
        at.drain()
        step = at.steps()[CREATE]
        assert (step.state, "taken back" in step.trouble) == (OutboxState.UNKNOWN, True)
        at.hub.planned.clear()
        _approved(at, revision)
        assert at.steps()[CREATE].state is OutboxState.SENT
        assert len(at.here.issues) == 1


def test_what_may_be_there_has_not_failed_because_it_cannot_be_looked_for(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _is_of_unknown_fate(at)
        _is_tried_again(at, UNAUTHORIZED)
        assert at.steps()[CREATE].state is OutboxState.UNKNOWN
        with pytest.raises(CannotUndo):
            at.world.house.desk.undo("C-1", ONE)
        assert len(at.here.issues) == 1


def test_what_may_be_there_is_not_called_unsent_where_it_may_not_leave_any_more(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.here.file("It hangs")
        _said(at, f"{PROJECT}#1", source=SOURCE, thread=None)
        for method, fault in (("POST", DROPPED_AFTER_WRITE), ("GET", UNAUTHORIZED)):
            at.hub.fails(method, COMMENTS, fault)
        _approved(at, 1)
        assert at.steps()[REPLY].state is OutboxState.UNKNOWN
        _said(at, f"{PROJECT}#1/issuecomment-1", source=SOURCE, thread=f"{PROJECT}#1")
        at.world.house.desk.resolve("C-1:r1:reply", "retry", ONE)
        at.wait(seconds=3)
        step = at.steps()[REPLY]
        assert (step.state, "the thread moved on" in step.trouble) == (OutboxState.UNKNOWN, True)


def test_an_issue_that_is_not_where_a_person_says_is_unknown_again_and_not_filed(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _fails_to_file(at, ("POST", DROPPED))
        at.look_twice()
        at.world.house.desk.resolve("C-1:issue", "it_is_there", ONE)
        at.look_twice()
        step = at.steps()[CREATE]
        assert step.state is OutboxState.UNKNOWN
        assert f"{ONE} said that it is there. Looked twice and found nothing." in step.trouble
        assert not at.here.issues


@pytest.mark.parametrize("step", [CREATE, REPLY])
def test_what_stands_there_without_our_mark_is_a_persons_to_look_at_and_not_written_again(
    step: str, tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        hub.keeps = lambda text: text.partition("<!--")[0]
        if step == REPLY:
            at.here.file("It hangs")
        reported = {"source": SOURCE, "thread": None} if step == REPLY else {}
        _said(at, f"{PROJECT}#1", **reported)
        _approved(at, 1)
        at.look_twice()
        assert at.steps()[step].state is OutboxState.UNKNOWN
        assert "shows another text" in at.steps()[step].trouble
        assert [row.case.id for row in at.world.house.desk.waiting()] == ["C-1"]
        with pytest.raises(CannotUndo):
            at.world.house.desk.undo("C-1", ONE)
        assert (writes(hub, step), effects(at, step)) == (1, 1)


def test_what_failed_is_done_by_the_next_approval(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _fails_to_file(at, ("POST", UNAUTHORIZED))
        assert at.steps()[CREATE].state is OutboxState.FAILED
        _said(at, "m-2")
        _approved(at, 2)
        assert {step.state for step in at.steps().values()} == {OutboxState.SENT}
        assert len(at.here.issues) == 1


def test_a_state_that_was_set_once_is_set_again_by_the_next_approval(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:  # T2, T16
        issue = at.here.file("It hangs")
        _synced(at)
        _said(at, f"{PROJECT}#1", source=SOURCE, thread=None)
        _approved(at, 1)
        assert (issue.labels, issue.assignees) == (["bug", "soon"], ["dev-1"])
        issue.labels, issue.assignees = [], []
        _synced(at)
        _said(at, f"{PROJECT}#1/issuecomment-1", source=SOURCE, thread=f"{PROJECT}#1")
        _approved(at, 2)
        assert (issue.labels, issue.assignees) == (["bug", "soon"], ["dev-1"])


def test_what_was_approved_for_github_is_filed_nowhere_else_when_its_keys_are_gone(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _said(at)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        outbox = at.world.house.outbox
        off = OffChannel("GitHub is not connected.")
        outbox.trackers = {**outbox.trackers, TrackerKind.GITHUB: off}
        outbox.settings = replace(outbox.settings, external=dict.fromkeys(outbox.settings.external, False))
        at.drain()
        step = at.steps()[CREATE]
        assert (step.state, step.trouble) == (OutboxState.FAILED, "GitHub is not connected.")
        assert not at.world.house.desk.search("hangs").issues


def test_nothing_for_the_team_is_written_where_the_repository_was_made_public(
    tmp_path: Path, hub: Hub
) -> None:  # N4
    with tracked(tmp_path / "home", hub, private=True) as at:
        issue = at.here.file("It hangs")
        _said(at, source="slack:C-TEAM", visibility=TEAM)
        at.here.private = False
        _approved(at, 1)
        assert "is public at GitHub" in at.steps()[CREATE].trouble
        _said(at, f"{PROJECT}#1", source=SOURCE, thread=None, visibility=TEAM)
        at.world.house.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        assert "is public at GitHub" in at.steps("C-2")[REPLY].trouble
        assert (list(at.here.issues), issue.comments) == ([1], [])
