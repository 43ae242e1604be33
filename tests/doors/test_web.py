import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from agent.domain.actions import ActionKind, OutboxState, PlannedAction
from agent.domain.cases import CaseState, VerdictKind
from agent.domain.messages import Message
from agent.domain.proposals import Priority
from agent.domain.views import Decided, Found
from agent.doors.web import marks
from agent.doors.web.app import build_app
from agent.doors.web.guard import FORM_LIMIT
from agent.errors import CannotUndo, LostRace, Stale
from tests.fakes import desk as fake
from tests.fakes.desk import FakeDesk

TOKEN = "the-token-of-the-link"
ADDRESS = "http://127.0.0.1"
PAGES = ["/", "/waiting", "/snoozed", "/dropped", "/answered", "/search?q=sync", "/paste", "/who", "/keys"]
BAD = "<script>alert(1)</script>"


def browser(desk: FakeDesk, *, person: str | None = "first-engineer", opened: bool = True) -> TestClient:
    app = build_app(desk, token=TOKEN, person=person)
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)
    if opened:
        assert client.get(f"/?token={TOKEN}").status_code == 303
    return client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def form(client: TestClient, case_id: str = "C-204", **said: object) -> dict[str, object]:
    """Fill the form as the page shows it, then as `said`."""
    page = client.get(f"/cases/{case_id}").text
    names = (
        "csrf",
        "revision",
        "was_draft",
        "was_type",
        "was_priority",
        "was_status",
        "was_area",
        "was_duplicate",
    )
    shown: dict[str, object] = {name: hidden(page, name) for name in names}
    for name in ("type", "priority", "status", "area", "duplicate"):
        shown[name] = shown[f"was_{name}"]
    shown |= {
        "draft": fake.REPLY,
        "step": ["0", "1", "2"],
        "keep": re.findall(r'name="keep" value="(\w+)"', page),
    }
    return shown | said


@pytest.fixture
def desk() -> FakeDesk:
    return fake.furnished()


@pytest.fixture
def client(desk: FakeDesk) -> TestClient:
    return browser(desk)


def press(client: TestClient, verdict: str = "approve", case_id: str = "C-204", **said: object):  # type: ignore[no-untyped-def]
    return client.post(f"/cases/{case_id}", data=form(client, case_id, verdict=verdict, **said))


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


def test_the_inbox_groups_by_urgency(client: TestClient) -> None:
    page = client.get("/").text
    headings = [
        "5 wait for you",
        ">P0",
        "Late or due within the hour",
        ">Today",
        "When there is time",
        "Being judged now",
    ]
    assert [page.find(heading) for heading in headings] == sorted(page.find(heading) for heading in headings)
    assert page.find("P0 ") != -1
    assert "1 is late, 2 are due within the hour" in page
    assert "5 of 5 sources read, last at 10:41" in page
    assert "thread moved on" in page


def test_an_empty_inbox_says_what_was_read_and_what_was_not(desk: FakeDesk) -> None:  # N10, S13
    desk.lists["inbox"] = []
    page = browser(desk).get("/").text
    assert "<h1>Nothing waits</h1>" in page
    assert "Last read" in page
    desk.source_lines[0] = replace(desk.source_lines[0], last_read_at=fake.ago(days=2))
    page = browser(desk).get("/").text
    assert "Nothing waits from 4 of 5 sources" in page
    assert "has not been read since" in page


def test_a_long_list_comes_in_pages(desk: FakeDesk) -> None:
    desk.lists["inbox"] = [fake.row(fake.view(f"C-{number}")) for number in range(1000, 1250)]
    client = browser(desk)
    assert client.get("/").text.count('class="row"') == 100 + 1  # and the one being judged
    assert "Page 3 of 3" in client.get("/?page=99").text
    assert client.get("/?page=²").status_code == 200


def test_the_other_lists_show_their_cases(client: TestClient) -> None:
    assert "1 of 3 failed" in client.get("/waiting").text
    assert "wakes" in client.get("/snoozed").text
    assert "Thanks and nothing else" in client.get("/dropped").text
    assert "C-190" in client.get("/answered").text


