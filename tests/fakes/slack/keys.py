"""Clients that talk to the stand-in."""

from agent.clients.patience import Pace
from agent.clients.slack import Keys, Slack
from tests.fakes.slack.workspace import BOT_TOKEN, Workspace

#: Waits for a limit of a few seconds, and for nothing else.
QUICK = Pace(patience=3.0, first_wait=0.02)


def by_token(slack: Workspace, token: str = BOT_TOKEN) -> Slack:
    """Return access by a token, the app's own where no other is given. Waits are short."""
    return Slack(Keys(token=token, api_url=slack.api_url), QUICK)
