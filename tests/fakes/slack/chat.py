"""The methods of chat: post, update, delete, ephemeral, permalink."""

import json
import time
from typing import Any

from tests.fakes.slack import blocks
from tests.fakes.slack.state import Message
from tests.fakes.slack.wire import Asked, Problem, TooMuch, method

#: The reference says 40,000; since 2024 the platform refuses from about 4,000.
TEXT = 4_000
METADATA = 4_000


@method("chat.postMessage", "chat:write")
def post(asked: Asked) -> dict[str, Any]:
    """Post. A thread that does not exist is dropped in silence, and the message stands in the channel.

    So it was seen to be answered by the real one; whoever must not talk to a whole channel looks first.
    """
    channel = asked.channel()
    if channel.is_archived:
        raise Problem("is_archived")
    _pace(asked, channel.id)
    text, given, metadata = content(asked)
    root = str(asked.args.get("thread_ts") or "") or None
    if root is not None and (root not in channel.messages or not channel.messages[root].is_root):
        root = None
    slack = asked.slack
    made = Message(
        slack.clock.ts(),
        channel,
        asked.who,
        text,
        root,
        bot_id=slack.bot_id if asked.who == slack.bot else None,
        app_id=slack.app_id,
        blocks=given,
        metadata=metadata,
    )
    slack.posted(made)
    return {"channel": channel.id, "ts": made.ts, "message": made.shown(metadata=True)}


def _pace(asked: Asked, channel: str) -> None:
    now, slack = time.monotonic(), asked.slack
    if now - slack.posted_at.get(channel, -slack.post_seconds) < slack.post_seconds:
        raise TooMuch
    slack.posted_at[channel] = now


@method("chat.update", "chat:write")
def update(asked: Asked) -> dict[str, Any]:
    message = asked.message()
    if message.user != asked.who or message.app_id != asked.slack.app_id:
        raise Problem("cant_update_message")
    text, given, metadata = content(asked)
    before = message.shown(metadata=True)
    message.text, message.blocks = text, given
    if metadata is not None:
        message.metadata = metadata
    message.edited = {"user": asked.who, "ts": asked.slack.clock.ts()}
    asked.slack.changed(message, before)
    return {"channel": message.channel.id, "ts": message.ts, "text": text, "message": message.shown()}


@method("chat.delete", "chat:write")
def delete(asked: Asked) -> dict[str, Any]:
    message = asked.message()
    if message.user != asked.who:
        raise Problem("cant_delete_message")
    asked.slack.removes(message)
    return {"channel": message.channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def whisper(asked: Asked) -> dict[str, Any]:
    channel, reader = asked.channel(), str(asked.need("user"))
    if reader not in channel.members:
        raise Problem("user_not_in_channel")
    text, given, _ = content(asked)
    root = asked.args.get("thread_ts") or None
    made = Message(asked.slack.clock.ts(), channel, asked.who, text, root, blocks=given, seen_by=reader)
    channel.ephemeral.append(made)
    return {"message_ts": made.ts}


@method("chat.getPermalink")
def permalink(asked: Asked) -> dict[str, Any]:
    message = asked.message("message_ts")
    return {"channel": message.channel.id, "permalink": message.permalink}


def content(asked: Asked) -> tuple[str, list[Any], dict[str, Any] | None]:
    """Return the text, the blocks and the metadata of a message; raises what Slack would refuse."""
    text, given = str(asked.args.get("text") or ""), asked.structure("blocks") or []
    if not text.strip() and not given:
        raise Problem("no_text")
    if blocks.length(text) > TEXT:
        raise Problem("msg_too_long")
    found = blocks.faults(given)
    if found:
        raise Problem("invalid_blocks", *found)
    if blocks.total(given) > blocks.SUM:
        raise Problem("msg_blocks_too_long")
    return text, stored(given), _metadata(asked.structure("metadata"))


def stored(given: list[Any]) -> list[Any]:
    """Give every block and every element the id that Slack would."""
    for at, block in enumerate(given):
        block.setdefault("block_id", f"b{at:04}")
        for number, element in enumerate(block.get("elements") or []):
            if "type" in element and element["type"] not in ("mrkdwn", "plain_text", "image"):
                element.setdefault("action_id", f"a{at:03}{number:03}")
    return given


def _metadata(given: Any) -> dict[str, Any] | None:
    if given in (None, "", {}):
        return None
    if not isinstance(given, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise Problem("invalid_metadata_format")
    kind, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Problem("invalid_metadata_format")
    if any(
        isinstance(each, (list, dict))
        for value in payload.values()
        if isinstance(value, list)
        for each in value
    ):
        raise Problem("invalid_metadata_schema")
    if len(json.dumps(given)) > METADATA:
        raise Problem("metadata_too_large")
    return given
