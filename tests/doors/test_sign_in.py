"""Sign in with Slack: where others can reach the inbox, nobody is who they say, and a strange answer opens nothing."""

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from agent.clients.slack_sign_in import SignIn
from agent.doors.web.app import build_app
from agent.doors.web.session import Keys, Session, attempt
from agent.errors import Denied, Unavailable
from tests.fakes.desk import FakeDesk, furnished
from tests.fakes.slack import Workspace
from tests.fakes.slack.faults import SERVER_ERROR
from tests.fakes.slack.workspace import CLIENT_ID, CLIENT_SECRET

BACK = "https://triage.example.com/sign-in/slack"
TOKEN = "the-link"


@pytest.fixture
def desk(slack: Workspace) -> FakeDesk:
    desk = furnished()
    team = desk.settings.team
    people = tuple(replace(each, slack=slack.user(each.id).id) for each in team.people)
    desk.settings = replace(desk.settings, team=replace(team, people=people))
    return desk


def sign_in(slack: Workspace, **changes: str) -> SignIn:
    plain = {"client_id": CLIENT_ID, "secret": CLIENT_SECRET, "workspace": slack.team, "back": BACK}
    return SignIn(**{**plain, "api_url": slack.api_url, **changes})


@pytest.fixture
def browser(slack: Workspace, desk: FakeDesk) -> TestClient:
    app = build_app(
        desk,  # type: ignore[arg-type]
        token=TOKEN,
        person="first-engineer",
        hosts=("triage.example.com",),
        sign_in=sign_in(slack),
    )
    return TestClient(app, base_url="https://triage.example.com", follow_redirects=False)


def at_slack(answer: httpx.Response) -> str:
    """Let the person at the browser answer Slack; return where Slack sends the browser back to."""
    assert answer.status_code == 303
    back = httpx.get(answer.headers["location"], follow_redirects=False, trust_env=False)
    assert back.status_code == 302
    return back.headers["location"].removeprefix("https://triage.example.com")


def test_the_link_and_the_name_of_the_machine_open_nothing_where_others_can_reach_it(
    browser: TestClient,
) -> None:
    for answer in (browser.get("/"), browser.get(f"/?token={TOKEN}", follow_redirects=True)):
        assert answer.status_code == 401
        assert "Sign in with Slack" in answer.text
        assert "Sync stops" not in answer.text
    assert browser.post("/cases/C-204", data={"csrf": "x"}).status_code == 401
    assert browser.get("/who").status_code == 404
    assert browser.get("/healthz").status_code == 200


def test_somebody_of_the_team_signs_in_and_acts_under_their_own_name(
    browser: TestClient, slack: Workspace, desk: FakeDesk
) -> None:
    slack.browser = slack.user("second-engineer")
    back = browser.get(at_slack(browser.get("/sign-in")))
    assert (back.status_code, "Signed in as @second-engineer" in back.text) == (200, True)
    kept = [each.lower() for each in back.headers.get_list("set-cookie") if "triage_sign_in" not in each]
    assert len(kept) == 1
    assert all(word in kept[0] for word in ("httponly", "secure", "samesite=strict"))
    page = browser.get("/cases/C-204")
    assert page.status_code == 200
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    browser.post("/cases/C-204/wake", data={"csrf": csrf})
    assert desk.asked == [("wake", "C-204", "second-engineer")]


def test_who_is_not_of_the_team_or_of_another_workspace_is_told_so(
    browser: TestClient, slack: Workspace
) -> None:
    slack.browser = slack.user("stranger")
    refused = browser.get(at_slack(browser.get("/sign-in")))
    assert (refused.status_code, "team.yaml has nobody with your id" in refused.text) == (403, True)
    slack.browser = slack.user("visitor", elsewhere="T0OTHER")
    refused = browser.get(at_slack(browser.get("/sign-in")))
    assert (refused.status_code, "another workspace" in refused.text) == (401, True)
    slack.browser = None
    assert "declined" in browser.get(at_slack(browser.get("/sign-in"))).text
    assert browser.get("/").status_code == 401


