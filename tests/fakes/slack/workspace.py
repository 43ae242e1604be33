"""The stand-in as a test sees it: a workspace with its app, what was asked, and what people do in it.

Everything that people do is heard by the app as Slack tells it: over Socket Mode where a connection
is open, else at the address that was given to `calls_at`, else it is kept in `unheard`.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from agent.doors.slack.manifest import manifest
from tests.fakes.faults import Planned
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.state import Channel, Clock, Code, Message, Trigger, User, View

BOT_TOKEN = "xoxb-of-the-stand-in"
APP_TOKEN = "xapp-of-the-stand-in"
SIGNING_SECRET = "signing-secret-of-the-stand-in"
CLIENT_ID, CLIENT_SECRET = "4711.0815", "client-secret-of-the-stand-in"
#: What the app is given in a test that says nothing else: what its manifest asks for.
MANIFEST = yaml.safe_load(manifest())
SCOPES = frozenset(MANIFEST["oauth_config"]["scopes"]["bot"])
EVENTS = frozenset(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
READS = frozenset(
    {
        "api.test",
        "auth.test",
        "apps.connections.open",
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.open",
        "conversations.replies",
        "openid.connect.token",
        "openid.connect.userInfo",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
    }
)


@dataclass(frozen=True)
class Call:
    """A request as it was answered; a status of 0 was no answer at all."""

    method: str
    args: dict[str, Any]
    status: int
    error: str = ""

    @property
    def is_write(self) -> bool:
        return self.method not in READS


@dataclass
class Token:
    """Who a token is, what kind it is, and what it may."""

    user: str
    kind: str
    scopes: set[str]
    is_revoked: bool = False


@dataclass(frozen=True)
class Attempt:
    """One telling: its number from 0, how long it took, and why it was not taken ("" where it was)."""

    number: int
    seconds: float
    why: str


@dataclass
class Heard:
    """Something that the app is told: `events_api`, `interactive` or `slash_commands`, and its payload."""

    kind: str
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  #: of the answers, where it was told by HTTP
    answer: Any = None  #: what the acknowledgement carries
    is_taken: bool = False
    is_told_once: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def settled(self, seconds: float = 15.0) -> bool:
        """Wait until it was taken or given up; False where neither came in time."""
        return self.done.wait(seconds)


@dataclass
class Response:
    """An address where a click or a command may be answered."""

    user: str
    channel: Channel
    message: Message | None
    at: float
    uses: int = 0


@dataclass
class Workspace:
    """All of the stand-in's state. Every change holds `lock`."""

    address: str = ""
    line: str = ""  #: what Socket Mode goes through, where that is not the address itself
    url: str = "https://example.slack.com/"
    team: str = "T0TEAM"
    app_id: str = "A0TRIAGE"
    bot_id: str = "B0TRIAGE"
    bot: str = "U0TRIAGE"
    clock: Clock = field(default_factory=Clock)
    channels: dict[str, Channel] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    planned: list[Planned[Fault]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    page_most: int = 0  #: a page holds no more than this, whatever is asked; 0 is no such cap
    trigger_seconds: float = 3.0
    post_seconds: float = 0.0  #: between two posts of one channel; the real one asks for about a second
    posted_at: dict[str, float] = field(default_factory=dict)
    unheard: list[Heard] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    events: set[str] = field(default_factory=lambda: set(EVENTS))  #: what the app subscribed to
    signing_secret: str = SIGNING_SECRET
    hooks: str = ""  #: where the app takes signed requests; "" tells it over Socket Mode
    ack_seconds: float = 3.0  #: what an acknowledgement may take
    retry_seconds: tuple[float, ...] = (0.05, 0.3, 1.0)  #: pauses; the real ones are 0, 60 and 300
    in_turn: bool = False  #: an event is told when the one before was answered: nothing overtakes it
    relink_seconds: float = 10.0  #: how long an event waits for a connection
    tickets: set[str] = field(default_factory=set)
    was_linked: bool = False
    linked: int = 0  #: how many connections were opened so far
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirects: tuple[str, ...] = ()  #: where a sign-in may come back to; () is anywhere
    browser: User | None = None  #: who is signed in to Slack at the browser; None declines
    codes: dict[str, Code] = field(default_factory=dict)
    send: Callable[[Heard], bool] | None = None  #: set by `serving.py`
    cuts: Callable[[str], None] | None = None  #: likewise
    lock: Any = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self.users[self.bot] = User(self.bot, "triage", "", is_bot=True)
        self.tokens[BOT_TOKEN] = Token(self.bot, "bot", set(SCOPES))
        self.tokens[APP_TOKEN] = Token(self.bot, "app", {"connections:write"})

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"{self.address}/api/"

    @property
    def writes(self) -> list[Call]:
        """What was asked that changes something, whether it was answered or not."""
        return [call for call in self.calls if call.is_write]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def next_id(self, begins: str) -> str:
        return f"{begins}{next(self._ids):08}"

    def user(self, name: str, **more: Any) -> User:
        """Return a person, made when first named: `user("guest-1", is_guest=True)`, `elsewhere="T0OTHER"`."""
        known = next((each for each in self.users.values() if each.name == name), None)
        if known:
            return known
        made = User(self.next_id("U"), name, f"{name}@example.com", **more)
        self.users[made.id] = made
        return made

    def channel(self, name: str, *, app: bool = True, **more: Any) -> Channel:
        """Return a channel, made when first named, with the app in it unless that is said otherwise."""
        known = next((each for each in self.channels.values() if each.name == name), None)
        if known:
            return known
        made = Channel(self, self.next_id("C"), name, **more)
        made.members += [self.bot] if app else []
        self.channels[made.id] = made
        return made

    def direct(self, user: User | str) -> Channel:
        """Return the direct messages between the app and a person."""
        who = user if isinstance(user, str) else user.id
        known = next((each for each in self.channels.values() if each.is_im and who in each.members), None)
        if known:
            return known
        made = Channel(self, self.next_id("D"), "", is_im=True, members=[self.bot, who])
        self.channels[made.id] = made
        return made

    def group(self, handle: str, people: Iterable[User]) -> str:
        """Add a user group and return its id."""
        made = self.next_id("S")
        self.groups[made] = {
            "id": made,
            "handle": handle,
            "name": handle,
            "users": [each.id for each in people],
        }
        return made

    def token(self, user: User, *scopes: str, kind: str = "user") -> str:
        """Return a new token of a person (`xoxp-`), a guest's for instance; scopes as given."""
        made = f"xox{'p' if kind == 'user' else 'b'}-{self.next_id('t')}"
        self.tokens[made] = Token(user.id, kind, set(scopes))
        return made

    def fails(self, method: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Plan a fault for the next requests of a method, after `skip` that go well."""
        self.planned.append(Planned(method, fault, times, skip))

    def forget(self) -> None:
        """Forget what was asked and told, so that a test can count from here."""
        self.calls.clear()
        self.heard.clear()
        self.unheard.clear()

    def expected(self) -> list[str]:
        """Return what was refused as malformed, and forget it: the test meant it."""
        found, self.refused = self.refused, []
        return found

    def trigger(self, user: str) -> str:
        """Return a trigger as a click of somebody gives one."""
        made = Trigger(f"{next(self._ids)}.{self.team}.{user}", user, self.clock.now())
        self.triggers[made.id] = made
        return made.id

    def modal(self, user: User) -> View:
        """Return the modal that lies on top for a person."""
        return [each for each in self.views.values() if each.user == user.id][-1]

    def calls_at(self, url: str) -> None:
        """Tell the app by signed requests at an address, as its manifest would say."""
        self.hooks = url

    @property
    def is_heard(self) -> bool:
        """Tell whether the app gave a way to be told."""
        return bool(self.hooks) or self.was_linked

    def disconnects(self, reason: str = "refresh_requested") -> None:
        """End every connection of Socket Mode; "" breaks the line without a word."""
        assert self.cuts is not None
        self.cuts(reason)

    def settle(self, seconds: float = 20.0) -> bool:
        """Wait until all that was told is taken or given up."""
        until = time.monotonic() + seconds
        return all(each.settled(max(0.0, until - time.monotonic())) for each in list(self.heard))

    def response_url(self, channel: Channel, user: User, message: Message | None = None) -> str:
        """Return an address where the app may answer what somebody did."""
        name = self.next_id("r")
        self.responses[name] = Response(user.id, channel, message, self.clock.now())
        return f"{self.address}/response/{name}"

    def tell(self, kind: str, payload: dict[str, Any]) -> Heard:
        """Tell the app something, on the way that is open."""
        told = Heard(kind, payload)
        self.heard.append(told)
        if self.send is None or not self.send(told):
            self.unheard.append(told)
            told.done.set()
        return told

    def event(self, name: str, event: dict[str, Any], channel: Channel | None = None) -> None:
        """Tell the app an event that it subscribed to; of a channel only where it is a member."""
        if name not in self.events:
            return
        if channel is not None and self.bot not in channel.members:
            return
        self.tell("events_api", self._around(event, channel))

    def _around(self, event: dict[str, Any], channel: Channel | None) -> dict[str, Any]:
        return {
            "token": "verification",
            "team_id": self.team,
            "context_team_id": self.team,
            "api_app_id": self.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": self.next_id("Ev"),
            "event_time": int(self.clock.now()),
            "authorizations": [{"team_id": self.team, "user_id": self.bot, "is_bot": True}],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        }

    def hears(
        self, channel: Channel, user: User, text: str, thread: Message | str | None, **more: Any
    ) -> Message:
        """Let somebody write in a channel; see `Channel.says`."""
        with self.lock:
            if user.id not in channel.members:
                channel.members.append(user.id)
            root = thread.thread_ts or thread.ts if isinstance(thread, Message) else thread
            made = Message(self.clock.ts(), channel, user.id, text, root, team=user.elsewhere, **more)
            if made.files and made.subtype is None:
                made.subtype = "file_share"
            return self.posted(made)

    def posted(self, made: Message) -> Message:
        """Keep a new message and tell of it."""
        channel = made.channel
        channel.messages[made.ts] = made
        told = {**made.shown(metadata=True), **self._where(channel, made.ts)}
        self.event(f"message.{channel.kind}s".replace("ims", "im"), told, channel)
        if f"<@{self.bot}>" in made.text and not made.bot_id and not channel.is_im:
            mention = {**told, "type": "app_mention"}
            self.event("app_mention", mention, channel)
        return made

    def changes(self, message: Message, text: str, *, by: str | None = None) -> Message:
        """Change a message and tell of it."""
        with self.lock:
            before = message.shown(metadata=True)
            message.text = text
            message.edited = {"user": by or message.user, "ts": self.clock.ts()}
            self.changed(message, before)
            return message

    def changed(self, message: Message, before: dict[str, Any]) -> None:
        """Tell that a message is another one now."""
        at = self.clock.ts()
        told = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": at}
        told |= {"message": message.shown(metadata=True), "previous_message": before}
        self._told_of(message.channel, {**told, **self._where(message.channel, at)})

    def removes(self, message: Message) -> None:
        """Delete a message and tell of it: what had replies leaves a tombstone."""
        with self.lock:
            channel, before = message.channel, message.shown(metadata=True)
            if message.is_root and channel.replies(message.ts):
                message.text, message.subtype, message.user = (
                    "This message was deleted.",
                    "tombstone",
                    "USLACKBOT",
                )
                message.blocks, message.metadata, message.files = [], None, []
                self.changed(message, before)
                return
            del channel.messages[message.ts]
            at = self.clock.ts()
            told = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": at}
            told |= {"deleted_ts": message.ts, "previous_message": before}
            self._told_of(channel, {**told, **self._where(channel, at)})

    def _told_of(self, channel: Channel, event: dict[str, Any]) -> None:
        self.event(f"message.{channel.kind}s".replace("ims", "im"), event, channel)

    @staticmethod
    def _where(channel: Channel, ts: str) -> dict[str, Any]:
        return {"channel": channel.id, "event_ts": ts, "channel_type": channel.kind}
