"""The part of the composition root that is about GitHub: its keys, and what reads it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.domain.views import ReadReport, SyncReport
from agent.errors import Misuse, TriageError
from agent.ports import Now, Progress, Queue, Quota, no_progress
from agent.settings import Settings
from agent.store.database import Store

if TYPE_CHECKING:
    from agent.clients.github import GitHub
    from agent.clients.github_permissions import Permission
    from agent.jobs.keeping_up import KeepingUp

NO_KEYS = "Set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY"


class Syncing:
    """Reads the Issues of repositories into the store."""

    def __init__(self, keeping_up: "KeepingUp") -> None:
        self._keeping_up = keeping_up
        self._sync = keeping_up.sync

    def run(self, project: str, progress: Progress = no_progress, *, full: bool = False) -> SyncReport:
        """Bring one repository up to date; `full` reads all of it again."""
        return self._sync.run(project, progress, full=full)

    def receive(self) -> list[ReadReport]:
        """Take in what was written since the last look, as `triage run` does by itself."""
        return self._keeping_up.rounds.once()

    def keep_up(self) -> None:
        """Run one round of what `triage run` does by itself."""
        self._keeping_up.once()

    def quota(self, project: str) -> Quota:
        """Return what is left of the hour's requests, without asking."""
        return self._sync.feed.quota(project)


def keeping_up(settings: Settings, store: Store, queue: Queue, access: "GitHub", now: Now) -> "KeepingUp":
    """Put together what reads GitHub: its Issues, and what was written there."""
    from agent.channels.github_inflow import GitHubInflow
    from agent.jobs.arriving import Arriving
    from agent.jobs.keeping_up import KeepingUp
    from agent.jobs.reading import Rounds
    from agent.jobs.sync import Sync
    from agent.trackers.github_feed import GitHubFeed

    inflow = GitHubInflow(access, settings.watch)
    arriving = Arriving(queue, settings)
    rounds = Rounds(store, inflow, arriving, settings.watch.quiet, now)
    sync = Sync(store, GitHubFeed(access), settings.tracker_visibility, now, arriving)
    return KeepingUp(store, rounds, sync, settings.repositories, now)


def github(
    settings: Settings,
    *,
    waiting: Callable[[float], object] = lambda _: None,
    stop: threading.Event | None = None,
    patience: float | None = None,
) -> "GitHub | None":
    """Return access to GitHub by the keys of the environment; None where there are none.

    `waiting` is told the seconds of every wait for a limit, and `stop` ends one; `patience` is how
    many seconds a limit is waited for, an hour where nothing is said.
    """
    from agent.clients.github import API_URL, GitHub, Keys
    from agent.clients.patience import Pace

    api_url = settings.secret("GITHUB_API_URL") or API_URL
    app_id, key = settings.secret("GITHUB_APP_ID"), settings.secret("GITHUB_APP_PRIVATE_KEY")
    pace = Pace(waiting=waiting, stop=stop or threading.Event())
    pace = replace(
        pace,
        first_wait=pace.first_wait / settings.haste,
        between_writes=pace.between_writes / settings.haste,
        answer=max(1, round(pace.answer / settings.haste)),
    )
    if patience is not None:
        pace = replace(pace, patience=patience)
    if app_id and key:
        return GitHub(Keys(api_url=api_url, app_id=app_id, private_key=_pem(key)), pace)
    token = settings.secret("GITHUB_TOKEN")
    return GitHub(Keys(api_url=api_url, token=token), pace) if token else None


def _pem(given: str) -> str:
    """Return a key that is given as its text, with real or written line ends, or as a file."""
    if given.lstrip().startswith("-----BEGIN"):
        return given.replace("\\n", "\n")
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Misuse("GITHUB_APP_PRIVATE_KEY is neither a key in PEM nor a file that can be read.") from error


def github_gaps(settings: Settings) -> Iterator[tuple[str, "tuple[Permission, ...] | TriageError"]]:
    """Yield each watched repository with the permissions that are missing, or why that cannot be told."""
    from agent.clients.github_permissions import missing

    access = github(settings)
    if access is None:
        return
    for repository in settings.repositories:
        try:
            yield repository, missing(access, repository)
        except TriageError as error:
            yield repository, error
