"""How the app is told: envelopes over Socket Mode's WebSocket, or signed requests, again until it is acknowledged.

Events are told again as Slack does, sooner: three times, each with its number and the reason. What a
person waits for (a click, a command) is told once. Events may overtake each other, as Slack's do, unless a
test has them told `in_turn`.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.fakes.slack.workspace import Attempt, Heard, Workspace

EVENTS = "events_api"
#: A click finds nobody after so many seconds without a connection.
NOBODY = 0.5


class Gone(Exception):
    """The connection ended before the acknowledgement."""


class Link:
    """One WebSocket of the app, from hello to its end."""

    def __init__(self, slack: Workspace, send: Any) -> None:
        self.slack = slack
        self.send = send
        self.awaited: dict[str, asyncio.Future[Any]] = {}

    async def say(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.send", "text": json.dumps(message)})

    async def ask(self, envelope: dict[str, Any], seconds: float) -> Any:
        """Send an envelope and return what its acknowledgement carries; raises TimeoutError or Gone."""
        awaited = self.awaited[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        await self.say(envelope)
        return await asyncio.wait_for(awaited, seconds)

    def heard(self, text: str) -> None:
        """Take an acknowledgement."""
        said = json.loads(text)
        awaited = self.awaited.pop(said.get("envelope_id"), None)
        if awaited is None:
            self.slack.refused.append(f"socket: no such envelope: {text[:200]}")
        elif not awaited.done():
            awaited.set_result(said.get("payload"))

    def end(self) -> None:
        for each in self.awaited.values():
            if not each.done():
                each.set_exception(Gone())
        self.awaited.clear()


class Dispatch:
    """Tells the app what happens, in the loop of the server."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack
        self.loop: asyncio.AbstractEventLoop | None = None
        self.links: list[Link] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._turns = itertools.count()
        self._line = asyncio.Lock()

    def begin(self) -> None:
        """Take the loop that everything runs in."""
        self.loop = asyncio.get_running_loop()
        self.slack.send, self.slack.cuts = self.send, self.cut

    def send(self, heard: Heard) -> bool:
        """Tell the app, from any thread; False where it never gave a way to be told."""
        if not self.slack.hooks and not self.slack.was_linked:
            return False
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._start, heard)
        return True

    def _start(self, heard: Heard) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(heard))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _deliver(self, heard: Heard) -> None:
        reason = ""
        try:
            for number, pause in enumerate((0.0, *self.slack.retry_seconds)):
                if number and (heard.kind != EVENTS or heard.is_told_once):
                    break
                await asyncio.sleep(pause)
                async with self._turn_of(heard):
                    reason = await self._told(heard, number, reason)
                if not reason:
                    heard.is_taken = True
                    return
        finally:
            heard.done.set()

    def _turn_of(self, heard: Heard) -> AbstractAsyncContextManager[object]:
        """Wait for the events that were told before, where they are told in turn: the lock is fair."""
        return self._line if self.slack.in_turn and heard.kind == EVENTS else nullcontext()

    async def _told(self, heard: Heard, number: int, reason: str) -> str:
        """Tell it once; return why it was not taken, "" where it was."""
        began = time.monotonic()
        try:
            if self.slack.hooks:
                why = await self._posted(heard, number, reason)
            else:
                why = await self._linked(heard, number, reason)
        except (TimeoutError, httpx.TimeoutException):
            why = "http_timeout" if self.slack.hooks else "timeout"
        except (Gone, httpx.TransportError) as error:
            why = "connection_failed" if isinstance(error, httpx.TransportError) else "closed"
        heard.attempts.append(Attempt(number, time.monotonic() - began, why))
        return why

    async def _linked(self, heard: Heard, number: int, reason: str) -> str:
        envelope = {
            "envelope_id": f"{self.slack.next_id('env')}",
            "type": heard.kind,
            "payload": heard.payload,
            "accepts_response_payload": heard.kind != EVENTS,
        }
        if heard.kind == EVENTS:
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        link = await self._open(heard)
        heard.answer = await link.ask(envelope, self.slack.ack_seconds)
        return ""

    async def _open(self, heard: Heard) -> Link:
        """Return a connection, the next in turn, waiting for one as long as an event would be kept."""
        patience = self.slack.relink_seconds if heard.kind == EVENTS else NOBODY
        until = time.monotonic() + patience
        while not self.links:
            if time.monotonic() > until:
                raise Gone
            await asyncio.sleep(0.01)
        return self.links[next(self._turns) % len(self.links)]

    async def _posted(self, heard: Heard, number: int, reason: str) -> str:
        body, kind = _body(heard)
        told = signed(body, self.slack.signing_secret) | {"content-type": kind}
        if number:
            told |= {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
        async with httpx.AsyncClient(timeout=self.slack.ack_seconds, verify=False, trust_env=False) as client:
            answer = await client.post(self.slack.hooks, content=body, headers=told)
        heard.statuses.append(answer.status_code)
        heard.is_told_once = answer.headers.get("x-slack-no-retry") == "1"
        if not answer.is_success:
            return "http_error"
        said = answer.headers.get("content-type", "")
        heard.answer = answer.json() if "json" in said and answer.content else answer.text or None
        return ""

    async def link(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a WebSocket of the app until one of the two ends it."""
        await receive()
        ticket = dict(each.split("=") for each in scope["query_string"].decode().split("&")).get("ticket", "")
        if ticket not in self.slack.tickets:
            await send({"type": "websocket.close", "code": 4001})
            return
        self.slack.tickets.discard(ticket)
        await send({"type": "websocket.accept"})
        here = Link(self.slack, send)
        info = {"num_connections": len(self.links) + 1, "connection_info": {"app_id": self.slack.app_id}}
        await here.say({"type": "hello", "debug_info": {"approximate_connection_time": 18060}, **info})
        self.links.append(here)
        self.slack.was_linked = True
        self.slack.linked += 1
        try:
            while (message := await receive())["type"] == "websocket.receive":
                here.heard(message["text"])
        finally:
            if here in self.links:
                self.links.remove(here)
            here.end()

    def cut(self, reason: str) -> None:
        """End all connections: with a word first (`refresh_requested`), or, without one, as a broken line."""
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(self._cut(reason), self.loop).result(5)

    async def _cut(self, reason: str) -> None:
        for each in list(self.links):
            self.links.remove(each)
            if reason:
                await each.say({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
            else:
                each.send.__self__.transport.abort()
                each.end()


def signed(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Return the headers that Slack signs a request with."""
    moment = str(int(at if at is not None else time.time()))
    digest = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": moment, "x-slack-signature": f"v0={digest}"}


def _body(heard: Heard) -> tuple[bytes, str]:
    """Return a request's body and its type: events are JSON, the rest are forms."""
    if heard.kind == EVENTS:
        return json.dumps(heard.payload).encode(), "application/json"
    form = heard.payload if heard.kind == "slash_commands" else {"payload": json.dumps(heard.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"
