"""Short ways to say what a rule is given. Defaults are the dull case."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.domain.assessments import Factor, FactorKind, Likeness, Quote
from agent.domain.issues import Issue
from agent.domain.messages import Level, Message, Visibility
from agent.domain.reports import Report
from agent.domain.shifts import Rotation, Shift, WorkingHours
from agent.policy.priority import Rubric
from agent.settings import Settings, load

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
PUBLIC = Visibility(Level.PUBLIC)
INTERNAL = Visibility(Level.INTERNAL)
REPOSITORY = Path(__file__).parents[2]


def example() -> Settings:
    """Load the example team's configuration."""
    return load({"TRIAGE_CONFIG": str(REPOSITORY / "config")}, REPOSITORY)


def rubric() -> Rubric:
    """Return the example team's table."""
    return example().rubric


def factor(kind: FactorKind, said: str = "so", probability: float | None = None) -> Factor:
    """Return a finding with a quote of what was said, or without one where nothing was."""
    quote = Quote(said, 0, len(said)) if said else None
    return Factor(kind=kind, quote=quote, probability=probability)


def issue(
    number: int, *, age: timedelta = DAY, closed: timedelta | None = None, fixed_in: str | None = None
) -> Issue:
    """Return an Issue of o/r that is `age` old at noon, and was closed that long before it."""
    return Issue(
        id=f"o/r#{number}",
        title=f"issue {number}",
        created_at=NOON - age,
        closed_at=None if closed is None else NOON - closed,
        fixed_in=fixed_in,
    )


def likeness(number: int, probability: float) -> Likeness:
    """Return how alike the report and an Issue of o/r are."""
    return Likeness(issue_id=f"o/r#{number}", probability=probability)


def report(id: str = "m-1", source: str = "slack:C1", visibility: Visibility = PUBLIC) -> Report:
    """Return a report of noon."""
    return Report(
        id=id,
        project="o/r",
        source=source,
        author="somebody",
        title="Sync stops",
        text="It stops.",
        sent_at=NOON,
        visibility=visibility,
    )


def message(text: str, *, title: str = "", author: str = "somebody", source: str = "slack:C1") -> Message:
    """Return a Message of noon."""
    return Message(
        id="m-1",
        source=source,
        author=author,
        title=title,
        text=text,
        sent_at=NOON,
        thread=None,
        visibility=PUBLIC,
    )


def hours(zone: ZoneInfo = BERLIN, starts: time = time(9), ends: time = time(17)) -> WorkingHours:
    """Return Monday to Friday."""
    return WorkingHours(days=frozenset(range(5)), starts=starts, ends=ends, zone=zone)


def rotation(
    *cycle: str, overrides: tuple[Shift, ...] = (), zone: ZoneInfo = BERLIN, at: time = time(9)
) -> Rotation:
    """Return a weekly cycle that began on Monday, 2026-01-05."""
    starts_at = datetime(2026, 1, 5, at.hour, at.minute, tzinfo=zone)
    return Rotation(zone=zone, starts_at=starts_at, cycle=cycle, overrides=overrides, hours=hours(zone))


def berlin(text: str) -> datetime:
    """Read a local time of Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def override(person: str, starts: str, ends: str) -> Shift:
    """Return an exception to the cycle, local times of Berlin."""
    return Shift(holder=person, starts_at=berlin(starts), ends_at=berlin(ends), why="swap")
