"""Our mark in what we write at Slack, so that it is found again: the Action's key in the message's metadata.

Nobody sees it, no text from outside can stand there, and it counts only where our own account wrote it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.clients.slack import Slack
from agent.policy.slack.ids import address_of, is_direct, place_of, ts_of

EVENT = "triage_agent"
#: How far Slack's clock may be behind ours.
SKEW = timedelta(hours=1)
#: How far back a message is looked for that says no moment it cannot be older than.
BACK = timedelta(days=7)


def marked(key: str, part: int = 1, of: int = 1) -> dict[str, object]:
    """Return the metadata that carries a key, and which part of the whole it stands for."""
    return {"event_type": EVENT, "event_payload": {"key": key, "part": part, "of": of}}


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message of ours says of itself."""

    key: str
    part: int
    of: int


def mark_of(message: Mapping[str, Any]) -> Mark | None:
    """Return the mark that a message carries."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") != EVENT or not payload.get("key"):
        return None
    return Mark(str(payload["key"]), int(payload.get("part", 1)), int(payload.get("of", 1)))


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation by its id, and the thread in it; "" writes into the conversation itself."""

    channel: str
    thread: str = ""

    @classmethod
    def of_message(cls, message_id: str) -> "Place | None":
        """Return the thread below a Message; None where nothing can be written below it."""
        channel, ts = place_of(message_id)
        return cls(channel, ts) if ts else None


def opened(access: Slack, to: str) -> Place:
    """Return the place of `slack:C…`, or the direct messages with `slack:U…`, opened where there are none yet.

    Raises `Denied` for a token that is not valid: who we are is known before anything is written there.
    """
    _ = access.account
    channel = place_of(to)[0]
    if not is_direct(channel) or channel.startswith("D"):
        return Place(channel)
    # To open what is open answers the same, so that it may be asked again as a read.
    found = access.reading.get("conversations.open", {"users": channel})
    return Place(str(found["channel"]["id"]))


def written(access: Slack, place: Place, since: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield all of a thread, its root first, or what stands in a conversation since a moment, newest first.

    Raises `Missing` for a thread that is none.
    """
    asked: dict[str, object] = {"channel": place.channel, "include_all_metadata": True}
    if place.thread:
        pages = access.reading.pages("conversations.replies", asked | {"ts": place.thread})
    else:
        pages = access.reading.pages("conversations.history", asked | {"oldest": ts_of(since - SKEW)})
    seen: set[str] = set()
    for page in pages:
        for each in page["messages"]:
            if each["ts"] not in seen:  # the root of a thread may head every page
                seen.add(each["ts"])
                yield each


def ours(access: Slack, messages: Iterable[Mapping[str, Any]], key: str) -> dict[int, Mapping[str, Any]]:
    """Return what our own account wrote with this key, by part; the first of each."""
    found: dict[int, Mapping[str, Any]] = {}
    for mark, message in _all_of_ours(access, messages, key):
        found.setdefault(mark.part, message)
    return found


def ours_again(access: Slack, messages: Iterable[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """Return what `ours` leaves out: parts that stand there once more, because two processes wrote at once."""
    found = _all_of_ours(access, messages, key)
    firsts = {mark.part: message["ts"] for mark, message in reversed(found)}
    return [message for mark, message in found if firsts[mark.part] != message["ts"]]


def _all_of_ours(
    access: Slack, messages: Iterable[Mapping[str, Any]], key: str
) -> list[tuple[Mark, Mapping[str, Any]]]:
    us = access.account.user  # asked for before anything is written, and not in between
    in_order = sorted(messages, key=lambda message: str(message["ts"]))
    with_marks = [(mark_of(each), each) for each in in_order if each.get("user") == us]
    return [(mark, each) for mark, each in with_marks if mark and mark.key == key]


def is_whole(found: Mapping[int, Mapping[str, Any]]) -> bool:
    """Tell whether every part of what was written stands there."""
    marks = [mark_of(each) for each in found.values()]
    return bool(found) and set(found) == set(range(1, max(mark.of for mark in marks if mark) + 1))


def permalink(access: Slack, place: Place, ts: str) -> str:
    """Return the address of a message, within its thread where it is below one."""
    plain = address_of(access.account.url, place.channel, ts)
    is_below = place.thread and place.thread != ts
    return f"{plain}?thread_ts={place.thread}&cid={place.channel}" if is_below else plain
