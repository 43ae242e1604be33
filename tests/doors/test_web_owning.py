"""The buttons of a Case and of the selection bar that answer no Proposal, and the states they lead to."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from agent.domain.actions import NO_REVISION, Notice, NoticeKind, OutboxState
from agent.domain.cases import TAKEN, CaseState, Event
from agent.domain.proposals import Priority
from agent.domain.views import Told
from agent.errors import NotApprover, Refused
from tests.doors.web import browser, form, hidden, press
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk

ME = "first-engineer"


@pytest.mark.parametrize(
    ("verdict", "said", "asked"),
    [
        ("ack", {}, ("acknowledge", "C-204", ME)),
        ("take", {}, ("take", "C-204", ME)),
        ("hand:second-engineer", {}, ("hand_over", "C-204", "second-engineer", ME)),
        ("ask", {"question": "Is this #412?"}, ("ask", "C-204", "Is this #412?", ME)),
    ],
)
def test_a_button_that_answers_nothing_comes_back_to_the_case(
    desk: FakeDesk, client: TestClient, verdict: str, said: dict[str, object], asked: tuple[object, ...]
) -> None:  # S5 A1 T26
    answer = press(client, verdict, **said, keep=[])
    assert desk.asked == [asked]
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/cases/C-204?did={verdict.partition(':')[0]}"


def test_what_was_typed_stays_in_the_form_when_the_case_is_acknowledged(
    desk: FakeDesk, client: TestClient
) -> None:
    answer = press(client, "ack", draft="My own words", priority="P0", question="And this?")
    assert answer.status_code == 200
    assert "My own words" in answer.text
    assert '<option value="P0" selected>' in answer.text
    assert "refresh" not in answer.headers
    assert [what for what, *_ in desk.asked] == ["acknowledge"]


def test_a_question_that_could_not_be_asked_is_kept_with_the_reason(
    desk: FakeDesk, client: TestClient
) -> None:
    desk.raises = Refused("There is no place to ask in: set `slack.triage_bugs` in team.yaml.")
    answer = press(client, "ask", question="Is this #412?", draft="My own words")
    assert answer.status_code == 409
    assert "no place to ask in" in answer.text
    assert "Is this #412?" in answer.text
    assert "My own words" in answer.text


def test_who_is_no_approver_is_told_whom_to_ask_and_keeps_the_text(
    desk: FakeDesk, client: TestClient
) -> None:
    desk.raises = NotApprover("#help", "@second-engineer")
    answer = press(client, "approve", draft="My own words")
    assert answer.status_code == 409
    assert "You are not an approver for #help. The holder is @second-engineer; ask them" in answer.text
    assert "My own words" in answer.text


def test_the_case_page_says_what_an_acknowledgement_sends_before_the_click(client: TestClient) -> None:
    page = client.get("/cases/C-204").text
    assert "Sends “We are on it.” and stops the first clock" in page


def test_an_acknowledged_case_offers_no_second_one_and_a_given_one_can_be_taken_back(desk: FakeDesk) -> None:
    given = fake.step(0, OutboxState.PENDING)
    given = replace(given, action=replace(given.action, key="C-204:ack", revision=NO_REVISION))
    desk.views["C-204"] = fake.view(acknowledgement=given)
    page = browser(desk).get("/cases/C-204?did=ack").text
    assert "stops the first clock" not in page
    assert "The acknowledgement goes out" in page
    assert "Take it back" in page
    desk.views["C-204"] = fake.view(
        acknowledgement=replace(given, state=OutboxState.FAILED, trouble="it said no")
    )
    page = browser(desk).get("/cases/C-204").text
    assert "Acknowledgement in the thread: it said no" in page
    assert "Try again" in page


@pytest.mark.parametrize("owner", [ME, "second-engineer"])
def test_a_p0_begins_with_i_take_it_also_for_its_owner_until_they_said_so(  # A1
    desk: FakeDesk, owner: str
) -> None:
    urgent = fake.view(case=fake.case(priority=Priority.P0, owner=owner))
    desk.views["C-204"] = urgent
    bar = browser(desk).get("/cases/C-204").text.partition('class="bar"')[2]
    assert bar.index("I take it") < bar.index("Approve")
    took = Event(fake.NOW, TAKEN, owner, "takes it")
    desk.views["C-204"] = replace(urgent, history=(*urgent.history, took))
    page = browser(desk).get("/cases/C-204").text
    assert ("I take it" in page) is (owner != ME)


def test_a_withdrawn_reply_names_the_answer_and_its_two_ways_out(desk: FakeDesk) -> None:  # T20
    answered = fake.said("It is the proxy.", by_colleague=True)
    withdrawn = fake.case(
        revision=3, open_revision=None, state=CaseState.WAITING_ON_US, withdrawn_by="second-engineer"
    )
    desk.views["C-204"] = fake.view(case=withdrawn, messages=(fake.said(), answered))
    client = browser(desk)
    page = client.get("/cases/C-204").text
    assert "A colleague answered in the thread at" in page
    assert "This reply is withdrawn." in page
    assert "The Case stays with @first-engineer until it is solved or handed over." in page
    assert 'value="approve"' not in page
    csrf = {"csrf": hidden(page, "csrf")}
    assert client.post("/cases/C-204/waits", data=csrf).status_code == 303
    assert client.post("/cases/C-204/anyway", data=csrf).headers["location"] == "/cases/C-204?did=anyway"
    assert desk.asked == [("mark_waiting", "C-204", ME), ("write_anyway", "C-204", ME)]


def test_a_reply_by_hand_shows_the_words_to_copy_and_asks_whether_it_is_sent(desk: FakeDesk) -> None:  # T8
    step = fake.step(0, OutboxState.BY_HAND)
    step = replace(step, action=replace(step.action, body="Known as #412, with its link."))
    desk.views["C-204"] = fake.answered(step)
    client = browser(desk)
    page = client.get("/cases/C-204").text
    assert "by hand" in page
    assert "Known as #412, with its link." in page
    sent = {"csrf": hidden(page, "csrf"), "key": step.action.key, "choice": "it_is_there"}
    assert "I have sent it" in page
    client.post("/cases/C-204/steps", data=sent)
    assert desk.asked == [("resolve", step.action.key, "it_is_there", ME)]


@pytest.mark.parametrize(
    ("do", "more", "asked", "told"),
    [
        ("acknowledge", {}, ("acknowledge", "C-204", ME), "2 Cases acknowledged."),
        (
            "hand",
            {"to": "third-engineer"},
            ("hand_over", "C-204", "third-engineer", ME),
            "2 Cases handed over.",
        ),
    ],
)
def test_many_at_once_are_acknowledged_or_handed_over(
    desk: FakeDesk, client: TestClient, do: str, more: dict[str, str], asked: tuple[object, ...], told: str
) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    data = {"csrf": csrf, "case": ["C-204:2", "C-202:2"], "do": do, **more}
    answer = client.post("/bulk", data=data)
    assert desk.asked[0] == asked
    assert len(desk.asked) == 2
    assert told in client.get(answer.headers["location"]).text


def test_an_alert_that_nobody_got_stands_on_the_case_with_its_ways_out(desk: FakeDesk) -> None:  # A9
    alert = Notice(key="C-204:alert", case_id="C-204", kind=NoticeKind.ALERT, to="slack:C-ON-CALL", text="P0")
    failed = Told(notice=alert, state=OutboxState.FAILED, due_at=fake.NOW, trouble="channel_not_found")
    desk.views["C-204"] = fake.view(told=(failed,))
    client = browser(desk)
    page = client.get("/cases/C-204").text
    assert "Alert to on-call: failed: channel_not_found" in page
    data = {"csrf": hidden(page, "csrf"), "key": alert.key, "choice": "retry"}
    client.post("/cases/C-204/steps", data=data)
    assert desk.asked == [("resolve", "C-204:alert", "retry", ME)]


def test_nobody_acts_without_a_name(desk: FakeDesk) -> None:
    client = browser(desk, person=None)
    csrf = hidden(client.get("/cases/C-204").text, "csrf")
    for verb in ("acknowledge", "take", "waits", "anyway"):
        assert client.post(f"/cases/C-204/{verb}", data={"csrf": csrf}).status_code == 403
    assert client.post("/cases/C-204", data=form(client, verdict="ack")).status_code == 403
    assert desk.asked == []
