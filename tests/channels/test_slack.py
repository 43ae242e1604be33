"""The Slack channel: in the thread, once, in parts that follow one another, and never before the whole channel."""

from dataclasses import replace
from datetime import datetime

import pytest

from agent.channels.slack import HELD_UP, SlackChannel
from agent.domain.actions import Action, ActionKind, Later, Notice, NoticeKind, Receipt, Refusal, Unknown
from agent.domain.messages import Level, Visibility
from tests.builders import MONDAY, Clock
from tests.fakes.slack import Channel, Message, Workspace
from tests.fakes.slack.faults import LOST, LOST_AFTER, rate_limited, says
from tests.fakes.slack.keys import by_token

POST = "chat.postMessage"


@pytest.fixture
def asked(slack: Workspace) -> Message:
    slack.clock.at = MONDAY
    return slack.channel("help").says(slack.user("user-4821"), "It hangs")


@pytest.fixture
def here(asked: Message) -> Channel:
    return asked.channel


@pytest.fixture
def channel(slack: Workspace) -> SlackChannel:
    return SlackChannel(by_token(slack), frozenset({"U0HOLDER"}), Clock())


def reply(asked: Message, body: str = "Thanks for the log line.", key: str = "C-1:r1:reply") -> Action:
    return Action(
        key=key,
        case_id="C-1",
        revision=1,
        position=0,
        kind=ActionKind.REPLY,
        destination=f"slack:{asked.channel.id}",
        visibility=Visibility(Level.PUBLIC),
        thread=f"slack:{asked.channel.id}/{asked.ts}",
        body=body,
        approved_at=MONDAY,
    )


def long(parts: int) -> str:
    return "\n\n".join(f"{number} " + "word " * 700 for number in range(1, parts + 1))


