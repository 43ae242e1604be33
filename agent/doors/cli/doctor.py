"""`triage doctor`: what is set up, what is off and how to switch it on, and what is broken."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import metadata
from typing import TYPE_CHECKING

import typer

from agent.domain.actions import OutboxState
from agent.doors.cli import opening, options
from agent.doors.cli.output import put, put_json, say
from agent.errors import HomeLocked, TriageError
from agent.wording.lateness import backlog
from agent.wording.texts import count
from agent.wording.times import clock

if TYPE_CHECKING:
    from agent.clients.github_permissions import Permission
    from agent.clients.slack_scopes import Scope
    from agent.desk import Desk
    from agent.settings import Settings

#: How far ahead the rotation is looked at for a time that nobody holds.
AHEAD = timedelta(days=56)
LIBRARIES = (
    "langgraph",
    "chromadb",
    "onnxruntime",
    "sqlalchemy",
    "starlette",
    "anthropic",
    "slack-bolt",
    "PyGithub",
)


class Mark(StrEnum):
    FINE = "ok"
    OFF = "off"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the examination."""

    mark: Mark
    what: str
    said: str


def doctor(as_json: options.Json = False) -> None:
    """Say what is set up, what is off and what is broken.

    \b
    triage doctor
    """
    settings = opening.settings()
    broken = 0
    for finding in examination(settings):
        broken += finding.mark is Mark.BROKEN
        if as_json:
            put_json(finding)
        else:
            put(f"{finding.mark.value:<7} {finding.what:<14} {finding.said}")
    if broken:
        say(f"{broken} of what is needed is broken. Mend it, then: triage doctor")
        raise typer.Exit(1)
    say("All that is needed is there. Next: triage run")


def examination(settings: "Settings") -> Iterator[Finding]:
    """Yield the findings, most basic first."""
    yield Finding(Mark.FINE, "Version", _versions())
    which = "the shipped example" if settings.config_is_example else "the team's own"
    yield Finding(Mark.FINE, "Configuration", f"{settings.config_dir} ({which})")
    try:
        desk = opening.desk(settings)
        counts = desk.counts()
    except (TriageError, OSError) as error:
        yield Finding(Mark.BROKEN, "Store", f"{_store(settings)} does not open: {error}")
    else:
        waits = f"{counts.inbox} wait, {counts.dropped} screened out"
        yield Finding(Mark.FINE, "Store", f"{_store(settings)} ({waits})")
        yield _worker(desk)
        yield from _behind(desk)
        yield _lock(settings, desk)
        yield _shift(desk)
        yield _gaps(desk)
        yield from _spent(desk)
    yield _weights()
    yield from _engine(settings)
    yield from _shadow(settings)
    yield from _outside(settings)


def _versions() -> str:
    libraries = ", ".join(f"{name} {version_of(name)}" for name in LIBRARIES)
    return f"triage-agent {version_of('triage-agent')}, Python {platform.python_version()}, {libraries}"