def test_search_finds_cases_and_issues(desk: FakeDesk) -> None:
    desk.found = Found(cases=(fake.row(fake.view()),), issues=tuple(fake.ISSUES.values()))
    page = browser(desk).get("/search", params={"q": f"sync {BAD}"}).text
    assert "Watcher polls" in page
    assert BAD not in page


def test_a_case_shows_words_proposal_candidates_reply_and_plan_in_this_order(client: TestClient) -> None:
    page = client.get("/cases/C-204").text
    parts = [
        "What they wrote",
        "Proposal <small>",
        "Is it known?",
        "Reply text",
        "When you approve",
        "Approve &amp; send",
    ]
    assert [page.find(part) for part in parts] == sorted(page.find(part) for part in parts)
    assert "2 messages go out, 1 note stays here." in page
    assert "1 sentence to check." in page
    assert "everyone in #help in the community Slack can read it" in page
    assert "very likely" in page
    assert "1 Issue more below 10%" in page


def test_marks_and_reasons_lead_to_each_other(client: TestClient) -> None:
    page = client.get("/cases/C-204").text
    letters = re.findall(r'id="q-(\w+)"', page)
    assert len(letters) >= 4
    for letter in letters:
        assert page.count(f'id="r-{letter}"') == 1
        assert f'href="#r-{letter}"' in page
        assert f'href="#q-{letter}"' in page


def test_approving_as_it_is_sends_no_text(desk: FakeDesk, client: TestClient) -> None:
    answer = press(client)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases/C-201?done=C-204"
    assert desk.asked == [("decide", "C-204", 2, VerdictKind.APPROVE, "first-engineer", None, None, {}, ())]


def test_the_text_as_a_browser_returns_it_is_no_edit(desk: FakeDesk, client: TestClient) -> None:
    press(client, draft=fake.REPLY.replace("\n", "\r\n") + "\r\n")
    assert desk.asked[0][3] is VerdictKind.APPROVE


def test_a_changed_text_a_changed_field_and_an_unticked_step_go_with_the_verdict(
    desk: FakeDesk, client: TestClient
) -> None:  # N6
    press(client, draft="Short.", priority="P2", duplicate="none", step=["0"])
    corrections = {"priority": "P2", "duplicate": "none"}
    assert desk.asked == [
        ("decide", "C-204", 2, VerdictKind.EDIT, "first-engineer", "Short.", None, corrections, (1, 2))
    ]


def test_another_issue_is_named_by_its_number(desk: FakeDesk, client: TestClient) -> None:
    press(client, "correct", duplicate="other", duplicate_other="#77")
    assert desk.asked[0][3] == {"duplicate": f"{fake.PROJECT}#77"}


def test_a_sentence_without_a_source_must_be_kept_or_removed(desk: FakeDesk, client: TestClient) -> None:
    answer = press(client, keep=[])
    assert answer.status_code == 422
    assert "Not sent yet: 1 sentence has no source." in answer.text
    assert desk.asked == []
    assert press(client, keep=[], draft=fake.REPLY.replace(fake.UNSOURCED, "")).status_code == 303


def test_an_empty_reply_is_not_sent_but_may_be_left_out(desk: FakeDesk, client: TestClient) -> None:
    assert press(client, draft="").status_code == 422
    assert press(client, draft="", step=["1", "2"]).status_code == 303


def test_corrections_alone_open_the_next_revision_and_keep_the_text(
    desk: FakeDesk, client: TestClient
) -> None:
    assert (
        press(client, "correct", type="feature", draft="Mine").headers["location"] == "/cases/C-204?saved=1"
    )
    assert desk.asked == [("correct", "C-204", 2, {"type": "feature"}, "first-engineer", "Mine")]
    nothing = press(client, "correct", draft="Mine")
    assert nothing.status_code == 422
    assert "Mine</textarea>" in nothing.text


