"""The lists of Cases, the search, what is done to a selection, and pasting."""

from dataclasses import replace

from starlette.testclient import TestClient

from agent.domain.views import Found
from agent.doors.web.guard import FORM_LIMIT
from tests.doors.web import browser, hidden
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk

BAD = "<script>alert(1)</script>"


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


def test_bulk_snoozes_drops_and_restores_and_never_sends(desk: FakeDesk, client: TestClient) -> None:
    csrf = hidden(client.get("/").text, "csrf")
    for action in ("snooze", "drop", "restore"):
        answer = client.post("/bulk", data={"csrf": csrf, "do": action, "case": ["C-204", "C-202"]})
        assert answer.status_code == 303
        assert "2 Cases" in client.get(answer.headers["location"]).text
    assert {what for what, *_ in desk.asked} == {"snooze", "drop", "restore"}
    assert client.post("/bulk", data={"csrf": csrf, "do": "approve", "case": ["C-204"]}).status_code == 400


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
