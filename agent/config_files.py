"""The files of `config/`: their shapes, and what is wrong with them in words.

Which directory they lie in, what the environment adds and what refers to what is settings'.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from agent.config_values import (
    Clock,
    Day,
    Moment,
    Name,
    SlackChannel,
    SlackGroup,
    SlackPerson,
    TeamName,
    Zone,
    level,
)
from agent.config_yaml import Loader
from agent.domain.assessments import CaseType, FactorKind
from agent.domain.messages import Level, ReplyBy, Reports, SourceUse, TrackerKind
from agent.domain.proposals import Priority, Status


class Shape(BaseModel):
    """A mapping of a file in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PersonShape(Shape):
    """One of the people of `team.yaml`."""

    id: Name
    handle: Name
    email: Name
    zone: Zone
    slack: SlackPerson = ""


class KeyCustomerShape(Shape):
    """One of the key customers of `team.yaml`."""

    name: Name
    contacts: tuple[Name, ...] = ()
    sources: tuple[Name, ...] = ()


class SignInShape(Shape):
    """How people sign in to an inbox that others can reach, of `team.yaml`."""

    client_id: Name
    workspace: Annotated[str, StringConstraints(pattern=r"^T[A-Z0-9-]+$")]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+/?$")]


class SlackPlacesShape(Shape):
    """What the team is told in Slack, and where, of `team.yaml`."""

    cards: Literal["holder"] | SlackChannel = "holder"
    on_call: SlackChannel | SlackPerson = ""
    team: SlackChannel = ""
    triage_bugs: SlackChannel = ""
    daily_at: Clock | None = None
    sign_in: SignInShape | None = None


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
    approvers: tuple[Name, ...] = ()
    keep_words_days: Annotated[StrictInt, Field(ge=1)] | None = None
    slack: SlackPlacesShape = SlackPlacesShape()


class SourceShape(Shape):
    """One of `sources.yaml`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*:\S+$")]
    name: Name
    project: Name
    visibility: Annotated[Level, BeforeValidator(level)]
    audience: Name | None = None
    respond_within_minutes: Annotated[StrictInt, Field(ge=1)]
    update_within_hours: Annotated[StrictInt, Field(ge=1)]
    reply_by: ReplyBy = ReplyBy.FILE
    tracker: TrackerKind = TrackerKind.LOCAL
    use: SourceUse = SourceUse.SUPPORT
    reports: Reports = Reports.ALL
    group_minutes: Annotated[StrictInt, Field(ge=0)] = 0
    sends: StrictBool = True
    guest: StrictBool = False
    approvers: tuple[Name, ...] = ()


class GitHubShape(Shape):
    """What of `sources.yaml` holds for all of GitHub."""

    teams: tuple[TeamName, ...] = ()
    labels: tuple[Name, ...] = ()
    group_reviews_from: Annotated[StrictInt, Field(ge=2)] = 5


class SlackShape(Shape):
    """What of `sources.yaml` holds for all of Slack."""

    groups: tuple[SlackGroup, ...] = ()


class SourcesFile(Shape):
    """`sources.yaml`."""

    sources: tuple[SourceShape, ...]
    github: GitHubShape = GitHubShape()
    slack: SlackShape = SlackShape()


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
        return shape.model_validate(yaml.load(text, Loader))  # noqa: S506 - a SafeLoader, see there
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
_FORMS: dict[tuple[object, ...], str] = {
    ("board",): "owner/number",
    ("github",): "owner/team",
    ("slack",): "a channel's id, C…",
    ("people",): "a person's id in Slack, U…",
}


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
