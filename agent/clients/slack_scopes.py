"""What the product needs to be allowed at Slack, and what of it a token lacks, by name. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.clients.slack import Slack
from agent.errors import Denied, TriageError


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope by the name that the app's page gives it, and what it is for."""

    name: str
    purpose: str
    is_needed: bool = True  #: without it nothing works; without another, one thing

    def __str__(self) -> str:
        return f"{self.name} ({self.purpose})"


SCOPES = (
    Scope("channels:history", "to read the public channels that the app is in"),
    Scope("channels:read", "to know those channels"),
    Scope("chat:write", "to answer, and to show cards"),
    Scope("users:read", "to know who writes, and who is a guest"),
    Scope("commands", "for /triage and the shortcut", is_needed=False),
    Scope("app_mentions:read", "to hear when it is mentioned", is_needed=False),
    Scope("groups:history", "to read private channels that the app is in", is_needed=False),
    Scope("groups:read", "to know those channels", is_needed=False),
    Scope("im:history", "to read what is written to the app, and to find its own alerts", is_needed=False),
    Scope("im:write", "to show cards to the holder alone", is_needed=False),
    Scope("usergroups:read", "to know the user groups that are watched", is_needed=False),
)


def missing(access: Slack) -> tuple[Scope, ...]:
    """Return the scopes that the token lacks; raises Denied for a token that is not valid."""
    return tuple(each for each in SCOPES if each.name not in access.account.scopes)


def may_connect(app: Slack) -> None:
    """Look whether an app-level token opens Socket Mode, without connecting; raises Denied."""
    app.reading.get("apps.connections.open")


def not_in(access: Slack, channels: tuple[str, ...]) -> Iterator[tuple[str, TriageError]]:
    """Yield the channels that the app cannot work in, each with why and what to do."""
    for channel in channels:
        try:
            found = access.reading.get("conversations.info", {"channel": channel})["channel"]
            if not found.get("is_member", True):
                raise Denied(f"The app is not in #{found.get('name', channel)}. Write there: /invite @triage")
        except TriageError as error:
            yield channel, error
