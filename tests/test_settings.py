"""`config/` and the environment: one frozen Settings, or every fault at once."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from agent.domain.assessments import FactorKind
from agent.domain.made import Tokens
from agent.domain.messages import Level, ReplyBy, TrackerKind, Visibility
from agent.domain.models import Tier
from agent.domain.proposals import Priority
from agent.errors import ConfigFaults, UnknownPerson
from agent.policy.shifts import gaps, holder
from agent.settings import Settings, load
from agent.settings import example as shipped_example

REPOSITORY = Path(__file__).parents[1]
CONFIG = REPOSITORY / "config"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Edit = Callable[[str, str, str], None]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A directory with the example's configuration, to be spoiled."""
    (tmp_path / "config").mkdir()
    for file in CONFIG.glob("*.yaml"):
        shutil.copy(file, tmp_path / "config")
    return tmp_path


@pytest.fixture
def edit(team: Path) -> Edit:
    """Replace a text of one file, which must be there."""

    def replace(file: str, old: str, new: str) -> None:
        path = team / "config" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def faults(cwd: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigFaults) as caught:
        load(environ, cwd)
    return caught.value.faults


def example(**environ: str) -> Settings:
    return load({"HOME": "/somewhere", **environ}, REPOSITORY)


def test_the_example_has_no_faults_and_no_gaps() -> None:
    settings = example()
    assert not settings.config_is_example
    assert gaps(settings.rotation, NOW, NOW.replace(year=2028)) == ()
    assert holder(settings.rotation, NOW).holder in [person.id for person in settings.team.people]


def test_where_there_is_no_config_the_shipped_example_serves_and_says_so(tmp_path: Path) -> None:
    assert load({}, tmp_path).config_is_example
    assert not load({"TRIAGE_CONFIG": str(CONFIG)}, tmp_path).config_is_example


def test_a_config_that_was_asked_for_and_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, TRIAGE_CONFIG="nowhere")
    assert len(found) == 6
    assert f"team.yaml: is missing; it was looked for in {tmp_path / 'nowhere'}" in found


def test_defaults_of_the_environment() -> None:
    settings = example()
    assert settings.home == REPOSITORY / ".triage"
    assert settings.database_url == f"sqlite:///{REPOSITORY / '.triage' / 'triage.db'}"
    assert settings.cache == Path("/somewhere/.cache/triage-agent")
    assert (settings.chroma_url, settings.person) == (None, None)


def test_the_environment_counts() -> None:
    settings = example(
        TRIAGE_HOME="/srv/triage",
        XDG_CACHE_HOME="/cache",
        CHROMA_URL="http://127.0.0.1:9",
        TRIAGE_PERSON="dev",
    )
    assert (settings.home, settings.cache) == (Path("/srv/triage"), Path("/cache/triage-agent"))
    assert (settings.chroma_url, settings.person) == ("http://127.0.0.1:9", "dev")


def test_no_secret_shows_in_the_settings_themselves() -> None:
    settings = example(
        ANTHROPIC_API_KEY="key-1",
        DATABASE_URL="postgresql://u:pass-2@h/d",
        SLACK_BOT_TOKEN="",
        GITHUB_TOKEN="tok-3",
    )
    assert settings.external["ANTHROPIC_API_KEY"]
    assert not settings.external["SLACK_BOT_TOKEN"]
    assert settings.secret("GITHUB_TOKEN") == "tok-3"
    assert settings.secret("SLACK_BOT_TOKEN") is None
    assert not any(secret in repr(settings) for secret in ("key-1", "pass-2", "tok-3"))


