"""What happens at GitHub becomes Cases, by webhook: each once, and each change shown where it belongs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from agent.domain.actions import ActionKind
from agent.domain.cases import CaseState, VerdictKind
from agent.domain.messages import Level
from agent.doors.hooks.app import build_hooks
from agent.store.tables import issues, messages
from tests.builders import ONE, World, message, world
from tests.fakes.github import Hub
from tests.fakes.github.hooks import (
    SETTINGS,
    Hook,
    hook,
    of_comment,
    of_discussion,
    of_issue,
    of_review,
    told,
)
from tests.fakes.github.state import Repository

TEAM = "example/millrace-support"
SOURCE = "github:example/millrace"


@contextmanager
def listening(home: Path) -> Iterator[tuple[World, TestClient]]:
    with world(home / "home", **SETTINGS) as here:
        hooks = build_hooks(here.house.desk)
        assert hooks is not None
        yield here, TestClient(hooks)


def say(at: tuple[World, TestClient], *sent: Hook) -> list[str]:
    """Deliver, and let the worker do what follows."""
    answers = []
    for each in sent:
        answer = at[1].post("/hooks/github", content=each.body, headers=each.headers())
        assert answer.status_code == 202, answer.text
        answers.append(answer.text.strip())
        at[0].house.drain()
    return answers


def cases(at: tuple[World, TestClient]) -> list[str]:
    return sorted(row.case.id for row in at[0].house.desk.inbox())


def because(at: tuple[World, TestClient], case: str = "C-1") -> tuple[int | None, str]:
    found = at[0].house.desk.case(case).case
    return found.open_revision, found.because


def test_an_issue_is_a_message_and_an_issue(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops after the upgrade", "It hangs for ever")
    with listening(tmp_path) as at:
        house = at[0].house
        house.add_issues([])
        say(at, of_issue(here, issue))
        view = house.desk.case("C-1")
        assert view.messages[0].message.id == "example/millrace#1"
        assert view.proposal is not None
        kinds = [step.kind for step in view.proposal.plan]
        assert ActionKind.CREATE_ISSUE not in kinds
        assert "example/millrace#1" not in [each.issue_id for each in view.proposal.matched.candidates]


def test_comments_edits_and_reopens_update_the_case(tmp_path: Path, here: Repository) -> None:  # T7
    issue = here.file("sync stops", "It hangs", author="user-1")
    with listening(tmp_path) as at:
        say(at, of_issue(here, issue))
        said = here.comment(issue, "with 1.8.2, too", "user-2")
        say(at, of_comment(here, issue, said))
        assert because(at) == (2, "a new Message from user-2")
        here.edit(issue, body="It hangs and deletes my files")
        say(at, of_issue(here, issue, "edited"))
        assert because(at) == (3, "an edit by user-1")
        here.close(issue)
        say(at, of_issue(here, issue, "closed", who="dev-1"))
        assert because(at) == (4, "closed by dev-1 where it was written")
        here.reopen(issue, "user-1")
        say(at, of_issue(here, issue, "reopened"))
        assert because(at) == (5, "reopened by user-1 where it was written")
        assert len(at[0].house.desk.case("C-1").messages) == 2


def test_a_close_after_the_answer_is_shown_and_asks_for_nothing(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops", "It hangs")
    with listening(tmp_path) as at:
        say(at, of_issue(here, issue))
        at[0].house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.close(issue)
        say(at, of_issue(here, issue, "closed", who="dev-1"))
        view = at[0].house.desk.case("C-1")
        assert (view.case.revision, view.history[-1].what) == (1, "closed")
        here.reopen(issue)
        say(at, of_issue(here, issue, "reopened", who="user-1"))
        assert at[0].house.desk.case("C-1").case.state is CaseState.WAITING_ON_US


def test_an_older_delivery_that_comes_late_changes_nothing_back(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops", "first")
    opened = of_issue(here, issue)
    with listening(tmp_path) as at:
        here.edit(issue, body="second")
        first_edit = of_issue(here, issue, "edited")
        here.edit(issue, body="third")
        say(at, opened, of_issue(here, issue, "edited"), first_edit)
        assert at[0].house.desk.case("C-1").messages[0].message.text == "third"


def test_a_deleted_comment_is_no_longer_worked_on_and_stays_readable(
    tmp_path: Path, here: Repository
) -> None:
    issue = here.file("sync stops", "It hangs")
    said = here.comment(issue, "my password is swordfish", "user-2")
    with listening(tmp_path) as at:
        say(at, of_issue(here, issue), of_comment(here, issue, said))
        say(at, of_comment(here, issue, said, "deleted", who="user-2"))
        view = at[0].house.desk.case("C-1")
        assert view.case.because == "a Message was deleted by user-2 where it was written"
        assert [each.dropped_reason for each in view.messages] == [
            "",
            "deleted by user-2 where it was written",
        ]
        assert view.proposal is not None
        assert "swordfish" not in view.proposal.plan[0].body
        say(at, of_comment(here, issue, said, "edited"))
        assert at[0].house.desk.case("C-1").case.revision == view.case.revision


def test_a_deleted_issue_ends_its_case_and_leaves_the_index(tmp_path: Path, here: Repository) -> None:
    from agent.trackers.github_issues import issue_of
    from tests.fakes.github import shapes

    issue = here.file("sync stops", "It hangs")
    with listening(tmp_path) as at:
        house = at[0].house
        house.add_issues([issue_of(shapes.issue(here, issue))])
        say(at, of_issue(here, issue), of_issue(here, issue, "deleted", who="dev-1"))
        row = house.desk.dropped()[0].case
        assert (row.id, row.state) == ("C-1", CaseState.TRIAGED_OUT)
        assert row.dropped_reason == "deleted by dev-1 where it was written"
        assert house.desk.inbox() == []
        with house.store.read() as tx:
            assert tx.scalar(sa.select(sa.func.count()).select_from(issues)) == 0
        house.desk.restore("C-1", ONE)
        house.drain()
        assert cases(at) == ["C-1"]


def test_a_comment_that_comes_after_the_deletion_of_its_issue_opens_no_case(
    tmp_path: Path, here: Repository
) -> None:
    issue = here.file("sync stops", "It hangs")
    with listening(tmp_path) as at:
        late = of_comment(here, issue, here.comment(issue, "still", "user-2"))
        say(at, of_issue(here, issue), of_issue(here, issue, "deleted", who="dev-1"), late)
        assert cases(at) == []


def test_a_deletion_that_two_hooks_tell_is_one(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops", "It hangs")
    said = here.comment(issue, "still", "user-2")
    with listening(tmp_path) as at:
        gone = of_comment(here, issue, said, "deleted", who="user-2")
        say(at, of_issue(here, issue), of_comment(here, issue, said), gone)
        before = because(at)
        say(at, hook("issue_comment", {**gone.payload, "installation": {"id": 1}}))
        assert because(at) == before


@pytest.mark.parametrize("order", ["old place first", "new place first"])
def test_a_transferred_issue_keeps_its_case(tmp_path: Path, hub: Hub, here: Repository, order: str) -> None:
    there = hub.repository("example/other")
    issue = here.file("sync stops", "It hangs")
    said = here.comment(issue, "still", "user-2")
    with listening(tmp_path) as at:
        say(at, of_issue(here, issue), of_comment(here, issue, said))
        from tests.fakes.github import shapes

        before = shapes.issue(here, issue)
        moved = here.transfer(issue, there)
        changes = {
            "new_issue": shapes.issue(there, moved),
            "new_repository": shapes.repository(there, "dev-1"),
        }
        left = told("issues", "transferred", here, "dev-1", issue=before, changes=changes)
        old = {"old_issue": before, "old_repository": shapes.repository(here, "dev-1")}
        came = told("issues", "opened", there, "dev-1", issue=shapes.issue(there, moved), changes=old)
        say(at, *([left, came] if order == "old place first" else [came, left]))
        view = at[0].house.desk.case("C-1")
        assert [each.message.id for each in view.messages] == [
            "example/other#1",
            f"example/other#1/issuecomment-{said.id}",
        ]
        assert (view.case.source, view.case.revision) == ("github:example/other", 3)
        assert view.case.because == "example/millrace#1 was moved to example/other#1"
        assert cases(at) == ["C-1"]


def test_the_echo_of_an_issue_that_we_filed_links_back_to_its_case(tmp_path: Path, here: Repository) -> None:
    with listening(tmp_path) as at:
        house = at[0].house
        house.desk.receive([message("sync stops after the upgrade")])
        house.drain()
        house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        house.drain()
        with house.store.write() as tx:  # as if the tracker had been GitHub
            from agent.store.tables import outbox

            row = tx.execute(sa.select(outbox).where(outbox.c.kind == "create_issue")).one()
            real = row.receipt.replace("example/millrace#L1", "example/millrace#1")
            tx.execute(outbox.update().where(outbox.c.key == row.key).values(receipt=real))
        filed = here.file("sync stops", "as reported", author="millrace-bot")
        say(at, of_issue(here, filed))
        view = house.desk.case("C-1")
        assert "the Issue that this Case filed" in [each.dropped_reason for each in view.messages]
        assert view.case.revision == 1
        said = here.comment(filed, "it happens to me on Windows", "user-9")
        say(at, of_comment(here, filed, said))
        assert because(at) == (2, "a new Message from user-9")
        assert cases(at) == ["C-1"]


def test_an_echo_that_comes_before_the_answer_to_our_request_waits_for_it(
    tmp_path: Path, here: Repository
) -> None:
    with listening(tmp_path) as at:
        house = at[0].house
        house.desk.receive([message("sync stops after the upgrade")])
        house.drain()
        house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        from agent.store.tables import outbox

        with house.store.write() as tx:
            is_issue = outbox.c.kind == "create_issue"
            tx.execute(outbox.update().where(is_issue).values(state="sending", claimed_by="another"))
        marked = here.file("sync stops", "as reported\n<!-- triage C-1:issue -->", author="millrace-bot")
        say(at, of_issue(here, marked))
        said = [each.dropped_reason for each in house.desk.case("C-1").messages]
        assert "the Issue that this Case filed" in said
        stranger = here.file("mine", "<!-- triage C-1:issue -->", author="user-6")
        say(at, of_issue(here, stranger))
        assert "C-2" in [row.case.id for row in house.desk.inbox()]


def test_what_a_bot_says_is_dropped_visibly_and_can_be_taken_back(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops", "It hangs")
    said = here.comment(issue, "This issue is stale.", "stale[bot]")
    with listening(tmp_path) as at:
        say(at, of_comment(here, issue, said))
        house = at[0].house
        dropped = house.desk.dropped()[0]
        assert dropped.case.dropped_reason == "written by a bot, stale[bot]"
        assert cases(at) == []
        house.desk.restore(dropped.case.id, ONE)
        house.drain()
        assert cases(at) == ["C-1"]


def test_a_comment_on_an_issue_of_before_brings_the_issue_along(tmp_path: Path, here: Repository) -> None:
    issue = here.file("sync stops", "It hangs", author="user-1")
    said = here.comment(issue, "me on 1.9: it still happens", "user-2")
    with listening(tmp_path) as at:
        say(at, of_comment(here, issue, said))
        view = at[0].house.desk.case("C-1")
        assert [each.message.author for each in view.messages] == ["user-1", "user-2"]
        assert (view.case.title, cases(at)) == ("sync stops", ["C-1"])


def test_a_discussion_is_a_case_that_may_file_an_issue(tmp_path: Path, here: Repository) -> None:
    with listening(tmp_path) as at:
        say(at, of_discussion(here, here.discuss("sync stops after the upgrade", "It hangs")))
        view = at[0].house.desk.case("C-1")
        assert view.messages[0].message.id == "example/millrace/discussions/1"
        assert view.proposal is not None
        assert ActionKind.CREATE_ISSUE in [step.kind for step in view.proposal.plan]


def test_a_team_is_heard_wherever_the_app_sees_it(tmp_path: Path, hub: Hub) -> None:  # S11, S12
    other = hub.repository("example/other", private=True)
    unasked = other.file("nothing for us", "It hangs")
    called = other.file("for us", f"@{TEAM} please look")
    similar = other.file("not us", f"@{TEAM}-two and mail@{TEAM} and `x/@{TEAM}`")
    with listening(tmp_path) as at:
        answers = say(at, of_issue(other, unasked), of_issue(other, called), of_issue(other, similar))
        ignored = "ignored: opened: example/other is not watched, and no team of ours is called"
        assert answers == [ignored, "taken", ignored]
        view = at[0].house.desk.case("C-1")
        assert view.messages[0].message.visibility.level is Level.INTERNAL
        said = other.comment(unasked, f"@{TEAM.upper()} have you seen this?", "user-2")
        say(at, of_comment(other, unasked, said))
        assert len(at[0].house.desk.case("C-2").messages) == 2
        reply = other.comment(called, "any news?", "user-3")
        say(at, of_comment(other, called, reply))
        assert because(at) == (2, "a new Message from user-3")


def test_a_label_of_the_team_makes_an_issue_ours(tmp_path: Path, hub: Hub) -> None:  # S12
    other = hub.repository("example/other")
    issue = other.file("sync stops", "It hangs")
    with listening(tmp_path) as at:
        assert say(at, of_issue(other, issue))[0].startswith("ignored: ")
        other.edit(issue, labels=[other.label("Team/Support")])
        assert say(at, of_issue(other, issue, "labeled", who="dev-2")) == ["taken"]
        assert cases(at) == ["C-1"]


def test_a_review_asked_of_the_team_is_intake_and_one_asked_of_a_person_is_theirs(
    tmp_path: Path, here: Repository
) -> None:  # S7
    pull = here.file("Retry the upload", "as discussed", author="user-1", is_pull=True)
    with listening(tmp_path) as at:
        answers = say(
            at,
            of_review(here, pull, None),
            of_review(here, pull, "other-team"),
            of_review(here, pull, "millrace-support"),
        )
        assert answers == [
            "ignored: review_requested: asked of dev-2, whose it is",
            "ignored: review_requested: asked of @example/other-team, which is not among the teams of sources.yaml",
            "taken",
        ]
        view = at[0].house.desk.case("C-1")
        assert view.case.title == "Review: Retry the upload"
        assert view.proposal is not None
        assert ActionKind.CREATE_ISSUE not in [step.kind for step in view.proposal.plan]
        say(at, of_review(here, pull, "millrace-support", "review_request_removed"))
        assert at[0].house.desk.dropped()[0].case.dropped_reason.startswith("withdrawn by user-1")
        here.edit(pull, title="Retry the upload")
        say(at, of_review(here, pull, "millrace-support"))
        assert cases(at) == ["C-1"]


def test_a_flood_of_review_requests_is_grouped(tmp_path: Path, here: Repository) -> None:  # S7
    with listening(tmp_path) as at:
        for number in range(12):
            pull = here.file(f"Change {number}", is_pull=True)
            say(at, of_review(here, pull, "millrace-support"))
        assert len(cases(at)) == 4
        found = at[0].house.desk.case("C-4")
        assert len(found.messages) == 9
        at[0].clock.pass_by(hours=2)
        say(at, of_review(here, here.file("Later", is_pull=True), "millrace-support"))
        assert len(cases(at)) == 5


def test_a_pull_request_that_nobody_asked_us_about_is_ignored(tmp_path: Path, here: Repository) -> None:
    pull = here.file("Retry the upload", is_pull=True)
    said = here.comment(pull, "looks good", "user-2")
    with listening(tmp_path) as at:
        say(at, of_comment(here, pull, said))
        with at[0].house.store.read() as tx:
            assert tx.scalar(sa.select(sa.func.count()).select_from(messages)) == 0
