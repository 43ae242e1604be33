"""What people do with the app: clicks, choices, modals, commands, shortcuts, the home tab.

click(slack, holder, card, "approve")                 a button of a message or of a view
choose(slack, holder, card, "priority", "P1")         a select, an overflow, checkboxes, by value
submit(slack, holder, view, {"reply": "new text"})    a modal, by action id; the rest stays as it was shown

Each returns what the app was told; `.settled()` waits until it was taken, `.answer` is what came back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fakes.slack import blocks
from tests.fakes.slack.state import Channel, Message, User, View
from tests.fakes.slack.workspace import Heard, Workspace

Value = str | Sequence[str] | None


def click(slack: Workspace, user: User, where: Message | View, action: str) -> Heard:
    """Press a button, the first with this action id (or one that begins so)."""
    block, element = _element(where, action)
    done = {name: element[name] for name in ("type", "text", "value", "url") if name in element}
    return _acted(slack, user, where, block, element, done)


def choose(slack: Workspace, user: User, where: Message | View, action: str, value: Value) -> Heard:
    """Choose an option by its value; of checkboxes all values that are to be on."""
    block, element = _element(where, action)
    return _acted(slack, user, where, block, element, _chosen(element, value))


def submit(
    slack: Workspace, user: User, view: View, typed: Mapping[str, Value] | None = None, *, keep: bool = False
) -> Heard:
    """Submit a modal and do what the app answers: errors and updates keep it open, all else closes it.

    `keep` presses the same button once more later.
    """
    values = _state(view, typed or {})
    shown = {**view.shown(slack), "state": {"values": values}}
    told = slack.tell(
        "interactive",
        {
            "type": "view_submission",
            **_who(slack, user),
            "trigger_id": slack.trigger(user.id),
            "view": shown,
            "response_urls": [],
        },
    )
    if slack.is_heard and told.settled() and told.is_taken:
        _answered(slack, view, told.answer or {}, keep=keep)
    return told


def close(slack: Workspace, user: User, view: View) -> Heard | None:
    """Close a modal; the app hears of it where it asked to."""
    slack.views.pop(view.id, None)
    if not view.given.get("notify_on_close"):
        return None
    payload = {"type": "view_closed", **_who(slack, user), "view": view.shown(slack), "is_cleared": False}
    return slack.tell("interactive", payload)


def suggest(slack: Workspace, user: User, where: Message | View, action: str, typed: str) -> Heard:
    """Type into an external select; the answer holds the options."""
    block, _ = _element(where, action)
    payload = {"type": "block_suggestion", **_who(slack, user), **_container(slack, where), "value": typed}
    told = slack.tell("interactive", payload | {"action_id": action, "block_id": block["block_id"]})
    if told.settled() and isinstance(told.answer, dict):
        _judged(slack, told.answer)
    return told


def command(slack: Workspace, user: User, channel: Channel, text: str, name: str = "/triage") -> Heard:
    """Type a slash command."""
    return slack.tell(
        "slash_commands",
        {
            "token": "verification",
            "team_id": slack.team,
            "team_domain": "example",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name,
            "command": name,
            "text": text,
            "api_app_id": slack.app_id,
            "is_enterprise_install": "false",
            "response_url": slack.response_url(channel, user),
            "trigger_id": slack.trigger(user.id),
        },
    )


def shortcut(slack: Workspace, user: User, message: Message, callback: str = "triage_this") -> Heard:
    """Use a message shortcut."""
    return slack.tell(
        "interactive",
        {
            "type": "message_action",
            **_who(slack, user),
            "action_ts": slack.clock.ts(),
            "callback_id": callback,
            "trigger_id": slack.trigger(user.id),
            "response_url": slack.response_url(message.channel, user, message),
            "channel": {"id": message.channel.id, "name": message.channel.name},
            "message_ts": message.ts,
            "message": message.shown(metadata=True),
        },
    )


def open_home(slack: Workspace, user: User) -> None:
    """Open the app's home tab."""
    channel, view = slack.direct(user), slack.homes.get(user.id)
    event = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
    event |= {"event_ts": slack.clock.ts()} | ({"view": view.shown(slack)} if view else {})
    slack.event("app_home_opened", event)