def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(
    browser: TestClient, slack: Workspace
) -> None:
    slack.browser = slack.user("second-engineer")
    back = at_slack(browser.get("/sign-in"))
    elsewhere = TestClient(browser.app, base_url="https://triage.example.com", follow_redirects=False)
    assert "did not begin this sign-in" in elsewhere.get(back).text
    assert "did not begin this sign-in" in browser.get(back.replace("state=", "state=x")).text
    assert browser.get(back).status_code == 200
    # The code is good once.
    again = TestClient(browser.app, base_url="https://triage.example.com", follow_redirects=False)
    state = parse_qs(urlsplit(at_slack(again.get("/sign-in"))).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert "Slack did not sign you in" in again.get(f"/sign-in/slack?state={state}&code={code}").text
    assert again.get("/").status_code == 401


def test_the_cookie_of_an_attempt_is_no_session(browser: TestClient) -> None:
    begun = browser.get("/sign-in")
    sealed = begun.headers["set-cookie"].partition("=")[2].partition(";")[0]
    keys = browser.app.state.door.keys  # type: ignore[attr-defined]
    browser.cookies.set(keys.cookie, sealed)
    assert browser.get("/").status_code == 401
    assert keys.unseal_attempt(keys.seal(Session("a", "b"))) is None
    assert Keys("t").unseal_attempt(keys.seal_attempt(attempt())) is None


def code_of(slack: Workspace, asks: SignIn, nonce: str = "n") -> str:
    slack.browser = slack.user("second-engineer")
    back = httpx.get(asks.address("s", nonce), follow_redirects=False, trust_env=False).headers["location"]
    return parse_qs(urlsplit(back).query)["code"][0]


def test_slack_says_who_it_is(slack: Workspace) -> None:
    asks = sign_in(slack)
    assert asks.user(code_of(slack, asks), "n") == slack.user("second-engineer").id
    with pytest.raises(Denied, match="another attempt"):
        asks.user(code_of(slack, asks), "other")
    with pytest.raises(Denied, match="bad_client_secret"):
        sign_in(slack, secret="wrong").user(code_of(slack, asks), "n")
    with pytest.raises(Denied, match="bad_redirect_uri"):
        sign_in(slack, back="https://elsewhere.example/").user(code_of(slack, asks), "n")
    slack.fails("openid.connect.token", SERVER_ERROR)
    with pytest.raises(Unavailable):
        asks.user(code_of(slack, asks), "n")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda claims: claims | {"aud": "another app"},
        lambda claims: claims | {"iss": "https://elsewhere.example"},
        lambda claims: claims | {"exp": int(time.time()) - 3600},
        lambda claims: {key: value for key, value in claims.items() if key != "nonce"},
    ],
    ids=["audience", "issuer", "expired", "no nonce"],
)
def test_an_answer_that_is_not_for_us_or_not_of_now_is_refused(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    from tests.fakes.slack import pages

    plain = pages.jwt.encode
    asks = sign_in(slack)
    code = code_of(slack, asks)
    monkeypatch.setattr(
        pages.jwt, "encode", lambda claims, *args, **more: plain(spoil(claims), *args, **more)
    )
    with pytest.raises(Denied, match="not signed as it must be"):
        asks.user(code, "n")


def test_an_answer_that_somebody_else_signed_is_refused(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes.slack import pages

    asks = sign_in(slack)
    code, plain = code_of(slack, asks), pages.jwt.encode
    for forged in (
        lambda claims, key, **more: plain(claims, pages.rsa.generate_private_key(65537, 2048), **more),
        lambda claims, key, **more: plain(claims, None, algorithm="none", headers={"kid": "stand-in"}),
    ):
        monkeypatch.setattr(pages.jwt, "encode", forged)
        with pytest.raises(Denied, match="not signed as it must be"):
            asks.user(code, "n")
        monkeypatch.setattr(pages.jwt, "encode", plain)
        code = code_of(slack, asks)
