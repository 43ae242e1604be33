"""How what is written in Slack is called here: `slack:C1` a channel, `slack:C1/1700000000.000100` a message.

A thread has the id of the message that begins it. What has no place in a channel of Slack's, as the text
of a slash command, has a word where the others have the moment: nothing can be written below it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SLACK = "slack:"
_TS = re.compile(r"\d{1,12}\.\d{1,9}\Z")
_CHANNEL = re.compile(r"[A-Z][A-Z0-9-]{1,40}\Z")


def source_id(channel: str) -> str:
    """Return the Source of a channel, of a direct conversation `D…`, or of a person `U…`."""
    if _CHANNEL.match(channel) is None:
        raise ValueError(f"no id of a channel: {channel!r}")
    return f"{SLACK}{channel}"


def message_id(channel: str, ts: str) -> str:
    """Return the id of the message at a moment of a channel."""
    if _TS.match(ts) is None:
        raise ValueError(f"no moment of a message: {ts!r}")
    return f"{source_id(channel)}/{ts}"


def place_of(id: str) -> tuple[str, str]:
    """Return channel and moment of a Source or Message id; "" for a moment below which nothing can be written."""
    channel, _, ts = id.removeprefix(SLACK).partition("/")
    return channel, ts if _TS.match(ts) else ""


def is_direct(channel: str) -> bool:
    """Tell whether only the app and one person read a conversation."""
    return channel.startswith(("D", "U", "W"))


def thread_id(channel: str, payload: Mapping[str, Any]) -> str | None:
    """Return the thread that a message is written in; None where it begins one."""
    root = str(payload.get("thread_ts") or payload["ts"])
    return None if root == payload["ts"] else message_id(channel, root)


def address_of(workspace: str, channel: str, ts: str) -> str:
    """Return the address of a message as Slack's own client makes it; `workspace` is what its links begin with."""
    return f"{workspace.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def ts_of(at: datetime) -> str:
    """Return a moment as Slack writes it: what `moment` reads."""
    return f"{at.timestamp():.6f}"


def moment(ts: str) -> datetime:
    """Return when a message was written: its `ts` are the seconds of Unix, to the microsecond."""
    if _TS.match(ts) is None:
        raise ValueError(f"no moment of a message: {ts!r}")
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"no moment of a message: {ts!r}") from error