def _who(slack: Workspace, user: User) -> dict[str, Any]:
    team = user.elsewhere or slack.team
    return {
        "team": {"id": slack.team, "domain": "example"},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team},
        "api_app_id": slack.app_id,
        "token": "verification",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _container(slack: Workspace, where: Message | View) -> dict[str, Any]:
    if isinstance(where, View):
        return {"container": {"type": "view", "view_id": where.id}, "view": where.shown(slack)}
    channel = where.channel
    container = {"type": "message", "message_ts": where.ts, "channel_id": channel.id, "is_ephemeral": False}
    container |= {} if where.is_root else {"thread_ts": where.thread_ts}
    return {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": where.shown(metadata=True),
    }


def _acted(
    slack: Workspace,
    user: User,
    where: Message | View,
    block: dict[str, Any],
    element: dict[str, Any],
    done: dict[str, Any],
) -> Heard:
    named = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": slack.clock.ts()}
    payload = {"type": "block_actions", **_who(slack, user), **_container(slack, where)}
    payload |= {"trigger_id": slack.trigger(user.id), "state": {"values": {}}, "actions": [named | done]}
    if isinstance(where, Message):
        payload["response_url"] = slack.response_url(where.channel, user, where)
    return slack.tell("interactive", payload)


def _element(where: Message | View, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the block and the element with an action id; an exact one counts before one that begins so."""
    pairs = list(_elements(where))
    for pair in pairs:
        if pair[1].get("action_id") == action:
            return pair
    for pair in pairs:
        if str(pair[1].get("action_id", "")).startswith(action):
            return pair
    there = [pair[1].get("action_id") for pair in pairs]
    raise AssertionError(f"no element {action!r} here, but {there}")


def _elements(where: Message | View) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for block in where.given["blocks"] if isinstance(where, View) else where.blocks:
        for element in [*(block.get("elements") or []), block.get("accessory"), block.get("element")]:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def _options(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    groups = [{"options": element.get("options") or []}, *(element.get("option_groups") or [])]
    return [each for group in groups for each in group["options"]]


def _chosen(element: dict[str, Any], value: Value) -> dict[str, Any]:
    """Return an element's state with an option chosen, as payloads say it."""
    kind = element["type"]
    if kind == "external_select":
        text = {"type": "plain_text", "text": str(value)}
        return {"type": kind, "selected_option": {"text": text, "value": value}}
    wanted = [value] if isinstance(value, str) else list(value or [])
    found = [each for each in _options(element) if each["value"] in wanted]
    assert len(found) == len(wanted), (
        f"{wanted} are not all among {[each['value'] for each in _options(element)]}"
    )
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": found}
    return {"type": kind, "selected_option": found[0] if found else None}


def _state(view: View, typed: Mapping[str, Value]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    unknown = set(typed)
    for block, element in _elements(view):
        if element["type"] in ("button", "overflow"):
            continue
        name = element["action_id"]
        unknown.discard(name)
        said = _typed(element, typed[name]) if name in typed else _initial(element)
        values.setdefault(block["block_id"], {})[name] = said
    assert not unknown, f"the modal has no {sorted(unknown)}"
    return values


def _typed(element: dict[str, Any], value: Value) -> dict[str, Any]:
    if element["type"] != "plain_text_input":
        return _chosen(element, value)
    most = element.get("max_length", blocks.INPUT)
    assert value is None or len(str(value)) <= most, f"nobody can type more than {most} characters there"
    return {"type": element["type"], "value": value or None}


def _initial(element: dict[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    return {"type": kind, "selected_option": element.get("initial_option")}


def _answered(slack: Workspace, view: View, answer: dict[str, Any], *, keep: bool) -> None:
    """Do to a modal what the app answered to its submission."""
    action = answer.get("response_action") if isinstance(answer, dict) else None
    if action in ("update", "push"):
        found = blocks.view_faults(answer.get("view"))
        slack.refused += [f"view_submission answered: {fault}" for fault in found]
        if action == "update":
            view.given, view.hash = dict(answer["view"]), slack.next_id("hash")
    elif action != "errors" and not keep:
        slack.views.pop(view.id, None)


def _judged(slack: Workspace, answer: Mapping[str, Any]) -> None:
    given = {"type": "static_select", "action_id": "a", **answer}
    block = {"type": "actions", "elements": [given]}
    found = blocks.faults([block]) if _options(answer) else []
    slack.refused += [f"block_suggestion answered: {fault}" for fault in found]
