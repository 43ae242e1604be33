"""`POST /hooks/slack`: what Slack sends over HTTP, signed with SLACK_SIGNING_SECRET, to the same app."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.starlette.handler import to_starlette_response
from starlette.requests import Request
from starlette.responses import Response

from agent.doors.hooks.body import body_of, refused

#: A modal with all that it holds is far smaller.
LIMIT = 3 * 1024 * 1024
#: Slack hangs up after three.
ANSWER_SECONDS = 2.5
#: Requests that are worked at once. They wait for the store and for each other's commit, and cost no more.
THREADS = 32

log = logging.getLogger(__name__)


class SlackDoor:
    """Takes requests for one app."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.working = ThreadPoolExecutor(THREADS, thread_name_prefix="slack")

    async def __call__(self, request: Request) -> Response:
        """Answer a request; 2xx says that nothing of it can be lost from here on."""
        body = await body_of(request, LIMIT)
        if isinstance(body, Response):
            return body
        try:
            asked = BoltRequest(body=body.decode(), headers=dict(request.headers))
        except Exception as error:  # Bolt reads the body before anybody has proven who sent it
            log.info("a request over HTTP could not be read", exc_info=error)
            return refused(HTTPStatus.BAD_REQUEST, "it is no request of Slack")
        working = asyncio.get_running_loop().run_in_executor(self.working, self.app.dispatch, asked)
        try:
            answered: BoltResponse = await asyncio.wait_for(asyncio.shield(working), ANSWER_SECONDS)
        except TimeoutError:  # it may be kept after all; sent again it is the same
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, "the store is busy; send it again")
        return to_starlette_response(answered)
