"""The Issues here are those of GitHub: in full, then what changed, and what is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.clients.github import PAGE
from agent.domain.issues import Issue, IssueState
from agent.domain.messages import TEAM, Level, Visibility
from agent.errors import Missing, Misuse, Unavailable
from agent.jobs.sync import Sync
from agent.policy.references import CLOSED_BY
from agent.ports import Cursor
from agent.store import cases, issues, messages, syncs
from agent.store.database import Store
from agent.trackers.github_feed import GitHubFeed
from tests.builders import HELP, Clock, message
from tests.fakes.github import Hub
from tests.fakes.github.faults import BAD_GATEWAY, DROPPED, Fault
from tests.fakes.github.keys import by_token
from tests.fakes.github.state import Repository

NAME = "example/millrace"
LIST = "/repos/{owner}/{repo}/issues"
PUBLIC = Visibility(Level.PUBLIC)


class Place:
    """A store beside the stand-in."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self.clock = hub, Clock()
        self.store = Store(f"sqlite:///{folder / 'triage.db'}")
        self.sync = Sync(self.store, GitHubFeed(by_token(hub)), lambda _: PUBLIC, self.clock)

    def here(self) -> dict[str, Issue]:
        with self.store.read() as tx:
            return issues.by_ids(tx, issues.tracked(tx, NAME))

    def numbers(self) -> set[int]:
        return {int(each.rpartition("#")[2]) for each in self.here()}

    def issue(self, number: int) -> Issue:
        return self.here()[f"{NAME}#{number}"]


@pytest.fixture
def place(hub: Hub, tmp_path: Path) -> Iterator[Place]:
    made = Place(hub, tmp_path)
    yield made
    made.store.close()


def reported(place: Place, issue_id: str) -> None:
    """Let user-1 have reported an Issue through us, as a Case of the inbox."""
    now = place.clock()
    with place.store.write() as tx:
        seq, _ = messages.receive(tx, message(), now, {})
        given = {"source": HELP, "project": NAME, "title": "It hangs", "author": "user-1"}
        times = dict.fromkeys(("opened_at", "last_message_at", "first_due_at"), now)
        number = cases.open_case(tx, seq=seq, **given, **times)
        issues.report(tx, issue_id, HELP, "user-1", number, now)


def test_a_name_in_another_case_is_the_same_repository(place: Place, here: Repository) -> None:
    known, again = here.file("It hangs"), here.file("It hangs again")
    here.mark_duplicate(again, known)
    here.close(again, "duplicate")
    place.sync.run("Example/Millrace")
    with place.store.read() as tx:
        found = issues.by_ids(tx, issues.tracked(tx, "Example/Millrace"))
    assert sorted(found) == ["Example/Millrace#1", "Example/Millrace#2"]
    assert found["Example/Millrace#2"].duplicate_of == "Example/Millrace#1"
    place.hub.forget()
    place.sync.run("Example/Millrace")
    assert [call.status for call in place.hub.calls] == [304, 304]


def test_a_page_that_became_empty_is_left(place: Place, here: Repository) -> None:
    for number in range(150):
        here.file(f"problem {number}")
    for issue in here.issues.values():
        issue.updated_at = place.hub.clock.at
    place.sync.run(NAME)
    for number in range(1, 61):
        here.delete(here.issues[number])
    place.sync.run(NAME)
    here.file("the newest")
    place.sync.run(NAME)
    assert 151 in place.numbers()


def test_everything_that_an_issue_says_is_kept(place: Place, here: Repository) -> None:
    milestone = here.plan("1.4.0")
    issue = here.file("It hangs", "for ever", author="user-2", labels=("bug", "area/cli"), milestone=1)
    here.comment(issue, "me too")
    here.close(issue)
    assert milestone.number == 1
    place.sync.run(NAME)
    kept = place.issue(1)
    assert (kept.title, kept.body, kept.author) == ("It hangs", "for ever", "user-2")
    assert (kept.labels, kept.comments, kept.state) == (("bug", "area/cli"), 1, IssueState.CLOSED)
    assert (kept.created_at, kept.closed_at) == (issue.created_at, issue.closed_at)
    assert kept.url == "https://github.example/example/millrace/issues/1"
    assert (kept.extra["state_reason"], kept.extra["milestone"], kept.fixed_in) == (
        "completed",
        "1.4.0",
        "1.4.0",
    )
    assert kept.visibility == PUBLIC


def test_pull_requests_are_no_issues(place: Place, here: Repository) -> None:
    here.file("It hangs")
    here.file("Let it not hang", is_pull=True)
    here.discuss("How does it hang?")
    assert place.sync.run(NAME).read == 1
    assert place.numbers() == {1}


