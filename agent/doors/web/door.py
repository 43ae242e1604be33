"""What every page shares: the desk, who looks, the time and zone, and the templates."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import jinja2
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from agent.desk import Desk
from agent.doors.web import answers, lists
from agent.doors.web.guard import FORM_LIMIT
from agent.doors.web.session import Keys, Session
from agent.house import House
from agent.wording import cases as wording
from agent.wording import engines, forms, lateness, names, stages, texts, times, vetted

if TYPE_CHECKING:
    from agent.clients.slack_sign_in import SignIn

HERE = Path(__file__).parent
FORBIDDEN, TOO_LARGE, UNAUTHORIZED = 403, 413, 401


def _shown(value: object) -> object:
    """Make what a template prints printable; what is marked safe was made so before."""
    return texts.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def safe_url(url: str) -> str:
    """Give a link's address where it is one of the web, "" otherwise."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


@functools.cache
def templates() -> jinja2.Environment:
    """Build the template environment: everything escaped, every name checked."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared = {
        "w": wording,
        "e": engines,
        "v": vetted,
        "t": times,
        "n": names,
        "x": texts,
        "fo": forms,
        "l": lateness,
    }
    env.globals.update(shared, a=answers, ls=lists, stages=stages)
    env.filters.update(safe_url=safe_url, in_path=lambda text: quote(text, safe=""))
    return env


@dataclass(frozen=True, kw_only=True)
class Door:
    """The web door of one process."""

    desk: Desk
    house: House | None
    keys: Keys
    person: str
    env: jinja2.Environment
    sign_in: "SignIn | None" = None  #: who a browser is, Slack says, where others can reach the door

    def admits(self, request: Request) -> bool:
        """Tell whether a browser may look: it opened the printed link or, where others can, signed in."""
        session: Session | None = request.state.session
        return session is not None and (self.sign_in is None or bool(session.person))

    def signed_in(self, request: Request) -> str:
        """Give the id of the person who looks; "" for nobody yet."""
        session: Session = request.state.session
        return session.person or self.person

    def zone(self, request: Request) -> tzinfo:
        """Give the zone of the person who looks, or the team's."""
        settings = self.desk.settings
        who = self.signed_in(request)
        return settings.person_named(who).zone if who else settings.rotation.zone

    def page(self, request: Request, name: str, status: int = 200, **context: object) -> HTMLResponse:
        """Render a page with what every page shows."""
        session: Session = request.state.session
        shared = {
            "now": self.desk.now(),
            "zone": self.zone(request),
            "who": self.signed_in(request),
            "people": self.desk.settings.team.people,
            "handles": {person.id: person.handle for person in self.desk.settings.team.people},
            "csrf": self.keys.csrf(session),
            "counts": self.desk.counts(),
            "shift": self.desk.shift(),
            "path": request.url.path,
            "banner": None,
        }
        return HTMLResponse(self.env.get_template(name).render(shared | context), status)

    def bare(self, name: str, status: int, **context: object) -> HTMLResponse:
        """Render a page that needs neither a session nor the store."""
        return HTMLResponse(self.env.get_template(name).render(context), status)


def door_of(request: Request) -> Door:
    """Give the door that a request came through."""
    door: Door = request.app.state.door
    return door


Page = Callable[[Request], Response]
FormPage = Callable[[Request, FormData], Response]


def guarded(page: Page) -> Page:
    """Show a page only to a browser that opened the printed link."""

    def look(request: Request) -> Response:
        if not door_of(request).admits(request):
            raise HTTPException(UNAUTHORIZED)
        return page(request)

    return look


def pressed(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Do the same for a form that is one button and nothing else."""
    return posted(lambda request, _form: page(request))


def posted(page: FormPage) -> Callable[[Request], Awaitable[Response]]:
    """Read a form, refuse what is too large or not ours, and answer in a thread."""

    async def take(request: Request) -> Response:
        if not door_of(request).admits(request):
            raise HTTPException(UNAUTHORIZED)
        if request.state.too_large:
            raise HTTPException(TOO_LARGE)
        form = await request.form(max_files=0, max_part_size=FORM_LIMIT)
        request.state.typed = str(form.get("draft") or form.get("text") or "")
        door = door_of(request)
        if not door.keys.is_ours(str(form.get("csrf", "")), request.state.session):
            raise HTTPException(FORBIDDEN)
        return await run_in_threadpool(page, request, form)

    return take
