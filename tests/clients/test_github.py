"""Access to GitHub: reads wait as long as they are told, writes happen once or are not known."""

import threading
import time
from datetime import timedelta

import pytest

from agent.clients.github import GitHub, Keys
from agent.clients.patience import Pace
from agent.errors import Denied, Limited, Missing, Misuse, Moved, OutcomeUnknown, Rejected, Unavailable
from tests.fakes.github import Hub, standing
from tests.fakes.github.faults import (
    BAD_GATEWAY,
    BAD_GATEWAY_AFTER_WRITE,
    DROPPED,
    DROPPED_AFTER_WRITE,
    PROXY_PAGE,
    UNAUTHORIZED,
    primary_limit,
    secondary_limit,
)
from tests.fakes.github.keys import as_app, by_token
from tests.fakes.github.state import Repository

NAME = "example/millrace"
ISSUES = "/repos/{owner}/{repo}/issues"
OF_ISSUE = f"{ISSUES}/{{issue_number}}"
LIST, ONE = f"/repos/{NAME}/issues", f"/repos/{NAME}/issues/1"


def test_every_page_of_a_list_is_read(hub: Hub, here: Repository) -> None:
    for number in range(205):
        here.file(f"It hangs {number}")
    pages = list(by_token(hub).reading(NAME).pages(LIST, {"state": "all"}))
    assert [len(page.body) for page in pages] == [100, 100, 5]
    assert hub.asked().total() == 3


def test_what_has_not_changed_is_said_to_be_so_and_costs_nothing(hub: Hub, here: Repository) -> None:
    here.file("It hangs")
    reading = by_token(hub).reading(NAME)
    first = reading.get(LIST)
    used = hub.quota.used
    assert reading.get(LIST, etag=first.etag).unchanged
    assert hub.quota.used == used
    here.file("It hangs again")
    assert not reading.get(LIST, etag=first.etag).unchanged


@pytest.mark.parametrize("fault", [BAD_GATEWAY, DROPPED, secondary_limit(1), primary_limit(1)], ids=str)
def test_a_read_asks_again_when_that_can_help(fault, hub: Hub, here: Repository) -> None:
    here.file("It hangs")
    hub.fails("GET", ISSUES, fault)
    began = time.monotonic()
    assert len(by_token(hub).reading(NAME).get(LIST).body) == 1
    assert len(hub.calls) == 2
    if fault.status == 403:
        assert time.monotonic() - began >= 0.9


def test_a_read_gives_up_after_some_tries(hub: Hub, here: Repository) -> None:
    hub.fails("GET", ISSUES, secondary_limit(0), times=99)
    with pytest.raises(Limited):
        by_token(hub).reading(NAME).get(LIST)
    assert len(hub.calls) == 5


def test_a_limit_beyond_our_patience_is_told_at_once_with_its_time(hub: Hub, here: Repository) -> None:
    hub.fails("GET", ISSUES, primary_limit(1800))
    with pytest.raises(Limited, match="30 more minutes") as limited:
        by_token(hub).reading(NAME).get(LIST)
    assert 1700 < limited.value.seconds < 1900
    assert len(hub.calls) == 1


def test_a_wait_ends_when_it_is_told_to(hub: Hub, here: Repository) -> None:
    stop = threading.Event()
    waits: list[float] = []
    access = GitHub(by_token(hub).keys, Pace(stop=stop, waiting=waits.append))
    hub.fails("GET", ISSUES, secondary_limit(30))
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Limited, match="Stopped"):
        access.reading(NAME).get(LIST)
    assert time.monotonic() - began < 5
    assert waits == [30]


