"""What is watched in Slack: channels with a policy each, and beyond them what calls the app or the team."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agent.domain.messages import TEAM, Level, Source, Visibility
from agent.policy.slack.ids import SLACK, is_direct, place_of, source_id
from agent.policy.slack.texts import groups_called, users_called

#: Slack's own account, which tells people about limits and reminders.
SLACKBOT = "USLACKBOT"
#: Where a writer from outside comes from.
GUEST, ELSEWHERE = "a guest", "of another workspace"
#: A direct conversation is between its writer and us.
BETWEEN_US = Visibility(Level.CUSTOMER)


@dataclass(frozen=True, kw_only=True)
class SlackWatch:
    """`channels` are those of `sources.yaml` by their id in Slack, `people` ours by theirs."""

    channels: Mapping[str, Source] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()  #: user groups by whose mention the team is called (S11)
    names: Mapping[str, str] = field(default_factory=dict)  #: of others, where the place gives them

    @cached_property
    def everybody(self) -> Mapping[str, str]:
        """Return all names that are known, by the id in Slack."""
        return {**self.names, **self.people}


@dataclass(frozen=True, kw_only=True, slots=True)
class Us:
    """Our app as a workspace knows it. What it wrote itself is no news."""

    app: str = ""
    users: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    team: str = ""  #: the workspace

    def wrote(self, message: Mapping[str, Any]) -> bool:
        """Tell whether a message is our app's own."""
        apps = (message.get("app_id"), (message.get("bot_profile") or {}).get("app_id"))
        is_app = bool(self.app) and self.app in apps
        return is_app or message.get("user") in self.users or message.get("bot_id") in self.bots


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A channel as a Source: its policy where it is configured, and who may read what is written there."""

    channel: str
    configured: Source | None
    visibility: Visibility

    @property
    def source(self) -> str:
        return source_id(self.channel)

    @property
    def is_direct(self) -> bool:
        return is_direct(self.channel)


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who wrote: a colleague under the name that the team knows, anybody else under the id in Slack."""

    name: str
    is_colleague: bool = False
    is_bot: bool = False


def channels_of(sources: tuple[Source, ...]) -> dict[str, Source]:
    """Return the configured channels by their id in Slack."""
    return {place_of(each.id)[0]: each for each in sources if each.id.startswith(SLACK)}


def channel_at(channel: str, watch: SlackWatch) -> Place:
    """Return a channel as a Source; one that is not configured is the team's, a conversation its writer's."""
    configured = watch.channels.get(channel)
    unknown = BETWEEN_US if is_direct(channel) else TEAM
    return Place(
        channel=channel,
        configured=configured,
        visibility=configured.visibility if configured else unknown,
    )


def author_of(message: Mapping[str, Any], watch: SlackWatch) -> Author:
    """Return who wrote a message. What a colleague sends by an app is the colleague's."""
    user = str(message.get("user") or "")
    if user in watch.people:
        return Author(name=watch.people[user], is_colleague=True)
    if message.get("bot_id") or message.get("subtype") == "bot_message" or user == SLACKBOT:
        profile = message.get("bot_profile") or {}
        name = message.get("username") or profile.get("name") or message.get("bot_id") or user
        return Author(name=str(name or "a bot"), is_bot=True)
    if not user:
        raise ValueError("a message of nobody")
    return Author(name=watch.names.get(user, user))


def calls(text: str, watch: SlackWatch, us: Us) -> bool:
    """Tell whether a text mentions the app, or a user group that stands for the team (S11)."""
    return bool(users_called(text) & us.users or groups_called(text) & watch.groups)


def origin_of(message: Mapping[str, Any], us: Us) -> str:
    """Say where a writer from outside comes from; "" for a member."""
    profile = message.get("user_profile") or {}
    if profile.get("is_restricted") or profile.get("is_ultra_restricted"):
        return GUEST
    home = message.get("user_team") or message.get("source_team") or message.get("team")
    return ELSEWHERE if home and us.team and home != us.team else ""
