"""`triage slack manifest`: what an app is made from; and what the doctor says of Slack."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from agent.clients.slack_scopes import SCOPES
from agent.doors.cli.app import app
from agent.doors.hooks.app import SLACK as HOOK
from agent.doors.web.sign_in import BACK
from agent.policy.slack.deliveries import COMMAND, SHORTCUT
from tests.builders import REPOSITORY
from tests.doors.cli import Terminal
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, Workspace


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["slack", "manifest", *words])


def printed(*words: str) -> dict[str, Any]:
    return dict(yaml.safe_load(run(*words).stdout))


def test_the_manifest_asks_for_what_is_needed_and_for_nothing_else() -> None:
    told = printed()
    assert sorted(told["oauth_config"]["scopes"]["bot"]) == sorted(each.name for each in SCOPES)
    assert set(told["oauth_config"]["scopes"]) == {"bot"}
    assert told["settings"]["socket_mode_enabled"]


def test_the_manifest_names_the_shortcut_and_the_command_that_are_answered() -> None:
    features = printed()["features"]
    assert [each["callback_id"] for each in features["shortcuts"]] == [SHORTCUT]
    assert [each["command"] for each in features["slash_commands"]] == [COMMAND]


def test_the_manifest_is_within_slacks_limits() -> None:
    told = printed()
    assert len(told["display_information"]["name"]) <= 35
    assert len(told["display_information"]["description"]) <= 140
    for each in told["features"]["shortcuts"]:
        assert len(each["name"]) <= 24
        assert len(each["description"]) <= 150


def test_with_an_address_slack_sends_everything_there() -> None:
    told = printed("--http", "https://triage.example.com/")
    url = f"https://triage.example.com{HOOK}"
    assert not told["settings"]["socket_mode_enabled"]
    assert told["settings"]["event_subscriptions"]["request_url"] == url
    assert told["settings"]["interactivity"]["request_url"] == url
    assert told["settings"]["interactivity"]["message_menu_options_url"] == url
    assert [each["url"] for each in told["features"]["slash_commands"]] == [url]


def test_with_the_inbox_people_can_sign_in() -> None:
    told = printed("--inbox", "https://triage.example.com")["oauth_config"]
    assert told["redirect_urls"] == [f"https://triage.example.com{BACK}"]
    assert told["scopes"]["user"] == ["openid", "profile"]


@pytest.mark.parametrize("option", ["--http", "--inbox"])
def test_an_address_without_tls_is_refused(option: str) -> None:
    refused = run(option, "http://triage.example.com")
    assert refused.exit_code == 2
    assert "https" in refused.stderr


def connected(slack: Workspace, **more: str) -> dict[str, str]:
    return {"SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": BOT_TOKEN, **more}


def watching(folder: Path, **changes: str) -> str:
    """Copy the example's files to a folder, with some ids in them replaced; returns the folder."""
    folder.mkdir()
    for file in (REPOSITORY / "config").glob("*.yaml"):
        text = file.read_text()
        for was, now in changes.items():
            text = text.replace(was.replace("_", "-"), now)
        (folder / file.name).write_text(text)
    return str(folder)


@pytest.fixture
def folder(tmp_path: Path, slack: Workspace) -> str:
    places = ("C_TRIAGE_BUGS", "C_ON_CALL", "C_TEAM", "C_HELP", "C_CUSTOMER_A")
    return watching(tmp_path / "config", **{name: slack.channel(name).id for name in places})


def test_the_doctor_finds_nothing_wrong_where_all_is_set(
    tmp_path: Path, slack: Workspace, folder: str
) -> None:
    keys = connected(slack, SLACK_APP_TOKEN=APP_TOKEN, TRIAGE_CONFIG=folder)
    result = Terminal(tmp_path / "home").run("doctor", **keys)
    said = [line for line in result.stdout.splitlines() if " Slack" in line]
    assert all(line.startswith("ok") for line in said), said
    assert len(said) == 3
    assert not slack.writes


def test_the_doctor_names_the_scopes_that_are_missing(tmp_path: Path, slack: Workspace, folder: str) -> None:
    slack.tokens[BOT_TOKEN].scopes -= {"chat:write", "usergroups:read"}
    result = Terminal(tmp_path / "home").run("doctor", **connected(slack, TRIAGE_CONFIG=folder))
    assert result.exit_code == 1
    assert "lacks chat:write (to answer, and to show cards), usergroups:read" in result.stdout
    assert "its buttons do nothing" in result.stdout


def test_the_doctor_names_the_channels_that_the_app_is_not_in(
    tmp_path: Path, slack: Workspace, folder: str
) -> None:
    slack.channel("C_HELP").members.remove(slack.bot)
    result = Terminal(tmp_path / "home").run("doctor", **connected(slack, TRIAGE_CONFIG=folder))
    assert result.exit_code == 1
    assert "The app is not in #C_HELP. Write there: /invite @triage" in result.stdout


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_the_doctor_names_a_token_that_is_not_valid(
    name: str, tmp_path: Path, slack: Workspace, folder: str
) -> None:
    keys = connected(slack, SLACK_APP_TOKEN=APP_TOKEN, TRIAGE_CONFIG=folder) | {name: "other"}
    result = Terminal(tmp_path / "home").run("doctor", **keys)
    assert result.exit_code == 1
    assert f"{name} is not valid, or not any more" in result.stdout
    assert "other" not in result.stdout.replace("another", "")


def test_the_doctor_says_how_to_begin_without_a_token(tmp_path: Path) -> None:
    config = watching(tmp_path / "config", reply_by="reply_by")
    sources = tmp_path / "config" / "sources.yaml"
    sources.write_text(sources.read_text().replace("reply_by: file", "reply_by: slack", 1))
    result = Terminal(tmp_path / "home").run("doctor", TRIAGE_CONFIG=config)
    assert "docs/slack.md" in result.stdout
    assert "slack:C-HELP says `reply_by: slack`" in result.stdout
