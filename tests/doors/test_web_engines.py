"""Which engine made a Proposal is on its page, and Claude can be asked again where the embedded one stood in."""

from dataclasses import replace

from starlette.testclient import TestClient

from agent.domain.made import Call, StoodIn, Tokens
from agent.domain.views import EngineHealth
from tests.doors.web import form
from tests.fakes.desk import FakeDesk
from tests.fakes.views import NOW, ago


def shown(desk: FakeDesk, **changes: object) -> None:
    """Have the Proposal of C-204 made in another way."""
    view = desk.views["C-204"]
    assert view.proposal
    made = replace(view.proposal.provenance, **changes)  # type: ignore[arg-type]
    desk.views["C-204"] = replace(view, proposal=replace(view.proposal, provenance=made))


INSTEAD = StoodIn(engine="claude", why="overloaded", tries=3, until=ago(minutes=9))


def test_the_page_names_the_model_its_time_and_its_cost(desk: FakeDesk, client: TestClient) -> None:
    shown(desk, engine="claude", model="claude-haiku-5-5", seconds=4.1, microdollars=12_000)
    page = client.get("/cases/C-204").text
    assert "Written by claude-haiku-5-5 in 4.1 s for 1.2 ¢" in page
    assert "did not answer" not in page


def test_a_proposal_of_the_stand_in_says_why_and_can_be_asked_for_again(
    desk: FakeDesk, client: TestClient
) -> None:
    shown(desk, instead=INSTEAD)
    page = client.get("/cases/C-204").text
    assert "Written by the embedded engine: Claude did not answer (overloaded, 3 tries until" in page
    assert 'value="ask_again">Try Claude again' in page


def test_asking_again_keeps_what_was_typed(desk: FakeDesk, client: TestClient) -> None:
    shown(desk, instead=INSTEAD)
    answer = client.post("/cases/C-204", data=form(client, verdict="ask_again", draft="My own words."))
    assert answer.status_code == 303
    assert desk.asked == [("ask_again", "C-204", 2, "first-engineer", "My own words.")]


def test_a_correction_that_is_not_saved_is_not_lost_by_asking_again(
    desk: FakeDesk, client: TestClient
) -> None:
    shown(desk, instead=INSTEAD)
    answer = client.post("/cases/C-204", data=form(client, verdict="ask_again", priority="P0"))
    assert answer.status_code == 422
    assert "Claude was not asked: fields were changed." in answer.text
    assert desk.asked == []


def test_the_inbox_says_when_claude_does_not_answer(desk: FakeDesk, client: TestClient) -> None:
    assert "the embedded engine answers" not in client.get("/").text
    desk.health = EngineHealth(spent=5_000_000, cap=5_000_000, last=None)
    assert "Claude is off until midnight UTC: $5.00 of $5.00 are spent today" in client.get("/").text


def test_the_inbox_says_what_the_last_call_ended_in(desk: FakeDesk, client: TestClient) -> None:
    last = Call(
        at=NOW,
        case="C-204",
        source="slack:C1",
        prompt="assess",
        prompt_hash="abc",
        model="claude-haiku-5-5",
        tokens=Tokens(),
        microdollars=0,
        seconds=1.0,
        outcome="no credit left",
    )
    desk.health = EngineHealth(spent=0, cap=5_000_000, last=last)
    assert "no credit left; the embedded engine answers" in client.get("/").text
    desk.health = EngineHealth(spent=0, cap=5_000_000, last=replace(last, outcome="answered"))
    assert "the embedded engine answers" not in client.get("/").text
