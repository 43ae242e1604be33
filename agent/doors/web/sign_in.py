"""Sign in with Slack: out to Slack and back. Whose session it is, `team.yaml` says by the id in Slack."""

import logging
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent.doors.web import session
from agent.doors.web.door import UNAUTHORIZED, Door, door_of
from agent.doors.web.guard import keep
from agent.doors.web.session import Session
from agent.errors import TriageError, UnknownPerson

BEGIN, BACK = "/sign-in", "/sign-in/slack"
#: The browser's attempt; it comes back from another site, so that a strict cookie would not come along.
COOKIE, MINUTES = "triage_sign_in", 10
STRANGE = "This browser did not begin this sign-in, or began it too long ago."
DECLINED = "Slack did not sign you in: it was declined there."
NOBODY = (
    "Slack knows you, and team.yaml has nobody with your id there, {user}. Ask who runs triage to add it."
)

log = logging.getLogger(__name__)


def asked(request: Request, said: str = "", status: int = UNAUTHORIZED) -> Response:
    """Ask somebody to sign in, and say why it did not go well."""
    return door_of(request).bare("sign_in.html", status, said=said, begin=BEGIN)


def begin(request: Request) -> Response:
    """Send the browser to Slack."""
    door, attempt = door_of(request), session.attempt()
    assert door.sign_in is not None
    answer = RedirectResponse(door.sign_in.address(attempt.state, attempt.nonce), 303)
    answer.set_cookie(
        COOKIE,
        door.keys.seal_attempt(attempt),
        max_age=MINUTES * 60,
        httponly=True,
        samesite="lax",
        secure=_is_tls(door),
        path=BEGIN,
    )
    return answer


def come_back(request: Request) -> Response:
    """Take what Slack sent the browser back with, and keep who it is in a new session."""
    door, query = door_of(request), request.query_params
    assert door.sign_in is not None
    attempt = door.keys.unseal_attempt(request.cookies.get(COOKIE, ""))
    if attempt is None or query.get("state") != attempt.state:
        return asked(request, STRANGE)
    if "code" not in query:
        return asked(request, DECLINED)
    try:
        user = door.sign_in.user(query["code"], attempt.nonce)
        person = door.desk.settings.person_in_slack(user)
    except UnknownPerson:
        return asked(request, NOBODY.format(user=user), 403)
    except TriageError as error:
        log.warning("a sign-in failed", exc_info=error)
        return asked(request, str(error))
    # Not sent on by a redirect: on the way back from another site the browser would keep the cookie to itself.
    answer = door.bare("signed_in.html", 200, handle=person.handle)
    answer.delete_cookie(COOKIE, path=BEGIN)
    keep(
        answer, door.keys.cookie, door.keys.seal(Session(session.begin().id, person.id)), secure=_is_tls(door)
    )
    return answer


def _is_tls(door: Door) -> bool:
    assert door.sign_in is not None
    return urlsplit(door.sign_in.back).scheme == "https"