def test_an_estimate_is_typed_where_an_issue_can_carry_it(desk: FakeDesk, client: TestClient) -> None:  # A12
    assert 'name="estimate"' not in client.get("/cases/C-204").text
    new = PlannedAction(kind=ActionKind.CREATE_ISSUE, destination=fake.PROJECT, visibility=fake.PUBLIC)
    label = replace(new, kind=ActionKind.LABEL_ISSUE, fields={"label": "bug"})
    plan = (new, *fake.plan(), label)
    desk.views["C-204"] = fake.view(proposal=replace(fake.proposal(), plan=plan))
    page = client.get("/cases/C-204").text
    assert 'name="estimate" value=""' in page
    assert "Label bug on" in page
    assert hidden(page, "was_estimate") == ""
    answer = press(client, "correct", estimate=" 2  days ", was_estimate="", draft="Mine")
    assert answer.status_code == 303, answer.text
    assert desk.asked[-1][3] == {"estimate": "2 days"}


@pytest.mark.parametrize(("choice", "days"), [("tomorrow", 1), ("week", 5)])
def test_snooze_ends_in_the_morning_of_the_readers_zone(
    desk: FakeDesk, client: TestClient, choice: str, days: int
) -> None:
    press(client, f"snooze:{choice}")
    _, case_id, until, who = desk.asked[0]
    assert (case_id, who) == ("C-204", "first-engineer")
    assert until.strftime("%H:%M") == "09:00"  # type: ignore[attr-defined]
    assert until.date() == (fake.NOW + timedelta(days=days)).date()  # type: ignore[attr-defined]


def test_reject_asks_one_of_five_reasons(desk: FakeDesk, client: TestClient) -> None:
    assert press(client, "reject").status_code == 422
    assert press(client, "reject:duplicate").status_code == 303
    assert desk.asked[0][3] is VerdictKind.REJECT
    assert desk.asked[0][6] == "duplicate"


def test_a_correction_that_changes_what_goes_out_comes_back_first(desk: FakeDesk, client: TestClient) -> None:
    desk.decided = Decided(case_id="C-204", reopened=3)
    answer = press(client, draft="Mine", type="feature")
    assert answer.headers["location"] == "/cases/C-204?reopened=3"
    desk.views["C-204"] = fake.view(
        case=fake.case(revision=3, open_revision=3), proposal=fake.proposal(revision=3), typed="Mine"
    )
    page = client.get("/cases/C-204?reopened=3").text
    assert "Your correction changed what goes out." in page
    assert "Mine</textarea>" in page
    assert "The reply as now proposed, r3" in page
    assert "Approve &amp; send" in page


def newer(desk: FakeDesk) -> None:
    messages = (fake.said(), fake.said("Going back to 2.8.1 does not help.", after=True, id="m-2"))
    desk.views["C-204"] = fake.view(
        case=fake.case(revision=3, open_revision=3),
        proposal=fake.proposal(revision=3, priority=Priority.P2, draft=fake.draft("The new reply.")),
        messages=messages,
    )


def test_an_older_revision_is_refused_with_both_texts_shown_and_approve_off(
    desk: FakeDesk, client: TestClient
) -> None:
    filled = form(client, verdict="approve", draft="My own words", type="feature")
    newer(desk)
    desk.raises = Stale("C-204", 2, 3, "A message came in.")
    answer = client.post("/cases/C-204", data=filled)
    assert answer.status_code == 409
    assert "The thread moved on." in answer.text
    assert "The new reply.</textarea>" in answer.text
    assert "My own words</textarea>" in answer.text
    assert "now Quick fix, yours Feature" in answer.text
    assert 'value="approve"' not in answer.text
    assert "Approve is off" in answer.text
    assert "refresh" not in answer.headers


def all_hidden(page: str) -> dict[str, object]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


