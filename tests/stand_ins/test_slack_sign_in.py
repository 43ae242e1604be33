"""Sign in with Slack at the stand-in: a code is good once, for its own client and address."""

import httpx
import jwt
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.slack import Workspace

BACK = "http://127.0.0.1:8765/signed-in"


def code(slack: Workspace, **changes: str) -> httpx.URL:
    asked = {
        "response_type": "code",
        "scope": "openid profile email",
        "client_id": slack.client_id,
        "redirect_uri": BACK,
        "state": "s1",
        "nonce": "n1",
    }
    answer = httpx.get(f"{slack.address}/openid/connect/authorize", params=asked | changes)
    return httpx.URL(answer.headers["location"])


def test_a_person_comes_back_with_a_code_that_says_who_they_are(slack: Workspace) -> None:
    slack.browser = slack.user("holder")
    back = code(slack)
    assert back.params["state"] == "s1"
    client = WebClient(base_url=slack.api_url, retry_handlers=[])
    given = {"code": back.params["code"], "redirect_uri": BACK}
    told = client.openid_connect_token(slack.client_id, slack.client_secret, **given)
    key = jwt.PyJWKClient(f"{slack.address}/openid/connect/keys").get_signing_key_from_jwt(told["id_token"])
    claims = jwt.decode(told["id_token"], key.key, algorithms=["RS256"], audience=slack.client_id)
    assert claims["sub"] == slack.browser.id
    assert claims["nonce"] == "n1"
    assert claims["iss"] == "https://slack.com"
    who = WebClient(told["access_token"], base_url=slack.api_url).openid_connect_userInfo()
    assert who["https://slack.com/user_id"] == slack.browser.id
    with pytest.raises(SlackApiError, match="code_already_used"):
        client.openid_connect_token(slack.client_id, slack.client_secret, **given)


def test_who_declines_comes_back_without_a_code(slack: Workspace) -> None:
    assert dict(code(slack).params) == {"state": "s1", "error": "access_denied"}


def test_a_code_is_no_good_to_another_client_or_for_another_address(slack: Workspace) -> None:
    slack.browser = slack.user("holder")
    given = {"code": code(slack).params["code"], "redirect_uri": BACK}
    client = WebClient(base_url=slack.api_url, retry_handlers=[])
    for error, id_, secret, more in (
        ("invalid_client_id", "other", slack.client_secret, {}),
        ("bad_client_secret", slack.client_id, "other", {}),
        ("bad_redirect_uri", slack.client_id, slack.client_secret, {"redirect_uri": "http://other"}),
        ("invalid_code", slack.client_id, slack.client_secret, {"code": "other"}),
    ):
        with pytest.raises(SlackApiError, match=error):
            client.openid_connect_token(id_, secret, **{**given, **more})
