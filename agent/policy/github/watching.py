"""What is watched at GitHub: repositories by name, and beyond them the team's mentions and labels."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.messages import TEAM, Level, Visibility
from agent.policy.globs import matches

#: A name of GitHub ends where none of its characters follow: `@example/core-ui` is another team.
_TEAM = r"(?<![\w/`@.-])@{}(?![\w/-])"
#: Review requests of one repository within this long are a flood, from so many on.
FLOOD_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """`repositories` are those of `sources.yaml` with who may read them; `teams` like `owner/slug`."""

    repositories: Mapping[str, Visibility] = field(default_factory=dict)
    teams: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    group_reviews_from: int = 5
    quiet: tuple[str, ...] = ()  #: globs of our own accounts and of other bots

    def is_quiet(self, login: str) -> bool:
        """Tell whether an account is a machine's: what it says opens nothing for others."""
        return matches(login, self.quiet)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A repository as a Source: its name as configured, and who may read what is written there."""

    name: str
    visibility: Visibility
    is_watched: bool

    @property
    def source(self) -> str:
        return f"github:{self.name}"


def place_of(repository: Mapping[str, Any], watch: Watch) -> Place:
    """Return the Source of a payload's `repository`; upper and lower case are the same to GitHub.

    A private one is never public words, whatever the configuration says.
    """
    name = str(repository["full_name"])
    known = {each.casefold(): each for each in watch.repositories}
    configured = known.get(name.casefold())
    visibility = watch.repositories[configured] if configured else Visibility(Level.PUBLIC)
    if repository["private"] and visibility.level is Level.PUBLIC:
        visibility = TEAM
    return Place(name=configured or name, visibility=visibility, is_watched=configured is not None)


def mentioned(text: str, teams: Iterable[str]) -> str:
    """Return the first of the teams that a text calls by `@owner/slug`, "" for none (S11, S12)."""
    found = (each for each in teams if re.search(_TEAM.format(re.escape(each)), text, re.IGNORECASE))
    return next(found, "")


def team_label(names: Iterable[str], labels: Iterable[str]) -> str:
    """Return the first of an Issue's labels that is one of the team's, "" for none (S12)."""
    wanted = {each.casefold() for each in labels}
    return next((name for name in names if name.casefold() in wanted), "")


def is_flood(asked_at: Sequence[datetime], now: datetime, least: int) -> bool:
    """Tell whether one more review request would be one of a flood (S7)."""
    return sum(now - at < FLOOD_WITHIN for at in asked_at) + 1 >= least
