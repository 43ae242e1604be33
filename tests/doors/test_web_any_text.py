"""No text breaks a page: markup, any character, five megabytes."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from agent.domain.messages import Message
from agent.domain.views import Found
from agent.doors.web import marks
from tests.doors.web import browser
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk

BAD = "<script>alert(1)</script>"


def test_five_megabytes_are_folded_and_all_of_it_is_there(desk: FakeDesk, client: TestClient) -> None:
    text = "word \x00 " * 700_000
    desk.views["C-204"] = fake.view(messages=(fake.said(text),))
    page = client.get("/cases/C-204").text
    assert "more characters</summary>" in page
    assert page.count("␀") == 700_000
    assert "\x00" not in page


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
