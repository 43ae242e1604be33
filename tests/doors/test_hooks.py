"""The webhook door: what GitHub's own examples are answered, and what is refused."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from agent.desk import Desk
from agent.domain.arrivals import Delivery
from agent.domain.messages import Level, Visibility
from agent.doors.hooks.app import Beside, build_hooks
from agent.doors.hooks.github import LIMIT, Called, GitHubDoor
from agent.policy.github.watching import Watch
from agent.store import arrivals
from agent.store.tables import deliveries, jobs, messages, turns
from agent.wiring import open_desk
from tests.builders import Clock, settings_in
from tests.fakes.github.hooks import SECRET, SETTINGS, Hook, examples, hook
from tests.fakes.serving import serving

PUBLIC = Visibility(Level.PUBLIC)
#: Watches what the examples are about.
EXAMPLES = Watch(repositories={"Codertocat/Hello-World": PUBLIC}, teams=("octo-org/core",), quiet=("*[bot]",))
OPENED = next(each for each in examples() if (each.event, each.payload.get("action")) == ("issues", "opened"))
WHERE = "/hooks/github"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(settings_in(tmp_path, watch=EXAMPLES, **SETTINGS), Clock())
    yield opened
    opened.store.close()


@pytest.fixture
def door(desk: Desk) -> TestClient:
    hooks = build_hooks(desk)
    assert hooks is not None
    return TestClient(hooks, raise_server_exceptions=False)


def rows(desk: Desk, table: sa.Table) -> int:
    with desk.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def post(door: TestClient, sent: Hook, **changes: str | None) -> httpx.Response:
    return door.post(WHERE, content=sent.body, headers=sent.headers(**changes))


def test_every_example_is_taken_or_ignored_by_name_and_none_is_lost(desk: Desk, door: TestClient) -> None:
    sent = list(examples())
    answers = [(each, post(door, each)) for each in sent]
    table = Counter(answer.text.partition(":")[0].strip() for _, answer in answers)
    print(f"\n{len(sent)} examples: {dict(table)}")
    assert {answer.status_code for _, answer in answers} == {202}
    assert all(answer.text.strip() == "taken" or len(answer.text) > len("ignored: ") for _, answer in answers)
    assert set(table) == {"taken", "ignored"}
    bodies = {(each.event, each.body) for each in sent}
    assert rows(desk, deliveries) == len(bodies)
    with desk.store.read() as tx:
        found = set(tx.scalars(sa.select(messages.c.id)))
    assert "Codertocat/Hello-World#1" in found
    assert "Codertocat/Hello-World/discussions/4/discussioncomment-550062" in found
    assert rows(desk, turns) > 0


def test_what_is_taken_is_there_with_its_job(desk: Desk, door: TestClient) -> None:
    assert post(door, OPENED).text == "taken\n"
    assert (rows(desk, deliveries), rows(desk, messages), rows(desk, jobs)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"x_hub_signature_256": None}, 401, "refused: no x-hub-signature-256"),
        ({"x_hub_signature_256": "sha256=" + "0" * 64}, 401, "refused: its signature is not that of"),
        ({"x_hub_signature_256": "sha1=" + "0" * 40}, 401, "refused: its signature is not that of"),
        ({"x_hub_signature_256": "sha256=ÿ"}, 401, "refused: its signature is not that of"),
        ({"x_github_delivery": None}, 401, "refused: no x-github-delivery"),
        ({"x_github_delivery": "0" * 101}, 400, "refused: its id is no GUID"),
        ({"x_github_event": None}, 401, "refused: no x-github-event"),
        (
            {"content_type": "application/x-www-form-urlencoded"},
            415,
            "refused: set the webhook's content type",
        ),
    ],
)
def test_what_is_not_proven_to_be_githubs_is_refused_by_name(
    desk: Desk, door: TestClient, changes: dict[str, str | None], status: int, why: str
) -> None:
    headers = {name: value.encode("latin-1") for name, value in OPENED.headers(**changes).items()}
    answer = door.post(WHERE, content=OPENED.body, headers=headers)
    assert (answer.status_code, answer.text.startswith(why)) == (status, True), answer.text
    assert rows(desk, deliveries) == rows(desk, messages) == 0


def test_a_body_that_was_cut_is_refused(desk: Desk, door: TestClient) -> None:
    answer = door.post(WHERE, content=OPENED.body[:-1], headers=OPENED.headers())
    assert (answer.status_code, rows(desk, messages)) == (401, 0)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"null", b"[]", b'"x"', b'{"action": 1}', b'{"action": "opened"}', b"[" * 100_000),
        b'{"action": "opened", "issue": {}, "repository": {"full_name": "a/b", "private": false}}',
        OPENED.body.replace(b'"Spelling error in the README file"', rb'"\udc00"'),
        OPENED.body.replace(b"2019-05-15T15:20:18Z", b"yesterday"),
        b"\xff\xfe",
    ],
    ids=range(12),
)
def test_a_signed_body_that_says_nothing_is_refused_and_never_breaks_the_door(
    desk: Desk, door: TestClient, body: bytes
) -> None:
    from agent.doors.hooks.signature import signed

    headers = OPENED.headers(x_hub_signature_256=signed(body, SECRET))
    answer = door.post(WHERE, content=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.text.startswith("refused: ")
    assert rows(desk, deliveries) == rows(desk, messages) == 0


def endless(action: str, within: str) -> Hook:
    """Give an example whose number has no end."""
    asked = next(
        each for each in examples() if each.payload.get("action") == action and within in each.payload
    )
    return hook(asked.event, {**asked.payload, within: {**asked.payload[within], "number": float("inf")}})


@pytest.mark.parametrize(
    "broken", [endless("opened", "issue"), endless("review_requested", "pull_request")], ids=["issue", "pull"]
)
def test_a_number_without_end_is_refused_and_the_next_delivery_is_answered(desk: Desk, broken: Hook) -> None:
    hooks = build_hooks(desk)
    assert hooks is not None

    async def one_after_the_other() -> list[int]:  # in one loop, as at the port
        transport = httpx.ASGITransport(hooks)
        async with httpx.AsyncClient(transport=transport, base_url="http://hooks") as client:
            sent = [
                client.post(WHERE, content=each.body, headers=each.headers()) for each in (broken, OPENED)
            ]
            return [(await each).status_code for each in sent]

    assert asyncio.run(one_after_the_other()) == [422, 202]


def test_a_delivery_that_comes_again_is_one_row(desk: Desk, door: TestClient) -> None:
    assert [post(door, OPENED).text for _ in range(3)] == ["taken\n", *["ignored: received before\n"] * 2]
    assert (rows(desk, deliveries), rows(desk, messages), rows(desk, jobs)) == (1, 1, 1)


def test_a_body_replayed_under_another_id_changes_nothing(desk: Desk, door: TestClient) -> None:
    post(door, OPENED)
    again = hook(OPENED.event, OPENED.payload)
    assert post(door, again).text == "ignored: received before\n"
    assert (rows(desk, deliveries), rows(desk, messages)) == (1, 1)


def test_another_body_under_a_known_id_is_refused(desk: Desk, door: TestClient) -> None:
    post(door, OPENED)
    other = hook("issues", {**OPENED.payload, "action": "edited"}, OPENED.id)
    answer = post(door, other)
    assert (answer.status_code, rows(desk, deliveries)) == (409, 1)
    assert "came before with another body" in answer.text


def test_nothing_else_answers_on_the_port(door: TestClient) -> None:
    for method, path in [
        ("GET", WHERE),
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/healthz"),
        ("POST", "/api/try"),
    ]:
        answer = door.request(method, path)
        assert (answer.status_code in (404, 405), answer.text) == (True, "Nothing answers here.\n")


def test_without_a_secret_there_is_no_door(tmp_path: Path) -> None:
    assert build_hooks(open_desk(settings_in(tmp_path), Clock())) is None


def test_on_one_port_only_its_own_path_goes_past_the_guard_of_the_pages(desk: Desk) -> None:
    from agent.doors.web.app import build_app

    hooks = build_hooks(desk)
    assert hooks is not None
    both = TestClient(Beside(build_app(desk, token="t"), hooks), base_url="http://tunnel.example")
    assert post(both, OPENED).status_code == 202
    assert both.get("/").status_code == 400
    assert both.get("/hooks/other").status_code == 404


def _answer(address: str, head: bytes, body: bytes, *, hang_up: bool = False) -> bytes:
    where = httpx.URL(address)
    with socket.create_connection((where.host, where.port or 0), timeout=20) as line:
        line.sendall(head + body)
        if hang_up:
            line.shutdown(socket.SHUT_WR)
        return line.recv(200)


def _head(length: int) -> bytes:
    lines = [f"{name}: {value}" for name, value in OPENED.headers().items()]
    return "\r\n".join(
        [f"POST {WHERE} HTTP/1.1", "host: x", f"content-length: {length}", *lines, "", ""]
    ).encode()


def test_what_is_too_large_or_breaks_off_is_refused_on_the_wire(desk: Desk) -> None:
    with serving(build_hooks(desk)) as address:
        # Told by the head alone: nothing of the body is waited for.
        assert b" 413 " in _answer(address, _head(LIMIT + 1), b"")
        chunked = _head(0).replace(b"content-length: 0", b"transfer-encoding: chunked")
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        with suppress(ConnectionError):  # hanging up while we still talk refuses as well
            assert b" 413 " in _answer(address, chunked, piece * 26)
        assert b" 202 " not in _answer(address, _head(len(OPENED.body)), OPENED.body[:-9], hang_up=True)
        assert rows(desk, deliveries) == rows(desk, messages) == 0
        assert b" 202 " in _answer(address, _head(len(OPENED.body)), OPENED.body)


def test_a_body_of_nearly_25_mb_is_still_taken(desk: Desk, door: TestClient) -> None:
    issue = {**OPENED.payload["issue"], "body": "x" * (24 * 1024 * 1024)}
    large = hook("issues", {**OPENED.payload, "issue": issue})
    assert len(json.dumps(large.payload)) < LIMIT
    assert post(door, large).text == "taken\n"


def test_one_that_cannot_be_kept_hurts_no_other_of_its_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = GitHubDoor(desk, SECRET)
    fine, poisoned = OPENED, hook("issues", {**OPENED.payload, "poison": True})
    keep = arrivals.keep_deliveries

    def refuse(tx: sa.Connection, given: Sequence[Delivery], now: datetime) -> None:
        if any(delivery.id == poisoned.id for delivery in given):
            raise sa.exc.OperationalError("INSERT", {}, Exception("the disk is full"))
        keep(tx, given, now)

    monkeypatch.setattr(arrivals, "keep_deliveries", refuse)
    with closing(asyncio.new_event_loop()) as loop:
        batch = [Called(each.headers(), each.body, loop.create_future()) for each in (poisoned, fine)]
        assert [answer.status_code for answer in hooks._answers(batch)] == [503, 202]
    assert rows(desk, deliveries) == 1
