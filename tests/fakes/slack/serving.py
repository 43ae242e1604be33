"""The stand-in on a port of this machine: who may ask what, and what stands in the log of calls.

Whatever we sent that Slack calls malformed is kept in `slack.refused`, which `standing()` raises when
the test ends: a refusal cannot go unseen. A test that means one takes it by `slack.expected()`.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message as Headers
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.faults import next_of
from tests.fakes.serving import body_of, serving
from tests.fakes.slack import chat, conversations, people, views  # noqa: F401 - each registers its methods
from tests.fakes.slack.deliveries import Dispatch
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.pages import PAGES, respond
from tests.fakes.slack.wire import MALFORMED, METHODS, Asked, Method, Problem
from tests.fakes.slack.workspace import Call, Token, Workspace

Reply = tuple[int, Any, dict[str, str]]


@contextmanager
def standing(port: int = 0) -> Iterator[Workspace]:
    """Serve a workspace for the time of a block; raises what it refused as malformed meanwhile."""
    slack = Workspace()
    door = Door(slack)
    with serving(door, port, lifespan="on", ws_ping_interval=None) as slack.address:
        assert door.is_open.wait(10)
        yield slack
    assert not slack.refused, "Slack refuses as malformed:\n" + "\n".join(slack.refused)


class Door:
    """The ASGI application. Requests are answered one after the other, but for those that are to be slow."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack
        self.dispatch = Dispatch(slack)
        self.is_open = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self.dispatch.link(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        with suppress(asyncio.CancelledError):  # the end of a test waits for nobody
            while (await receive())["type"] == "lifespan.startup":
                self.dispatch.begin()
                await send({"type": "lifespan.startup.complete"})
                self.is_open.set()
            await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        body = await body_of(receive)
        name = scope["path"].removeprefix("/api/")
        with self.slack.lock:
            fault = next_of(self.slack.planned, name)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        with self.slack.lock:
            reply = self._page(scope, body) or self._reply(name, scope, body, fault)
        if reply is None:
            send.__self__.transport.abort()
            return
        await _send(send, reply)

    def _page(self, scope: Any, body: bytes) -> Reply | None:
        """Answer what is no method of the Web API."""
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        if scope["path"].startswith("/response/"):
            name = scope["path"].removeprefix("/response/")
            return respond(self.slack, name, _args(scope, body, headers))
        found = PAGES.get(scope["path"])
        return found(self.slack, _args(scope, body, headers)) if found else None

    def _reply(self, name: str, scope: Any, body: bytes, fault: Fault | None) -> Reply | None:
        """Answer a request, and remember both; None is no answer at all."""
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        try:
            args = _args(scope, body, headers)
        except Problem as problem:
            return 200, problem.body, {}
        fails = fault is not None and not fault.only_delays
        if fails and not fault.after:  # type: ignore[union-attr]
            reply = _failed(fault)  # type: ignore[arg-type]
        else:
            reply = self._answered(name, headers, args)
            if fails:
                reply = _failed(fault)  # type: ignore[arg-type]
        said = reply[1] if reply and isinstance(reply[1], dict) else {}
        shown = {key: _unpacked(value) for key, value in args.items()}
        shown.pop("token", None)
        self.slack.calls.append(Call(name, shown, reply[0] if reply else 0, said.get("error", "")))
        return reply

    def _answered(self, name: str, headers: dict[str, str], args: dict[str, Any]) -> Reply:
        more: dict[str, str] = {}
        status = 200
        try:
            asked, found = self._asked(name, headers, args, more)
            said = {"ok": True, **found.handler(asked)}
        except Problem as problem:
            status, said = problem.status, problem.body
            more |= problem.headers
            if problem.error in MALFORMED:
                messages = (said.get("response_metadata") or {}).get("messages", "")
                self.slack.refused.append(f"{name}: {problem.error} {messages}")
        return status, said, more

    def _asked(
        self, name: str, headers: dict[str, str], args: dict[str, Any], more: dict[str, str]
    ) -> tuple[Asked, Method]:
        found = METHODS.get(name)
        if found is None:
            raise Problem("unknown_method")
        if "none" in found.kinds:
            return Asked(self.slack, name, args, Token("", "none", set()), headers), found
        token = self._token(headers, args)
        more |= {"x-oauth-scopes": ",".join(sorted(token.scopes))}
        if token.kind not in found.kinds:
            raise Problem("not_allowed_token_type")
        if found.scopes and not token.scopes & set(found.scopes):
            raise Problem("missing_scope", needed=found.scopes[0], provided=",".join(sorted(token.scopes)))
        return Asked(self.slack, name, args, token, headers), found

    def _token(self, headers: dict[str, str], args: dict[str, Any]) -> Token:
        given = headers.get("authorization", "").removeprefix("Bearer ") or str(args.get("token", ""))
        if not given:
            raise Problem("not_authed")
        token = self.slack.tokens.get(given)
        if token is None:
            raise Problem("invalid_auth")
        if token.is_revoked:
            raise Problem("token_revoked")
        return token


async def _send(send: Any, reply: Reply) -> None:
    status, body, headers = reply
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    told = {"content-type": "application/json; charset=utf-8", "content-length": str(len(content))} | headers
    shown = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": shown})
    await send({"type": "http.response.body", "body": content})


def _failed(fault: Fault) -> Reply | None:
    return (fault.status, fault.body, fault.headers) if fault.status else None


def _args(scope: Any, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of the query and of the body: a form, its multipart kind, or JSON."""
    args: dict[str, Any] = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    kind = headers.get("content-type", "").partition(";")[0]
    if kind == "application/json" and body:
        try:
            given = json.loads(body)
        except json.JSONDecodeError as error:
            raise Problem("invalid_json") from error
        return args | given
    if kind == "multipart/form-data":
        return args | _parts(body, headers["content-type"])
    return args | dict(parse_qsl(body.decode(), keep_blank_values=True))


def _parts(body: bytes, kind: str) -> dict[str, str]:
    whole = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts: Any = whole.get_payload()
    return {_named(part): part.get_payload(decode=True).decode() for part in parts}


def _named(part: Headers) -> str:
    return str(part.get_param("name", header="content-disposition"))


def _unpacked(value: Any) -> Any:
    """Show an argument that is JSON as what it says."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value
