"""The verbs of a Case that answer no Proposal: acknowledge, ask, take, hand over, let go, write anyway.

The first four stand on the Case's form too, where nothing that was typed may be lost; how a form comes
back is `case.py`'s.
"""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent.desk import Desk
from agent.doors.web.answers import Posted
from agent.doors.web.door import FORBIDDEN, Door, door_of

#: Buttons of the Case's form, by their verdict.
OWN = ("ack", "ask", "take", "hand")


def do(desk: Desk, case_id: str, posted: Posted, who: str) -> None:
    """Do what one of these buttons says."""
    if posted.verdict == "ack":
        desk.acknowledge(case_id, who)
    elif posted.verdict == "ask":
        desk.ask(case_id, posted.question, who)
    elif posted.verdict == "take":
        desk.take(case_id, who)
    else:
        desk.hand_over(case_id, posted.detail, who)


def acknowledge(request: Request) -> Response:
    """Acknowledge a Case that has no form."""
    return _done(request, "ack", lambda desk, case_id, who: desk.acknowledge(case_id, who))


def take(request: Request) -> Response:
    """Make a Case one's own that has no form."""
    return _done(request, "take", lambda desk, case_id, who: desk.take(case_id, who))


def mark_waiting(request: Request) -> Response:
    """Say that a Case waits on them."""
    return _done(request, "waits", lambda desk, case_id, who: desk.mark_waiting(case_id, who))


def write_anyway(request: Request) -> Response:
    """Propose a reply although a colleague has answered."""
    return _done(request, "anyway", lambda desk, case_id, who: desk.write_anyway(case_id, who))


def _done(request: Request, did: str, act: Callable[[Desk, str, str], object]) -> Response:
    door = door_of(request)
    case_id = request.path_params["case_id"]
    act(door.desk, case_id, person_of(door, request))
    return RedirectResponse(f"/cases/{case_id}?did={did}", 303)


def person_of(door: Door, request: Request) -> str:
    """Return who presses; 403 for nobody yet."""
    who = door.signed_in(request)
    if not who:
        raise HTTPException(FORBIDDEN, "Not sent: say who you are first, then press again.")
    return who
