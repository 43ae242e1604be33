"""`triage sync`: the Issues of GitHub's repositories into the store, and from there into the index."""

from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.views import ReadReport, Run, SyncReport
from agent.doors.cli import opening, options
from agent.doors.cli.output import bar, put, put_json, say
from agent.errors import Misuse
from agent.wording.texts import count

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.wiring_github import Syncing

#: Shorter waits are not worth a line.
TOLD_SECONDS = 5.0

Repositories = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[OWNER/NAME]…", help="These alone; else all of sources.yaml.", show_default=False
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed.")]


Receive = Annotated[
    bool, typer.Option("--receive", help="Take in what was written since the last look, too.")
]


def sync(
    repositories: Repositories = None,
    full: Full = False,
    receive: Receive = False,
    as_json: options.Json = False,
) -> None:
    """Read the Issues of the watched repositories.

    In full once, then what changed since; stopped or killed, it goes on where it was.

    \b
    triage sync
    triage sync owner/name
    triage sync --receive
    """
    settings = opening.settings()
    wanted = _wanted(settings, repositories or [])
    with opening.syncing(settings, _waiting) as opened:
        for project in wanted:
            report = _read(opened, project, full=full)
            if as_json:
                put_json(report)
            else:
                put(_sentence(report))
        if receive:
            for read in opened.receive():
                put_json(read) if as_json else put(_received(read))
    _take_in(settings)


def _waiting(seconds: float) -> None:
    if seconds >= TOLD_SECONDS:
        say(f"GitHub asks to wait {seconds:,.0f} s. Ctrl+C ends it; what was read stays.")


def _wanted(settings: "Settings", asked: list[str]) -> list[str]:
    watched = settings.repositories
    unknown = [each for each in asked if each not in watched]
    if unknown:
        raise Misuse(f"{unknown[0]} is not watched: sources.yaml has no github:{unknown[0]}.")
    if not watched:
        raise Misuse("No repository is watched: sources.yaml has none, as id: github:owner/name.")
    return asked or list(watched)


def _read(opened: "Syncing", project: str, *, full: bool) -> SyncReport:
    def left() -> str:
        quota = opened.quota(project)
        return f"{quota.remaining:,} of {quota.limit:,} requests left" if quota.limit > 0 else ""

    with bar(f"Reading {project}", beside=left) as progress:
        return opened.run(project, progress, full=full)


def _take_in(settings: "Settings") -> None:
    """Embed what is new, here or, at its next search, in the process that holds the home."""
    with opening.house_or_runner(settings, "triage sync") as found, bar("Embedding Issues") as progress:
        if isinstance(found, Run):
            say(f"`triage run` (process {found.pid}) holds the home and takes them in at its next search.")
            return
        embedded = found.take_in(progress)
    say(
        f'{count(embedded, "Issue")} embedded. Next: triage try "what somebody wrote" --source github:owner/repo'
    )


def _received(read: ReadReport) -> str:
    name = f"{read.source.removeprefix('github:')}, {read.stream}"
    return f"{name}: {read.trouble}" if read.trouble else f"{name}: {count(read.new, 'new message')}"


def _sentence(report: SyncReport) -> str:
    left = f"; {report.quota_left:,} of {report.quota:,} requests left" if report.quota > 0 else ""
    return (
        f"{report.project}: {count(report.read, 'Issue')} read: {report.new:,} new, {report.changed:,} changed, "
        f"{report.removed:,} gone, {report.moved:,} moved, in {report.seconds:.1f} s{left}."
    )
