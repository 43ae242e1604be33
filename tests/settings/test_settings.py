"""`config/` and the environment: one frozen Settings, or every fault at once."""

from datetime import time
from pathlib import Path

import pytest

from agent.domain.assessments import FactorKind
from agent.domain.made import Tokens
from agent.domain.messages import Level, ReplyBy, TrackerKind, Visibility
from agent.domain.models import Tier
from agent.domain.proposals import Priority
from agent.errors import UnknownPerson
from agent.policy.shifts import gaps, holder
from agent.settings import example as shipped
from agent.settings import load
from tests.builders import REPOSITORY
from tests.settings.given import CONFIG, NOW, Edit, example, faults


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


def test_waits_are_as_they_are_unless_a_test_asks_for_haste() -> None:
    assert example().haste == 1
    assert example(TRIAGE_HASTE="10").haste == 10


@pytest.mark.parametrize("given", ["0", "0.5", "-3", "fast", "nan", "1e9"])
def test_what_is_no_haste_is_a_fault(given: str) -> None:
    (fault,) = faults(REPOSITORY, TRIAGE_HASTE=given)
    assert fault.startswith("TRIAGE_HASTE: should be a number from 1 on")


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
    assert (other.project, other.visibility) == ("example/millrace", Visibility(Level.INTERNAL))
    direct = settings.source("slack:D9")
    assert (direct.name, direct.visibility) == ("a direct message", Visibility(Level.CUSTOMER))


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


def test_without_a_file_of_models_the_shipped_one_holds(team: Path) -> None:
    (team / "config" / "models.yaml").unlink()
    assert load({}, team).models == example().models


def test_the_shipped_models_are_priced_in_microdollars() -> None:
    models = example().models
    small = models.tiers[Tier.SMALL]
    assert (small.name, models.daily_cap) == ("claude-haiku-5-5", 5_000_000)
    assert small.price.microdollars(Tokens(input=1_000_000)) == 100_000


def test_the_example_team_has_no_keys_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    of_example = shipped(tmp_path)
    assert not of_example.has_claude
    assert of_example.secret("ANTHROPIC_API_KEY") is None


def test_what_is_measured_calls_nothing_outside(tmp_path: Path) -> None:
    from evals.reports import settings_in

    plain = settings_in(example(ANTHROPIC_API_KEY="key-1", GITHUB_TOKEN="tok-3"), tmp_path)
    assert not plain.has_claude
    assert not plain.has_github
    assert plain.secret("ANTHROPIC_API_KEY") is None


def test_the_places_of_slack_count_with_its_key_alone() -> None:
    off, on = example(), example(SLACK_BOT_TOKEN="xoxb-1")
    assert (off.slack, off.on_call) == (None, "on-call")
    assert on.slack is not None
    assert (on.slack.cards, on.slack.daily_at, on.on_call) == ("holder", time(9, 30), "slack:C-ON-CALL")
    assert on.person_in_slack("U-SECOND").id == "second-engineer"
    with pytest.raises(UnknownPerson):
        on.person_in_slack("")


def test_the_shipped_team_calls_nobody_whatever_is_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_API_URL", "ftp://nowhere")
    assert not shipped(None).has_slack
