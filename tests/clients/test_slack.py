"""Access to Slack: reads wait as long as they are told, writes happen once or are not known."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.errors import SlackApiError

from agent.clients.patience import Pace
from agent.clients.slack import Keys, Slack
from agent.clients.slack_marks import Place, written
from agent.errors import Denied, Limited, Missing, OutcomeUnknown, Rejected, Unavailable
from tests.fakes.slack import BOT_TOKEN, Workspace
from tests.fakes.slack.faults import (
    LOST,
    LOST_AFTER,
    NO_JSON_AFTER,
    PROXY_PAGE,
    SERVER_ERROR,
    SERVER_ERROR_AFTER,
    rate_limited,
    says,
    slow,
)
from tests.fakes.slack.keys import by_token

POST = "chat.postMessage"
LIST = "conversations.list"


def test_every_page_of_a_list_is_read(slack: Workspace) -> None:
    for number in range(7):
        slack.channel(f"c{number}")
    slack.page_most = 3
    pages = list(by_token(slack).reading.pages(LIST))
    assert [len(page["channels"]) for page in pages] == [3, 3, 1]


@pytest.mark.parametrize(
    "fault", [LOST, SERVER_ERROR, PROXY_PAGE, rate_limited(1), says("internal_error")], ids=str
)
def test_a_read_asks_again_when_that_can_help(fault, slack: Workspace) -> None:
    slack.channel("help")
    slack.fails(LIST, fault)
    began = time.monotonic()
    assert len(by_token(slack).reading.get(LIST)["channels"]) == 1
    assert len(slack.called(LIST)) == 2
    if fault.status == 429:
        assert time.monotonic() - began >= 0.9


def test_a_read_gives_up_after_some_tries(slack: Workspace) -> None:
    slack.fails(LIST, SERVER_ERROR, times=99)
    with pytest.raises(Unavailable):
        by_token(slack).reading.get(LIST)
    assert len(slack.calls) == 5


def test_a_limit_beyond_our_patience_is_told_at_once_with_its_time(slack: Workspace) -> None:
    slack.fails(LIST, rate_limited(60))
    with pytest.raises(Limited, match="60 more seconds") as limited:
        by_token(slack).reading.get(LIST)
    assert limited.value.seconds == 60
    assert len(slack.calls) == 1


def test_a_wait_ends_when_it_is_told_to(slack: Workspace) -> None:
    stop = threading.Event()
    access = Slack(Keys(token=BOT_TOKEN, api_url=slack.api_url), Pace(stop=stop))
    slack.fails(LIST, rate_limited(30))
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Limited, match="Stopped"):
        access.reading.get(LIST)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "fault",
    [
        LOST,
        LOST_AFTER,
        SERVER_ERROR,
        SERVER_ERROR_AFTER,
        NO_JSON_AFTER,
        says("fatal_error"),
        says("internal_error"),
    ],
    ids=str,
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(
    fault, slack: Workspace
) -> None:
    here = slack.channel("help")
    slack.fails(POST, fault)
    with pytest.raises(OutcomeUnknown):
        by_token(slack).writing.send(POST, {"channel": here.id, "text": "x"})
    assert len(slack.writes) == 1
    assert len(here.messages) == int(fault.after)


def test_a_write_whose_answer_comes_too_late_is_unknown(slack: Workspace) -> None:
    here, access = slack.channel("help"), by_token(slack)
    access.client.timeout = 1
    slack.fails(POST, slow(1.5))
    with pytest.raises(OutcomeUnknown):
        access.writing.send(POST, {"channel": here.id, "text": "x"})
    time.sleep(0.8)
    assert here.texts == ["x"]


def test_a_write_that_met_a_short_limit_is_sent_when_it_is_over(slack: Workspace) -> None:
    here = slack.channel("help")
    slack.fails(POST, rate_limited(1))
    by_token(slack).writing.send(POST, {"channel": here.id, "text": "x"})
    assert here.texts == ["x"]
    assert [call.status for call in slack.writes] == [429, 200]


def test_a_write_that_met_a_long_limit_was_not_done_and_says_when(slack: Workspace) -> None:
    here = slack.channel("help")
    slack.fails(POST, rate_limited(30))
    with pytest.raises(Limited) as limited:
        by_token(slack).writing.send(POST, {"channel": here.id, "text": "x"})
    assert limited.value.seconds == 30
    assert not here.messages
    assert len(slack.writes) == 1


def test_a_write_that_never_left_is_not_unknown() -> None:
    nobody = Slack(Keys(token="xoxb", api_url="http://127.0.0.1:9/api/"))
    with pytest.raises(Unavailable) as refused:
        nobody.writing.send(POST, {"channel": "C1", "text": "x"})
    assert not isinstance(refused.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("code", "kind", "step"),
    [
        ("invalid_auth", Denied, "SLACK_BOT_TOKEN is not valid"),
        ("missing_scope", Denied, "It wants chat:write"),
        ("not_in_channel", Denied, "/invite @triage"),
        ("channel_not_found", Missing, "Look at its id"),
        ("message_not_found", Missing, "not there any more"),
        ("cant_update_message", Denied, "somebody else"),
        ("expired_trigger_id", Rejected, "Press the button again"),
        ("some_new_code", Rejected, "approve it anew"),
    ],
)
def test_a_refusal_says_what_to_do_next(
    code: str, kind: type[Exception], step: str, slack: Workspace
) -> None:
    slack.fails(POST, says(code, needed="chat:write"))
    with pytest.raises(kind, match=step) as refused:
        by_token(slack).writing.send(POST, {"channel": "C1", "text": "x"})
    cause = refused.value.__cause__
    assert isinstance(cause, SlackApiError)
    assert cause.response.data["error"] == code
    assert len(slack.writes) == 1


def test_what_slack_finds_invalid_is_told_in_its_own_words(slack: Workspace) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    with pytest.raises(Rejected, match="must be less than 151 characters"):
        by_token(slack).writing.send(
            POST, {"channel": slack.channel("help").id, "text": "x", "blocks": blocks}
        )
    assert len(slack.expected()) == 1


def test_who_the_token_is_and_what_it_may_is_asked_once(slack: Workspace) -> None:
    access = by_token(slack)
    assert access.account.user == slack.bot
    assert "chat:write" in access.account.scopes
    assert access.account.url == slack.url
    assert len(slack.called("auth.test")) == 1


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Keys(token="xoxb-secret"))


def test_a_thread_is_read_whole_and_a_conversation_since_a_moment(slack: Workspace) -> None:
    here, who = slack.channel("help"), slack.user("user-4821")
    slack.page_most = 2
    slack.clock.at = datetime(2026, 11, 1, tzinfo=UTC)
    root = here.says(who, "old")
    for number in range(3):
        here.says(who, str(number), thread=root)
    slack.clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    here.says(who, "new")
    since, access = slack.clock.at - timedelta(days=1), by_token(slack)
    whole = written(access, Place(here.id, root.ts), since)
    assert [each["text"] for each in whole] == ["old", "0", "1", "2"]
    assert [each["text"] for each in written(access, Place(here.id), since)] == ["new"]
