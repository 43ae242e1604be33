"""The page of a Case: what it shows, what a verdict on it asks of the desk, and what it says afterwards."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from agent.domain.actions import ActionKind, OutboxState, PlannedAction
from agent.domain.cases import CaseState, VerdictKind
from agent.domain.proposals import Priority
from agent.domain.views import Decided
from agent.errors import CannotUndo, LostRace, Stale
from tests.doors.web import form, hidden, press
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk


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


def test_a_missing_case_and_a_failure_are_pages_with_a_reference(desk: FakeDesk, client: TestClient) -> None:
    missing = client.get("/cases/C-999")
    assert missing.status_code == 404
    assert "There is no Case C-999." in missing.text
    filled = form(client, verdict="approve", draft="My own words")
    desk.raises = RuntimeError("boom")
    failed = client.post("/cases/C-204", data=filled)
    assert failed.status_code == 500
    assert "it is not known whether your press was taken" in failed.text
    assert "Not sent" not in failed.text
    assert "My own words" in failed.text
    assert re.search(r"Reference [0-9a-f]{8}", failed.text)
    assert "boom" not in failed.text


def test_a_case_that_got_stuck_can_be_tried_again(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    assert client.post("/cases/C-204/retry", data={"csrf": csrf}).status_code == 303
    assert desk.asked == [("retry", "C-204", "first-engineer")]
