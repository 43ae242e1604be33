import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from agent.domain.assessments import Candidate, CaseType
from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.domain.views import IndexReport, Trial
from agent.doors import handover
from agent.doors.trial_line import trial_line
from agent.doors.web.app import build_app
from agent.doors.wire import issue_line, message_line, read_issue, read_message
from agent.errors import IndexMismatch, Misuse, Unavailable
from agent.ports import Progress
from tests.builders import TRY_KEYS
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk
from tests.fakes.serving import serving

ANY = st.text(st.characters(codec=None), max_size=100)


@dataclass
class FakeHouse:
    raises: Exception | None = None
    issues: list[Issue] = field(default_factory=list)

    def trials(self, messages: Sequence[Message], candidates: int) -> Iterator[Trial]:
        for message in messages:
            if self.raises:
                raise self.raises
            yield Trial(message=message, screened="", proposal=fake.proposal(), seconds=0.1)

    def add_issues(self, issues: Iterable[Issue], progress: Progress) -> IndexReport:
        if self.raises:
            raise self.raises
        given = list(issues)
        self.issues += given
        progress(len(given), len(given))
        return IndexReport(read=len(given), new=len(given), changed=0, embedded=len(given), seconds=0.5)


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def run(house: FakeHouse) -> Iterator[dict[str, object]]:
    app = build_app(FakeDesk(), token="secret", house=house)
    with serving(app) as address:
        yield {"address": address, "token": "secret", "pid": 1}


def messages(number: int) -> list[Message]:
    return [fake.message("It hangs", id=f"m-{at}") for at in range(number)]


def issues(number: int) -> list[Issue]:
    return [fake.issue(at, "It hangs " + "x" * 100) for at in range(number)]


def test_a_line_has_exactly_the_frozen_keys() -> None:
    judged = trial_line(Trial(message=fake.message(), screened="", proposal=fake.proposal(), seconds=0.1))
    screened = trial_line(Trial(message=fake.message(), screened="empty", proposal=None))
    assert list(judged) == TRY_KEYS
    assert list(screened) == TRY_KEYS
    assert screened["screened"] == "empty"
    assert set(judged["type_probabilities"]) == set(CaseType)  # type: ignore[call-overload]
    json.dumps([judged, screened])


def test_candidates_come_best_first() -> None:
    found = tuple(Candidate(each.issue_id, 0.5) for each in fake.likenesses())
    proposal = fake.proposal(matched=replace(fake.proposal().matched, candidates=found))
    line = trial_line(Trial(message=fake.message(), screened="", proposal=proposal))
    candidates = line["candidates"]
    assert isinstance(candidates, list)
    assert [each["issue"].rpartition("#")[2] for each in candidates] == ["412", "388", "17"]
    assert [each["score"] for each in candidates] == sorted(
        (each["score"] for each in candidates), reverse=True
    )


@given(text=ANY, title=ANY)
def test_a_message_and_an_issue_travel_unchanged(text: str, title: str) -> None:
    message = fake.message(text, title=title)
    assert read_message(message_line(message)) == message
    issue = Issue(id="o/r#1", title=title, body=text, created_at=fake.NOW, closed_at=fake.NOW, labels=("a",))
    assert read_issue(issue_line(issue)) == issue
    assert "\n" not in message_line(message)


def test_messages_are_tried_in_the_running_process_in_order(run: dict[str, object]) -> None:
    lines = list(handover.remote_try(run, messages(30), 5))
    assert [line["id"] for line in lines] == [f"m-{at}" for at in range(30)]
    assert list(lines[0]) == TRY_KEYS


def test_issues_are_added_in_batches_with_progress(run: dict[str, object], house: FakeHouse) -> None:
    told: list[tuple[int, int]] = []
    large = [replace(issue, body="x" * (handover.BATCH_BYTES // 10)) for issue in issues(25)]
    report = handover.remote_index(run, large, lambda done, total: told.append((done, total)))
    assert (report.read, report.new, len(house.issues)) == (25, 25, 25)
    assert report.seconds == 1.5
    assert told == sorted(told)
    assert [done for done, _ in told] == [9, 9, 18, 18, 25, 25]
    assert told[-1] == (25, 25)


@pytest.mark.parametrize(
    ("raised", "told"),
    [(IndexMismatch("another embedder"), IndexMismatch), (ValueError("bad"), Misuse)],
)
def test_an_error_there_is_the_same_error_here(
    run: dict[str, object], house: FakeHouse, raised: Exception, told: type[Exception]
) -> None:
    house.raises = raised
    with pytest.raises(told, match=str(raised)):
        list(handover.remote_try(run, messages(1), 5))


def test_an_index_that_fails_there_fails_here(run: dict[str, object], house: FakeHouse) -> None:
    house.raises = IndexMismatch("another embedder")
    with pytest.raises(IndexMismatch):
        handover.remote_index(run, issues(1))


def test_nobody_there_is_said_so() -> None:
    nobody = {"address": "http://127.0.0.1:9", "token": "secret", "pid": 77}
    with pytest.raises(Unavailable, match="process 77"):
        list(handover.remote_try(nobody, messages(1), 5))


def test_a_wrong_token_is_refused(run: dict[str, object], house: FakeHouse) -> None:
    with pytest.raises(Unavailable):
        list(handover.remote_try(run | {"token": "wrong"}, messages(1), 5))
    with pytest.raises(Unavailable):
        handover.remote_index(run | {"token": "wrong"}, issues(1))
    assert house.issues == []


def test_an_answer_that_breaks_off_is_no_answer(house: FakeHouse) -> None:
    house.raises = RuntimeError("boom")
    app = build_app(FakeDesk(), token="secret", house=house)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    body = message_line(messages(1)[0])
    answer = client.post("/api/try", content=body, headers={"authorization": "Bearer secret"})
    assert '"done"' not in answer.text


def test_without_a_house_the_hand_over_says_so() -> None:
    client = TestClient(build_app(FakeDesk(), token="secret"), base_url="http://127.0.0.1")
    answer = client.post("/api/try", content="", headers={"authorization": "Bearer secret"})
    assert answer.status_code == 503
