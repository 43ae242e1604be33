"""The stand-in for Slack is as strict as the documents, and the real slack_sdk talks to it."""

from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.slack import BOT_TOKEN, Workspace
from tests.fakes.slack.faults import LOST_AFTER, SERVER_ERROR, rate_limited

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Edit"}, "blocks": [{"type": "divider"}]}


def client(slack: Workspace, token: str = BOT_TOKEN) -> WebClient:
    return WebClient(token, base_url=slack.api_url, retry_handlers=[], timeout=5)


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(SlackApiError) as told:
        call(*args, **kwargs)
    return str(told.value.response["error"])


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(text: str = "Send", value: str = "C-1", action: str = "send") -> dict[str, object]:
    named = {"type": "button", "action_id": action, "value": value}
    return named | {"text": {"type": "plain_text", "text": text}}


def test_a_post_stands_in_its_thread_with_its_metadata(slack: Workspace) -> None:
    here = slack.channel("help")
    asked = here.says(slack.user("user-4821"), "It hangs")
    mark = {"event_type": "triage", "event_payload": {"key": "C-1:r1:reply"}}
    made = client(slack).chat_postMessage(
        channel=here.id, text="Thanks", thread_ts=asked.ts, metadata=mark, unfurl_links=False
    )
    told = client(slack).conversations_replies(channel=here.id, ts=asked.ts, include_all_metadata=True)
    assert [each["text"] for each in told["messages"]] == ["It hangs", "Thanks"]
    assert told["messages"][1]["metadata"] == mark
    assert made["message"]["thread_ts"] == asked.ts
    assert made.headers["x-oauth-scopes"].startswith("app_mentions:read,")
    plain = client(slack).conversations_replies(channel=here.id, ts=asked.ts)
    assert "metadata" not in plain["messages"][1]


def test_a_post_into_a_thread_that_is_none_stands_in_the_channel(slack: Workspace) -> None:
    here = slack.channel("help")
    made = client(slack).chat_postMessage(channel=here.id, text="Thanks", thread_ts="1.000001")
    assert "thread_ts" not in made["message"]
    assert refusal(client(slack).conversations_replies, channel=here.id, ts="1.000001") == "thread_not_found"


def test_channels_are_asked_for_by_id_and_seen_by_members(slack: Workspace) -> None:
    client_, outside = client(slack), slack.channel("random", app=False)
    hidden = slack.channel("private", app=False, is_private=True)
    assert refusal(client_.chat_postMessage, channel="#help", text="x") == "channel_not_found"
    assert refusal(client_.chat_postMessage, channel=outside.id, text="x") == "not_in_channel"
    assert refusal(client_.conversations_history, channel=hidden.id) == "channel_not_found"
    outside.is_archived = True
    outside.members.append(slack.bot)
    assert refusal(client_.chat_postMessage, channel=outside.id, text="x") == "is_archived"


@pytest.mark.parametrize(
    ("error", "content"),
    [
        ("no_text", {"text": " "}),
        ("msg_too_long", {"text": "x" * 4001}),
        ("msg_too_long", {"text": "&" * 900}),
        ("invalid_blocks", {"text": "x", "blocks": [section("x" * 3001)]}),
        ("invalid_blocks", {"text": "x", "blocks": [section("&" * 601)]}),
        ("invalid_blocks", {"text": "x", "blocks": [section("")]}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "divider"}] * 51}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "divider", "block_id": "a"}] * 2}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "alert"}]}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "actions", "elements": [button(), button()]}]}),
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "actions", "elements": [button("y" * 76)]}]}),
        (
            "invalid_blocks",
            {"text": "x", "blocks": [{"type": "actions", "elements": [button(value="y" * 2001)]}]},
        ),
        (
            "invalid_blocks",
            {"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "<" * 38}}]},
        ),
        ("msg_blocks_too_long", {"text": "x", "blocks": [section("x" * 2900)] * 4}),
        ("invalid_metadata_format", {"text": "x", "metadata": {"key": "C-1"}}),
        (
            "metadata_too_large",
            {"text": "x", "metadata": {"event_type": "t", "event_payload": {"k": "x" * 4000}}},
        ),
    ],
)
def test_what_breaks_a_documented_limit_is_refused(
    error: str, content: dict[str, object], slack: Workspace
) -> None:
    here = slack.channel("help")
    given = {"channel": here.id, **content}
    assert refusal(client(slack).api_call, "chat.postMessage", json=given) == error
    assert not here.messages
    assert len(slack.expected()) == 1


def test_only_our_own_message_is_changed_and_a_deleted_one_by_nobody(slack: Workspace) -> None:
    here, client_ = slack.channel("help"), client(slack)
    theirs = here.says(slack.user("user-4821"), "It hangs")
    ours = client_.chat_postMessage(channel=here.id, text="one")
    client_.chat_update(channel=here.id, ts=ours["ts"], text="two")
    assert here.texts == ["It hangs", "two"]
    assert refusal(client_.chat_update, channel=here.id, ts=theirs.ts, text="x") == "cant_update_message"
    here.deletes(here.messages[ours["ts"]])
    assert refusal(client_.chat_update, channel=here.id, ts=ours["ts"], text="x") == "message_not_found"


