"""The body of a request that nobody has proven to be anybody's yet: read up to a limit, and what a refusal is."""

import logging
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

_MEGABYTE = 1024 * 1024

log = logging.getLogger(__name__)


async def body_of(request: Request, limit: int) -> bytes | Response:
    """Read the body, at most `limit` bytes; the refusal of one that broke off, or is larger: told as soon as known."""
    try:
        body = await _read(request, limit)
    except ClientDisconnect:
        return refused(HTTPStatus.BAD_REQUEST, "it broke off")
    if body is None:
        why = f"it is larger than {limit // _MEGABYTE} MB"
        return refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)
    return body


async def _read(request: Request, limit: int) -> bytes | None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def refused(status: HTTPStatus, why: str, logged: str = "") -> Response:
    """Return an answer that says why nothing was kept; the log says it, too, where it quotes nothing."""
    log.warning("a call over HTTP was refused: %s", logged or why)
    return PlainTextResponse(f"refused: {why}\n", status)