@pytest.mark.parametrize(
    "fault", [DROPPED_AFTER_WRITE, BAD_GATEWAY_AFTER_WRITE, DROPPED, BAD_GATEWAY], ids=str
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(
    fault, hub: Hub, here: Repository
) -> None:
    hub.fails("POST", ISSUES, fault)
    with pytest.raises(OutcomeUnknown):
        by_token(hub).writing(NAME).send("POST", LIST, {"title": "It hangs"})
    assert len(hub.writes) == 1
    assert len(here.issues) == int(fault.after_write)


@pytest.mark.parametrize("fault", [secondary_limit(7), primary_limit(7)], ids=str)
def test_a_write_that_met_a_limit_was_not_done_and_says_when(fault, hub: Hub, here: Repository) -> None:
    hub.fails("POST", ISSUES, fault)
    with pytest.raises(Limited) as limited:
        by_token(hub).writing(NAME).send("POST", LIST, {"title": "It hangs"})
    assert 5 <= limited.value.seconds <= 9
    assert len(hub.writes) == 1
    assert not here.issues


def test_a_write_that_never_left_is_not_unknown() -> None:
    nobody = GitHub(Keys(api_url="http://127.0.0.1:9", token="x"))
    with pytest.raises(Unavailable) as refused:
        nobody.writing(NAME).send("POST", LIST, {"title": "It hangs"})
    assert not isinstance(refused.value, OutcomeUnknown)


def test_a_write_follows_a_transferred_issue_nowhere(hub: Hub, here: Repository) -> None:
    other = hub.repository("example/other")
    moved = here.transfer(here.file("It hangs"), other)
    writing = by_token(hub).writing(NAME)
    with pytest.raises(Moved) as told:
        writing.send("POST", f"{ONE}/comments", {"body": "a note"})
    assert told.value.to.endswith(f"/repositories/{other.id}/issues/{moved.number}")
    with pytest.raises(Moved):
        writing.once(lambda: writing.repository(NAME).get_issue(1).create_comment("a note"))
    assert not moved.comments


def test_a_read_says_where_a_transferred_issue_is_now(hub: Hub, here: Repository) -> None:
    here.transfer(here.file("It hangs"), hub.repository("example/other"))
    reading = by_token(hub).reading(NAME)
    with pytest.raises(Moved) as told:
        reading.get(ONE)
    assert reading.get(told.value.to).body["repository_url"].endswith("/example/other")


def test_what_is_deleted_or_not_there_is_missing(hub: Hub, here: Repository) -> None:
    here.delete(here.file("It hangs"))
    for number in (1, 2):
        with pytest.raises(Missing, match="triage doctor"):
            by_token(hub).reading(NAME).get(f"{LIST}/{number}")


def test_a_locked_issue_refuses_a_comment(hub: Hub, here: Repository) -> None:
    here.file("It hangs", locked=True)
    hub.granted["issues"] = "write"
    with pytest.raises(Denied, match="locked"):
        as_app(hub).writing(NAME).send("POST", f"{ONE}/comments", {"body": "a note"})


def test_what_github_finds_invalid_is_named(hub: Hub, here: Repository) -> None:
    with pytest.raises(Rejected, match="Issue type invalid"):
        by_token(hub).writing(NAME).send("POST", LIST, {"title": "It hangs", "type": "Bug"})


def test_a_token_that_is_not_known_says_what_to_set(hub: Hub, here: Repository) -> None:
    with pytest.raises(Denied, match="GITHUB_TOKEN is not valid"):
        GitHub(Keys(api_url=hub.address, token="old")).reading(NAME).get(LIST)
    hub.fails("POST", ISSUES, UNAUTHORIZED)
    with pytest.raises(Denied, match="Bad credentials"):
        by_token(hub).writing(NAME).send("POST", LIST, {"title": "It hangs"})


def test_a_missing_permission_is_named(hub: Hub, here: Repository) -> None:
    hub.granted["issues"] = "read"
    with pytest.raises(Denied, match=r"It wants issues: write\. Give GITHUB_APP_ID that"):
        as_app(hub).writing(NAME).send("POST", LIST, {"title": "It hangs"})


def test_an_app_finds_its_installation_and_renews_its_token(hub: Hub, here: Repository) -> None:
    access = as_app(hub)
    access.writing(NAME).send("POST", LIST, {"title": "It hangs"})
    access.reading(NAME).get(LIST)
    tokens = [call for call in hub.calls if "access_tokens" in call.template]
    assert len(tokens) == 1
    assert here.issues[1].author == "app[bot]"
    hub.token_life = timedelta(seconds=1)
    late = as_app(hub)
    for _ in range(2):
        late.reading(NAME).get(LIST)
    assert len([call for call in hub.calls if "access_tokens" in call.template]) > 2


def test_an_app_that_is_not_installed_says_so(hub: Hub, here: Repository) -> None:
    here.installation = None
    with pytest.raises(Denied, match="is not installed in example/millrace"):
        as_app(hub).reading(NAME)


def test_a_key_that_is_none_is_told_before_anything_is_asked(hub: Hub, here: Repository) -> None:
    with pytest.raises(Misuse, match="GITHUB_APP_PRIVATE_KEY is no RSA key"):
        GitHub(Keys(api_url=hub.address, app_id="1", private_key="nonsense")).reading(NAME)
    assert not hub.calls


def test_a_query_gives_what_it_could_resolve(hub: Hub, here: Repository) -> None:
    here.file("It hangs")
    asked = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue { number } } }"
    reading, ids = by_token(hub).reading(NAME), [f"I_{here.issues[1].id}", "I_0"]
    assert reading.graphql(asked, {"ids": ids}, partial=True)["nodes"] == [{"number": 1}, None]
    with pytest.raises(Missing):
        reading.graphql(asked, {"ids": ids})


def test_a_page_of_a_proxy_is_no_answer(hub: Hub, here: Repository) -> None:
    reading = by_token(hub).reading(NAME)
    hub.fails("GET", ISSUES, PROXY_PAGE, times=99)
    with pytest.raises(Unavailable, match="no JSON"):
        reading.get(LIST)
    hub.fails("POST", "/graphql", PROXY_PAGE, times=99)
    with pytest.raises(Unavailable, match="no JSON"):
        reading.graphql("{ rateLimit { cost } }", {})


def test_an_app_s_token_that_ends_early_is_renewed_and_no_write_is_repeated(
    hub: Hub, here: Repository
) -> None:
    access = as_app(hub)
    here.file("It hangs")
    hub.fails("GET", ISSUES, UNAUTHORIZED)
    assert len(access.reading(NAME).get(LIST).body) == 1
    hub.fails("POST", ISSUES, UNAUTHORIZED)
    with pytest.raises(Unavailable, match="Nothing was done") as told:
        access.writing(NAME).send("POST", LIST, {"title": "It burns"})
    assert not isinstance(told.value, OutcomeUnknown)
    assert len(hub.writes) == 1
    assert len([call for call in hub.calls if "access_tokens" in call.template]) == 2


REFUSED = {
    "body: titel is no key": lambda access: access.writing(NAME).send(
        "POST", LIST, {"title": "a", "titel": "b"}
    ),
    "query: stat is no parameter": lambda access: access.reading(NAME).get(LIST, {"stat": "all"}),
    "no such endpoint": lambda access: access.reading(NAME).get(f"/repos/{NAME}/nonsense"),
    "Cannot query field": lambda access: access.reading(NAME).graphql("{ nonsense }", {}),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_the_description_refuses_fails_the_test(words: str) -> None:
    served = standing()
    hub = served.__enter__()
    hub.repository(NAME)
    with pytest.raises(Rejected):
        REFUSED[words](by_token(hub))
    with pytest.raises(AssertionError, match=words):
        served.__exit__(None, None, None)
