"""A request ends at its timeout, whole. The SDK's own timeout begins anew with each byte that arrives.

What a request is and what its failure is called is `service.py`'s.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Under these names a request keeps when it ends, and whether its answer had begun.
_ENDS, _BEGAN = "triage_ends", "triage_began"
_MESSAGES = "/messages"  #: results of a batch are as long as they are, and come through another door


def hooks() -> Mapping[str, list[Callable[..., None]]]:
    """Return the event hooks for the SDK's HTTP client."""
    return {"request": [_start], "response": [_bound]}


def may_be_charged(error: BaseException) -> bool:
    """Tell whether a request that failed so had reached the service, which then may charge what nobody read."""
    cause, request = error.__cause__, getattr(error, "request", None)
    began = request is not None and _BEGAN in request.extensions
    return isinstance(cause, httpx2.ReadTimeout) or began


def _start(request: httpx2.Request) -> None:
    timeout = request.extensions.get("timeout", {}).get("read")
    if timeout is not None and request.url.path.endswith(_MESSAGES):
        request.extensions[_ENDS] = time.monotonic() + timeout


def _bound(response: httpx2.Response) -> None:
    if response.is_success:
        response.request.extensions[_BEGAN] = True
    ends = response.request.extensions.get(_ENDS)
    if ends is not None and isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Bounded(response.stream, ends)


class _Bounded(httpx2.SyncByteStream):
    """A body that is read no longer than until its request's end."""

    def __init__(self, behind: httpx2.SyncByteStream, ends: float) -> None:
        self._behind = behind
        self._ends = ends

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._behind:
            if time.monotonic() > self._ends:
                raise httpx2.ReadTimeout("The answer was still coming at its timeout.")
            yield chunk

    def close(self) -> None:
        self._behind.close()
