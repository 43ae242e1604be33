"""Reads what was written in Slack's channels, list by list. Implements `ports.Inflow`; what it means is policy's.

Closes the gaps of a time without a connection, and is the only way in where the workspace is not ours and
gives a guest's token (T8). A deletion leaves nothing to read, and is heard of by its event alone.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.clients.slack import PAGE, Slack
from agent.domain.arrivals import Arrival, Happened
from agent.errors import Missing, Rejected
from agent.policy.slack import written
from agent.policy.slack.ids import SLACK, moment, place_of, source_id, ts_of
from agent.policy.slack.watching import SlackWatch, Us, channel_at
from agent.ports import Cursor, InflowPage

#: The lists of a channel: what begins threads, and what is written below what began within `THREADS`.
ROOTS, REPLIES = "messages", "threads"
THREADS = timedelta(days=7)
#: Messages can be listed later than others that were written after them; what is met again is known.
OVERLAP = timedelta(minutes=2)
_BAR = "|"
_EVER = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


class SlackInflow:
    """Implements `ports.Inflow` on the channels of one token."""

    kind = "slack"

    def __init__(self, access: Slack, watch: SlackWatch, channels: Sequence[str]) -> None:
        self.access = access
        self.watch = watch
        self.channels = channels

    def streams(self) -> Sequence[tuple[str, str]]:
        return [(source_id(channel), stream) for channel in self.channels for stream in (ROOTS, REPLIES)]

    def page(self, source: str, stream: str, at: Cursor, began_at: datetime) -> InflowPage:
        channel, since = place_of(source)[0], at.since or began_at
        newest, _, cursor = at.etag.partition(_BAR)
        oldest = since - (OVERLAP if stream == ROOTS else THREADS)
        try:
            answer = self._history(channel, oldest, cursor)
        except Rejected:
            if not cursor:
                raise
            # A cursor is good for a while only: begin the list again.
            return InflowPage(happened=Happened(), following=Cursor(since=since), is_last=False)
        listed = [each for each in answer["messages"] if self._is_theirs(each)]
        newest = newest or _latest(answer["messages"], stream)
        # Also below what is not theirs: a question of ours is answered there.
        below = [each for root in answer["messages"] for each in self._replies(channel, root, since, stream)]
        found = self._arrivals(channel, (*reversed(listed), *below), began_at)
        return InflowPage(
            happened=Happened(arrivals=tuple(found)), **_following(answer, since, at.page, newest)
        )

    def _history(self, channel: str, oldest: datetime, cursor: str) -> Mapping[str, Any]:
        asked: dict[str, object] = {"channel": channel, "oldest": ts_of(oldest), "limit": PAGE}
        return self.access.reading.get(
            "conversations.history", asked | ({"cursor": cursor} if cursor else {})
        )

    def _replies(
        self, channel: str, root: Mapping[str, Any], since: datetime, stream: str
    ) -> Iterator[Mapping[str, Any]]:
        """Yield what was written below a root since a moment; a thread without news is not asked for."""
        latest = str(root.get("latest_reply") or "")
        if stream != REPLIES or not latest or moment(latest) < since - OVERLAP:
            return
        asked = {"channel": channel, "ts": root["ts"], "oldest": ts_of(since - OVERLAP)}
        for page in self.access.reading.pages("conversations.replies", asked):
            yield from (
                each for each in page["messages"] if each["ts"] != root["ts"] and self._is_theirs(each)
            )

    def _is_theirs(self, message: Mapping[str, Any]) -> bool:
        return message.get("subtype") in written.SAID and not self._us.wrote(message)

    @property
    def _us(self) -> Us:
        account = self.access.account
        return Us(users=frozenset({account.user}), team=account.team)

    def _arrivals(
        self, channel: str, messages: Sequence[Mapping[str, Any]], began_at: datetime
    ) -> Iterator[Arrival]:
        """Yield what was written; a message that lacks what it must have is told and stops no other."""
        place = channel_at(channel, self.watch)
        for each in messages:
            try:
                is_news = moment(str(each["ts"])) >= began_at
                yield written.said(place, each, self.watch, self._us, is_news=is_news)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                log.error("a message of %s could not be read", place.source, exc_info=error)

    def root(self, source: str, thread: str) -> Arrival | None:
        channel, ts = place_of(thread)
        try:
            found = self.access.reading.get(
                "conversations.replies", {"channel": channel, "ts": ts, "limit": 1}
            )
        except Missing:
            return None
        root = next((each for each in found["messages"] if each["ts"] == ts), None)
        if root is None or not self._is_theirs(root):
            return None
        return next(self._arrivals(channel, [root], _EVER), None)

    def places(self) -> Iterator[str]:
        kinds = "public_channel,private_channel"
        for page in self.access.reading.pages(
            "conversations.list", {"types": kinds, "exclude_archived": True}
        ):
            yield from (f"{SLACK}{each['id']}" for each in page["channels"] if each.get("is_member"))


def _latest(messages: Sequence[Mapping[str, Any]], stream: str) -> str:
    """Return the newest moment that a list's first page knows of: from there it is read on.

    What is written while the later pages are read is newer.
    """
    keys = ("ts", "latest_reply") if stream == REPLIES else ("ts",)
    return max((str(each[key]) for each in messages for key in keys if each.get(key)), default="")


def _following(answer: Mapping[str, Any], since: datetime, page: int, newest: str) -> dict[str, Any]:
    """Return where to read on: the next page of this list, or what is newer than all of it."""
    cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
    if cursor:
        at = Cursor(since=since, page=page + 1, etag=f"{newest}{_BAR}{cursor}")
        return {"following": at, "is_last": False}
    return {"following": Cursor(since=max(since, moment(newest)) if newest else since), "is_last": True}
