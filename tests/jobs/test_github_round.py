"""From a report to an Issue at GitHub and back by its webhook: one Case, one Issue."""

from pathlib import Path

from starlette.testclient import TestClient

from agent.domain.cases import VerdictKind
from agent.doors.hooks.app import build_hooks
from tests.builders import ONE, message
from tests.fakes.github import Hub
from tests.fakes.github.hooks import SETTINGS, Hook, of_comment, of_issue
from tests.fakes.github.house import Tracked, tracked

OWN = "millrace-bot"


def _delivered(at: Tracked, *hooks: Hook) -> None:
    door = build_hooks(at.world.house.desk)
    assert door is not None
    for each in hooks:
        answer = TestClient(door).post("/hooks/github", content=each.body, headers=each.headers())
        assert answer.status_code == 202, answer.text
        at.drain()


def test_the_issue_that_was_filed_comes_back_as_an_echo_and_its_comments_come_to_the_case(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub, **SETTINGS) as at:
        desk = at.world.house.desk
        desk.receive([message("sync stops after the upgrade")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        for _ in range(3):
            at.wait(seconds=3)
        filed = at.here.issues[1]
        filed.author = OWN
        _delivered(at, of_issue(at.here, filed))
        assert "the Issue that this Case filed" in [each.dropped_reason for each in desk.case("C-1").messages]
        said = at.here.comment(filed, "it happens to me on Windows", "user-9")
        _delivered(at, of_comment(at.here, filed, said))
        assert desk.case("C-1").case.open_revision == 2
        assert [row.case.id for row in desk.inbox()] == ["C-1"]
        assert len(at.here.issues) == 1
