"""The part of the composition root that is about Slack: its keys, what reads it, and what writes and draws there."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent.domain.views import ReadReport
from agent.errors import TriageError
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store.database import Store

if TYPE_CHECKING:
    from agent.channels.slack import SlackChannel
    from agent.channels.slack_directory import SlackDirectory
    from agent.channels.slack_surface import SlackSurface
    from agent.clients.slack import Slack
    from agent.clients.slack_scopes import Scope
    from agent.jobs.reading import Rounds

#: What the token of a workspace that is not ours is called.
GUEST = "SLACK_GUEST_TOKEN"
OURS, APP = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
NO_KEY = f"Set {OURS}"
#: Seconds that a name may take.
NAME_SECONDS = 3
#: What the app is in is looked at this often.
LOOK_AROUND = timedelta(days=1)


def slack(
    settings: Settings,
    *,
    name: str = OURS,
    stop: threading.Event | None = None,
    patience: float | None = None,
    waiting: Callable[[float], object] = lambda _: None,
    timeout: int | None = None,
) -> "Slack | None":
    """Return access to Slack by a token of the environment; None where it is not set.

    `stop` ends a wait for a limit, `waiting` is told its seconds, `patience` is how many are waited;
    `timeout` is how many an answer may take.
    """
    from agent.clients.patience import Pace
    from agent.clients.slack import TIMEOUT_SECONDS, Keys, Slack, api_url

    token = settings.secret(name)
    if not token:
        return None
    pace = Pace(stop=stop or threading.Event(), waiting=waiting)
    keys = Keys(token=token, api_url=api_url(settings.secret("SLACK_API_URL")), name=name)
    pace = pace if patience is None else replace(pace, patience=patience)
    return Slack(keys, pace, timeout or TIMEOUT_SECONDS)


def places(access: "Slack", settings: Settings, now: Now) -> "tuple[SlackChannel, SlackSurface]":
    """Return where replies and Notices are written, and where Cases are drawn."""
    from agent.channels.slack import SlackChannel
    from agent.channels.slack_surface import SlackSurface

    people = frozenset(person.slack for person in settings.team.people if person.slack)
    channel = SlackChannel(access, people, now)
    return channel, SlackSurface(access, channel, settings, now)


def slack_directory(settings: Settings) -> "SlackDirectory | None":
    """Return who knows the names of those who write in Slack; asked once and shortly, since a report waits for it."""
    from agent.channels.slack_directory import SlackDirectory

    once = threading.Event()
    once.set()
    access = slack(settings, stop=once, patience=0.0, timeout=NAME_SECONDS)
    return SlackDirectory(access) if access else None


def slack_gaps(settings: Settings) -> Iterator[tuple[str, "tuple[Scope, ...] | TriageError"]]:
    """Yield what is asked of Slack, with the scopes that are missing there or why it cannot be had.

    Each token by its name, then each channel where the app is to read or write and cannot.
    """
    from agent.clients.slack_scopes import may_connect, missing, not_in

    access = slack(settings, patience=0.0)
    if access is None:
        return
    try:
        yield OURS, missing(access)
    except TriageError as error:
        yield OURS, error
        return
    app = slack(settings, name=APP, patience=0.0)
    if app is not None:
        try:
            may_connect(app)
            yield APP, ()
        except TriageError as error:
            yield APP, error
    yield from not_in(access, _channels(settings))


def _channels(settings: Settings) -> tuple[str, ...]:
    """Return every channel of ours that is read, or that the team is told in."""
    team = settings.team.slack
    told = [
        each for each in (team.cards, team.on_call, team.team, team.triage_bugs) if each[:1] in ("C", "G")
    ]
    read = [each for each, source in settings.slack_watch.channels.items() if not source.is_guest]
    return tuple(dict.fromkeys([*read, *told]))


@dataclass
class SlackReading:
    """Reads the channels of every token that there is, round after round."""

    rounds: Sequence["Rounds"]
    now: Now
    looked_at: datetime | None = None

    def once(self) -> list[ReadReport]:
        """Run a round; return what it found in each list."""
        found = [each for rounds in self.rounds for each in rounds.once()]
        if self.rounds and (self.looked_at is None or self.now() - self.looked_at >= LOOK_AROUND):
            self.rounds[0].look_around()
            self.looked_at = self.now()
        return found


def reading(
    settings: Settings, store: Store, queue: Queue, now: Now, stop: threading.Event | None = None
) -> SlackReading:
    """Put together what reads Slack: our channels by our token, a community's by a guest's (T8)."""
    return SlackReading(list(_rounds(settings, store, queue, now, stop)), now)


def _rounds(
    settings: Settings, store: Store, queue: Queue, now: Now, stop: threading.Event | None
) -> Iterator["Rounds"]:
    from agent.channels.slack_inflow import SlackInflow
    from agent.jobs.arriving import Arriving
    from agent.jobs.reading import Rounds

    watch = settings.slack_watch
    for name, is_guest in ((OURS, False), (GUEST, True)):
        channels = [each for each, source in watch.channels.items() if source.is_guest is is_guest]
        asked_in = "" if is_guest else settings.team.slack.triage_bugs
        channels += [asked_in] if asked_in and asked_in not in watch.channels else []
        access = slack(settings, name=name, stop=stop)
        if access is not None and channels:
            inflow = SlackInflow(access, watch, channels)
            yield Rounds(store, inflow, Arriving(queue, settings), settings.watch.quiet, now)
