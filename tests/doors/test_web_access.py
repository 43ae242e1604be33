"""Who is let in to the pages, by which link, cookie, host and form, and what a page forbids a browser."""

import re

import pytest
from starlette.testclient import TestClient

from tests.doors.web import TOKEN, browser, form, hidden, press
from tests.fakes.desk import FakeDesk

PAGES = ["/", "/waiting", "/snoozed", "/dropped", "/answered", "/search?q=sync", "/paste", "/who", "/keys"]


@pytest.mark.parametrize("path", [*PAGES, "/cases/C-204"])
def test_without_the_link_every_page_is_closed(desk: FakeDesk, path: str) -> None:
    answer = browser(desk, opened=False).get(path)
    assert answer.status_code == 401
    assert "Open the link that `triage run` printed." in answer.text
    assert "Sync stops" not in answer.text


@pytest.mark.parametrize("path", ["/cases/C-204", "/cases/C-204/undo", "/bulk", "/paste", "/who"])
def test_without_the_link_every_form_is_closed(desk: FakeDesk, path: str) -> None:
    assert browser(desk, opened=False).post(path, data={"csrf": "x"}).status_code == 401
    assert desk.asked == []


def test_a_wrong_token_opens_nothing_and_the_right_one_leaves_the_address(desk: FakeDesk) -> None:
    client = browser(desk, opened=False)
    assert client.get("/?token=wrong").status_code == 401
    answer = client.get(f"/cases/C-204?token={TOKEN}&done=C-195")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases/C-204?done=C-195"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie


def test_a_token_never_redirects_to_another_host(desk: FakeDesk) -> None:
    answer = browser(desk, opened=False).get(f"//evil.example/x?token={TOKEN}")
    assert not answer.headers.get("location", "/").startswith("//")


def test_a_cookie_that_we_did_not_seal_opens_nothing(desk: FakeDesk, client: TestClient) -> None:
    name, value = next(iter(client.cookies.items()))
    stranger = browser(desk, opened=False)
    stranger.cookies.set(name, value[:-1] + ("0" if value[-1] != "0" else "1"))
    assert stranger.get("/").status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/triage.css", "/static/keys.js"])
def test_health_and_looks_need_no_token(desk: FakeDesk, path: str) -> None:
    assert browser(desk, opened=False).get(path).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "", "127.0.0.1.evil.example"])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:8765"])
def test_loopback_names_are_let_in(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_a_form_of_another_site_or_session_is_refused_and_the_text_is_kept(
    desk: FakeDesk, client: TestClient
) -> None:
    answer = client.post(
        "/cases/C-204", data=form(client, verdict="approve", csrf="0" * 64, draft="My own words")
    )
    assert answer.status_code == 403
    assert "Not sent" in answer.text
    assert "My own words" in answer.text
    other = browser(desk)
    assert other.post("/cases/C-204", data=form(client, verdict="approve")).status_code == 403
    crossed = client.post("/bulk", data={}, headers={"sec-fetch-site": "cross-site"})
    assert crossed.status_code == 403
    assert desk.asked == []


@pytest.mark.parametrize("path", [*PAGES, "/cases/C-204", "/nowhere"])
def test_every_page_forbids_scripts_of_others_and_is_not_kept(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*PAGES, "/cases/C-204", "/cases/C-195", "/cases/C-207", "/nowhere"])
def test_no_page_has_inline_scripts_or_styles(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<style|\sstyle=|<script(?! src=\"/static/)|\son\w+=", page)


def test_a_verdict_by_nobody_is_refused_and_a_name_on_the_form_signs_in(desk: FakeDesk) -> None:
    client = browser(desk, person=None)
    refused = press(client, draft="Mine")
    assert refused.status_code == 403
    assert "a Verdict needs its person" in refused.text
    assert "Mine</textarea>" in refused.text
    assert desk.asked == []
    assert press(client, person="second-engineer").status_code == 303
    assert desk.asked[0][4] == "second-engineer"
    assert "@second-engineer" in client.get("/").text


def test_an_unknown_person_is_refused(desk: FakeDesk) -> None:
    client = browser(desk, person=None)
    csrf = hidden(client.get("/who").text, "csrf")
    assert client.post("/who", data={"csrf": csrf, "person": "nobody"}).status_code == 422
    assert client.post("/who", data={"csrf": csrf, "person": "third-engineer"}).status_code == 303
    assert "@third-engineer" in client.get("/").text
    assert client.post("/cases/C-204/wake", data={"csrf": csrf}).status_code == 303
