"""The files of `config/`: their shapes, and what is wrong with them in words.

Which directory they lie in, what the environment adds and what refers to what is settings'.
"""

import re
from collections.abc import Hashable
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from agent.domain.assessments import CaseType, FactorKind
from agent.domain.messages import Level, ReplyBy, TrackerKind
from agent.domain.proposals import Priority, Status

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
TeamName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9_-]+$")]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError("should be the name of a zone, as Europe/Berlin")
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no zone; use a name as Europe/Berlin") from error


def _day(text: object) -> int:
    found = [place for place, day in enumerate(_DAYS) if str(text).lower() in (day, day[:3])]
    if not found:
        raise ValueError(f"{text!r} is no day; use {', '.join(_DAYS)}")
    return found[0]


def _clock(text: object) -> time:
    if not re.fullmatch(r"\d{1,2}:\d{2}", str(text)):
        raise ValueError(f"{text!r} is no time of day; use 09:00")
    hour, _, minute = str(text).partition(":")
    return time(int(hour), int(minute))


def _moment(given: object) -> date:
    """Read a day, or a day with a local time; a moment with a zone would be read in two ways."""
    if isinstance(given, str):
        given = datetime.fromisoformat(given) if re.search(r"\d[T ]\d", given) else date.fromisoformat(given)
    if isinstance(given, datetime) and given.tzinfo is not None:
        raise ValueError("is local time in the rotation's zone; leave the offset away")
    if not isinstance(given, date):
        raise ValueError("should be a day as 2026-12-21, or with a time as 2026-12-21T09:00")
    return given


def _level(text: object) -> object:
    if isinstance(text, str) and text.upper() in Level.__members__:
        return Level[text.upper()]
    raise ValueError(f"{text!r} is none of {', '.join(name.lower() for name in Level.__members__)}")


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Day = Annotated[int, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]
Moment = Annotated[date, PlainValidator(_moment)]


class Shape(BaseModel):
    """A mapping of a file in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PersonShape(Shape):
    """One of the people of `team.yaml`."""

    id: Name
    handle: Name
    email: Name
    zone: Zone


class KeyCustomerShape(Shape):
    """One of the key customers of `team.yaml`."""

    name: Name
    contacts: tuple[Name, ...] = ()
    sources: tuple[Name, ...] = ()


class TeamFile(Shape):
    """`team.yaml`."""

    name: Name
    product: Name
    people: Annotated[tuple[PersonShape, ...], Field(min_length=1)]
    own_accounts: tuple[Name, ...] = ()
    bots: tuple[Name, ...] = ()
    key_customers: tuple[KeyCustomerShape, ...] = ()
    private_words: tuple[Name, ...] = ()
    private_hosts: tuple[Name, ...] = ()
    link_hosts: tuple[Name, ...] = ()
    tone: str = ""
    hold_seconds: Annotated[StrictInt, Field(ge=0, le=30)] = 5


class SourceShape(Shape):
    """One of `sources.yaml`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*:\S+$")]
    name: Name
    project: Name
    visibility: Annotated[Level, BeforeValidator(_level)]
    audience: Name | None = None
    respond_within_minutes: Annotated[StrictInt, Field(ge=1)]
    update_within_hours: Annotated[StrictInt, Field(ge=1)]
    reply_by: ReplyBy = ReplyBy.FILE
    tracker: TrackerKind = TrackerKind.LOCAL


class GitHubShape(Shape):
    """What of `sources.yaml` holds for all of GitHub."""

    teams: tuple[TeamName, ...] = ()
    labels: tuple[Name, ...] = ()
    group_reviews_from: Annotated[StrictInt, Field(ge=2)] = 5


class SourcesFile(Shape):
    """`sources.yaml`."""

    sources: tuple[SourceShape, ...]
    github: GitHubShape = GitHubShape()


class ChangeOver(Shape):
    """When one holder follows the other."""

    day: Day
    at: Clock