def test_a_second_sync_reads_what_changed_and_an_idle_one_costs_nothing(
    place: Place, here: Repository
) -> None:
    for number in range(250):
        here.file(f"It hangs {number}")
    assert place.sync.run(NAME).new == 250
    here.edit(here.issues[7], title="It hangs on Tuesdays")
    here.file("It burns")
    place.hub.forget()
    report = place.sync.run(NAME)
    assert (report.new, report.changed) == (1, 1)
    assert len(place.hub.calls) <= 4
    place.hub.forget()
    report = place.sync.run(NAME)
    assert (report.read, report.new, report.changed) == (0, 0, 0)
    assert [call.status for call in place.hub.calls] == [304, 304]
    assert place.hub.quota.used == 0


def test_what_changes_while_pages_are_read_is_not_skipped(place: Place, here: Repository) -> None:
    for number in range(300):
        here.file(f"It hangs {number}")
    feed, at, met = place.sync.feed, Cursor(), set()
    is_last = False
    while not is_last:
        page = feed.page(NAME, at)
        met |= {each.id for each in page.issues}
        at, is_last = page.following, page.is_last
        if len(met) < 290:
            here.edit(here.issues[len(met) // 2], title="It moved")  # an Issue that was read already
    assert len(met) == 300


def test_what_comes_after_a_page_that_was_exactly_full_is_read(place: Place, here: Repository) -> None:
    for number in range(PAGE):
        here.file(f"problem {number}")
    place.sync.run(NAME)
    assert len(place.numbers()) == PAGE
    for more in (1, 2):
        here.file("one more")
        place.sync.run(NAME)
        assert len(place.numbers()) == PAGE + more


def test_more_than_a_page_of_one_second_is_read(place: Place, here: Repository) -> None:
    for number in range(250):
        here.file(f"It hangs {number}")
    for issue in here.issues.values():
        issue.updated_at = place.hub.clock.at
    assert place.sync.run(NAME).new == 250


@pytest.mark.parametrize("fault", [BAD_GATEWAY, DROPPED], ids=str)
def test_a_page_that_fails_is_asked_again(fault, place: Place, here: Repository) -> None:
    here.file("It hangs")
    place.hub.fails("GET", LIST, fault)
    assert place.sync.run(NAME).new == 1


def test_a_sync_that_broke_off_goes_on_where_it_was(place: Place, here: Repository) -> None:
    for number in range(450):
        here.file(f"It hangs {number}")
    place.hub.fails("GET", LIST, BAD_GATEWAY, times=5, skip=2)
    with pytest.raises(Unavailable):
        place.sync.run(NAME)
    kept = len(place.here())
    assert 190 < kept < 210
    place.hub.forget()
    assert place.sync.run(NAME).new == 450 - kept
    assert max(place.hub.asked().values()) == 1


def test_two_syncs_at_once_are_refused(place: Place, here: Repository) -> None:
    here.file("It hangs")
    place.sync.run(NAME)
    here.file("It burns")
    feed = place.sync.feed

    class Interrupted:
        def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
            return getattr(feed, name)

        def page(self, project: str, at: Cursor):  # type: ignore[no-untyped-def]
            with place.store.write() as tx:
                syncs.move(tx, project, at, Cursor(page=7), None)
            return feed.page(project, at)

    place.sync.feed = Interrupted()
    with pytest.raises(Unavailable, match="Another `triage sync` reads example/millrace"):
        place.sync.run(NAME)


def test_a_full_sync_reads_everything_again_and_changes_nothing(place: Place, here: Repository) -> None:
    for number in range(120):
        here.file(f"It hangs {number}")
    place.sync.run(NAME)
    report = place.sync.run(NAME, full=True)
    assert (report.read >= 120, report.new, report.changed) == (True, 0, 0)


def test_a_deleted_issue_goes_and_its_number_stays_free(place: Place, here: Repository) -> None:
    made = [here.file(f"It hangs {number}") for number in range(150)]
    place.sync.run(NAME)
    here.delete(made[3])
    here.file("It burns")
    report = place.sync.run(NAME)
    assert report.removed == 1
    assert place.numbers() == set(here.issues)


def test_a_deletion_alone_is_found_within_a_day(place: Place, here: Repository) -> None:
    made = [here.file(f"It hangs {number}") for number in range(3)]
    here.edit(made[2], title="last")
    place.sync.run(NAME)
    here.delete(made[0])
    place.clock.pass_by(hours=25)
    assert place.sync.run(NAME).removed == 1


def test_a_transferred_issue_goes_and_takes_its_reporters_and_links_along(
    place: Place, here: Repository
) -> None:
    other = place.hub.repository("example/other")
    other.file("something else")
    first, second = here.file("It hangs"), here.file("It hangs, too")
    here.mark_duplicate(second, first)
    here.close(second, "duplicate")
    place.sync.run(NAME)
    reported(place, f"{NAME}#1")
    here.transfer(first, other)
    here.file("It burns")
    report = place.sync.run(NAME)
    assert report.moved == 1
    assert place.numbers() == {2, 3}
    assert place.issue(2).duplicate_of == "example/other#2"
    with place.store.read() as tx:
        assert issues.reporters_of(tx, [f"{NAME}#1", "example/other#2"]) == {"example/other#2": 1}


def test_a_count_that_was_killed_goes_on(place: Place, here: Repository) -> None:
    made = [here.file(f"It hangs {number}") for number in range(350)]
    place.sync.run(NAME)
    for issue in made[:5]:
        here.delete(issue)
    here.file("It burns")
    # The page of changes, the count and two pages of numbers go well.
    place.hub.fails("POST", "/graphql", BAD_GATEWAY, times=5, skip=3)
    with pytest.raises(Unavailable):
        place.sync.run(NAME)
    place.hub.forget()
    assert place.sync.run(NAME).removed == 5
    pages = [call for call in place.hub.calls if call.body and "hasNextPage" in call.body["query"]]
    assert len(pages) == 2
    assert place.numbers() == set(here.issues)


def test_an_issue_filed_here_is_not_taken_for_one_that_is_gone(place: Place, here: Repository) -> None:
    here.file("It hangs")
    with place.store.write() as tx:
        local = Issue(id=f"{NAME}#L1", title="filed here", created_at=place.clock())
        issues.upsert(tx, [local])
    assert place.sync.run(NAME).removed == 0
    with place.store.read() as tx:
        assert issues.by_ids(tx, [f"{NAME}#L1"])


def test_links_come_from_marks_from_the_team_s_words_and_from_no_stranger(
    place: Place, here: Repository
) -> None:
    first = here.file("It hangs")
    marked, said, claimed, meant, free = (here.file(f"It hangs {at}") for at in range(5))
    here.mark_duplicate(marked, first)
    here.comment(said, "Duplicate of #1", "dev-1")
    here.comment(claimed, "Duplicate of #1", "user-9")
    here.comment(meant, "This is what #1 is about.", "dev-1")
    for issue, reason in ((marked, "completed"), (said, "not_planned"), (claimed, "completed")):
        here.close(issue, reason)
    here.close(meant, "duplicate")
    here.comment(free, "Duplicate of #1", "dev-1")
    place.sync.run(NAME)
    links = {number: place.issue(number).duplicate_of for number in here.issues}
    assert links == {1: None, 2: f"{NAME}#1", 3: f"{NAME}#1", 4: None, 5: f"{NAME}#1", 6: None}


def test_the_release_that_holds_the_closing_commit_is_the_one_with_the_fix(
    place: Place, here: Repository
) -> None:
    here.commit()
    here.release("v1.0.0")
    by_commit, by_pull, late, declined = (here.file(f"It hangs {at}") for at in range(4))
    pull = here.file("Let it not hang", is_pull=True)
    here.close(by_commit, by=here.commit())
    pull.merge_commit = here.commit()
    here.close(by_pull, by=pull)
    here.close(declined, "not_planned", by=here.commit())
    here.release("v1.1.0")
    here.release("v1.2.0-rc1", prerelease=True)
    here.close(late, by=here.commit())
    place.sync.run(NAME)
    fixed = [place.issue(each.number).fixed_in for each in (by_commit, by_pull, late, declined)]
    assert fixed == ["1.1.0", "1.1.0", None, None]
    here.release("v1.2.0")
    place.sync.run(NAME)
    assert place.issue(late.number).fixed_in == "1.2.0"
    here.comment(by_commit, "thanks")
    place.sync.run(NAME)
    assert place.issue(by_commit.number).fixed_in == "1.1.0"
    here.reopen(by_commit)
    place.sync.run(NAME)
    assert place.issue(by_commit.number).fixed_in is None
    assert CLOSED_BY not in place.issue(by_commit.number).extra


def test_without_the_right_to_see_releases_the_milestone_tells(place: Place, here: Repository) -> None:
    here.plan("1.4.0")
    issue = here.file("It hangs", milestone=1)
    here.close(issue, by=here.commit())
    refused = Fault(403, "Resource not accessible by personal access token")
    place.hub.fails("GET", "/repos/{owner}/{repo}/releases", refused)
    place.sync.run(NAME)
    assert place.issue(1).fixed_in == "1.4.0"


def test_nothing_of_a_private_repository_is_kept_as_public(place: Place, here: Repository) -> None:
    here.file("It hangs")
    here.private = True
    with pytest.raises(Misuse, match=r"private at GitHub, and public in sources\.yaml"):
        place.sync.run(NAME)
    assert place.here() == {}
    place.sync.visibility = lambda _: TEAM
    assert place.sync.run(NAME).new == 1
    assert place.issue(1).visibility == TEAM


def test_a_renamed_repository_says_what_to_do(place: Place, here: Repository) -> None:
    here.file("It hangs")
    place.hub.rename(here, "example/mill")
    with pytest.raises(Missing, match=r"Put it into sources\.yaml"):
        place.sync.run(NAME)
