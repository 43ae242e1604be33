"""The part of the composition root that is about Slack: its key, and what writes and draws there."""

from typing import TYPE_CHECKING

from agent.ports import Now
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.channels.slack import SlackChannel
    from agent.channels.slack_surface import SlackSurface
    from agent.clients.slack import Slack

NO_KEY = "Set SLACK_BOT_TOKEN"


def slack(settings: Settings, *, patience: float) -> "Slack | None":
    """Return access to Slack; None without its key. `patience` is how long a limit is waited for, in seconds."""
    token = settings.secret("SLACK_BOT_TOKEN")
    if not token:
        return None
    from agent.clients.patience import Pace
    from agent.clients.slack import API_URL, Keys, Slack

    address = settings.secret("SLACK_API_URL") or API_URL
    keys = Keys(token=token, api_url=address if address.endswith("/") else f"{address}/")
    return Slack(keys, Pace(patience=patience))


def places(access: "Slack", settings: Settings, now: Now) -> "tuple[SlackChannel, SlackSurface]":
    """Return where replies and Notices are written, and where Cases are drawn."""
    from agent.channels.slack import SlackChannel
    from agent.channels.slack_surface import SlackSurface

    people = frozenset(person.slack for person in settings.team.people if person.slack)
    channel = SlackChannel(access, people, now)
    return channel, SlackSurface(access, channel, settings, now)