def test_all_faults_of_all_files_come_at_once(team: Path, edit: Edit) -> None:
    edit("team.yaml", "hold_seconds: 5", "hold_seconds: 31")
    edit("sources.yaml", "respond_within_minutes: 60", 'respond_within_minutes: "60"')
    edit("rotation.yaml", "zone: Europe/Berlin", "zone: Europe/Nowhere")
    edit("priority.yaml", "thresholds:", "tresholds:")
    (team / "config" / "answers.yaml").unlink()
    found = faults(team, DATABASE_URL="mysql://u:pass@h/d")
    for fault in (
        "team.yaml: hold_seconds: ",
        "sources.yaml: sources[0].respond_within_minutes: ",
        "rotation.yaml: zone: 'Europe/Nowhere' is no zone",
        "priority.yaml: tresholds: is no known key",
        "priority.yaml: thresholds: is missing",
        "answers.yaml: is missing",
        "DATABASE_URL: should begin with",
    ):
        assert any(each.startswith(fault) for each in found), (fault, found)
    assert "pass" not in "".join(found)


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("team.yaml", "hold_seconds: 5", "hold_seconds: -1", "team.yaml: hold_seconds: "),
        ("team.yaml", "hold_seconds: 5", "hold_seconds: true", "team.yaml: hold_seconds: "),
        ("team.yaml", "hold_seconds: 5", "hold: 5", "team.yaml: hold: is no known key"),
        (
            "team.yaml",
            "  - id: second-engineer",
            "  - id: first-engineer",
            "team.yaml: people[1].id: 'first-engineer'",
        ),
        (
            "team.yaml",
            'sources: ["slack:C-CUSTOMER-A"]',
            'sources: ["slack:X"]',
            "team.yaml: key_customers[0].sources[0]",
        ),
        ("team.yaml", "name: Millrace support", "name: [", "team.yaml: line "),
        (
            "sources.yaml",
            "id: mail:hi",
            "id: slack:C-HELP",
            "sources.yaml: sources[4].id: 'slack:C-HELP' stands twice",
        ),
        ("sources.yaml", "id: mail:hi", "id: hi", "sources.yaml: sources[4].id: should read as place:name"),
        (
            "sources.yaml",
            "visibility: internal",
            "visibility: secret",
            "sources.yaml: sources[3].visibility: 'secret'",
        ),
        (
            "sources.yaml",
            "visibility: customer",
            "visibility: public",
            "sources.yaml: sources[2].audience: goes with",
        ),
        ("sources.yaml", "reply_by: file", "reply_by: pigeon", "sources.yaml: sources[0].reply_by: "),
        (
            "rotation.yaml",
            "cycle: [first-engineer",
            "cycle: [nobody",
            "rotation.yaml: cycle[0]: 'nobody' is not in team.yaml",
        ),
        (
            "rotation.yaml",
            "person: third-engineer",
            "person: nobody",
            "rotation.yaml: overrides[0].person: 'nobody'",
        ),
        (
            "rotation.yaml",
            "cycle: [first-engineer, second-engineer, third-engineer]",
            "cycle: []",
            "rotation.yaml: cycle: needs",
        ),
        (
            "rotation.yaml",
            "2026-12-28T09:00",
            "2026-12-20T09:00",
            "rotation.yaml: overrides[0].to: is not after",
        ),
        (
            "rotation.yaml",
            "2026-12-28T09:00",
            "2026-12-28T09:00Z",
            "rotation.yaml: overrides[0].to: is local time",
        ),
        (
            "rotation.yaml",
            "starts_on: 2025-01-06",
            "starts_on: 2025-01-07",
            "rotation.yaml: starts_on: is not on the day",
        ),
        (
            "rotation.yaml",
            "starts_on: 2025-01-06",
            "starts_on: 2025-02-30",
            "rotation.yaml: holds a value that cannot be",
        ),
        ("rotation.yaml", 'to: "17:00"', 'to: "08:00"', "rotation.yaml: working_hours.to: is not after"),
        (
            "rotation.yaml",
            "day: monday",
            "day: someday",
            "rotation.yaml: change_over.day: 'someday' is no day",
        ),
        ("rotation.yaml", 'at: "09:00"', 'at: "9 am"', "rotation.yaml: change_over.at: '9 am' is no time"),
        ("rotation.yaml", 'at: "09:00"', 'at: "25:00"', "rotation.yaml: change_over.at: "),
        ("rotation.yaml", "zone: Europe/Berlin", "zone: Europe/Berlin\nzone: UTC", "rotation.yaml: line "),
        (
            "routing.yaml",
            "people: [first-engineer",
            "people: [nobody",
            "routing.yaml: areas[0].people[0]: 'nobody'",
        ),
        (
            "routing.yaml",
            "id: workers",
            "id: scheduler",
            "routing.yaml: areas[1].id: 'scheduler' stands twice",
        ),
        ("answers.yaml", "id: A-2", "id: A-1", "answers.yaml: answers[1].id: 'A-1' stands twice"),
        ("answers.yaml", "answers:", "answers: 3\nother:", "answers.yaml: answers: "),
        ("priority.yaml", "  crash: ", "  crush: ", "priority.yaml: findings.crush: "),
        (
            "priority.yaml",
            "P0: 100, P1: 30",
            "P0: 20, P1: 30",
            "priority.yaml: thresholds: P0 must ask for more",
        ),
        (
            "priority.yaml",
            "related: 0.34",
            "related: 0.7",
            "priority.yaml: duplicates.related: must be below",
        ),
        ("priority.yaml", "quick_hours: 2", "quick_hours: 0", "priority.yaml: effort.quick_hours: "),
        ("priority.yaml", "P3: Backlog}", "P3: Later}", "priority.yaml: status.P3: "),
        ("priority.yaml", "P3: low}", "P4: low}", "priority.yaml: words.planning.P4: "),
    ],
)
def test_each_fault_is_named_with_its_file_and_key(
    team: Path, edit: Edit, file: str, old: str, new: str, fault: str
) -> None:
    edit(file, old, new)
    found = faults(team)
    assert any(each.startswith(fault) for each in found), found


