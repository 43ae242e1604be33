"""What goes wrong on the way to an answer, in the API's own error shape, or with no shape at all.

claude.fails(OVERLOADED, times=2)
claude.fails(rate_limited(retry_after=1))
claude.fails(DROPPED_HALF_WAY)
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """An answer in place of the right one.

    A status of 0 closes the connection without an answer; `half` sends half of the right one first.
    """

    status: int
    type: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    half: bool = False
    page: str = ""  #: of a proxy, in place of JSON
    seconds: float = 0.0  #: before anything is said
    drip: float = 0.0  #: seconds between two bytes of the right answer
    details: dict[str, str] | None = None  #: of the error, such as its code


BAD_REQUEST = Fault(400, "invalid_request_error", "messages: something about it is wrong")
BAD_KEY = Fault(401, "authentication_error", "invalid authentication credentials")
NO_CREDIT = Fault(402, "billing_error", "Your credit balance is too low to access the API.")
NOT_ALLOWED = Fault(403, "permission_error", "Your API key does not have permission to use this model.")
NO_MODEL = Fault(404, "not_found_error", "model: no such model")
TOO_LARGE = Fault(413, "invalid_request_error", "Request exceeds the maximum size")
RATE_LIMITED = Fault(429, "rate_limit_error", "This request would exceed your rate limit.")
BROKEN = Fault(500, "api_error", "Internal server error")
UNAVAILABLE = Fault(503, "api_error", "Service unavailable")
OVERLOADED = Fault(529, "overloaded_error", "Overloaded")
DROPPED = Fault(0)
DROPPED_HALF_WAY = Fault(200, half=True)
PROXY_PAGE = Fault(200, page="<html>Sign in to go on</html>")
TOO_LONG_FOR_THE_MODEL = Fault(
    400, "invalid_request_error", "prompt is too long: 1200000 tokens > 1000000 maximum"
)


def rate_limited(retry_after: float) -> Fault:
    """Too much in a short time; it may be asked again after so many seconds."""
    return Fault(429, RATE_LIMITED.type, RATE_LIMITED.message, {"retry-after": str(retry_after)})


def late(seconds: float) -> Fault:
    """The right answer, after so many seconds."""
    return Fault(200, seconds=seconds)


def dripping(every: float) -> Fault:
    """The right answer, a byte after so many seconds."""
    return Fault(200, drip=every)
