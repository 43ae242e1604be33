"""The body of a request that nobody has proven to be anybody's yet: read up to a limit."""

from starlette.requests import Request


async def body_of(request: Request, limit: int) -> bytes | None:
    """Read the body, at most `limit` bytes; None where it is too large, which is told as soon as that is known.

    Raises ClientDisconnect.
    """
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
