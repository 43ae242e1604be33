"""What is written in a thread of Slack after its report: it joins the Case, moves it, changes it or takes it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.domain.cases import CaseState, VerdictKind
from agent.domain.messages import Level
from tests.builders import ONE
from tests.fakes.slack import Workspace
from tests.fakes.slack.room import Room, asked_about, room


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with room(tmp_path, slack) as opened:
        yield opened


def test_replies_in_the_thread_join_their_case(at: Room) -> None:
    user = at.slack.user("user-4821")
    asked = at.help.says(user, "sync stops")
    at.settle()
    at.help.says(user, "only on Linux", thread=asked)
    at.settle()
    assert at.said("C-1") == ["sync stops", "only on Linux"]
    assert at.house.desk.case("C-1").case.because == f"a new Message from {user.id}"
    assert at.inbox() == ["C-1"]


def test_a_reply_below_a_grouped_message_joins_the_same_case(at: Room) -> None:
    user = at.slack.user("user-1")
    at.help.says(user, "sync stops")
    second = at.help.says(user, "since the upgrade")
    at.settle()
    at.help.says(at.slack.user("user-2"), "which version was it before?", thread=second)
    at.settle()
    assert (at.inbox(), len(at.said("C-1"))) == (["C-1"], 3)


def test_thanks_that_it_works_moves_the_case_and_opens_none(at: Room) -> None:  # T22
    user = at.slack.user("user-1")
    asked = at.help.says(user, "sync stops after the upgrade")
    at.settle()
    at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    at.house.drain()
    at.pass_by(minutes=30)
    at.help.says(user, "thanks, that works", thread=asked)
    at.settle()
    view = at.house.desk.case("C-1")
    assert (view.case.state, view.case.revision) == (CaseState.SOLVED, 1)
    assert (view.history[-1].what, view.history[-1].text) == ("confirmed", "They say that it works")


def test_thanks_beside_the_thread_are_about_the_case_too(at: Room) -> None:
    user = at.slack.user("user-1")
    at.help.says(user, "sync stops after the upgrade")
    at.settle()
    at.pass_by(hours=2)
    at.help.says(user, "that works now, thanks!")
    at.settle()
    assert at.inbox() == ["C-1"]
    # Nothing was answered yet, so a person looks at it.
    assert at.house.desk.case("C-1").case.because == "they say that it works"


def test_thanks_of_somebody_else_are_dropped_on_the_case(at: Room) -> None:
    asked = at.help.says(at.slack.user("user-1"), "sync stops after the upgrade")
    at.settle()
    at.help.says(at.slack.user("user-2"), "works, thanks", thread=asked)
    at.settle()
    view = at.house.desk.case("C-1")
    assert (view.case.revision, view.messages[1].dropped_reason) == (1, "thanks and nothing else")


def test_joins_edits_and_deletions_are_what_they_are(at: Room) -> None:
    user = at.slack.user("user-1")
    at.help.joins(user)
    asked = at.help.says(user, "sync stops")
    at.settle()
    at.pass_by(minutes=1)
    at.help.edits(asked, "sync stops and loses files")
    at.settle()
    view = at.house.desk.case("C-1")
    assert (view.case.because, view.messages[0].message.text) == (
        f"an edit by {user.id}",
        "sync stops and loses files",
    )
    at.help.deletes(asked)
    at.settle()
    assert at.ignored() == ["somebody joined"]
    assert (at.inbox(), at.dropped()) == ([], ["deleted where it was written"])


def test_a_deleted_root_leaves_what_others_wrote_below_it(at: Room) -> None:
    asked = at.help.says(at.slack.user("user-1"), "sync stops")
    at.help.says(at.slack.user("user-2"), "for us, too, since 1.8.2", thread=asked)
    at.settle()
    at.help.deletes(asked)
    at.settle()
    view = at.house.desk.case("C-1")
    assert [each.dropped_reason for each in view.messages] == ["deleted where it was written", ""]
    assert at.inbox() == ["C-1"]


def test_an_answer_to_what_the_team_was_asked_comes_back_to_the_case(at: Room) -> None:  # T26
    at.help.says(at.slack.user("user-1"), "sync stops")
    at.settle()
    bugs = at.channel("triage-bugs")
    asked = bugs.says(
        at.slack.users[at.slack.bot], "Who knows this?", bot_id=at.slack.bot_id, app_id=at.slack.app_id
    )
    at.settle()
    asked_about(at, "C-1", asked)
    for words in ("The watcher's limit, I think", "Ask for sysctl's output"):
        bugs.says(at.colleague(), words, thread=asked)
        at.settle()
    view = at.house.desk.case("C-1")
    assert at.said("C-1") == ["sync stops", "The watcher's limit, I think", "Ask for sysctl's output"]
    assert view.case.because == "a colleague, second-engineer, answered what was asked"
    assert view.messages[1].by_colleague
    assert view.messages[1].message.visibility.level is Level.INTERNAL


def test_a_colleagues_answer_in_the_thread_withdraws_the_draft_and_keeps_the_loop(at: Room) -> None:  # T20
    asked = at.help.says(at.slack.user("user-1"), "sync stops after the upgrade")
    at.settle()
    owner = at.house.desk.case("C-1").case.owner
    at.pass_by(minutes=5)
    at.help.says(at.colleague(), "Restart the agent, that helps until 1.9", thread=asked)
    at.settle()
    case = at.house.desk.case("C-1").case
    assert (case.open_revision, case.withdrawn_by, case.owner) == (None, "second-engineer", owner)
    assert case.first_response_at is not None
    at.help.says(at.slack.user("user-1"), "it does not help", thread=asked)
    at.settle()
    assert at.house.desk.case("C-1").case.open_revision is not None


def test_a_reply_that_waits_to_leave_is_held_back_when_its_writer_goes_on_beside_the_thread(
    tmp_path: Path, slack: Workspace
) -> None:
    with room(tmp_path, slack, lambda plain: {"hold_seconds": 5}) as at:
        user = slack.user("user-1")
        at.help.says(user, "sync stops after the upgrade")
        at.settle()
        at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.pass_by(seconds=2)
        at.help.says(user, "and now it deletes files")
        at.settle()
        at.pass_by(seconds=10)
        at.house.drain()
        assert [each for each in at.here.sent() if each["kind"] == "reply"] == []
        assert at.house.desk.case("C-1").case.open_revision == 2


def test_thanks_that_are_deleted_bring_an_answered_case_not_back(at: Room) -> None:  # T22
    user = at.slack.user("user-1")
    asked = at.help.says(user, "sync stops after the upgrade")
    at.settle()
    at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    at.house.drain()
    thanks = at.help.says(user, "thanks, that works", thread=asked)
    at.settle()
    at.help.deletes(thanks)
    at.settle()
    case = at.house.desk.case("C-1").case
    assert (case.state, case.revision, at.inbox()) == (CaseState.SOLVED, 1, [])


def test_a_deleted_answer_of_a_colleague_has_a_reply_proposed_again(at: Room) -> None:  # T20
    asked = at.help.says(at.slack.user("user-1"), "sync stops after the upgrade")
    at.settle()
    answered = at.help.says(at.colleague(), "Take 1.8.3", thread=asked)
    at.settle()
    at.help.deletes(answered)
    at.settle()
    view = at.house.desk.case("C-1")
    assert (view.case.withdrawn_by, at.inbox()) == ("", ["C-1"])
    assert view.proposal is not None
    assert view.proposal.revision == view.case.revision == view.case.open_revision