def version_of(distribution: str) -> str:
    """Return what is installed, or that nothing is."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _store(settings: "Settings") -> str:
    url = settings.database_url
    return (
        url.removeprefix("sqlite:///")
        if url.startswith("sqlite")
        else url.partition("?")[0].rpartition("@")[2] or "DATABASE_URL"
    )


def _worker(desk: "Desk") -> Finding:
    run, workers = desk.worker(), desk.workers()
    if not workers:
        start = "triage worker" if desk.store.is_shared else "triage run"
        said = f"none is running: nothing is triaged or sent. Start it: {start}"
        return Finding(Mark.OFF, "Worker", said)
    if run is None:
        return Finding(Mark.FINE, "Worker", f"{count(workers, 'process', 'processes')} beside each other")
    return Finding(Mark.FINE, "Worker", f"process {run.pid} at {run.address}, since {run.started_at}")


def _behind(desk: "Desk") -> Iterator[Finding]:
    """Yield how late judging is, and what did not leave: the same figures as /metrics."""
    told, now = desk.figures(), desk.now()
    late = backlog(told.backlog, now)
    judged = late or f"{told.backlog.count:,} to be judged"
    yield Finding(Mark.OFF if late else Mark.FINE, "Queue", f"{judged}, {count(told.jobs, 'job')}")
    states = told.outbox
    failed, unknown = states[OutboxState.FAILED], states[OutboxState.UNKNOWN]
    if failed or unknown:
        said = f"{failed:,} failed, {unknown:,} not known whether they went out. See: triage inbox --waiting"
        yield Finding(Mark.OFF, "Sending", said)


def _lock(settings: "Settings", desk: "Desk") -> Finding:
    try:
        with desk.home.locked("triage doctor", desk.now()):
            return Finding(Mark.FINE, "Home", f"{settings.home}, free")
    except HomeLocked as held:
        return Finding(Mark.FINE, "Home", str(held).partition(". ")[0])


def _shift(desk: "Desk") -> Finding:
    view, now, zone = desk.shift(), desk.now(), opening.zone_of(desk)
    until = f"until {clock(view.now.ends_at, now, zone)}, next {view.next.holder}"
    return Finding(Mark.FINE, "Shift", f"{view.now.holder} holds it {until}")


def _gaps(desk: "Desk") -> Finding:
    from agent.policy.shifts import gaps

    now, zone = desk.now(), opening.zone_of(desk)
    found = gaps(desk.settings.rotation, now, now + AHEAD)
    if not found:
        return Finding(Mark.FINE, "Rotation", f"somebody holds it for the next {AHEAD.days // 7} weeks")
    when = f"{clock(found[0].starts_at, now, zone)} to {clock(found[0].ends_at, now, zone)}"
    return Finding(Mark.BROKEN, "Rotation", f"nobody holds it {when}: {found[0].why}. Mend rotation.yaml")


def _weights() -> Finding:
    from agent.index.weights import describe

    said = describe()
    return Finding(Mark.OFF if said.startswith("not here") else Mark.FINE, "Embedder", said)


def _engine(settings: "Settings") -> Iterator[Finding]:
    """Yield who judges and writes; what Claude's key may do is asked in a way that costs nothing."""
    from agent.domain.models import Tier
    from agent.wiring_claude import claude_trouble
    from agent.wording.engines import dollars

    if not settings.has_claude:
        said = "embedded: works offline, needs no key. With ANTHROPIC_API_KEY it is Claude"
        yield Finding(Mark.FINE, "Engine", said)
        return
    cap = dollars(settings.models.daily_cap)
    yield Finding(Mark.FINE, "Engine", f"Claude, up to {cap} a day; embedded where Claude does not answer")
    for tier in Tier:
        name, trouble = settings.models.tiers[tier].name, claude_trouble(settings, tier)
        if trouble is None:
            yield Finding(Mark.FINE, "Claude", f"{name} ({tier}): the key may ask it")
        else:
            mend = "it may pass" if trouble.kind.may_pass else "mend the key or models.yaml"
            said = f"{name} ({tier}): {trouble} The embedded engine answers meanwhile; {mend}"
            yield Finding(Mark.OFF if trouble.kind.may_pass else Mark.BROKEN, "Claude", said)


def _shadow(settings: "Settings") -> Iterator[Finding]:
    """Yield which candidate prompts are asked beside the live ones, or why they are not."""
    from agent.wiring_claude import candidate_trouble
    from agent.wording.engines import dollars

    shadow = settings.models.shadow
    if shadow is None:
        return
    if trouble := candidate_trouble(settings):
        said = f"{trouble} Nothing is asked of it; mend `shadow` in models.yaml"
        yield Finding(Mark.BROKEN, "Shadow", said)
        return
    cap = f", up to {dollars(shadow.daily_cap)} a day" if settings.has_claude else ""
    yield Finding(
        Mark.FINE, "Shadow", f"{shadow.prompts} on {shadow.share:.0%} of the Cases{cap}, shown to nobody"
    )


def _spent(desk: "Desk") -> Iterator[Finding]:
    """Yield what keeps Claude from answering, as of the last call and of today's cost."""
    from agent.wording.engines import health

    said = health(desk.engine(), desk.now(), opening.zone_of(desk))
    if said:
        yield Finding(Mark.OFF, "Claude", said)


