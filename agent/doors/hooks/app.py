"""The application of the webhook port, and the way to it where there is one port for all."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.desk import Desk
from agent.doors.hooks.github import GitHubDoor

GITHUB, SLACK = "/hooks/github", "/hooks/slack"
#: What signs the calls of each place; without its secret nobody could be told apart, and its path is not there.
SECRETS = {GITHUB: "GITHUB_WEBHOOK_SECRET", SLACK: "SLACK_SIGNING_SECRET"}


def build_hooks(desk: Desk) -> Starlette | None:
    """Build the webhook door; None where no place has a secret."""
    routes = []
    if secret := desk.settings.secret(SECRETS[GITHUB]):
        routes.append(Route(GITHUB, GitHubDoor(desk, secret).__call__, methods=["POST"]))
    if desk.settings.secret(SECRETS[SLACK]):
        routes.append(Route(SLACK, _slack(desk), methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: _nothing_here}) if routes else None


def paths_of(hooks: Starlette) -> list[str]:
    """Return the paths that a webhook door answers at."""
    return [route.path for route in hooks.routes if isinstance(route, Route)]


def _slack(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    from agent.doors.slack.app import build_app
    from agent.doors.slack.http import SlackDoor

    return SlackDoor(build_app(desk)).__call__


def _nothing_here(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return PlainTextResponse("Nothing answers here.\n", status)


class Beside:
    """Hands what begins with `/hooks/` to the webhook door, and the rest to the pages and their guard."""

    def __init__(self, pages: ASGIApp, hooks: ASGIApp) -> None:
        self.pages = pages
        self.hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by the path."""
        is_hook = scope["type"] == "http" and scope["path"].startswith("/hooks/")
        await (self.hooks if is_hook else self.pages)(scope, receive, send)
