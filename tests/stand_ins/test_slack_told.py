"""The stand-in tells a real Bolt app what people do: over Socket Mode, and by signed requests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette.handler import SlackRequestHandler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tests.fakes.serving import serving
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Workspace
from tests.fakes.slack.hands import choose, click, command, open_home, shortcut, submit

CARD = [
    {
        "type": "actions",
        "block_id": "C-1",
        "elements": [
            {
                "type": "button",
                "action_id": "edit",
                "value": "C-1:1",
                "text": {"type": "plain_text", "text": "Edit"},
            },
            {
                "type": "static_select",
                "action_id": "priority",
                "options": [{"text": {"type": "plain_text", "text": "P1 High"}, "value": "P1"}],
            },
        ],
    }
]
MODAL = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit C-1"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reply",
            "label": {"type": "plain_text", "text": "Reply"},
            "element": {"type": "plain_text_input", "action_id": "reply", "initial_value": "Thanks"},
        }
    ],
}


def bolt(slack: Workspace) -> App:
    client = WebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])
    return App(client=client, signing_secret=SIGNING_SECRET, process_before_response=True)


@contextmanager
def over_socket(app: App, slack: Workspace) -> Iterator[None]:
    # A broken line is noticed after some pings; the real interval of 5 s would make that twenty.
    handler = SocketModeHandler(app, APP_TOKEN, web_client=app.client, ping_interval=0.5)
    handler.connect()
    until = time.monotonic() + 5
    while not slack.linked and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield
    finally:
        handler.close()


@contextmanager
def over_http(app: App, slack: Workspace) -> Iterator[None]:
    handler = SlackRequestHandler(app)

    async def taken(request: Request) -> Any:
        return await handler.handle(request)

    served = Starlette(routes=[Route("/hooks/slack", taken, methods=["POST"])])
    with serving(served) as address:
        slack.calls_at(f"{address}/hooks/slack")
        yield


Way = Callable[[App, Workspace], Any]
both = pytest.mark.parametrize("way", [over_socket, over_http])


@both
def test_an_event_is_told_again_until_its_listener_ends_well(way: Way, slack: Workspace) -> None:
    app, tries = bolt(slack), []

    @app.event("message")
    def heard(event: dict[str, Any]) -> None:
        tries.append(event["text"])
        if len(tries) < 3:
            raise RuntimeError("the store is busy")

    slack.ack_seconds = 0.5
    with way(app, slack):
        slack.channel("help").says(slack.user("user-4821"), "It hangs")
        assert slack.settle()
    assert tries == ["It hangs"] * 3
    assert slack.heard[0].is_taken
    assert [each.number for each in slack.heard[0].attempts] == [0, 1, 2]


@both
def test_what_people_press_choose_type_and_submit_comes_in_as_from_slack(way: Way, slack: Workspace) -> None:
    app, seen = bolt(slack), []
    here, who = slack.channel("help"), slack.user("holder")

    @app.action("edit")
    def edit(body: dict[str, Any], ack: Any, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        ack()

    @app.action("priority")
    def corrected(action: dict[str, Any], ack: Any) -> None:
        seen.append(action["selected_option"]["value"])
        ack()

    @app.view("edit")
    def sent(view: dict[str, Any], ack: Any) -> None:
        said = view["state"]["values"]["reply"]["reply"]["value"]
        if said == "":
            return
        ack(response_action="errors", errors={"reply": "empty"}) if said == "x" else ack()
        seen.append(said)

    @app.command("/triage")
    def asked(body: dict[str, Any], ack: Any, respond: Any) -> None:
        ack()
        respond("one moment")
        seen.append(body["text"])

    @app.shortcut("triage_this")
    def pointed(body: dict[str, Any], ack: Any) -> None:
        ack()
        seen.append(body["message"]["text"])

    @app.event("app_home_opened")
    def at_home(event: dict[str, Any]) -> None:
        seen.append(event["tab"])

    with way(app, slack):
        posted = app.client.chat_postMessage(channel=here.id, text="card", blocks=CARD)
        card = here.messages[posted["ts"]]
        assert click(slack, who, card, "edit").settled()
        assert choose(slack, who, card, "priority", "P1").settled()
        assert submit(slack, who, slack.modal(who), {"reply": "x"}).answer["response_action"] == "errors"
        submit(slack, who, slack.modal(who))
        assert not slack.views
        assert command(slack, who, here, "It hangs").settled()
        assert shortcut(slack, who, card).settled()
        open_home(slack, who)
        assert slack.settle()
    assert seen == ["P1", "x", "Thanks", "It hangs", "card", "home"]
    assert [(each.text, each.seen_by) for each in here.ephemeral] == [("one moment", who.id)]


@pytest.mark.parametrize("reason", ["refresh_requested", ""])
def test_nothing_is_lost_when_the_connection_ends(reason: str, slack: Workspace) -> None:
    app, texts = bolt(slack), set()

    @app.event("message")
    def heard(event: dict[str, Any]) -> None:
        texts.add(event["text"])

    with over_socket(app, slack):
        here, who = slack.channel("help"), slack.user("user-4821")
        here.says(who, "before")
        assert slack.settle()
        slack.disconnects(reason)
        here.says(who, "after")
        assert slack.settle(30)
    assert texts == {"before", "after"}
    assert slack.linked == 2


def test_a_request_with_another_signature_is_taken_by_nobody(slack: Workspace) -> None:
    app, texts = bolt(slack), []
    slack.signing_secret, slack.retry_seconds = "another", ()

    @app.event("message")
    def heard(event: dict[str, Any]) -> None:
        texts.append(event["text"])

    with over_http(app, slack):
        slack.channel("help").says(slack.user("user-4821"), "It hangs")
        assert slack.settle()
    assert not texts
    assert slack.heard[0].statuses == [401]
