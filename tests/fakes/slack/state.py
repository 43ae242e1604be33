"""What a workspace is made of: people, channels and messages, and how Slack shows each."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Workspace


@dataclass
class Clock:
    """The workspace's time: the real one, or what a test sets."""

    at: datetime | None = None
    _last: int = 0

    def now(self) -> float:
        return self.at.timestamp() if self.at else time.time()

    def ts(self) -> str:
        """Return the next message's ts: seconds and micros, each one later than the one before."""
        self._last = max(int(self.now() * 1_000_000) // 100 * 100, self._last) + 100
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"


@dataclass
class User:
    """`guest` is of our workspace with few rights; `elsewhere` is the team of somebody met by Slack Connect."""

    id: str
    name: str
    email: str
    real_name: str = ""
    is_bot: bool = False
    is_guest: bool = False
    elsewhere: str = ""
    is_deleted: bool = False
    zone: str = "Europe/Berlin"

    def shown(self, team: str) -> dict[str, Any]:
        shown = {
            "id": self.id,
            "team_id": self.elsewhere or team,
            "name": self.name,
            "deleted": self.is_deleted,
            "real_name": self.real_name or self.name,
            "tz": self.zone,
            "is_bot": self.is_bot,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_app_user": False,
            "profile": {
                "real_name": self.real_name or self.name,
                "display_name": self.name,
                "team": self.elsewhere or team,
            },
        }
        return shown | ({"is_stranger": True} if self.elsewhere else {})


@dataclass
class Message:
    """A message as it is kept. `seen_by` is the only reader of an ephemeral one."""

    ts: str
    channel: "Channel"
    user: str
    text: str
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    blocks: list[Any] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    edited: dict[str, str] | None = None
    team: str = ""
    seen_by: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        return self.thread_ts is None or self.thread_ts == self.ts

    @property
    def permalink(self) -> str:
        plain = f"{self.channel.slack.url}archives/{self.channel.id}/p{self.ts.replace('.', '')}"
        return plain if self.is_root else f"{plain}?thread_ts={self.thread_ts}&cid={self.channel.id}"

    def shown(self, *, metadata: bool = False) -> dict[str, Any]:
        """Return it as the history lists it; its metadata only where that is asked for."""
        shown: dict[str, Any] = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        shown |= {"team": self.team or self.channel.slack.team} | self.more
        if self.subtype:
            shown["subtype"] = self.subtype
        if self.bot_id:
            shown |= {"bot_id": self.bot_id, "app_id": self.app_id, "bot_profile": {"id": self.bot_id}}
        if self.blocks:
            shown["blocks"] = self.blocks
        if self.files:
            shown["files"] = self.files
        if self.edited:
            shown["edited"] = self.edited
        replies = self.channel.replies(self.ts) if self.is_root else []
        if replies:
            shown |= {"thread_ts": self.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
            shown["reply_users"] = list(dict.fromkeys(each.user for each in replies))
        elif not self.is_root:
            shown |= {"thread_ts": self.thread_ts}
            root = self.channel.messages.get(str(self.thread_ts))
            shown |= {"parent_user_id": root.user} if root else {}
        if metadata and self.metadata:
            shown["metadata"] = self.metadata
        return shown


@dataclass
class Channel:
    """A channel, a direct message (`is_im`), or a group; only members see into it."""

    slack: "Workspace"
    id: str
    name: str
    is_private: bool = False
    is_im: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    ephemeral: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The channel_type of events."""
        if self.is_im:
            return "im"
        return "group" if self.is_private else "channel"

    @property
    def in_order(self) -> list[Message]:
        return [self.messages[ts] for ts in sorted(self.messages)]

    @property
    def texts(self) -> list[str]:
        """What stands in the channel, oldest first."""
        return [each.text for each in self.in_order]

    def replies(self, ts: str) -> list[Message]:
        return [each for each in self.in_order if each.thread_ts == ts and each.ts != ts]

    def thread(self, ts: str) -> Iterator[Message]:
        """Yield a thread's messages, its root first."""
        yield self.messages[ts]
        yield from self.replies(ts)

    def shown(self, who: str) -> dict[str, Any]:
        shown = {"id": self.id, "created": 1700000000, "is_archived": self.is_archived, "is_im": self.is_im}
        if self.is_im:
            return shown | {"user": next((each for each in self.members if each != who), who)}
        return shown | {
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": False,
            "is_private": self.is_private,
            "is_member": who in self.members,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "num_members": len(self.members),
            "topic": {"value": ""},
            "purpose": {"value": ""},
        }

    def says(self, user: User, text: str, *, thread: Message | str | None = None, **more: Any) -> Message:
        """Let a person write; whoever listens hears of it. `files=` and `subtype=` as in a message."""
        return self.slack.hears(self, user, text, thread, **more)

    def edits(self, message: Message, text: str) -> Message:
        """Let a message's author change it."""
        return self.slack.changes(message, text)

    def deletes(self, message: Message) -> None:
        """Let a message's author delete it: a root with replies leaves a tombstone."""
        self.slack.removes(message)

    def joins(self, user: User) -> Message:
        """Let a person join."""
        self.members.append(user.id)
        return self.slack.hears(
            self, user, f"<@{user.id}> has joined the channel", None, subtype="channel_join"
        )


@dataclass
class Trigger:
    """What a click gives: good for one view, for three seconds."""

    id: str
    user: str
    at: float
    is_used: bool = False


@dataclass
class View:
    """A modal that is open, or somebody's home."""

    id: str
    user: str
    given: dict[str, Any]
    hash: str
    root: str = ""
    previous: str | None = None
    external_id: str = ""

    def shown(self, slack: "Workspace") -> dict[str, Any]:
        return {
            **self.given,
            "id": self.id,
            "team_id": slack.team,
            "app_id": slack.app_id,
            "bot_id": slack.bot_id,
            "hash": self.hash,
            "root_view_id": self.root or self.id,
            "previous_view_id": self.previous,
            "private_metadata": self.given.get("private_metadata", ""),
            "callback_id": self.given.get("callback_id", ""),
            "external_id": self.given.get("external_id", ""),
            "state": {"values": {}},
        }


@dataclass
class Code:
    """What a sign-in comes back with: good once, for a token."""

    code: str
    user: str
    redirect: str
    nonce: str
    scopes: frozenset[str]
    at: float = 0.0
    is_used: bool = False


def moment(ts: str) -> datetime:
    """Return the time of a ts."""
    return datetime.fromtimestamp(float(ts), UTC)