def test_a_reply_stands_in_the_users_thread_and_unfolds_nothing(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    receipt = channel.carry_out(reply(asked, "See [the docs](https://example.com/limits)."))
    posted = here.replies(asked.ts)[0]
    assert receipt == Receipt(
        key="C-1:r1:reply", destination_id=f"{here.id}/{posted.ts}", url=posted.permalink, at=channel.now()
    )
    assert posted.text == "See <https://example.com/limits|the docs>."
    sent = slack.called(POST)[0].args
    assert sent["unfurl_links"] is sent["unfurl_media"] is sent["link_names"] is False
    assert sent["metadata"]["event_payload"]["key"] == "C-1:r1:reply"


def test_a_reply_calls_nobody_but_the_one_who_asked(
    here: Channel, asked: Message, channel: SlackChannel
) -> None:
    channel.carry_out(reply(asked, f"<!channel> @here <@U0HOLDER> <@{asked.user}> <!subteam^S1>"))
    text = here.replies(asked.ts)[0].text
    assert f"<@{asked.user}>" in text
    assert text.count("<") == 1
    assert "@here" not in text


def test_a_notice_may_call_the_team_and_reaches_a_person_directly(
    slack: Workspace, channel: SlackChannel
) -> None:
    who = slack.user("holder")
    alert = Notice(
        key="C-1:alert",
        case_id="C-1",
        kind=NoticeKind.ALERT,
        to=f"slack:{who.id}",
        text="P0 <@U0HOLDER> <@U9>",
    )
    assert channel.find(alert) is None
    receipt = channel.carry_out(alert)
    assert isinstance(receipt, Receipt)
    assert slack.direct(who).texts == ["P0 <@U0HOLDER> &lt;@U9&gt;"]
    assert channel.find(alert) == receipt


def test_a_question_to_the_team_calls_nobody_whom_the_users_own_words_name(
    here: Channel, slack: Workspace, channel: SlackChannel
) -> None:  # T17
    text = "@first-engineer asks about C-1: Who knows this?\n> hey <@U0HOLDER>"
    asked = Notice(key="C-1:ask:1", case_id="C-1", kind=NoticeKind.ASK, to=f"slack:{here.id}", text=text)
    assert isinstance(channel.carry_out(asked), Receipt)
    assert "&lt;@U0HOLDER&gt;" in here.texts[-1]


def test_a_long_reply_is_posted_in_parts_in_order(
    here: Channel, asked: Message, channel: SlackChannel
) -> None:
    action = reply(asked, long(3))
    receipt = channel.carry_out(action)
    posted = here.replies(asked.ts)
    assert [each.text[0] for each in posted] == ["1", "2", "3"]
    assert isinstance(receipt, Receipt)
    assert receipt.destination_id.endswith(posted[0].ts)
    assert channel.find(action) == receipt


@pytest.mark.parametrize(
    ("fault", "kind"), [(LOST, Unknown), (LOST_AFTER, Unknown), (rate_limited(60), Later)]
)
def test_what_broke_between_two_parts_goes_on_behind_the_last_that_stands(
    fault, kind: type, slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    action = reply(asked, long(3))
    slack.fails(POST, fault, skip=1)
    broken = channel.carry_out(action)
    assert isinstance(broken, kind)
    assert broken.why.startswith("1 of 3 parts stand in the thread.")
    assert channel.find(action) is None
    assert isinstance(channel.carry_out(action), Receipt)
    assert [each.text[0] for each in here.replies(asked.ts)] == ["1", "2", "3"]
    assert channel.find(action) is not None


def test_one_that_was_held_up_between_two_parts_leaves_the_rest_to_whoever_looks_anew(
    slack: Workspace, asked: Message, here: Channel, channel: SlackChannel
) -> None:
    def after_the_first() -> datetime:
        return MONDAY + HELD_UP if slack.called(POST) else MONDAY

    action = reply(asked, long(3))
    broken = SlackChannel(by_token(slack), frozenset(), after_the_first).carry_out(action)
    assert isinstance(broken, Later)
    assert broken.why.startswith("1 of 3 parts stand in the thread.")
    assert broken.begun is not None
    assert broken.begun.destination_id.endswith(here.replies(asked.ts)[0].ts)
    assert isinstance(channel.carry_out(action), Receipt)
    assert [each.text[0] for each in here.replies(asked.ts)] == ["1", "2", "3"]


def test_the_parts_of_a_long_reply_keep_the_pace_that_slack_asks_for(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    slack.post_seconds = 0.5
    assert isinstance(channel.carry_out(reply(asked, long(3))), Receipt)
    assert [each.text[0] for each in here.replies(asked.ts)] == ["1", "2", "3"]
    assert [call.status for call in slack.called(POST)] == [200, 429, 200, 429, 200]


def test_a_reply_whose_answer_was_lost_is_found_and_not_posted_again(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    slack.fails(POST, LOST_AFTER)
    assert isinstance(channel.carry_out(reply(asked)), Unknown)
    assert channel.find(reply(asked)) is not None
    assert isinstance(channel.carry_out(reply(asked)), Receipt)
    assert len(here.replies(asked.ts)) == 1


def test_a_key_counts_only_where_our_own_account_wrote_it(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    mark = {"event_type": "triage_agent", "event_payload": {"key": "C-1:r1:reply", "part": 1, "of": 1}}
    here.says(slack.user("other-app"), "planted", thread=asked, metadata=mark)
    assert channel.find(reply(asked)) is None
    channel.carry_out(reply(asked))
    assert here.texts[-1] == "Thanks for the log line."


def test_nothing_is_said_to_the_channel_when_the_thread_is_gone(
    here: Channel, asked: Message, channel: SlackChannel
) -> None:
    here.deletes(asked)
    refused = channel.carry_out(reply(asked))
    assert isinstance(refused, Refusal)
    assert "not there any more" in refused.why
    assert not here.messages
    assert channel.find(reply(asked)) is None


def test_a_thread_that_goes_while_we_write_leaves_nothing_in_the_channel(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    def gone(heard: object) -> bool:
        return False

    post = slack.posted

    def posted(made: Message) -> Message:  # the root goes after the look and before the post
        here.messages.pop(asked.ts, None)
        made.thread_ts = None
        return post(made)

    slack.posted = posted  # type: ignore[method-assign]
    refused = channel.carry_out(reply(asked))
    assert isinstance(refused, Refusal)
    assert not here.messages
    slack.fails("chat.delete", says("internal_error"))
    here.messages[asked.ts] = asked
    unclear = channel.carry_out(reply(asked))
    assert isinstance(unclear, Unknown)
    assert "stands in the channel: https://" in unclear.why


def test_a_reply_to_a_command_goes_to_the_one_who_typed_it_alone(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    user = slack.user("second-engineer")
    action = replace(reply(asked), thread=f"slack:{user.id}/command-0a1b2c", destination=f"slack:{user.id}")
    sent = channel.carry_out(action)
    assert isinstance(sent, Receipt)
    assert slack.direct(user).texts == ["Thanks for the log line."]
    assert here.texts == ["It hangs"]
    assert channel.find(action) == sent


@pytest.mark.parametrize("thread", [None, "m-1", "slack:C1", "slack:C1/command-1", "example/millrace#4"])
def test_a_reply_to_what_is_no_thread_of_slack_is_refused(
    thread: str | None, asked: Message, slack: Workspace, channel: SlackChannel
) -> None:
    stray = replace(reply(asked), thread=thread)
    assert isinstance(channel.carry_out(stray), Refusal)
    assert channel.find(stray) is None
    assert not slack.calls


def test_a_reply_where_the_app_is_not_in_the_channel_says_what_to_do(
    here: Channel, asked: Message, slack: Workspace, channel: SlackChannel
) -> None:
    here.members.remove(slack.bot)
    refused = channel.carry_out(reply(asked))
    assert isinstance(refused, Refusal)
    assert "/invite @triage" in refused.why


def test_who_we_are_is_asked_before_anything_is_written(
    slack: Workspace, here: Channel, asked: Message, channel: SlackChannel
) -> None:
    slack.fails("auth.test", says("token_revoked"), times=2)
    alert = Notice(key="C-1:alert", case_id="C-1", kind=NoticeKind.ALERT, to=f"slack:{here.id}", text="P0")
    assert isinstance(channel.carry_out(reply(asked)), Refusal)
    assert isinstance(channel.carry_out(alert), Refusal)
    assert not slack.writes


def test_a_reply_without_a_text_is_refused(here: Channel, asked: Message, channel: SlackChannel) -> None:
    assert isinstance(channel.carry_out(reply(asked, "<!-- -->".replace("<!-- -->", " \n "))), Refusal)
    assert len(here.messages) == 1
