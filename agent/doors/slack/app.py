"""The Bolt app put together. What each listener does is in the files beside it.

A request is answered after its listener (`process_before_response`), and a listener commits a row or calls
the desk: what Slack was told to be received cannot be lost. Nothing here asks Slack on the way, so that an
answer within its three seconds rests on the store alone; whose app it is, Slack's own request says.
"""

import logging
import re
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext

from agent.clients.patience import Pace
from agent.clients.slack import Keys, Slack, api_url
from agent.desk import Desk
from agent.doors.slack import buttons, home, intake, modals
from agent.doors.slack.pressing import Reception

#: Seconds that a limit is waited for before somebody is told something; later it helps nobody.
PATIENCE = 5.0
ANYTHING = re.compile(r".*", re.DOTALL)

log = logging.getLogger(__name__)


def build_app(desk: Desk) -> App:
    """Build the app over one desk. Requests over HTTP are refused unless SLACK_SIGNING_SECRET signed them."""
    token = desk.settings.secret("SLACK_BOT_TOKEN") or ""

    def authorized(context: BoltContext) -> AuthorizeResult:
        """Take every request for the one workspace that the token is of."""
        return AuthorizeResult(enterprise_id=context.enterprise_id, team_id=context.team_id, bot_token=token)

    app = App(
        name="triage",
        signing_secret=desk.settings.secret("SLACK_SIGNING_SECRET") or "",
        authorize=authorized,
        process_before_response=True,
        # What our app writes is told apart by what the event says of it, and is counted.
        ignoring_self_events_enabled=False,
    )
    app.client.base_url = api_url(desk.settings.secret("SLACK_API_URL"))
    app.error(failed)
    reception = Reception(
        desk, Slack(Keys(token=token, api_url=app.client.base_url), Pace(patience=PATIENCE))
    )
    home.register(app, reception)  # before the intake, which takes every event that is left
    intake.register(app, desk)
    buttons.register(app, reception)
    modals.register(app, reception)
    _register_rest(app)
    return app


def _register_rest(app: App) -> None:
    """Answer what nothing above answers, so that nobody is shown a failure for it; the log names it."""

    def unheard(ack: Ack, body: dict[str, Any]) -> None:
        log.warning("nothing here answers to this of Slack", extra={"request": str(body.get("type"))})
        ack()

    for listen in (app.action, app.view, app.view_closed, app.shortcut, app.command):
        listen(ANYTHING)(unheard)


def failed(error: Exception) -> BoltResponse:
    """Answer that it was not kept; Slack sends an event again, and shows a person that it failed."""
    log.error("a request of Slack could not be worked", exc_info=error)
    return BoltResponse(status=503, body="it could not be kept; the log says why")
