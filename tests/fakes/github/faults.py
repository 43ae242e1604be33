"""What goes wrong on the way, by request. What goes wrong with an Issue is in `state.py`.

hub.fails("GET", "/repos/{owner}/{repo}/issues", BAD_GATEWAY, times=2)
hub.fails("POST", OF_ISSUE + "/comments", DROPPED_AFTER_WRITE)
"""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """An answer in place of the right one; a status of 0 is no answer at all.

    `after_write`: the request is carried out first, and only its answer is lost.
    """

    status: int
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after_write: bool = False
    reset_in: int | None = None
    page: str = ""  #: of a proxy, in place of JSON

    def told(self) -> dict[str, str]:
        """Return the headers as of now."""
        if self.reset_in is None:
            return self.headers
        return {**self.headers, "x-ratelimit-reset": str(int(time.time()) + self.reset_in)}

    def body(self) -> dict[str, Any] | bytes:
        """Return what comes beside the status."""
        if self.page:
            return self.page.encode()
        return {"message": self.message, "documentation_url": "https://docs.github.example/rest"}


BAD_GATEWAY = Fault(502, "Server Error")
UNAUTHORIZED = Fault(401, "Bad credentials")
DROPPED = Fault(0)
DROPPED_AFTER_WRITE = Fault(0, after_write=True)
PROXY_PAGE = Fault(200, page="<html>Sign in to go on</html>")
BAD_GATEWAY_AFTER_WRITE = Fault(502, "Server Error", after_write=True)


def secondary_limit(retry_after: int | None = 1) -> Fault:
    """Too much in a short time: 403 with when to come back, where GitHub says it."""
    told = {} if retry_after is None else {"retry-after": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Fault(403, message, told)


def primary_limit(reset_in: int = 1) -> Fault:
    """The hour's requests are used up; they are renewed so many seconds after the answer."""
    return Fault(
        403, "API rate limit exceeded for user ID 1.", {"x-ratelimit-remaining": "0"}, reset_in=reset_in
    )
