"""`config/` and the environment as one frozen Settings: the only reader of either.

All faults of all files are reported at once. What stands behind a port is wiring's to choose.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path

from agent import config_files as files
from agent.config_faults import (
    across,
    environment_faults,
    haste_faults,
    rotation_faults,
    table_faults,
    tracker_faults,
)
from agent.config_models import ModelsFile, models_faults, models_file, models_of
from agent.config_records import (
    answer_of,
    github_watch,
    rotation_of,
    rubric_of,
    slack_watch,
    source_of,
    tracker_rule,
)
from agent.domain.messages import TEAM, Level, ReplyBy, Source, TrackerKind, Visibility
from agent.domain.models import Models
from agent.domain.proposals import Priority
from agent.domain.reports import Answer
from agent.domain.shifts import Person, Rotation, WorkingHours
from agent.errors import ConfigFaults, UnknownPerson
from agent.policy.claims import Grounds
from agent.policy.customers import KeyCustomer
from agent.policy.duplicates import Thresholds
from agent.policy.effort import EffortRule
from agent.policy.github.watching import Watch
from agent.policy.plans import TRACKER, PrivateNames
from agent.policy.priority import Rubric
from agent.policy.replies import ReplyRule
from agent.policy.routing import Area
from agent.policy.slack.ids import SLACK, place_of
from agent.policy.slack.watching import SlackWatch, channel_at
from agent.policy.tracking import TrackerRule

_SHIPPED = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")
_POLICY_FILES = ("answers.yaml", "priority.yaml", "routing.yaml", "sources.yaml", "team.yaml")
_TRACKER_FILE = "tracker.yaml"  #: absent means that an Issue gets its words and nothing else
_EXTERNAL = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "SLACK_GUEST_TOKEN",
    "SLACK_CLIENT_SECRET",
    "GITHUB_TOKEN",
    "GITHUB_APP_ID",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_WEBHOOK_SECRET",
    "GITHUB_API_URL",
    "TRIAGE_METRICS_TOKEN",
)
PASTED = "paste:"  #: begins the Source of what a person pasted
_RESPOND_MINUTES, _UPDATE_HOURS = 60, 24  #: of a Source that is not configured
ON_CALL = "on-call"  #: the team's on-call path where no place of Slack is set
HOLDER = "holder"  #: of `SlackPlaces.cards`: each card goes to its Case's owner, not into a channel


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInPlace:
    """Who asks Slack to sign people in, from which workspace, and where the inbox stands for them."""

    client_id: str
    workspace: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackPlaces:
    """Where the team is told what, as ids of channels in Slack; "" is nowhere."""

    cards: str = HOLDER
    on_call: str = ""
    team: str = ""
    triage_bugs: str = ""
    daily_at: time | None = None  #: of the daily line, in the rotation's zone; None is never
    sign_in: SignInPlace | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """Who we are, whom we listen to, and what must not leave."""

    name: str
    product: str
    people: tuple[Person, ...]
    own_accounts: tuple[str, ...]
    bots: tuple[str, ...]
    key_customers: tuple[KeyCustomer, ...]
    private_words: tuple[str, ...]
    private_hosts: tuple[str, ...]
    link_hosts: tuple[str, ...]
    hold: timedelta  #: in which what was approved can be undone
    tone: str = ""  #: how replies sound, in the team's words
    approvers: tuple[str, ...] = ()  #: ids of people who may approve everywhere
    keep_words_days: int | None = None  #: after a Case's last event; None is for ever
    slack: SlackPlaces = SlackPlaces()

    @property
    def names(self) -> frozenset[str]:
        """Every name that a colleague writes under."""
        return frozenset(
            name
            for each in self.people
            for name in (each.id, each.handle, each.handle.lstrip("@"), each.email, each.slack)
            if name
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that a person can set. `external` says which keys are there, never what they are."""

    home: Path
    config_dir: Path
    config_is_example: bool
    cache: Path
    data: Path  #: real reports for measuring, where there are any
    database_url: str = field(repr=False)
    chroma_url: str | None = field(repr=False)
    person: str | None
    team: Team
    sources: tuple[Source, ...]
    watch: Watch
    slack_watch: SlackWatch
    rotation: Rotation
    rubric: Rubric
    duplicates: Thresholds
    duplicate_share: float  #: how many reports are about something known: the prior of every probability
    many_reporters: int  #: distinct reporters of a known Issue from which several count as affected
    effort: EffortRule
    replies: ReplyRule
    words: Mapping[str, Mapping[Priority, str]]  #: of each place, for the priorities
    areas: tuple[Area, ...]
    answers: tuple[Answer, ...]
    tracker: TrackerRule
    models: Models
    policy_hash: str
    logs_json: bool  #: one JSON object a line, to stderr where a process serves or works
    haste: float  #: how many times shorter processes wait for each other and for places; 1 outside of tests
    external: Mapping[str, bool]
    _secrets: Mapping[str, str] = field(repr=False, compare=False)

    def secret(self, name: str) -> str | None:
        """Return the value of a variable of `external`."""
        return self._secrets.get(name)

    @property
    def outbox_file(self) -> Path:
        """Return the file of what leaves through the file channel."""
        return self.home / "outbox.jsonl"

    def source(self, source_id: str) -> Source:
        """Return the Source as configured, or what holds for one that is not.

        A repository is a public Source of its own project, anything else the team's alone; what a
        person pasted, or wrote where only a mention counts, belongs to the team's project where there is
        just one.
        """
        configured = next((each for each in self.sources if each.id == source_id), None)
        if configured:
            return configured
        projects = {each.project for each in self.sources}
        is_ours = source_id.startswith((PASTED, SLACK)) and len(projects) == 1
        source = _unmapped(source_id, projects.pop() if is_ours else source_id)
        return self._in_slack(source) if source_id.startswith(SLACK) else source

    def _in_slack(self, source: Source) -> Source:
        """Return what holds where nobody configured a channel: it is the team's, a conversation its writer's."""
        place = channel_at(place_of(source.id)[0], self.slack_watch)
        name = "a direct message" if place.is_direct else f"{source.id.removeprefix(SLACK)} in Slack"
        reply_by = ReplyBy.SLACK if self.has_slack else ReplyBy.FILE
        return replace(source, name=name, visibility=place.visibility, reply_by=reply_by)

    @property
    def repositories(self) -> tuple[str, ...]:
        """Return the repositories of GitHub that are watched, `owner/name`, as `sources.yaml` has them."""
        found = (each.id.partition(":")[2] for each in self.sources if each.id.startswith("github:"))
        return tuple(dict.fromkeys(found))

    def tracker_visibility(self, project: str) -> Visibility:
        """Return who reads the Issues of a project: those who read its repository, else the team."""
        return self.source(f"github:{project}").visibility if "/" in project else TEAM

    @property
    def has_claude(self) -> bool:
        """Tell whether the environment has a key of Claude."""
        return self.external["ANTHROPIC_API_KEY"]

    @property
    def has_github(self) -> bool:
        """Tell whether the environment has keys of GitHub."""
        app = self.external["GITHUB_APP_ID"] and self.external["GITHUB_APP_PRIVATE_KEY"]
        return app or self.external["GITHUB_TOKEN"]

    @property
    def has_slack(self) -> bool:
        """Tell whether the environment has the key of the Slack app."""
        return self.external["SLACK_BOT_TOKEN"]

    @property
    def slack(self) -> SlackPlaces | None:
        """Return where the team is told what in Slack; None without its key."""
        return self.team.slack if self.has_slack else None

    @property
    def on_call(self) -> str:
        """Return where a P0 is told: the place in Slack, or the name in the outbox file."""
        return f"slack:{self.slack.on_call}" if self.slack and self.slack.on_call else ON_CALL

    def hours_of(self, person: Person) -> WorkingHours:
        """Return the working hours in a person's own zone (S3)."""
        return replace(self.rotation.hours, zone=person.zone)

    def tracker_of(self, project: str) -> TrackerKind:
        """Return where the Issues of a project are filed: at GitHub where its source says so and keys are set."""
        asked = self.source(f"github:{project}").tracker
        return asked if self.has_github else TrackerKind.LOCAL

    def rule_of(self, project: str) -> TrackerRule:
        """Return what the Issues of a project are given; the local tracker has no labels and no board."""
        return self.tracker if self.tracker_of(project) is TrackerKind.GITHUB else TrackerRule()

    def filing_visibility(self, project: str, tracker: TrackerKind | None = None) -> Visibility:
        """Return who reads what is filed in the tracker of a project, or in another one."""
        at_github = (tracker or self.tracker_of(project)) is TrackerKind.GITHUB
        return self.tracker_visibility(project) if at_github else TRACKER

    @property
    def private(self) -> PrivateNames:
        """What no outsider may read: the team's list, and every key customer's name."""
        names = (*self.team.private_words, *(each.name for each in self.team.key_customers))
        return PrivateNames(words=tuple(dict.fromkeys(names)), hosts=self.team.private_hosts)

    @property
    def grounds(self) -> Grounds:
        """What of the team's settings a reply may rest on."""
        return Grounds(facts=self.team.product, hosts=self.team.link_hosts)

    def person_in_slack(self, user: str) -> Person:
        """Return the person with this id in Slack; UnknownPerson where there is none."""
        for person in self.team.people:
            if user and person.slack == user:
                return person
        raise UnknownPerson(user, [person.id for person in self.team.people])

    def person_named(self, text: str | None) -> Person:
        """Return the person of this id, handle or address, case aside; UnknownPerson where there is none."""
        wanted = (text or "").strip().casefold()
        for person in self.team.people:
            names = (person.id, person.handle, person.handle.removeprefix("@"), person.email)
            if wanted and wanted in [name.casefold() for name in names]:
                return person
        raise UnknownPerson(text, [person.id for person in self.team.people])


