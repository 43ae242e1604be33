"""The web door put together: routes, errors, static files. What pages do is in the files beside it."""

import logging
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from agent.desk import Desk
from agent.doors.health.app import TOKEN as METRICS_TOKEN
from agent.doors.health.app import Health
from agent.doors.web import api, case, inbox, owning, paste
from agent.doors.web import sign_in as signing_in
from agent.doors.web.door import (
    FORBIDDEN,
    HERE,
    TOO_LARGE,
    UNAUTHORIZED,
    Door,
    door_of,
    guarded,
    posted,
    pressed,
    templates,
)
from agent.doors.web.guard import Guard
from agent.doors.web.session import Keys
from agent.errors import TriageError
from agent.house import House

if TYPE_CHECKING:
    from agent.clients.slack_sign_in import SignIn

log = logging.getLogger(__name__)

_WHY = {
    400: ("Not sent: the form was not understood.", "Go back; your browser has kept what you typed."),
    UNAUTHORIZED: ("Open the link that `triage run` printed.", "It signs this browser in until triage ends."),
    FORBIDDEN: (
        "Not sent: this form is from before triage was started again.",
        "Open the link that `triage run` printed, then paste your text from below.",
    ),
    404: ("There is no such page.", "Nothing was sent."),
    405: ("Not sent: this page takes no such form.", "Go back to the inbox."),
    TOO_LARGE: (
        "Not sent: that is more than 6 MB.",
        "Shorten the text, or bring it in by `triage receive --file`.",
    ),
}
_FAILED = (
    "Something went wrong here.",
    "Nothing was sent. The log has the details under the reference below.",
)
#: The line to the store may break after it took a press and before it could say so.
_BROKE_OFF = (
    "Something went wrong here, and it is not known whether your press was taken.",
    "Open the Case again: it shows what is true. A second press of the same answer does nothing twice.",
)


def build_app(
    desk: Desk,
    *,
    token: str,
    person: str | None = None,
    house: House | None = None,
    hosts: Collection[str] = (),
    sign_in: "SignIn | None" = None,
) -> Starlette:
    """Build the web door. `person` is who is signed in without asking; `hosts` are names besides loopback.

    With `sign_in` nobody is who they say: Slack tells, and the printed link alone opens nothing.

    Without a `house` the hand-over answers 503. `triage run` serves this on one port; whatever
    else it serves there is mounted beside these routes.
    """
    keys = Keys(token)
    opened_by = [token, *filter(None, [desk.settings.secret(METRICS_TOKEN)])]
    health = Health(desk=desk, house=house, tokens=opened_by, is_local=sign_in is None)
    app = Starlette(
        routes=[*_routes(), *health.routes(), *(_SIGN_IN if sign_in else _WHO)],
        middleware=[Middleware(Guard, keys=keys, hosts=hosts)],
        exception_handlers={HTTPException: _http_error, TriageError: _our_error, Exception: _failure},
    )
    said = "" if sign_in else person or ""
    app.state.door = Door(desk=desk, house=house, keys=keys, person=said, env=templates(), sign_in=sign_in)
    return app


def _routes() -> list[Route | Mount]:
    lists = [Route(path, guarded(inbox.listing)) for path in inbox.LISTS]
    of_case = {
        "undo": pressed(case.undo),
        "wake": pressed(case.wake),
        "retry": pressed(case.retry),
        "restore": pressed(case.restore),
        "steps": posted(case.resolve),
        "acknowledge": pressed(owning.acknowledge),
        "take": pressed(owning.take),
        "waits": pressed(owning.mark_waiting),
        "anyway": pressed(owning.write_anyway),
    }
    return [
        Route("/", guarded(inbox.inbox)),
        *lists,
        Route("/search", guarded(inbox.search)),
        Route("/bulk", posted(inbox.bulk), methods=["POST"]),
        Route("/paste", guarded(paste.paste), methods=["GET"]),
        Route("/paste", posted(paste.receive), methods=["POST"]),
        Route("/keys", guarded(keys_page)),
        Route("/cases/{case_id}", guarded(case.show), methods=["GET"]),
        Route("/cases/{case_id}", posted(case.answer), methods=["POST"]),
        *[Route(f"/cases/{{case_id}}/{name}", act, methods=["POST"]) for name, act in of_case.items()],
        Route("/api/try", api.handed_over(api.try_), methods=["POST"]),
        Route("/api/index", api.handed_over(api.index), methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


_WHO = [
    Route("/who", guarded(paste.who), methods=["GET"]),
    Route("/who", posted(paste.sign_in), methods=["POST"]),
]
_SIGN_IN = [Route(signing_in.BEGIN, signing_in.begin), Route(signing_in.BACK, signing_in.come_back)]


def keys_page(request: Request) -> Response:
    """Show all keys, and keep whether they are on."""
    wanted = request.query_params.get("single")
    if wanted in ("on", "off"):
        answer = RedirectResponse("/keys", 303)
        answer.set_cookie("triage_keys", wanted, httponly=False, samesite="strict", path="/")
        return answer
    return door_of(request).page(request, "keys.html", is_on=request.cookies.get("triage_keys") != "off")


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == UNAUTHORIZED and door_of(request).sign_in:
        return signing_in.asked(request)
    true, todo = _WHY.get(status, _FAILED)
    detail = error.detail if isinstance(error, HTTPException) else ""
    if status == FORBIDDEN and "who you are" in detail:
        true, todo = detail, "Choose your name under “Who are you?”, then press again."
    return _error_page(request, status, true, todo)


def _our_error(request: Request, error: Exception) -> Response:
    status = case.status_of(error) if isinstance(error, TriageError) else 500
    todo = "Nothing was sent." if request.method == "GET" else "Not sent."
    return _error_page(request, status, str(error), todo)


def _failure(request: Request, _error: Exception) -> Response:
    return _error_page(request, 500, *(_FAILED if request.method == "GET" else _BROKE_OFF))


def _error_page(request: Request, status: int, true: str, todo: str) -> Response:
    reference = secrets.token_hex(4)
    log.warning("%s %s answered %s (reference %s)", request.method, request.url.path, status, reference)
    typed = getattr(request.state, "typed", "")
    return door_of(request).bare("error.html", status, what=true, todo=todo, reference=reference, typed=typed)