@pytest.mark.parametrize("choice", ["keep", "reread"])
def test_after_a_conflict_either_text_can_be_taken_and_neither_is_lost(
    desk: FakeDesk, client: TestClient, choice: str
) -> None:
    filled = form(client, verdict="approve", draft="My own words", type="feature")
    newer(desk)
    desk.raises = Stale("C-204", 2, 3, "A message came in.")
    conflict = client.post("/cases/C-204", data=filled).text
    again = all_hidden(conflict) | {"verdict": choice, "draft": "The new reply.", "mine": "My own words"}
    page = client.post("/cases/C-204", data=again | {"type": "quick_fix"}).text
    box = re.search(r'<textarea id="draft"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert box is not None
    assert box[1] == ("My own words" if choice == "keep" else "The new reply.")
    assert "My own words</textarea>" in page
    chosen = "feature" if choice == "keep" else "quick_fix"
    assert f'<option value="{chosen}" selected>' in page
    assert 'value="approve"' in page
    assert hidden(page, "revision") == "3"
    assert desk.asked == []


def test_the_loser_of_a_race_sees_the_winner_and_keeps_the_text(desk: FakeDesk, client: TestClient) -> None:
    filled = form(client, verdict="approve", draft="My own words")
    desk.views["C-204"] = fake.answered(fake.step(0, OutboxState.SENT))
    desk.raises = LostRace("C-204", "second-engineer", "approved", "3 seconds")
    answer = client.post("/cases/C-204", data=filled)
    assert answer.status_code == 409
    assert "@second-engineer approved r2 at 10:42, before you." in answer.text
    assert "Nothing of yours was sent." in answer.text
    assert "My own words</textarea>" in answer.text
    assert 'value="approve"' not in answer.text


def test_the_next_case_opens_with_undo_on_top(desk: FakeDesk, client: TestClient) -> None:
    held = fake.answered(fake.step(0, OutboxState.PENDING, due_at=fake.soon(seconds=5)))
    desk.views["C-204"] = held
    page = client.get("/cases/C-202?done=C-204").text
    assert "C-204 goes out at 10:42:10." in page
    assert 'action="/cases/C-204/undo"' in page
    answer = client.post("/cases/C-204/undo", data={"csrf": hidden(page, "csrf")})
    assert answer.headers["location"] == "/cases/C-204?undone=1"
    assert desk.asked == [("undo", "C-204", "first-engineer")]


def test_undo_after_it_left_says_so(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    desk.views["C-204"] = fake.answered(fake.step(0, OutboxState.SENT))
    desk.raises = CannotUndo("It left at 10:42:10.")
    answer = client.post("/cases/C-204/undo", data={"csrf": csrf})
    assert answer.status_code == 409
    assert "It left at 10:42:10." in answer.text


PENDING, SENT = OutboxState.PENDING, OutboxState.SENT
STATES = {
    "held": (
        fake.answered(fake.step(0, PENDING, due_at=fake.soon(seconds=5))),
        ["Goes out at 10:42:10.", "Undo"],
    ),
    "sending": (fake.answered(fake.step(0, SENT), fake.step(1, OutboxState.SENDING)), ["Sending."]),
    "sent": (
        fake.answered(fake.step(0, SENT)),
        ["Done. @second-engineer approved r2", "https://example.com/r"],
    ),
    "paused": (
        fake.answered(fake.step(0, PENDING), paused_by="third-engineer"),
        ["sending is paused by @third-engineer", "Undo"],
    ),
    "failed": (
        fake.answered(fake.step(0, SENT), fake.step(1, OutboxState.FAILED, trouble="answered 403")),
        ["1 of 2 done, 1 failed", "Try the note again", "Leave the note out", "answered 403"],
    ),
    "unknown": (
        fake.answered(fake.step(0, OutboxState.UNKNOWN)),
        ["It is not known whether this went out", "It is there", "Send it again"],
    ),
    "rejected": (fake.answered(kind=VerdictKind.REJECT), ["rejected r2", "Nothing was sent."]),
    "judged": (fake.view(proposal=None, case=fake.case(open_revision=None)), ["Being judged since 10:32:05"]),
    "stuck": (
        fake.view(proposal=None, case=fake.case(open_revision=None, trouble="It broke.")),
        ["could not be judged", "It broke."],
    ),
    "dropped": (fake.view(case=fake.case(dropped_reason="empty")), ["Screened out: Empty.", "Restore"]),
}


@pytest.mark.parametrize("name", STATES)
def test_a_page_says_where_the_case_stands_and_offers_no_verdict(
    desk: FakeDesk, client: TestClient, name: str
) -> None:
    desk.views["C-204"], words = STATES[name]
    answer = client.get("/cases/C-204")
    assert [word for word in words if word not in answer.text] == []
    assert 'value="approve"' not in answer.text
    assert ("refresh" in answer.headers) == (name in ("judged", "sending", "held"))


def test_a_snoozed_case_can_be_woken_or_answered(desk: FakeDesk, client: TestClient) -> None:
    until = fake.soon(days=1)
    desk.views["C-204"] = fake.view(case=fake.case(state=CaseState.SNOOZED, snoozed_until=until))
    page = client.get("/cases/C-204").text
    assert "Snoozed until Thu 10:42." in page
    assert 'value="approve"' in page
    client.post("/cases/C-204/wake", data={"csrf": hidden(page, "csrf")})
    assert desk.asked == [("wake", "C-204", "first-engineer")]


def test_without_a_worker_the_page_says_when_it_goes_out(desk: FakeDesk, client: TestClient) -> None:
    desk.is_worked = False
    desk.views["C-204"] = fake.answered(fake.step(0, PENDING))
    assert "No worker is running: it goes out when `triage run` does." in client.get("/cases/C-204").text


def test_what_was_typed_stays_while_a_case_is_judged_again(desk: FakeDesk, client: TestClient) -> None:
    desk.views["C-204"] = fake.view(case=fake.case(revision=3, open_revision=None), typed="Mine")
    answer = client.get("/cases/C-204")
    assert "Mine</textarea>" in answer.text
    assert "Your text is kept. This page looks again every 3 seconds." in answer.text
    assert "refresh" in answer.headers


@pytest.mark.parametrize("choice", ["retry", "leave_out", "it_is_there"])
def test_a_person_decides_about_a_step(desk: FakeDesk, client: TestClient, choice: str) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    client.post("/cases/C-195/steps", data={"csrf": csrf, "key": "k", "choice": choice})
    assert desk.asked == [("resolve", "k", choice, "first-engineer")]
    assert client.post("/cases/C-195/steps", data={"csrf": csrf, "choice": "burn"}).status_code == 400


def test_bulk_snoozes_drops_and_restores_and_never_sends(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    for action in ("snooze", "drop", "restore"):
        answer = client.post("/bulk", data={"csrf": csrf, "do": action, "case": ["C-204", "C-202"]})
        assert answer.status_code == 303
        assert "2 Cases" in client.get(answer.headers["location"]).text
    assert {what for what, *_ in desk.asked} == {"snooze", "drop", "restore"}
    assert client.post("/bulk", data={"csrf": csrf, "do": "approve", "case": ["C-204"]}).status_code == 400


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


def test_pasting_twice_is_one_message(desk: FakeDesk, client: TestClient) -> None:
    page = client.get("/paste").text
    said = {
        "csrf": hidden(page, "csrf"),
        "nonce": hidden(page, "nonce"),
        "source": fake.SOURCE.id,
        "text": "It hangs",
    }
    for _ in range(2):
        assert client.post("/paste", data=said).status_code == 303
    assert [message.text for message in desk.received] == ["It hangs"]
    assert desk.received[0].visibility == fake.SOURCE.visibility


def test_pasting_nothing_or_nowhere_keeps_the_text(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/paste").text, "csrf")
    empty = client.post(
        "/paste", data={"csrf": csrf, "source": fake.SOURCE.id, "text": " \u200b", "author": "me"}
    )
    nowhere = client.post("/paste", data={"csrf": csrf, "source": "x:y", "text": "It hangs"})
    assert (empty.status_code, nowhere.status_code) == (422, 422)
    assert 'value="me"' in empty.text
    assert "It hangs</textarea>" in nowhere.text
    assert desk.received == []


def test_five_megabytes_can_be_pasted_and_too_much_is_said_to_be(desk: FakeDesk, client: TestClient) -> None:
    page = client.get("/paste").text
    said = {"csrf": hidden(page, "csrf"), "nonce": hidden(page, "nonce"), "source": fake.SOURCE.id}
    large = client.post("/paste", data=said | {"text": "x" * 5_000_000})
    assert large.status_code == 303
    too_large = client.post("/paste", data=said | {"text": "x" * FORM_LIMIT})
    assert too_large.status_code == 413
    assert "Not sent: that is more than 6 MB." in too_large.text


def test_five_megabytes_are_folded_and_all_of_it_is_there(desk: FakeDesk, client: TestClient) -> None:
    text = "word \x00 " * 700_000
    desk.views["C-204"] = fake.view(messages=(fake.said(text),))
    page = client.get("/cases/C-204").text
    assert "more characters</summary>" in page
    assert page.count("␀") == 700_000
    assert "\x00" not in page


def test_a_missing_case_and_a_failure_are_pages_with_a_reference(desk: FakeDesk, client: TestClient) -> None:
    missing = client.get("/cases/C-999")
    assert missing.status_code == 404
    assert "There is no Case C-999." in missing.text
    filled = form(client, verdict="approve", draft="My own words")
    desk.raises = RuntimeError("boom")
    failed = client.post("/cases/C-204", data=filled)
    assert failed.status_code == 500
    assert "Not sent" in failed.text
    assert "My own words" in failed.text
    assert re.search(r"Reference [0-9a-f]{8}", failed.text)
    assert "boom" not in failed.text


def test_no_field_can_put_markup_into_a_page(desk: FakeDesk) -> None:
    proposal = fake.proposal(
        draft=fake.draft(BAD),
        because=BAD,
        assignee=BAD,
        assignee_reason=BAD,
        no_draft_reason=BAD,
        plan=tuple(replace(step, body=BAD, blocked=BAD) for step in fake.plan()),
        reasons=tuple(replace(each, finding=BAD, record=BAD) for each in fake.proposal().reasons),
    )
    likeness = replace(fake.likenesses()[0], ours=BAD, same=(BAD,), differs=(BAD,))
    proposal = replace(proposal, matched=replace(proposal.matched, likenesses=(likeness,)))
    issues = {key: replace(issue, title=BAD, url="javascript:alert(1)") for key, issue in fake.ISSUES.items()}
    evil = fake.view(
        case=fake.case(title=BAD, author=BAD, trouble=BAD),
        messages=(fake.said(BAD, title=BAD, author=BAD, after=True),),
        proposal=proposal,
        issues=issues,
        typed=BAD,
        key_customer=BAD,
        other_cases=(fake.case("C-1", title=BAD),),
        history=tuple(replace(event, text=BAD, who=BAD) for event in fake.view().history),
    )
    desk.views["C-204"] = evil
    desk.lists = {
        name: [fake.row(evil, first_words=BAD, tags=(BAD,))]
        for name in ("inbox", "waiting", "dropped", "judging")
    }
    desk.found = Found(issues=tuple(issues.values()))
    client = browser(desk)
    for path in ["/", "/waiting", "/dropped", "/search?q=<script>", "/cases/C-204", "/?done=<script>"]:
        page = client.get(path).text
        assert "<script>" not in page, path
        assert "javascript:" not in page, path


ANY = st.text(st.characters(codec=None), max_size=300)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANY, title=ANY, author=ANY)
def test_any_text_renders(desk: FakeDesk, client: TestClient, text: str, title: str, author: str) -> None:
    desk.views["C-204"] = fake.view(
        case=fake.case(title=title, author=author),
        messages=(fake.said(text, title=title, author=author),),
        proposal=fake.proposal(draft=fake.draft(text)),
    )
    desk.lists["inbox"] = [fake.row(desk.views["C-204"])]
    for path in ("/", "/cases/C-204"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "\x00" not in answer.text


@given(text=ANY, cuts=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=6))
def test_marks_lose_and_repeat_nothing(text: str, cuts: list[tuple[int, int]]) -> None:
    quotes = [fake.quote(text[at : at + length], text) for at, length in cuts]
    message: Message = fake.message(text)
    shown, letters = marks.mark([message], quotes)
    pieces = [piece for block in (*shown[0].blocks, *shown[0].folded) for piece in block.pieces]
    together = "".join(piece.text for piece in pieces)
    assert "".join(together.split()) in "".join(marks.visible(text).split()) or "```" in text
    found = {piece.letter for piece in pieces if piece.letter and piece.first}
    assert len(found) == len([piece for piece in pieces if piece.letter and piece.first])
    assert all(letters.of(quote) for quote in quotes if quote.text.strip())


def test_a_case_that_got_stuck_can_be_tried_again(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    assert client.post("/cases/C-204/retry", data={"csrf": csrf}).status_code == 303
    assert desk.asked == [("retry", "C-204", "first-engineer")]
