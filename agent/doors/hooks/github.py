"""`POST /hooks/github`: one delivery, checked, committed, answered. What it means is policy's.

Every answer is a line of text: what was done, or why not. GitHub shows it beside the delivery.
"""

import asyncio
import hashlib
import json
import logging
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from agent.desk import Desk
from agent.domain.arrivals import Delivery, Taken
from agent.doors.hooks.signature import is_signed
from agent.errors import Refused, TriageError
from agent.policy.github.deliveries import Misshapen, name_of, read

#: GitHub sends no more.
LIMIT = 25 * 1024 * 1024
#: GitHub hangs up after ten.
ANSWER_SECONDS = 9.0
_HEADERS = ("x-github-delivery", "x-github-event", "x-hub-signature-256")
#: An id is a GUID; what is longer than this is none.
LONGEST_ID = 100

log = logging.getLogger(__name__)


class GitHubDoor:
    """Takes deliveries for one desk."""

    def __init__(self, desk: Desk, secret: str) -> None:
        self.desk = desk
        self.secret = secret

    async def __call__(self, request: Request) -> Response:
        """Answer a delivery; 2xx says that nothing of it can be lost from here on."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _refused(HTTPStatus.BAD_REQUEST, "it broke off")
        if body is None:
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "it is larger than 25 MB")
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._answer, request, body), ANSWER_SECONDS)
        except TimeoutError:  # it may be kept after all; sent again it is the same delivery
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "the store is busy; send it again")

    def _answer(self, request: Request, body: bytes) -> Response:
        missing = [name for name in _HEADERS if not request.headers.get(name)]
        if missing:
            return _refused(HTTPStatus.UNAUTHORIZED, f"no {missing[0]}")
        id, event, signature = (request.headers[name] for name in _HEADERS)
        if not is_signed(body, signature, self.secret):
            return _refused(HTTPStatus.UNAUTHORIZED, "its signature is not that of GITHUB_WEBHOOK_SECRET")
        if len(id) > LONGEST_ID:
            return _refused(HTTPStatus.BAD_REQUEST, "its id is no GUID")
        if not request.headers.get("content-type", "").startswith("application/json"):
            why = "set the webhook's content type to application/json"
            return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why)
        return self._deliver(id, event, body)

    def _deliver(self, id: str, event: str, body: bytes) -> Response:
        try:
            payload = _parsed(body)
            source, happened = read(event, payload, self.desk.settings.watch, self.desk.now())
        except (Misshapen, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, Misshapen) else "its body is no JSON"
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, why)
        digest = hashlib.sha256(event.encode() + b"\n" + body).hexdigest()
        name = name_of(event, payload)
        delivery = Delivery(id=id, digest=digest, event=name, source=source, happened=happened)
        try:
            taken = self.desk.deliver(delivery)
        except Refused as error:
            return _refused(HTTPStatus.CONFLICT, str(error))
        except TriageError as error:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return PlainTextResponse(_said(taken, happened.ignored) + "\n", HTTPStatus.ACCEPTED)


def _said(taken: Taken, why: str) -> str:
    return {
        Taken.TAKEN: "taken",
        Taken.IGNORED: f"ignored: {why}",
        Taken.SAME: "ignored: received before",
    }[taken]


def _refused(status: HTTPStatus, why: str) -> Response:
    log.warning("webhook delivery refused: %s", why)
    return PlainTextResponse(f"refused: {why}\n", status)


def _parsed(body: bytes) -> object:
    """Read JSON; raises ValueError also for half a character, which no store keeps."""
    payload: object = json.loads(body)
    if rb"\ud" in body.lower():
        json.dumps(payload, ensure_ascii=False).encode()
    return payload


async def _body(request: Request) -> bytes | None:
    """Read the body; None where it is too large, which is told as soon as that is known."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LIMIT:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
