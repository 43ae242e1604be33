"""The application of the webhook port, and the way to it where there is one port for all."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.desk import Desk
from agent.doors.hooks.github import GitHubDoor

PATH = "/hooks/github"


def build_hooks(desk: Desk) -> Starlette | None:
    """Build the webhook door; None where no secret is set, because then nobody could be told apart."""
    secret = desk.settings.secret("GITHUB_WEBHOOK_SECRET")
    if not secret:
        return None
    return Starlette(
        routes=[Route(PATH, GitHubDoor(desk, secret).__call__, methods=["POST"])],
        exception_handlers={HTTPException: _nothing_here},
    )


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