def from_process() -> Settings:
    """Read this process's environment and directory."""
    return load(os.environ, Path.cwd())


def example(home: Path | None) -> Settings:
    """Read the shipped example team in place of a team's own files, with a home of its own."""
    place = next((place for place in _SHIPPED if place.is_dir()), _SHIPPED[-1])
    own = {"TRIAGE_CONFIG": str(place), "TRIAGE_HOME": str(home or ".triage/demo")}
    accounts = ("GITHUB_", "SLACK_", "ANTHROPIC_")  # the sample team has none
    connected = [name for name in os.environ if name.startswith(accounts)]
    absent = dict.fromkeys(("DATABASE_URL", "CHROMA_URL", *connected), "")
    settings = load({**os.environ, **own, **absent}, Path.cwd())
    return replace(settings, config_is_example=True)


def load(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read everything; raises ConfigFaults with every fault there is."""
    faults: list[str] = []
    config_dir, is_example = _config_dir(environ, cwd)
    home = cwd / environ.get("TRIAGE_HOME", ".triage")
    team = files.read(config_dir / "team.yaml", files.TeamFile, faults)
    sources = files.read(config_dir / "sources.yaml", files.SourcesFile, faults)
    rotation = files.read(config_dir / "rotation.yaml", files.RotationFile, faults)
    routing = files.read(config_dir / "routing.yaml", files.RoutingFile, faults)
    answers = files.read(config_dir / "answers.yaml", files.AnswersFile, faults)
    table = files.read(config_dir / "priority.yaml", files.PriorityFile, faults)
    is_tracked = (config_dir / _TRACKER_FILE).exists()
    tracker = files.read(config_dir / _TRACKER_FILE, files.TrackerFile, faults) if is_tracked else None
    faults += across(team, sources, rotation, routing, answers)
    models = files.read(models_file(config_dir, *_SHIPPED), ModelsFile, faults)
    faults += models_faults(models)
    faults += tracker_faults(tracker, team, sources, table)
    faults += [
        *rotation_faults(rotation),
        *table_faults(table),
        *environment_faults(environ),
        *haste_faults(environ),
    ]
    if not (team and sources and rotation and routing and answers and table and models) or faults:
        raise ConfigFaults(faults)
    return Settings(
        home=home,
        config_dir=config_dir,
        config_is_example=is_example,
        cache=_cache(environ, cwd),
        data=cwd / environ.get("TRIAGE_DATA", "../shared/data"),
        database_url=environ.get("DATABASE_URL") or f"sqlite:///{home / 'triage.db'}",
        chroma_url=environ.get("CHROMA_URL") or None,
        person=environ.get("TRIAGE_PERSON") or None,
        team=_team(team),
        sources=tuple(source_of(each) for each in sources.sources),
        watch=github_watch(sources, team),
        slack_watch=slack_watch(sources, team),
        rotation=rotation_of(rotation),
        rubric=rubric_of(table),
        duplicates=Thresholds(duplicate=table.duplicates.duplicate, related=table.duplicates.related),
        duplicate_share=table.duplicates.share,
        many_reporters=table.duplicates.many_reporters,
        effort=EffortRule(quick_hours=table.effort.quick_hours, half_day_hours=table.effort.half_day_hours),
        replies=ReplyRule(answer_at=table.replies.answer_at, ask_at=table.replies.ask_at),
        words=table.words,
        areas=tuple(Area(**each.model_dump()) for each in routing.areas),
        answers=tuple(answer_of(each) for each in answers.answers),
        tracker=tracker_rule(tracker or files.TrackerFile(), table),
        models=models_of(models),
        policy_hash=_policy_hash(config_dir),
        logs_json=environ.get("TRIAGE_LOG") == "json",
        haste=float(environ.get("TRIAGE_HASTE") or 1),
        external={name: bool(environ.get(name)) for name in _EXTERNAL},
        _secrets={name: environ[name] for name in _EXTERNAL if environ.get(name)},
    )


def _config_dir(environ: Mapping[str, str], cwd: Path) -> tuple[Path, bool]:
    """Return where the files are, and whether that is the shipped example; a place asked for counts."""
    asked = cwd / (environ.get("TRIAGE_CONFIG") or "config")
    if environ.get("TRIAGE_CONFIG") or asked.is_dir():
        return asked, False
    return next((place for place in _SHIPPED if place.is_dir()), asked), True


def _cache(environ: Mapping[str, str], cwd: Path) -> Path:
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return cwd / base / "triage-agent"


def _policy_hash(config_dir: Path) -> str:
    """Hash what decides, names and bytes; whose turn it is changes weekly and decides nothing."""
    digest = hashlib.sha256()
    tracker = (_TRACKER_FILE,) if (config_dir / _TRACKER_FILE).exists() else ()
    for name in (*_POLICY_FILES, *tracker):
        content = (config_dir / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _unmapped(source_id: str, project: str) -> Source:
    kind, _, rest = source_id.partition(":")
    is_repository = kind == "github" and bool(rest)
    return Source(
        id=source_id,
        name=rest if is_repository else source_id,
        project=rest if is_repository else project,
        visibility=Visibility(Level.PUBLIC if is_repository else Level.INTERNAL),
        respond_within_minutes=_RESPOND_MINUTES,
        update_within_hours=_UPDATE_HOURS,
        reply_by=ReplyBy.FILE,
    )


def _team(shape: files.TeamFile) -> Team:
    return Team(
        name=shape.name,
        product=shape.product,
        people=tuple(Person(**each.model_dump()) for each in shape.people),
        own_accounts=shape.own_accounts,
        bots=shape.bots,
        key_customers=tuple(KeyCustomer(**each.model_dump()) for each in shape.key_customers),
        private_words=shape.private_words,
        private_hosts=shape.private_hosts,
        link_hosts=shape.link_hosts,
        hold=timedelta(seconds=shape.hold_seconds),
        tone=shape.tone,
        approvers=shape.approvers,
        keep_words_days=shape.keep_words_days,
        slack=_slack_places(shape.slack),
    )


def _slack_places(shape: files.SlackPlacesShape) -> SlackPlaces:
    sign_in = SignInPlace(**shape.sign_in.model_dump()) if shape.sign_in else None
    return SlackPlaces(**shape.model_dump(exclude={"sign_in"}), sign_in=sign_in)