def test_a_finding_without_a_row_is_a_fault(team: Path, edit: Edit) -> None:
    edit("priority.yaml", "  crash:         {points: 20, finding: it crashes}\n", "")
    assert faults(team) == ["priority.yaml: findings.crash: is missing"]


def test_overlapping_overrides_are_a_fault(team: Path, edit: Edit) -> None:
    line = '  - {from: "2026-12-22", to: "2026-12-23", person: first-engineer}\n'
    path = team / "config" / "rotation.yaml"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + line, encoding="utf-8")
    assert faults(team) == ["rotation.yaml: overrides[1]: overlaps an earlier one"]


def test_a_file_that_is_not_text_is_a_fault(team: Path) -> None:
    (team / "config" / "team.yaml").write_bytes(b"\xff\xfe\x00")
    assert any(each.startswith("team.yaml: cannot be read") for each in faults(team))
    (team / "config" / "team.yaml").write_text("", encoding="utf-8")
    assert "team.yaml: should be a mapping of keys" in faults(team)


def test_times_of_day_and_days_without_quotes_mean_what_they_say(team: Path, edit: Edit) -> None:
    edit("rotation.yaml", 'at: "09:00"', "at: 10:30")
    edit("rotation.yaml", '"2026-12-21T09:00"', "2026-12-21")
    rotation = load({}, team).rotation
    assert rotation.starts_at.time() == time(10, 30)
    assert (
        rotation.overrides[0].starts_at.isoformat() == "2026-12-21T10:30:00+01:00"
    )  # S2: at the change-over


def test_a_source_is_as_configured_or_as_its_kind_says() -> None:
    settings = example()
    assert settings.source("slack:C-HELP").project == "example/millrace"
    stranger = settings.source("github:o/r")
    assert (stranger.project, stranger.visibility) == ("o/r", Visibility(Level.PUBLIC))
    assert (stranger.respond_within_minutes, stranger.reply_by) == (60, ReplyBy.FILE)
    other = settings.source("slack:C9")
    assert (other.project, other.visibility) == ("slack:C9", Visibility(Level.INTERNAL))


def test_issues_are_read_by_whoever_reads_the_repository() -> None:
    settings = example()
    assert settings.tracker_visibility("example/millrace") == Visibility(Level.PUBLIC)
    assert settings.tracker_visibility("elsewhere") == Visibility(Level.INTERNAL)


@pytest.mark.parametrize(
    "text", ["second-engineer", "@second-engineer", "dev-two@example.com", " DEV-TWO@example.com "]
)
def test_a_person_is_known_by_id_handle_and_address(text: str) -> None:
    assert example().person_named(text).id == "second-engineer"


@pytest.mark.parametrize("text", [None, "", " ", "stranger"])
def test_an_unknown_person_is_refused_with_those_who_are_known(text: str | None) -> None:
    with pytest.raises(UnknownPerson, match="first-engineer"):
        example().person_named(text)


def test_key_customers_names_are_private_words() -> None:
    assert "customer-a" in example().private.words


def test_the_policy_hash_changes_with_what_decides_and_not_with_whose_turn_it_is(
    team: Path, edit: Edit
) -> None:
    before = load({}, team).policy_hash
    edit(
        "rotation.yaml", "cycle: [first-engineer, second-engineer", "cycle: [second-engineer, first-engineer"
    )
    assert load({}, team).policy_hash == before
    edit("priority.yaml", "crash:         {points: 20", "crash:         {points: 21")
    after = load({}, team)
    assert after.policy_hash != before
    assert after.rubric.weights[FactorKind.CRASH].points == 21