def _github(settings: "Settings") -> Iterator[Finding]:
    """Yield what the keys of GitHub lack in each watched repository; nothing is asked without keys."""
    from agent.wiring_github import github_gaps

    if not settings.has_github:
        yield Finding(Mark.OFF, "GitHub", "GITHUB_TOKEN is not set; `triage sync` reads no Issues without it")
        yield from _unconnected(settings)
        return
    app = all(settings.external[name] for name in ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"))
    key = "GITHUB_APP_ID" if app else "GITHUB_TOKEN"
    for repository, found in github_gaps(settings):
        yield _of_gap("GitHub", repository, f"{repository}: {key}", found, "Give it that")


def _of_gap(
    place: str, where: str, key: str, found: "Sequence[Permission | Scope] | TriageError", todo: str
) -> Finding:
    """Say what a key lacks, that it lacks nothing, or why that cannot be told."""
    if isinstance(found, TriageError):
        return Finding(Mark.BROKEN, place, f"{where}: {found}")
    if not found:
        return Finding(Mark.FINE, place, f"{key} may do all that is needed")
    mark = Mark.BROKEN if any(each.is_needed for each in found) else Mark.OFF
    return Finding(mark, place, f"{key} lacks {', '.join(map(str, found))}. {todo}")


def _unconnected(settings: "Settings") -> Iterator[Finding]:
    """Yield the sources that ask for GitHub while there is no key to it."""
    for source in settings.sources:
        if source.tracker == "github":
            said = f"{source.id} says `tracker: github`; without keys its Issues are filed in the store"
            yield Finding(Mark.BROKEN, "GitHub", said)
        if source.reply_by == "github":
            said = f"{source.id} says `reply_by: github`; without keys its replies do not leave"
            yield Finding(Mark.BROKEN, "GitHub", said)


def _hooks(settings: "Settings") -> Finding:
    """Say whether webhooks are taken; what they miss, or all without them, is read every two minutes."""
    if settings.external["GITHUB_WEBHOOK_SECRET"]:
        return Finding(Mark.FINE, "GitHub hooks", "taken by `triage run`, at /hooks/github")
    without = "GitHub is read every two minutes" if settings.has_github else "no delivery is taken"
    return Finding(Mark.OFF, "GitHub hooks", f"GITHUB_WEBHOOK_SECRET is not set; {without}")


def _slack(settings: "Settings") -> Iterator[Finding]:
    """Yield what Slack's tokens lack, and where the app cannot be; nothing is asked without a token."""
    from agent.wiring_slack import NO_KEY, slack_gaps

    if not settings.has_slack:
        yield Finding(Mark.OFF, "Slack", f"{NO_KEY}: docs/slack.md says how in five minutes")
        for source in settings.sources:
            if source.reply_by == "slack":
                said = f"{source.id} says `reply_by: slack`; without keys its replies do not leave"
                yield Finding(Mark.BROKEN, "Slack", said)
        return
    for what, found in slack_gaps(settings):
        yield _of_gap("Slack", what, what, found, "Add it to the app and install it again")
    yield _slack_way(settings)


def _slack_way(settings: "Settings") -> Finding:
    """Say how what happens in Slack comes here."""
    if settings.external["SLACK_APP_TOKEN"]:
        return Finding(Mark.FINE, "Slack events", "over Socket Mode, by `triage run`")
    if settings.external["SLACK_SIGNING_SECRET"]:
        return Finding(Mark.FINE, "Slack events", "taken by `triage run`, at /hooks/slack")
    said = "SLACK_APP_TOKEN is not set: Slack is read every two minutes, and its buttons do nothing"
    return Finding(Mark.OFF, "Slack events", said)


def _outside(settings: "Settings") -> Iterator[Finding]:
    """Yield each place outside: off names what it needs, and set is said to be unused as yet."""
    yield from _github(settings)
    yield _hooks(settings)
    yield from _slack(settings)
    yield _vectors(settings)


def _vectors(settings: "Settings") -> Finding:
    from agent.wiring_store import vectors_gap

    if gap := vectors_gap(settings):
        return Finding(Mark.BROKEN, "Vectors", gap)
    where = "the server at CHROMA_URL" if settings.chroma_url else "in memory, from the store"
    return Finding(Mark.FINE, "Vectors", where)
