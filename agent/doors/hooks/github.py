"""`POST /hooks/github`: a delivery, checked, committed, answered. What it means is policy's.

Deliveries that wait together are committed together, so that a storm costs few transactions.
Every answer is a line of text: what was done, or why not. GitHub shows it beside the delivery.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from agent.desk import Desk
from agent.domain.arrivals import Delivery, Taken
from agent.doors.hooks.body import body_of, refused
from agent.doors.hooks.signature import is_signed
from agent.policy.github.deliveries import Misshapen, name_of, read

#: GitHub sends no more.
LIMIT = 25 * 1024 * 1024
#: GitHub hangs up after ten.
ANSWER_SECONDS = 9.0
#: Deliveries a transaction.
TOGETHER = 50
_HEADERS = ("x-github-delivery", "x-github-event", "x-hub-signature-256")
#: An id is a GUID; what is longer than this is none.
LONGEST_ID = 100
UNKEPT = "it could not be kept; the log says why. Send it again"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Called:
    """A request that was read to its end, and where its answer is waited for."""

    headers: Mapping[str, str]
    body: bytes
    answer: asyncio.Future[Response]


class GitHubDoor:
    """Takes deliveries for one desk."""

    def __init__(self, desk: Desk, secret: str) -> None:
        self.desk = desk
        self.secret = secret
        self.waiting: list[Called] = []
        self.working: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer a delivery; 2xx says that nothing of it can be lost from here on."""
        body = await body_of(request, LIMIT)
        if isinstance(body, Response):
            return body
        called = Called(request.headers, body, asyncio.get_running_loop().create_future())
        self.waiting.append(called)
        if self.working is None:
            self.working = asyncio.create_task(self._work())
        try:
            return await asyncio.wait_for(asyncio.shield(called.answer), ANSWER_SECONDS)
        except TimeoutError:  # it may be kept after all; sent again it is the same delivery
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, "the store is busy; send it again")

    async def _work(self) -> None:
        """Answer what waits, together, until nothing waits."""
        while self.waiting:
            batch, self.waiting = self.waiting[:TOGETHER], self.waiting[TOGETHER:]
            answers = await asyncio.to_thread(self._answers, batch)
            for called, answer in zip(batch, answers, strict=True):
                called.answer.set_result(answer)
        self.working = None

    def _answers(self, batch: Sequence[Called]) -> list[Response]:
        """Answer a batch; what fails together is tried one by one, so that one hurts no other."""
        try:
            read = [self._checked(each.headers, each.body) for each in batch]
            taken = iter(self.desk.deliver([each for each in read if isinstance(each, Delivery)]))
        except Exception as error:  # whatever it is, the next delivery is answered
            if len(batch) > 1:
                return [answer for each in batch for answer in self._answers([each])]
            log.error("a delivery could not be kept", exc_info=error)
            return [refused(HTTPStatus.SERVICE_UNAVAILABLE, UNKEPT)]
        return [_told(next(taken), each) if isinstance(each, Delivery) else each for each in read]

    def _checked(self, headers: Mapping[str, str], body: bytes) -> Delivery | Response:
        """Return what was delivered, or why it is refused."""
        missing = [name for name in _HEADERS if not headers.get(name)]
        if missing:
            return refused(HTTPStatus.UNAUTHORIZED, f"no {missing[0]}")
        id, event, signature = (headers[name] for name in _HEADERS)
        if not is_signed(body, signature, self.secret):
            return refused(HTTPStatus.UNAUTHORIZED, "its signature is not that of GITHUB_WEBHOOK_SECRET")
        if len(id) > LONGEST_ID:
            return refused(HTTPStatus.BAD_REQUEST, "its id is no GUID")
        if not headers.get("content-type", "").startswith("application/json"):
            why = "set the webhook's content type to application/json"
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why)
        return self._read(id, event, body)

    def _read(self, id: str, event: str, body: bytes) -> Delivery | Response:
        try:
            payload = _parsed(body)
            source, happened = read(event, payload, self.desk.settings.watch, self.desk.now())
        except (Misshapen, ValueError, RecursionError) as error:
            if not isinstance(error, Misshapen):
                return refused(HTTPStatus.UNPROCESSABLE_ENTITY, "its body is no JSON")
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), "its body lacks what it must have")
        digest = hashlib.sha256(event.encode() + b"\n" + body).hexdigest()
        name = name_of(event, payload)
        return Delivery(id=id, digest=digest, event=name, source=source, happened=happened)


def _told(taken: Taken, delivery: Delivery) -> Response:
    if taken is Taken.REFUSED:
        return refused(HTTPStatus.CONFLICT, f"{delivery.id} came before with another body")
    said = {
        Taken.TAKEN: "taken",
        Taken.IGNORED: f"ignored: {delivery.happened.ignored}",
        Taken.SAME: "ignored: received before",
    }[taken]
    return PlainTextResponse(f"{said}\n", HTTPStatus.ACCEPTED)


def _parsed(body: bytes) -> object:
    """Read JSON; raises ValueError also for half a character, which no store keeps."""
    payload: object = json.loads(body)
    if rb"\ud" in body.lower():
        json.dumps(payload, ensure_ascii=False).encode()
    return payload