class Hours(Shape):
    """The working hours of `rotation.yaml`."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    starts: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")


class OverrideShape(Shape):
    """One exception of `rotation.yaml`."""

    starts: Moment = Field(alias="from")
    ends: Moment = Field(alias="to")
    person: Name
    why: str = ""


class RotationFile(Shape):
    """`rotation.yaml`."""

    zone: Zone
    change_over: ChangeOver
    starts_on: date
    cycle: Annotated[tuple[Name, ...], Field(min_length=1)]
    working_hours: Hours
    overrides: tuple[OverrideShape, ...] = ()


class AreaShape(Shape):
    """One of `routing.yaml`."""

    id: Name
    name: Name
    words: Annotated[tuple[Name, ...], Field(min_length=1)]
    people: tuple[Name, ...] = ()


class RoutingFile(Shape):
    """`routing.yaml`."""

    areas: tuple[AreaShape, ...]


class AnswerShape(Shape):
    """One of `answers.yaml`."""

    id: Name
    question: Name
    answer: Name
    also: tuple[Name, ...] = ()


class AnswersFile(Shape):
    """`answers.yaml`."""

    answers: tuple[AnswerShape, ...]


class FindingShape(Shape):
    """A row of the rubric."""

    points: StrictInt
    finding: Name
    lowering: str = ""
    floor: Priority | None = None
    only: tuple[CaseType, ...] = tuple(CaseType)


class TypeShape(Shape):
    """What a type starts with."""

    points: StrictInt = 0
    at_most: Priority = Priority.P0
    finding: str = ""


class Learned(Shape):
    """How learned findings weigh."""

    neutral: Annotated[float, Field(gt=0, lt=1)]
    sure: Annotated[float, Field(gt=0, le=1)]


class EffortShape(Shape):
    """The two-hour rule."""

    quick_hours: Annotated[float, Field(gt=0)]
    half_day_hours: Annotated[float, Field(gt=0)]


class DuplicatesShape(Shape):
    """From where on a candidate is called what."""

    duplicate: Annotated[float, Field(gt=0, le=1)]
    related: Annotated[float, Field(gt=0, le=1)]
    many_reporters: Annotated[StrictInt, Field(ge=2)]
    share: Annotated[float, Field(gt=0, lt=1)]


class RepliesShape(Shape):
    """When to answer from the team's answers, and when to ask first."""

    answer_at: Annotated[float, Field(gt=0, le=1)]
    ask_at: Annotated[StrictInt, Field(ge=1)]


class LabelsShape(Shape):
    """Which labels an Issue gets."""

    type: dict[CaseType, Name] = {}
    priority: dict[Priority, Name] = {}
    area: bool = False


class BoardShape(Shape):
    """The board that Issues are put on."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[1-9]\d*$")]
    priority: str = ""
    status: str = ""
    words: Name = "board"


class TrackerFile(Shape):
    """`tracker.yaml`."""

    labels: LabelsShape = LabelsShape()
    issue_types: dict[CaseType, Name] = {}
    logins: dict[Name, Name] = {}
    board: BoardShape | None = None
    close_duplicates: bool = False
    advisories: bool = False


Words = dict[Priority, Name]


class PriorityFile(Shape):
    """`priority.yaml`."""

    findings: dict[FactorKind, FindingShape]
    types: dict[CaseType, TypeShape]
    thresholds: dict[Priority, StrictInt]
    p0_needs: Annotated[
        tuple[Annotated[tuple[FactorKind, ...], Field(min_length=1)], ...], Field(min_length=1)
    ]
    needs_in_words: Name
    learned: Learned
    status: dict[Priority, Status]
    effort: EffortShape
    duplicates: DuplicatesShape
    replies: RepliesShape
    words: dict[Name, Words]


class _Loader(yaml.SafeLoader):
    """YAML in which `10:30` is not the number 630, and a key stands once."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?$"), list("-+0123456789.")
)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[object] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key should be a word", problem_mark=key.start_mark)
        if key.value in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
            )
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)

File = TypeVar("File", bound=Shape)


def read(path: Path, shape: type[File], faults: list[str]) -> File | None:
    """Read one file; None where it has faults, which are then in `faults`, a line each."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(f"{path.name}: is missing; it was looked for in {path.parent}")
        return None
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: cannot be read: {error}")
        return None
    try:
        return shape.model_validate(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader, see above
    except yaml.YAMLError as error:
        faults.append(f"{path.name}: {_syntax(error)}")
    except ValidationError as error:
        faults += [f"{path.name}: {_place(each['loc'])}{_what(each)}" for each in error.errors()]
    except ValueError as error:  # a day that is none, as 2026-02-30
        faults.append(f"{path.name}: holds a value that cannot be: {error}")
    return None


def _syntax(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"is not YAML: {error}"
    mark = error.problem_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem or error.context}"


def _place(location: tuple[int | str, ...]) -> str:
    """Return `sources[2].respond_within_minutes: `."""
    keys = [part for part in location if part != "[key]"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in keys)
    return f"{path.removeprefix('.')}: " if path else ""


#: How a text reads whose pattern was missed, by the first key.
_FORMS: dict[tuple[object, ...], str] = {("board",): "owner/number", ("github",): "owner/team"}


def _what(error: Any) -> str:
    kind, given = error["type"], error["input"]
    said = {
        "missing": "is missing",
        "extra_forbidden": "is no known key",
        "value_error": error["msg"].removeprefix("Value error, "),
        "too_short": "needs at least one",
        "model_type": "should be a mapping of keys",
        "model_attributes_type": "should be a mapping of keys",
        "string_pattern_mismatch": f"should read as {_FORMS.get(error['loc'][:1], 'place:name')}, not {given!r}",
    }
    return said.get(kind) or f"{error['msg'][0].lower()}{error['msg'][1:]}, not {given!r}"


def local_moment(day: date, rotation: RotationFile) -> datetime:
    """Return the moment in the rotation's zone; a day alone means its change-over (S2)."""
    if isinstance(day, datetime):
        return day.replace(tzinfo=rotation.zone)
    return datetime.combine(day, rotation.change_over.at, rotation.zone)
