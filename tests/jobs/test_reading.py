"""What webhooks missed is read, and all of it where there are none; nothing is met twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from agent.clients.github import PAGE
from agent.domain.arrivals import Happened
from agent.domain.messages import Level
from agent.domain.views import ReadReport
from agent.jobs import reading
from agent.jobs.arriving import Arriving
from agent.jobs.keeping_up import KeepingUp
from agent.ports import Cursor, InflowPage
from agent.wiring_github import keeping_up
from tests.builders import Clock, World, world
from tests.fakes.github import Hub
from tests.fakes.github.faults import BAD_GATEWAY, secondary_limit
from tests.fakes.github.hooks import SETTINGS, of_comment, of_issue, of_review
from tests.fakes.github.keys import as_app, by_token
from tests.fakes.github.state import Repository
from tests.jobs.test_github_intake import TEAM, cases, say

SOURCE = "github:example/millrace"


@dataclass
class Reader:
    here: World
    reads: KeepingUp
    hub: Hub

    def round(self) -> dict[str, ReadReport]:
        """Read everything once, and let the worker do what follows."""
        self.here.clock.at = max(self.here.clock.at, self.hub.clock.at)
        found = {f"{each.source}/{each.stream}": each for each in self.reads.once()}
        self.here.house.drain()
        return found

    def new(self) -> int:
        found = {name: each.new for name, each in self.round().items() if each.new}
        print(found)
        return sum(found.values())

    def said(self) -> list[str]:
        desk = self.here.house.desk
        listed = [*desk.inbox(), *desk.dropped(), *desk.recent()]
        return sorted(said.message.id for row in listed for said in desk.case(row.case.id).messages)


@contextmanager
def reader(home: Path, hub: Hub, *, app: bool = False) -> Iterator[Reader]:
    clock = Clock(hub.clock.at)
    with world(home / "home", clock=clock, **SETTINGS) as here:
        house = here.house
        access = as_app(hub) if app else by_token(hub)
        reads = keeping_up(house.settings, house.store, here.house.ports.queue, access, clock)
        yield Reader(here, reads, hub)


def test_all_that_is_written_comes_in_without_any_webhook(tmp_path: Path, hub: Hub, here: Repository) -> None:
    with reader(tmp_path, hub) as at:
        assert at.new() == 0
        issue = here.file("sync stops", "It hangs")
        said = here.comment(issue, "with 1.9, too", "user-2")
        talk = here.discuss("How do I retry?", "It fails")
        below = here.comment(talk, "the same for me in 1.9", "user-3")  # type: ignore[arg-type]
        assert at.new() == 4
        name = "example/millrace"
        assert at.said() == [
            f"{name}#1",
            f"{name}#1/issuecomment-{said.id}",
            f"{name}/discussions/2",
            f"{name}/discussions/2/discussioncomment-{below.id}",
        ]
        assert at.new() == 0


def test_reading_and_webhooks_mean_the_same_rows(tmp_path: Path, hub: Hub, here: Repository) -> None:
    from starlette.testclient import TestClient

    from agent.doors.hooks.app import build_hooks

    with reader(tmp_path, hub) as at:
        at.round()
        hooks = build_hooks(at.here.house.desk)
        assert hooks is not None
        by_hook = (at.here, TestClient(hooks))
        issue = here.file("sync stops", "It hangs")
        pull = here.file("Retry", "as discussed", is_pull=True, review_teams=["millrace-support"])
        said = here.comment(issue, "still", "user-2")
        say(by_hook, of_issue(here, issue), of_comment(here, issue, said))
        say(by_hook, of_review(here, pull, "millrace-support"))
        before = at.said()
        assert (at.new(), at.said(), cases(by_hook)) == (0, before, ["C-1", "C-2"])
        assert before[-1] == f"example/millrace/pull/2/review/{TEAM}"


def test_what_a_webhook_missed_is_found_behind_what_is_known(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    from starlette.testclient import TestClient

    from agent.doors.hooks.app import build_hooks

    with reader(tmp_path, hub) as at:
        at.round()
        hooks = build_hooks(at.here.house.desk)
        assert hooks is not None
        missed = [here.file(f"missed {number}", "It hangs") for number in range(3)]
        newest = here.file("newest", "It hangs")
        say((at.here, TestClient(hooks)), of_issue(here, newest))
        assert at.new() == len(missed)
        assert len(at.here.house.desk.inbox()) == 4


def test_an_idle_round_costs_the_few_requests_that_github_gives_no_etag_for(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    here.file("sync stops", "It hangs")
    with reader(tmp_path, hub) as at:
        at.round()
        at.round()
        hub.forget()
        at.round()
        assert Counter(each.template for each in hub.calls if each.status != 304) == {
            "/graphql": 1,
            "/search/issues": 4,
        }


def test_an_old_issue_opens_no_case_and_a_comment_on_it_brings_it_along(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    old = here.file("of long ago", "It hangs", author="user-1")
    hub.clock.at = hub.clock.at.replace(month=hub.clock.at.month + 2)
    with reader(tmp_path, hub) as at:
        at.round()
        here.edit(old, labels=[here.label("bug")])
        assert at.new() == 0
        here.comment(old, "Closing this as stale.", "stale[bot]")
        at.round()
        assert at.here.house.desk.inbox() == []
        here.comment(old, "it happens again since 1.9", "user-2")
        at.round()
        view = at.here.house.desk.case("C-1")
        assert {"example/millrace#1"} <= {each.message.id for each in view.messages}
        assert len(at.here.house.desk.inbox()) == 1


def test_edits_closes_and_reopens_are_seen(tmp_path: Path, hub: Hub, here: Repository) -> None:  # T7
    with reader(tmp_path, hub) as at:
        at.round()
        issue = here.file("sync stops", "It hangs")
        at.round()
        told = []
        for change in (
            lambda: here.edit(issue, body="It hangs, and deletes"),
            lambda: here.close(issue),
            lambda: here.reopen(issue),
        ):
            change()
            at.round()
            told.append(at.here.house.desk.case("C-1").case.because)
        assert told == [
            "an edit by user-1",
            "closed where it was written",
            "reopened where it was written",
        ]


def test_a_deleted_issue_is_missed_by_the_count_and_ends_its_case(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    with reader(tmp_path, hub) as at:
        issue = here.file("sync stops", "It hangs")
        at.reads.sync.run("example/millrace")
        at.round()
        here.delete(issue)
        here.file("another", "It hangs")
        at.round()
        dropped = [(row.case.id, row.case.dropped_reason) for row in at.here.house.desk.dropped()]
        assert dropped == [("C-1", "deleted where it was written")]


def test_a_transferred_issue_is_followed_by_the_count(tmp_path: Path, hub: Hub, here: Repository) -> None:
    there = hub.repository("example/other")
    with reader(tmp_path, hub) as at:
        issue = here.file("sync stops", "It hangs")
        at.reads.sync.run("example/millrace")
        at.round()
        here.transfer(issue, there)
        here.file("another", "It hangs")
        at.round()
        view = at.here.house.desk.case("C-1")
        assert view.messages[0].message.id == "example/other#1"
        assert view.case.because == "example/millrace#1 was moved to example/other#1"


def test_a_long_list_is_read_to_its_end_over_rounds(
    tmp_path: Path, hub: Hub, here: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGES", 2)
    with reader(tmp_path, hub) as at:
        at.reads.rounds.once()
        for number in range(450):
            here.file(f"problem {number}", "It hangs")
        at.here.clock.at = hub.clock.at
        new = [sum(each.new for each in at.reads.rounds.once()) for _ in range(4)]
        assert sum(new) == 450
        assert new[0] >= 150
        assert new[-1] == 0


def test_what_is_written_after_a_page_that_was_exactly_full_comes_in(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    issue = here.file("sync stops", "It hangs")
    with reader(tmp_path, hub) as at:
        at.round()
        for number in range(PAGE):
            here.comment(issue, f"the same in {number}", "user-2")
        assert at.new() == PAGE
        here.comment(issue, "still so", "user-2")
        assert at.new() == 1


def test_one_that_fails_is_told_and_stops_no_other(tmp_path: Path, hub: Hub, here: Repository) -> None:  # S13
    here.file("sync stops", "It hangs")
    with reader(tmp_path, hub) as at:
        hub.fails("GET", "/repos/{owner}/{repo}/issues/comments", BAD_GATEWAY, times=99)
        found = at.round()
        assert "502" in found[f"{SOURCE}/comments"].trouble
        assert found[f"{SOURCE}/issues"].new == 1
        line = next(each for each in at.here.house.desk.sources() if each.source.id == SOURCE)
        assert "502" in line.trouble
        hub.planned.clear()
        at.round()
        line = next(each for each in at.here.house.desk.sources() if each.source.id == SOURCE)
        assert (line.trouble, line.last_read_at) == ("", at.here.clock.at)


class Odd:
    """Two lists, of which the first cannot be understood."""

    kind = "github"

    def streams(self) -> list[tuple[str, str]]:
        return [(SOURCE, "issues"), (SOURCE, "comments")]

    def page(self, source: str, stream: str, at: Cursor, began_at: datetime) -> InflowPage:
        if stream == "issues":
            raise KeyError("html_url")
        return InflowPage(happened=Happened(), following=at, is_last=True)

    def root(self, source: str, thread: str) -> None:
        return None

    def places(self) -> Iterator[str]:
        return iter(())


def test_an_answer_that_cannot_be_understood_is_told_and_stops_no_other(tmp_path: Path) -> None:  # S13
    with world(tmp_path / "home") as here:
        house = here.house
        arriving = Arriving(house.ports.queue, house.settings)
        rounds = reading.Rounds(house.store, Odd(), arriving, (), here.clock)
        first, second = rounds.once()
        assert "could not be understood" in first.trouble
        assert (second.stream, second.trouble) == ("comments", "")
        line = next(each for each in house.desk.sources() if each.source.id == SOURCE)
        assert line.trouble == first.trouble


def test_a_limit_ends_the_round_and_the_next_one_goes_on(tmp_path: Path, hub: Hub, here: Repository) -> None:
    here.file("sync stops", "It hangs")
    with reader(tmp_path, hub) as at:
        hub.fails("GET", "/repos/{owner}/{repo}/issues", secondary_limit(7200))
        assert list(at.round()) == [f"{SOURCE}/issues"]
        assert at.new() == 1


def test_a_team_is_heard_in_every_repository_that_the_key_sees(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:  # S11, S12
    other = hub.repository("example/other", private=True)
    with reader(tmp_path, hub) as at:
        at.round()
        other.file("nothing for us", "It hangs")
        other.file("for us", f"@{TEAM} please look")
        other.file("labelled", "It hangs", labels=("team/support",))
        late = other.file("asked below", "It hangs")
        other.comment(late, "unrelated", "user-4")
        other.comment(late, f"@{TEAM} and this?", "user-5")
        at.round()
        heard = [each for each in at.said() if "/issuecomment" not in each]
        assert heard == ["example/other#2", "example/other#3", "example/other#4"]
        view = at.here.house.desk.case("C-1")
        assert view.messages[0].message.visibility.level is Level.INTERNAL
        watched = dict(at.here.house.desk.elsewhere().watched)
        assert watched == {f"@{TEAM}": at.here.clock.at, "label:team/support": at.here.clock.at}


def test_a_search_that_shows_not_all_is_gone_on_with(tmp_path: Path, hub: Hub, here: Repository) -> None:
    other = hub.repository("example/other", private=True)  # S11
    with reader(tmp_path, hub) as at:
        at.round()
        hub.search_shows = 3
        for number in range(5):
            other.file(f"for us {number}", f"@{TEAM} please look")
        other.file("newer than all of them", f"@{TEAM} please look", is_pull=True)
        at.round()
        at.round()
        assert len(at.said()) == 6
        other.file("not found by a search that ends early", f"@{TEAM} please look")
        other.file("found, and newer", f"@{TEAM} please look", is_pull=True)
        hub.searches_cut = 1
        at.round()
        at.round()
        assert len(at.said()) == 8


def test_an_installation_that_was_suspended_hides_no_other(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    hub.suspended = [4712]
    with reader(tmp_path, hub, app=True) as at:
        found = at.round()
        assert [each.trouble for each in found.values() if each.trouble] == []
        assert at.here.house.desk.elsewhere().seen_at == at.here.clock.at


def test_all_that_is_said_below_a_discussion_is_read(tmp_path: Path, hub: Hub, here: Repository) -> None:
    found = here.discuss("How to sync?", "It hangs")
    with reader(tmp_path, hub) as at:
        at.round()
        for number in range(150):
            here.answer(found, f"me too {number}", f"user-{number}")
        at.round()
        assert sum("/discussioncomment-" in each for each in at.said()) == 150


def test_reviews_are_read_with_the_teams_that_are_asked(tmp_path: Path, hub: Hub, here: Repository) -> None:
    with reader(tmp_path, hub) as at:  # S7
        at.round()
        here.file("Ours", is_pull=True, review_teams=["millrace-support"])
        here.file("Theirs", is_pull=True, review_teams=["other"])
        assert at.new() == 1
        assert at.here.house.desk.case("C-1").case.title == "Review: Ours"


@pytest.mark.parametrize("app", [False, True], ids=["token", "app"])
def test_what_the_key_sees_and_nobody_watches_is_listed(
    tmp_path: Path, hub: Hub, here: Repository, app: bool
) -> None:  # S14
    hub.repository("example/other")
    with reader(tmp_path, hub, app=app) as at:
        at.round()
        elsewhere = at.here.house.desk.elsewhere()
        assert (elsewhere.unwatched, elsewhere.seen_at) == (("github:example/other",), at.here.clock.at)


def test_a_repository_that_turned_private_is_no_longer_read_as_public(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    with reader(tmp_path, hub) as at:
        at.round()
        here.private = True
        here.file("sync stops", "It hangs")
        at.round()
        view = at.here.house.desk.case("C-1")
        assert view.messages[0].message.visibility.level is Level.INTERNAL


def test_a_repository_with_another_name_is_told_with_what_to_do(
    tmp_path: Path, hub: Hub, here: Repository
) -> None:
    hub.rename(here, "example/new")
    with reader(tmp_path, hub) as at:
        found = at.round()
        assert "Put it into sources.yaml" in found[f"{SOURCE}/issues"].trouble
