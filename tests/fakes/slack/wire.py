"""A request as a method reads it, its refusals, and the table of methods. What a method does is in its own module."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from tests.fakes.slack.state import Channel, Message
    from tests.fakes.slack.workspace import Token, Workspace

T = TypeVar("T")
#: Errors that mean that what we sent is malformed: kept in `slack.refused`, so that none goes unseen.
MALFORMED = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "unknown_method",
        "invalid_json",
    }
)


class Problem(Exception):
    """An answer of `ok: false`."""

    status = 200
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.body: dict[str, Any] = {"ok": False, "error": error, **more}
        if messages:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in messages]}


class TooMuch(Problem):
    """429: too much in its time."""

    status = 429
    headers: ClassVar[dict[str, str]] = {"retry-after": "1"}

    def __init__(self) -> None:
        super().__init__("ratelimited")


@dataclass
class Asked:
    """A request: `args` of the query and the body together, `token` of its header."""

    slack: "Workspace"
    method: str
    args: dict[str, Any]
    token: "Token"
    headers: dict[str, str]

    @property
    def who(self) -> str:
        """The user behind the token."""
        return self.token.user

    @property
    def client(self) -> tuple[str, str]:
        """The app's own id and secret: of the header, or of the form."""
        given = self.headers.get("authorization", "")
        if given.startswith("Basic "):
            name, _, secret = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
            return name, secret
        return str(self.args.get("client_id", "")), str(self.args.get("client_secret", ""))

    def need(self, name: str) -> Any:
        value = self.args.get(name)
        if value in (None, ""):
            raise Problem("invalid_arguments", f"missing required field: {name}")
        return value

    def may(self, scope: str) -> None:
        if scope not in self.token.scopes:
            raise Problem("missing_scope", needed=scope, provided=",".join(sorted(self.token.scopes)))

    def is_on(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def structure(self, name: str) -> Any:
        """Return an argument that is JSON, as such or written as text."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise Problem("invalid_json", f"{name} is no JSON") from error

    def channel(self, name: str = "channel", *, member: bool = True) -> "Channel":
        """Return the channel that is asked for, by id alone, as far as the asker sees it."""
        found = self.slack.channels.get(str(self.need(name)))
        hidden = found is not None and (found.is_private or found.is_im) and self.who not in found.members
        if found is None or hidden:
            raise Problem("channel_not_found")
        if member and self.who not in found.members:
            raise Problem("not_in_channel")
        return found

    def message(self, name: str = "ts", error: str = "message_not_found") -> "Message":
        found = self.channel().messages.get(str(self.need(name)))
        if found is None or found.subtype == "tombstone":
            raise Problem(error)
        return found


Handler = Callable[[Asked], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """`scopes`: any one of them opens it; none are asked of what everybody may."""

    handler: Handler
    scopes: tuple[str, ...]
    kinds: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, kinds: tuple[str, ...] = ("bot", "user")) -> Callable[[Handler], Handler]:
    """Register what answers a method."""

    def registered(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, scopes, kinds)
        return handler

    return registered


def page(asked: Asked, items: Sequence[T], *, default: int, most: int) -> tuple[Sequence[T], dict[str, Any]]:
    """Return one page of a list and what the answer says of the next."""
    limit = asked.args.get("limit", default)
    if not str(limit).isdigit() or not 1 <= int(limit) <= most:
        raise Problem("invalid_limit")
    size = min(int(limit), asked.slack.page_most or most)
    start = _start(asked.args.get("cursor") or "")
    shown = items[start : start + size]
    more = start + size < len(items)
    following = base64.b64encode(f"next:{start + size}".encode()).decode() if more else ""
    return shown, {"has_more": more, "response_metadata": {"next_cursor": following}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, at = base64.b64decode(cursor, validate=True).decode().partition(":")
        if name != "next":
            raise ValueError(name)
        return int(at)
    except ValueError as error:
        raise Problem("invalid_cursor") from error
