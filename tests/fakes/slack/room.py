"""A house that hears the stand-in's workspace over signed requests: channels with a policy each, a team, a clock.

Events are told in turn here, so that a test says what comes first; one about overtaking takes `in_turn` away.

with room(tmp_path, slack) as here:
    asked = here.help.says(slack.user("user-4821"), "sync stops after the upgrade")
    here.settle()
    here.house.desk.inbox()
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent import wiring_slack
from agent.domain.actions import Notice, NoticeKind, OutboxState, Receipt
from agent.domain.messages import Level, ReplyBy, Reports, Source, SourceUse, Visibility
from agent.doors.hooks.app import SLACK, build_hooks
from agent.house import House
from agent.policy.slack.ids import source_id
from agent.policy.slack.watching import SlackWatch, channels_of
from agent.ports import Channel as Destination
from agent.settings import Settings, SignInPlace, SlackPlaces
from agent.store import outbox
from agent.store.tables import deliveries, messages
from tests.builders import MONDAY, PROJECT, Clock, World, settings_in, world
from tests.fakes.engine import ScriptedEngine
from tests.fakes.serving import serving
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Channel, Message, User, Workspace

SECRETS = {
    "SLACK_BOT_TOKEN": BOT_TOKEN,
    "SLACK_APP_TOKEN": APP_TOKEN,
    "SLACK_SIGNING_SECRET": SIGNING_SECRET,
}
PUBLIC, INTERNAL = Visibility(Level.PUBLIC), Visibility(Level.INTERNAL)


@dataclass
class Room:
    """A house and the workspace that it hears."""

    slack: Workspace
    here: World

    @property
    def house(self) -> House:
        return self.here.house

    @property
    def clock(self) -> Clock:
        return self.here.clock

    def channel(self, name: str) -> Channel:
        return self.slack.channel(name)

    @property
    def help(self) -> Channel:
        return self.channel("help")

    def colleague(self, at: int = 1) -> User:
        """Return somebody of the team, as Slack knows them."""
        return people(self.slack, self.house.settings)[at]

    def settle(self) -> None:
        """Wait until all was told, then let the worker do what follows."""
        assert self.slack.settle()
        self.house.drain()

    def pass_by(self, **span: float) -> None:
        """Move the clocks of both on."""
        self.here.clock.pass_by(**span)
        self.slack.clock.at = self.here.clock.at

    def inbox(self) -> list[str]:
        return sorted(row.case.id for row in self.house.desk.inbox())

    def said(self, case: str) -> list[str]:
        """Return what the Messages of a Case say."""
        return [each.message.text for each in self.house.desk.case(case).messages]

    def stored(self) -> list[str]:
        """Return the texts that are kept, in the order of keeping."""
        with self.house.store.read() as tx:
            return list(tx.scalars(sa.select(messages.c.text).order_by(messages.c.seq)))

    def ignored(self) -> list[str]:
        """Return why deliveries were ignored."""
        with self.house.store.read() as tx:
            return list(tx.scalars(sa.select(deliveries.c.ignored).where(deliveries.c.ignored != "")))

    def dropped(self) -> list[str]:
        """Return why Cases were dropped."""
        return [row.case.dropped_reason for row in self.house.desk.dropped()]


def people(slack: Workspace, settings: Settings) -> list[User]:
    """Return the team as the workspace knows it."""
    return [slack.user(each.id) for each in settings.team.people]


def source(slack: Workspace, name: str, **changes: Any) -> Source:
    """Return a channel of the stand-in as a Source: public, everything is a report."""
    plain = Source(
        id=source_id(slack.channel(name).id),
        name=f"#{name}",
        project=PROJECT,
        visibility=PUBLIC,
        respond_within_minutes=60,
        update_within_hours=24,
    )
    return replace(plain, **changes)


def sources_of(slack: Workspace) -> tuple[Source, ...]:
    """Return a channel of each use."""
    return (
        source(slack, "help", group_minutes=5),
        source(slack, "alerts", use=SourceUse.ALERTS, visibility=INTERNAL),
        source(slack, "dogfood", use=SourceUse.DOGFOOD, visibility=INTERNAL),
        source(slack, "triage-bugs", use=SourceUse.TRIAGE_BUGS, visibility=INTERNAL),
        source(slack, "general", reports=Reports.MENTIONS, visibility=INTERNAL, group_minutes=5),
        source(slack, "community", reports=Reports.TOP_LEVEL),
    )


def connected(settings: Settings, slack: Workspace, **changes: Any) -> dict[str, Any]:
    """Return what a team's settings say once they are connected to the stand-in."""
    team = replace(
        settings.team,
        people=tuple(
            replace(each, slack=user.id)
            for each, user in zip(settings.team.people, people(slack, settings), strict=True)
        ),
        slack=replace(settings.team.slack, triage_bugs=slack.channel("triage-bugs").id),
    )
    sources = changes.pop("sources", sources_of(slack))
    watch = SlackWatch(
        channels=channels_of(sources),
        people={each.slack: each.handle.lstrip("@") for each in team.people},
        groups=frozenset({slack.group("support", people(slack, settings))}),
    )
    secrets = {**SECRETS, "SLACK_API_URL": slack.api_url}
    external = {**settings.external, **dict.fromkeys(secrets, True)}
    own = {"team": team, "sources": sources, "slack_watch": watch, "_secrets": secrets, "external": external}
    return {**own, **changes}