def test_a_list_is_read_by_its_cursor_and_no_other(slack: Workspace) -> None:
    here, client_ = slack.channel("help"), client(slack)
    for number in range(5):
        here.says(slack.user("user-4821"), str(number))
    asked = client_.conversations_history(channel=here.id, limit=2)
    pages = [[each["text"] for each in page["messages"]] for page in asked]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert refusal(client_.conversations_history, channel=here.id, cursor="x") == "invalid_cursor"
    assert refusal(client_.conversations_history, channel=here.id, limit=1001) == "invalid_limit"


def test_a_trigger_is_good_for_one_view_and_three_seconds(slack: Workspace) -> None:
    client_, who = client(slack), slack.user("holder").id
    trigger = slack.trigger(who)
    opened = client_.views_open(trigger_id=trigger, view=MODAL)
    assert refusal(client_.views_open, trigger_id=trigger, view=MODAL) == "exchanged_trigger_id"
    late = slack.trigger(who)
    slack.triggers[late].at -= 3.1
    assert refusal(client_.views_open, trigger_id=late, view=MODAL) == "expired_trigger_id"
    assert refusal(client_.views_open, trigger_id="x", view=MODAL) == "invalid_trigger_id"
    first = opened["view"]
    changed = client_.views_update(view_id=first["id"], hash=first["hash"], view=MODAL)
    assert (
        refusal(client_.views_update, view_id=first["id"], hash=first["hash"], view=MODAL) == "hash_conflict"
    )
    assert changed["view"]["id"] == first["id"]
    long = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
    assert refusal(client_.views_open, trigger_id=slack.trigger(who), view=long) == "invalid_arguments"
    big = MODAL | {"private_metadata": "x" * 3001}
    assert refusal(client_.views_open, trigger_id=slack.trigger(who), view=big) == "invalid_arguments"
    assert len(slack.expected()) == 2


def test_a_home_is_published_for_a_person(slack: Workspace) -> None:
    home, who = {"type": "home", "blocks": [section("Nothing waits")]}, slack.user("holder").id
    client(slack).views_publish(user_id=who, view=home)
    assert slack.homes[who].given["blocks"][0]["text"]["text"] == "Nothing waits"
    stale = refusal(client(slack).views_publish, user_id=who, view=home, hash="0")
    assert stale == "hash_conflict"


def test_what_an_app_may_not_is_named(slack: Workspace) -> None:
    slack.tokens[BOT_TOKEN].scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as told:
        client(slack).chat_postMessage(channel=slack.channel("help").id, text="x")
    assert told.value.response["error"] == "missing_scope"
    assert told.value.response["needed"] == "chat:write"
    assert refusal(client(slack, "xoxb-other").auth_test) == "invalid_auth"
    assert refusal(client(slack, "").auth_test) == "not_authed"
    slack.tokens[BOT_TOKEN].is_revoked = True
    assert refusal(client(slack).auth_test) == "token_revoked"


def test_a_kind_of_channel_is_listed_by_who_may_read_it(slack: Workspace) -> None:
    slack.channel("help")
    listed = client(slack).conversations_list(types="public_channel,private_channel")
    assert [each["name"] for each in listed["channels"]] == ["help"]
    assert refusal(client(slack).conversations_list, types="im") == "missing_scope"


def test_posts_keep_their_pace(slack: Workspace) -> None:
    here, slack.post_seconds = slack.channel("help"), 5.0
    client(slack).chat_postMessage(channel=here.id, text="one")
    assert refusal(client(slack).chat_postMessage, channel=here.id, text="two") == "ratelimited"
    client(slack).chat_postMessage(channel=slack.channel("other").id, text="three")


def test_a_planned_fault_strikes_its_method_alone(slack: Workspace) -> None:
    here, client_ = slack.channel("help"), client(slack)
    slack.fails("chat.postMessage", LOST_AFTER)
    with pytest.raises(RemoteDisconnected):
        client_.chat_postMessage(channel=here.id, text="one")
    assert here.texts == ["one"]
    slack.fails("chat.postMessage", rate_limited(7))
    with pytest.raises(SlackApiError) as told:
        client_.chat_postMessage(channel=here.id, text="two")
    assert (told.value.response.status_code, told.value.response.headers["retry-after"]) == (429, "7")
    slack.fails("chat.postMessage", SERVER_ERROR)
    with pytest.raises(SlackApiError):
        client_.chat_postMessage(channel=here.id, text="three")
    client_.chat_postMessage(channel=here.id, text="four")
    assert here.texts == ["one", "four"]
    assert [call.status for call in slack.writes] == [0, 429, 500, 200]


def test_what_people_do_is_heard_with_what_slack_says_of_it(slack: Workspace) -> None:
    here, who = slack.channel("help"), slack.user("user-4821")
    asked = here.says(who, f"<@{slack.bot}> it hangs")
    here.edits(asked, "it hung")
    below = here.says(who, "still", thread=asked)
    here.deletes(asked)
    here.deletes(below)
    slack.channel("elsewhere", app=False).says(who, "not for us")
    told = [each.payload["event"] for each in slack.unheard]
    assert [(each["type"], each.get("subtype")) for each in told] == [
        ("message", None),
        ("app_mention", None),
        ("message", "message_changed"),
        ("message", None),
        ("message", "message_changed"),
        ("message", "message_deleted"),
    ]
    assert told[3]["thread_ts"] == asked.ts
    assert told[4]["message"]["subtype"] == "tombstone"
    assert len({each.payload["event_id"] for each in slack.unheard}) == 6
