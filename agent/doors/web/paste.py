"""The form to paste a message, and the small page that asks who somebody is."""

import hashlib
import secrets
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent.domain.messages import Message
from agent.doors.web.banners import Banner
from agent.doors.web.door import door_of
from agent.doors.web.guard import keep
from agent.doors.web.session import Session
from agent.errors import UnknownPerson
from agent.wording.texts import is_blank

UNFINISHED = 422


def paste(request: Request) -> Response:
    """Show the form; its nonce makes a double press one Message."""
    banner = (
        Banner("Received; it is judged now.", tone="green") if "received" in request.query_params else None
    )
    nonce = f"{door_of(request).desk.now().isoformat()} {secrets.token_urlsafe(12)}"
    return _form(request, {"nonce": nonce}, banner)


def _form(request: Request, said: dict[str, str], banner: Banner | None, status: int = 200) -> Response:
    door = door_of(request)
    empty = {"source": "", "author": "", "title": "", "text": "", "nonce": ""}
    return door.page(
        request, "paste.html", status, sources=door.desk.sources(), said=empty | said, banner=banner
    )


def receive(request: Request, form: FormData) -> Response:
    """Take a pasted message in, as if it had come through its Source."""
    door = door_of(request)
    said = {key: str(form.get(key, "")) for key in ("source", "author", "title", "text", "nonce")}
    line = next((line for line in door.desk.sources() if line.source.id == said["source"]), None)
    if line is None or is_blank(said["title"] + said["text"]):
        missing = "choose where it was written" if line is None else "write or paste what they wrote"
        banner = Banner(f"Not received: {missing}.", "Your text is kept.", tone="red", alert=True)
        return _form(request, said, banner, UNFINISHED)
    message = Message(
        id="pasted-" + hashlib.sha256(said["nonce"].encode()).hexdigest()[:16],
        source=line.source.id,
        author=said["author"].strip(),
        title=said["title"].strip(),
        text=said["text"].replace("\r\n", "\n"),
        sent_at=_begun_at(said["nonce"], door.desk.now()),
        thread=None,
        visibility=line.source.visibility,
    )
    door.desk.receive([message])
    return RedirectResponse("/paste?received=1", 303)


def _begun_at(nonce: str, now: datetime) -> datetime:
    """Give when the form was opened: a second press then is word for word the same Message."""
    try:
        at = datetime.fromisoformat(nonce.partition(" ")[0])
    except ValueError:
        return now
    return min(at, now) if at.tzinfo else now


def who(request: Request) -> Response:
    """Ask who is signed in."""
    return door_of(request).page(request, "who.html")


def sign_in(request: Request, form: FormData) -> Response:
    """Keep who somebody says to be in the session."""
    door = door_of(request)
    try:
        person = door.desk.settings.person_named(str(form.get("person", "")))
    except UnknownPerson as error:
        banner = Banner(str(error), tone="red", alert=True)
        return door.page(request, "who.html", UNFINISHED, banner=banner)
    session: Session = request.state.session
    answer = RedirectResponse("/", 303)
    keep(answer, door.keys.cookie, door.keys.seal(Session(session.id, person.id)))
    return answer
