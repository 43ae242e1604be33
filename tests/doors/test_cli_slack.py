"""`triage slack manifest`: what an app is made from, and that it holds what the product needs."""

import pytest
import yaml

from agent.clients.slack_scopes import SCOPES
from agent.doors.slack.manifest import BACK, HOOK
from agent.policy.slack.deliveries import COMMAND, SHORTCUT
from tests.doors.cli import triage


def printed(*words: str) -> dict:
    return yaml.safe_load(triage("slack", "manifest", *words).stdout)


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
    assert told["scopes"]["user"] == ["openid", "profile", "email"]


@pytest.mark.parametrize("option", ["--http", "--inbox"])
def test_an_address_without_tls_is_refused(option: str) -> None:
    refused = triage("slack", "manifest", option, "http://triage.example.com")
    assert refused.exit_code == 2
    assert "https" in refused.stderr