def asked_about(at: Room, case: str, message: Message) -> None:
    """Have a message of the app's be what the team was asked about a Case."""
    place = f"{message.channel.id}/{message.ts}"
    to = source_id(message.channel.id)
    notice = Notice(key=f"{case}:ask:1", case_id=case, kind=NoticeKind.ASK, to=to, text="?")
    receipt = Receipt(key=notice.key, destination_id=place, url="", at=MONDAY)
    with at.house.store.write() as tx:
        outbox.add(tx, notice, to, MONDAY)
        outbox.claim(tx, notice.key, "test", MONDAY)
        outbox.settle(tx, notice.key, OutboxState.SENT, attempt=1, receipt=receipt)


@contextmanager
def room(
    home: Path, slack: Workspace, change: Callable[[Settings], dict[str, Any]] = lambda _: {}
) -> Iterator[Room]:
    """Open a house that hears the stand-in; `change` gives what else is to be other in its settings."""
    clock = Clock(MONDAY)
    slack.clock.at, slack.in_turn = clock.at, True
    plain = settings_in(home / "home")
    with world(home / "home", clock=clock, **{**connected(plain, slack), **change(plain)}) as here:
        hooks = build_hooks(here.house.desk)
        assert hooks is not None
        with serving(hooks) as address:
            slack.calls_at(f"{address}{SLACK}")
            yield Room(slack, here)


@contextmanager
def drawing_room(
    home: Path,
    slack: Workspace,
    engine: ScriptedEngine | None = None,
    *,
    hold_seconds: int = 0,
    clock: Clock | None = None,
    signs_in: SignInPlace | None = None,
    **changes: Any,
) -> Iterator[Room]:
    """Open a house that hears the stand-in, answers in its threads and draws its cards there."""
    is_first, clock = clock is None, clock or Clock(MONDAY)
    slack.clock.at, slack.in_turn = clock.at, True
    plain = settings_in(home / "home")
    sources = tuple(replace(each, reply_by=ReplyBy.SLACK) for each in sources_of(slack))
    given = connected(plain, slack, **{"sources": sources, **changes})
    told = {name: slack.channel(name).id for name in ("on-call", "team", "triage-bugs")}
    at = SlackPlaces(on_call=told["on-call"], team=told["team"], triage_bugs=told["triage-bugs"])
    if signs_in:
        at = replace(at, sign_in=signs_in)
    settings = settings_in(home / "home", slack=at, **given)
    access = wiring_slack.slack(settings, patience=1.0)
    assert access is not None
    channel, surface = wiring_slack.places(access, settings, clock)
    channels: dict[ReplyBy, Destination] = {ReplyBy.SLACK: channel}
    parts = {"hold_seconds": hold_seconds, "channels": channels, "surface": surface, "slack": at}
    parts["directory"] = wiring_slack.slack_directory(settings)
    with world(home / "home", engine, clock=clock, **parts, **given) as here:
        hooks = build_hooks(here.house.desk)
        assert hooks is not None
        with serving(hooks) as address:
            slack.calls_at(f"{address}{SLACK}")
            here.house.drain()  # what was there before cards were drawn gets none
            if is_first:
                slack.forget()
            yield Room(slack, here)
