"""The methods of conversations: lists of channels, messages and members."""

from typing import Any

from tests.fakes.slack.state import Channel, Message
from tests.fakes.slack.wire import Asked, Problem, method, page

_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
_READS = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}
_READ = tuple(_READS.values())
_ALL_HISTORY = tuple(_HISTORY.values())


@method("conversations.history", *_ALL_HISTORY)
def history(asked: Asked) -> dict[str, Any]:
    """List the messages of a channel, newest first; replies are in their threads."""
    channel = _readable(asked)
    found = [each for each in reversed(channel.in_order) if each.is_root and _between(asked, each)]
    return _page(asked, found)


@method("conversations.replies", *_ALL_HISTORY)
def replies(asked: Asked) -> dict[str, Any]:
    """List a thread, oldest first. Its root comes at the head of the first page."""
    channel, ts = _readable(asked), str(asked.need("ts"))
    if ts not in channel.messages:
        raise Problem("thread_not_found")
    root = channel.messages[ts].thread_ts or ts
    if root not in channel.messages:
        raise Problem("thread_not_found")
    found = [each for each in channel.thread(root) if each.ts == root or _between(asked, each)]
    return _page(asked, found)


def _page(asked: Asked, found: list[Message]) -> dict[str, Any]:
    shown, more = page(asked, found, default=100, most=999)
    metadata = asked.is_on("include_all_metadata")
    return {"messages": [each.shown(metadata=metadata) for each in shown], **more}


def _readable(asked: Asked) -> Channel:
    channel = asked.channel()
    asked.may(_HISTORY[channel.kind])
    return channel


def _known(asked: Asked) -> Channel:
    channel = asked.channel(member=False)
    asked.may(_READS[channel.kind])
    return channel


def _between(asked: Asked, each: Message) -> bool:
    oldest, latest = _ts(asked, "oldest"), _ts(asked, "latest")
    at = float(each.ts)
    if asked.is_on("inclusive"):
        return (oldest is None or at >= oldest) and (latest is None or at <= latest)
    return (oldest is None or at > oldest) and (latest is None or at < latest)


def _ts(asked: Asked, name: str) -> float | None:
    given = asked.args.get(name)
    if given in (None, "", "0", 0):
        return None
    try:
        return float(str(given))
    except ValueError as error:
        raise Problem(f"invalid_ts_{name}") from error


@method("conversations.info", *_READ)
def info(asked: Asked) -> dict[str, Any]:
    return {"channel": _known(asked).shown(asked.who)}


@method("conversations.list", *_READ)
def listed(asked: Asked) -> dict[str, Any]:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    given = str(asked.args.get("types") or "public_channel").split(",")
    if not set(given) <= set(kinds):
        raise Problem("invalid_types")
    asked_for = {kinds[each] for each in given}
    for each in asked_for:
        asked.may(_READS[each])
    found = [
        each
        for each in asked.slack.channels.values()
        if each.kind in asked_for and (each.kind == "channel" or asked.who in each.members)
    ]
    shown, more = page(asked, found, default=100, most=1000)
    del more["has_more"]
    return {"channels": [each.shown(asked.who) for each in shown], **more}


@method("conversations.members", *_READ)
def members(asked: Asked) -> dict[str, Any]:
    shown, more = page(asked, _known(asked).members, default=100, most=1000)
    del more["has_more"]
    return {"members": list(shown), **more}


@method("conversations.open", "im:write", "mpim:write")
def opened(asked: Asked) -> dict[str, Any]:
    people = str(asked.need("users")).split(",")
    if len(people) != 1 or people[0] not in asked.slack.users:
        raise Problem("user_not_found")
    channel = asked.slack.direct(people[0])
    return {"channel": {"id": channel.id}}


@method("conversations.join", "channels:join")
def joined(asked: Asked) -> dict[str, Any]:
    channel = asked.channel(member=False)
    channel.members += [] if asked.who in channel.members else [asked.who]
    return {"channel": channel.shown(asked.who)}
