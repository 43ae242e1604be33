"""What a door answers while its process ends: nothing new is begun, and who asks is told when to come back."""

from threading import Event

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

#: Seconds after which another process, or the next of this one, is there.
COME_BACK = 30
#: Answered as ever: whether the process lives, and its figures.
_STAYS = ("/healthz", "/metrics")
_TOLD = (
    "triage is being stopped. Nothing of this request was taken in, and nothing was sent.\n"
    "Go back; your browser has kept what you typed. Try again in half a minute.\n"
)


class Draining:
    """ASGI middleware: hands everything on until the event is set."""

    def __init__(self, app: ASGIApp, ending: Event) -> None:
        self.app = app
        self.ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what comes after the event; what is under way then is answered."""
        is_refused = scope["type"] == "http" and self.ending.is_set() and scope["path"] not in _STAYS
        await (_refusal(scope["path"]) if is_refused else self.app)(scope, receive, send)


def _refusal(path: str) -> Response:
    told = "process failed: it is being stopped\n" if path == "/readyz" else _TOLD
    return PlainTextResponse(told, 503, headers={"retry-after": str(COME_BACK), "connection": "close"})
