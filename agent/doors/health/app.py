"""`/healthz`, `/readyz` and `/metrics`: on the inbox's port, and on one of their own with `--health-port`."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import sqlalchemy as sa
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.desk import Desk
from agent.domain.figures import Check
from agent.doors.web.guard import LOOPBACK, host_of
from agent.errors import Unavailable
from agent.house import House

T = TypeVar("T")

TOKEN = "TRIAGE_METRICS_TOKEN"  # noqa: S105 - the name of it
#: Seconds after which a store that says nothing is one that does not answer.
PATIENCE = 8.0
#: Threads that may wait for such a store; the pages keep theirs, however often a supervisor asks.
WAITING = 4
#: Tell that somebody else asked for this than who reached us.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What one process tells of itself. `tokens` open its figures; this machine needs none where it `is_local`."""

    desk: Desk
    house: House | None  #: where this process works
    tokens: Sequence[str]
    is_local: bool  #: it listens for this machine alone
    patience: float = PATIENCE
    waiting: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(WAITING))

    def routes(self) -> list[Route]:
        """Return the three paths."""
        paths: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
        }
        return [Route(path, answer, methods=["GET"]) for path, answer in paths.items()]

    async def healthz(self, _request: Request) -> Response:
        """Say that the process answers; it needs no thread, so that nothing that waits for a store is in its way."""
        return PlainTextResponse("ok\n")

    async def readyz(self, _request: Request) -> Response:
        """Say whether this process can do its part, a check a line."""
        of_store = await self._asked(self.desk.checks)
        found = [*(of_store or [Check("store", is_ok=False, said="it does not answer")]), *self._loaded()]
        lines = [
            f"{each.name} {'ok' if each.is_ok else 'failed'}{each.said and f': {each.said}'}"
            for each in found
        ]
        return PlainTextResponse(
            "".join(f"{line}\n" for line in lines), 200 if all(each.is_ok for each in found) else 503
        )

    async def _asked(self, what: Callable[[], T]) -> T | None:
        """Return what the store says; None where it does not answer in time."""
        with anyio.move_on_after(self.patience):
            try:
                return await run_sync(what, abandon_on_cancel=True, limiter=self.waiting)
            except (Unavailable, sa.exc.SQLAlchemyError):
                return None
        return None

    def _loaded(self) -> list[Check]:
        if self.house is None:
            return []
        return [Check("index", self.house.is_loaded, "" if self.house.is_loaded else "it is being loaded")]

    async def metrics(self, request: Request) -> Response:
        """Give the figures to this machine, or to who holds a token."""
        if not (self._has_token(request) or (self.is_local and _is_from_here(request))):
            return PlainTextResponse(f"The token of {TOKEN} opens this: Authorization: Bearer …\n", 401)
        from agent.doors.health.metrics import rendered

        figures = await self._asked(self.desk.figures)
        if figures is None:
            return PlainTextResponse("The store does not answer. /readyz says what else.\n", 503)
        told, content_type = rendered(figures, self.desk.now(), request.headers.get("accept", ""))
        return Response(told, headers={"content-type": content_type})

    def _has_token(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and any(
            hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())
            for token in self.tokens
        )


def _is_from_here(request: Request) -> bool:
    """Tell whether a program of this machine asks for itself: no proxy, and no page of another site by our name."""
    is_here = request.client is not None and request.client.host in LOOPBACK
    is_passed_on = any(name in request.headers for name in _PASSED_ON)
    return is_here and not is_passed_on and host_of(request.headers.get("host", "")) in LOOPBACK


def build_health(desk: Desk, house: House | None, *, is_local: bool) -> Starlette:
    """Build what listens on a port of its own."""
    token = desk.settings.secret(TOKEN)
    health = Health(desk=desk, house=house, tokens=[token] if token else [], is_local=is_local)
    return Starlette(routes=health.routes())