def test_each_place_has_its_words_for_priorities() -> None:
    words = example().words
    assert [words["ticket"][each] for each in Priority] == ["Urgent", "High", "Medium", "Low"]


TRACKED = "reply_by: file\n\n  - id: slack:C-CUSTOMER-A"
AT_GITHUB = "reply_by: github\n    tracker: github\n\n  - id: slack:C-CUSTOMER-A"


def test_issues_are_filed_at_github_where_the_source_says_so_and_there_are_keys(
    team: Path, edit: Edit
) -> None:
    project = "example/millrace"
    assert load({"GITHUB_TOKEN": "t"}, team).tracker_of(project) is TrackerKind.LOCAL
    edit("sources.yaml", TRACKED, AT_GITHUB)
    off, on = load({}, team), load({"GITHUB_TOKEN": "t"}, team)
    assert (off.tracker_of(project), on.tracker_of(project)) == (TrackerKind.LOCAL, TrackerKind.GITHUB)
    assert off.filing_visibility(project) == Visibility(Level.INTERNAL)
    assert on.filing_visibility(project) == Visibility(Level.PUBLIC)
    assert off.rule_of(project).board is None
    board = on.rule_of(project).board
    assert board is not None
    assert (board.id, board.priorities["P1"]) == ("example/1", "High")
    assert on.rule_of(project).type_labels["quick_fix"] == "bug"
    half = load({"GITHUB_APP_ID": "1"}, team)
    assert half.tracker_of(project) is TrackerKind.LOCAL


def test_without_its_file_an_issue_gets_its_words_and_nothing_else(team: Path) -> None:
    with_it = load({}, team).policy_hash
    (team / "config" / "tracker.yaml").unlink()
    settings = load({}, team)
    assert settings.tracker.board is None
    assert not settings.tracker.type_labels
    assert settings.policy_hash != with_it


def test_what_the_tracker_names_must_be_there(team: Path, edit: Edit) -> None:
    edit("tracker.yaml", "first-engineer: millrace-dev-one", "nobody: millrace-dev-one")
    edit("tracker.yaml", "words: board", "words: nowhere")
    edit("sources.yaml", "reply_by: file", "reply_by: github\n    tracker: github")
    assert faults(team) == [
        "sources.yaml: sources[0].tracker: goes with a source `github:owner/repo` alone",
        "sources.yaml: sources[0].reply_by: `github` goes with `github:owner/repo` alone",
        "tracker.yaml: logins: 'nobody' is not in team.yaml",
        "tracker.yaml: board.words: 'nowhere' is not among the words of priority.yaml",
    ]
    edit("tracker.yaml", "id: example/1", "id: example")
    assert "tracker.yaml: board.id: should read as owner/number, not 'example'" in faults(team)


def test_without_a_file_of_models_the_shipped_one_holds(team: Path) -> None:
    (team / "config" / "models.yaml").unlink()
    assert load({}, team).models == example().models


def test_the_shipped_models_are_priced_in_microdollars() -> None:
    models = example().models
    small = models.tiers[Tier.SMALL]
    assert (small.name, models.daily_cap) == ("claude-haiku-5-5", 5_000_000)
    assert small.price.microdollars(Tokens(input=1_000_000)) == 100_000


def test_faults_of_models_are_told_with_the_others(team: Path, edit: Edit) -> None:
    edit("models.yaml", "  large:  ", "  huge:  ")
    assert any("models.yaml: tiers" in fault for fault in faults(team))
    edit("models.yaml", "  huge:  ", "  large:  ")
    edit("models.yaml", "tries: 3", "tries: 0")
    assert any("models.yaml: tries" in fault for fault in faults(team))
    assert any("ANTHROPIC_BASE_URL" in fault for fault in faults(team, ANTHROPIC_BASE_URL="claude"))


def test_the_example_team_has_no_keys_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    shipped = shipped_example(tmp_path)
    assert not shipped.has_claude
    assert shipped.secret("ANTHROPIC_API_KEY") is None


def test_what_is_measured_calls_nothing_outside(tmp_path: Path) -> None:
    from evals.reports import settings_in

    plain = settings_in(example(ANTHROPIC_API_KEY="key-1", GITHUB_TOKEN="tok-3"), tmp_path)
    assert not plain.has_claude
    assert not plain.has_github
    assert plain.secret("ANTHROPIC_API_KEY") is None
