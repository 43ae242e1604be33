"""Faults that no file shows alone: what names something that is not there, or leaves nobody on shift.

The shapes are in `config_files.py`; here they are held against each other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from agent import config_files as files
from agent.config_files import local_moment
from agent.domain.assessments import CaseType, FactorKind
from agent.domain.messages import Level, ReplyBy, TrackerKind
from agent.domain.proposals import Priority


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def across(
    team: files.TeamFile | None,
    sources: files.SourcesFile | None,
    rotation: files.RotationFile | None,
    routing: files.RoutingFile | None,
    answers: files.AnswersFile | None,
) -> Iterator[str]:
    """Yield ids that stand twice, and people and Sources that are named and not there."""
    yield from _twice("team.yaml: people", team.people if team else ())
    yield from _twice("sources.yaml: sources", sources.sources if sources else ())
    yield from _twice("answers.yaml: answers", answers.answers if answers else ())
    yield from _twice("routing.yaml: areas", routing.areas if routing else ())
    yield from _audiences(sources)
    yield from _slack_replies(sources)
    if team:
        known = {each.id for each in team.people}
        named = [*_named_people(rotation, routing), *_named_approvers(team, sources)]
        yield from (f"{where}: {who!r} is not in team.yaml" for where, who in named if who not in known)
        if team.slack.daily_at and not team.slack.team:
            yield "team.yaml: slack.daily_at: needs `slack.team`, the channel that the daily line goes to"
    if team and sources:
        yield from _unknown_sources(team, {each.id for each in sources.sources})


def _audiences(sources: files.SourcesFile | None) -> Iterator[str]:
    for place, each in enumerate(sources.sources if sources else ()):
        if each.audience and each.visibility is not Level.CUSTOMER:
            yield f"sources.yaml: sources[{place}].audience: goes with `visibility: customer` alone"


def _slack_replies(sources: files.SourcesFile | None) -> Iterator[str]:
    for place, each in enumerate(sources.sources if sources else ()):
        if each.reply_by is ReplyBy.SLACK and not each.id.startswith("slack:"):
            yield f"sources.yaml: sources[{place}].reply_by: `slack` goes with `slack:CHANNEL` alone"
        if each.reply_by is ReplyBy.SLACK and each.guest:
            yield f"sources.yaml: sources[{place}].reply_by: a guest's channel is answered by `hand`"


def _named_approvers(team: files.TeamFile, sources: files.SourcesFile | None) -> Iterator[tuple[str, str]]:
    yield from ((f"team.yaml: approvers[{seat}]", who) for seat, who in enumerate(team.approvers))
    for place, each in enumerate(sources.sources if sources else ()):
        for seat, who in enumerate(each.approvers):
            yield f"sources.yaml: sources[{place}].approvers[{seat}]", who


def _named_people(
    rotation: files.RotationFile | None, routing: files.RoutingFile | None
) -> Iterator[tuple[str, str]]:
    if rotation:
        for place, person in enumerate(rotation.cycle):
            yield f"rotation.yaml: cycle[{place}]", person
        for place, override in enumerate(rotation.overrides):
            yield f"rotation.yaml: overrides[{place}].person", override.person
    for place, area in enumerate(routing.areas if routing else ()):
        for seat, person in enumerate(area.people):
            yield f"routing.yaml: areas[{place}].people[{seat}]", person


def _unknown_sources(team: files.TeamFile, known: set[str]) -> Iterator[str]:
    for place, customer in enumerate(team.key_customers):
        for seat, source in enumerate(customer.sources):
            if source not in known:
                yield f"team.yaml: key_customers[{place}].sources[{seat}]: {source!r} is not in sources.yaml"


def _twice(where: str, shapes: Sequence[_Named]) -> Iterator[str]:
    ids = [each.id for each in shapes]
    for place, each in enumerate(ids):
        if each in ids[:place]:
            yield f"{where}[{place}].id: {each!r} stands twice"


def tracker_faults(
    tracker: files.TrackerFile | None,
    team: files.TeamFile | None,
    sources: files.SourcesFile | None,
    table: files.PriorityFile | None,
) -> Iterator[str]:
    """Yield what the tracker's rules name that is not there."""
    for place, each in enumerate(sources.sources if sources else ()):
        if each.tracker is TrackerKind.GITHUB and not each.id.startswith("github:"):
            yield f"sources.yaml: sources[{place}].tracker: goes with a source `github:owner/repo` alone"
        if each.reply_by is ReplyBy.GITHUB and not each.id.startswith("github:"):
            yield f"sources.yaml: sources[{place}].reply_by: `github` goes with `github:owner/repo` alone"
    if tracker and team:
        known = {each.id for each in team.people}
        missing = [who for who in tracker.logins if who not in known]
        yield from (f"tracker.yaml: logins: {who!r} is not in team.yaml" for who in missing)
    if tracker and tracker.board and table and tracker.board.words not in table.words:
        yield f"tracker.yaml: board.words: {tracker.board.words!r} is not among the words of priority.yaml"


