"""What goes wrong on the way, by method.

slack.fails("chat.postMessage", LOST_AFTER)           the post stands, its answer never comes
slack.fails("chat.postMessage", rate_limited(1), times=2)
slack.fails("chat.update", says("internal_error"))
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """An answer in place of the right one; a status of 0 is no answer at all.

    `after`: the request is carried out first, and only its answer is lost. `delay` is in seconds and comes first.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    delay: float = 0.0
    only_delays: bool = False


LOST = Fault(0)
LOST_AFTER = Fault(0, after=True)
SERVER_ERROR = Fault(500, "Internal Server Error")
SERVER_ERROR_AFTER = Fault(500, "Internal Server Error", after=True)
PROXY_PAGE = Fault(200, "<html>Sign in to go on</html>", {"content-type": "text/html"})
NO_JSON_AFTER = Fault(200, "<html>Sign in to go on</html>", {"content-type": "text/html"}, after=True)


def rate_limited(seconds: int = 1) -> Fault:
    """Too much in a short time: 429 and when to come back."""
    return Fault(429, {"ok": False, "error": "ratelimited"}, {"retry-after": str(seconds)})


def says(error: str, **more: Any) -> Fault:
    """Slack's own refusal, with a status of 200."""
    return Fault(200, {"ok": False, "error": error, **more})


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return Fault(delay=seconds, only_delays=True)