def rotation_faults(shape: files.RotationFile | None) -> Iterator[str]:
    """Yield what leaves a time that nobody, or more than one, holds."""
    if shape is None:
        return
    if shape.starts_on.weekday() != shape.change_over.day:
        yield "rotation.yaml: starts_on: is not on the day of the change-over"
    if shape.working_hours.ends <= shape.working_hours.starts:
        yield "rotation.yaml: working_hours.to: is not after `from`"
    windows: list[tuple[datetime, datetime]] = []
    for place, override in enumerate(shape.overrides):
        begins, ends = (local_moment(day, shape).astimezone(UTC) for day in (override.starts, override.ends))
        if ends <= begins:
            yield f"rotation.yaml: overrides[{place}].to: is not after `from`"
        elif any(begins < until and since < ends for since, until in windows):
            yield f"rotation.yaml: overrides[{place}]: overlaps an earlier one"
        windows.append((begins, ends))


def table_faults(table: files.PriorityFile | None) -> Iterator[str]:
    """Yield rows that the table lacks, and numbers that contradict each other."""
    if table is None:
        return
    yield from (
        f"priority.yaml: findings.{kind}: is missing" for kind in FactorKind if kind not in table.findings
    )
    yield from (f"priority.yaml: types.{kind}: is missing" for kind in CaseType if kind not in table.types)
    yield from (f"priority.yaml: status.{each}: is missing" for each in Priority if each not in table.status)
    for place, words in table.words.items():
        missing = [each for each in Priority if each not in words]
        yield from (f"priority.yaml: words.{place}.{each}: is missing" for each in missing)
    least = [table.thresholds.get(each) for each in (Priority.P0, Priority.P1, Priority.P2)]
    given = [each for each in least if each is not None]
    if len(given) < len(least) or len(table.thresholds) > len(least):
        yield "priority.yaml: thresholds: P0, P1 and P2 are needed, and P3 is the rest"
    elif given != sorted(set(given), reverse=True):
        yield "priority.yaml: thresholds: P0 must ask for more than P1, and P1 for more than P2"
    if table.duplicates.related >= table.duplicates.duplicate:
        yield "priority.yaml: duplicates.related: must be below `duplicate`"
    if table.effort.half_day_hours < table.effort.quick_hours:
        yield "priority.yaml: effort.half_day_hours: is less than `quick_hours`"


def haste_faults(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what is no number of times that waits can be shortened by."""
    given = environ.get("TRIAGE_HASTE") or "1"
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", given) or float(given) < 1:
        yield "TRIAGE_HASTE: should be a number from 1 on, how many times shorter waits are; leave it away outside of tests"


def environment_faults(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield variables that cannot be; values stay out of the message, as addresses hold passwords."""
    if environ.get("TRIAGE_LOG", "") not in ("", "text", "json"):
        yield "TRIAGE_LOG: should be text or json"
    database = environ.get("DATABASE_URL", "")
    if database and not database.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        yield "DATABASE_URL: should begin with sqlite:/// or postgresql://"
    for name in ("CHROMA_URL", "GITHUB_API_URL", "SLACK_API_URL", "ANTHROPIC_BASE_URL"):
        address = environ.get(name, "")
        if address and not address.startswith(("http://", "https://")):
            yield f"{name}: should begin with http:// or https://"
