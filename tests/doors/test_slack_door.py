"""The Slack door: what is refused, and that nothing is lost or doubled whatever the line and the store do.

`pytest -s` prints the table of faults: what was told, how often, and what is in the store afterwards.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from slack_bolt.adapter.socket_mode import SocketModeHandler

from agent.domain.arrivals import Delivery, Taken
from agent.doors.hooks.app import SLACK
from agent.doors.slack.app import build_app
from agent.doors.slack.http import LIMIT
from agent.doors.slack.keeping import Keeping
from agent.doors.slack.socket import end, listen
from agent.policy.slack.deliveries import event as deliveries_of
from agent.store.tables import deliveries, jobs, messages
from tests.fakes.slack import APP_TOKEN, SIGNING_SECRET, Workspace, hands
from tests.fakes.slack.deliveries import signed
from tests.fakes.slack.faults import SERVER_ERROR
from tests.fakes.slack.line import deaf
from tests.fakes.slack.room import Room, room

EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T0TEAM",
    "api_app_id": "A0TRIAGE",
    "authorizations": [{"user_id": "U0TRIAGE", "is_bot": True}],
}


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with room(tmp_path, slack) as opened:
        slack.in_turn = False  # what comes at once is what is tested here
        yield opened


def rows(at: Room, table: sa.Table) -> int:
    with at.house.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def texts(at: Room) -> list[str]:
    with at.house.store.read() as tx:
        return list(tx.scalars(sa.select(messages.c.text).order_by(messages.c.sent_at)))


def event(at: Room, **changes: object) -> bytes:
    said = {"type": "message", "channel": at.help.id, "user": "U1", "text": "x", "ts": "1770000000.000100"}
    return json.dumps({**EVENT, "event": {**said, **changes}}).encode()


def post(at: Room, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    told = {
        "content-type": "application/json",
        **(signed(body, SIGNING_SECRET) if headers is None else headers),
    }
    with httpx.Client(trust_env=False, timeout=20) as client:
        return client.post(at.slack.hooks, content=body, headers=told)


def test_what_slack_did_not_sign_is_refused(at: Room) -> None:
    body = event(at)
    old = signed(body, SIGNING_SECRET, time.time() - 600)
    for headers in ({}, signed(body, "another secret"), signed(body + b" ", SIGNING_SECRET), old):
        assert post(at, body, headers).status_code == 401
    assert rows(at, messages) == rows(at, deliveries) == 0
    assert post(at, body).status_code == 200
    assert (rows(at, messages), rows(at, deliveries), rows(at, jobs)) == (1, 1, 1)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000], ids=range(7)
)
def test_a_signed_body_that_says_nothing_never_breaks_the_door(at: Room, body: bytes) -> None:
    assert post(at, body).status_code in (200, 400, 404)
    assert rows(at, messages) == rows(at, deliveries) == 0
    assert post(at, event(at)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"ts": "yesterday"},
        {"user": None},
        {"channel": "../x"},
        {"text": {"a": 1}, "attachments": [7]},
        {"files": [{"name": "a", "size": 10**400}]},
    ],
    ids=range(5),
)
def test_a_strange_event_is_kept_by_its_id_and_not_sent_again(at: Room, changes: dict[str, object]) -> None:
    assert post(at, event(at, **changes)).status_code == 200
    assert rows(at, deliveries) == 1


def test_half_a_character_is_kept_as_what_can_be_kept(at: Room) -> None:
    assert post(at, event(at).replace(b'"x"', rb'"a \udc00 b"')).status_code == 200
    assert texts(at) == ["a ? b"]


def test_what_is_too_large_is_refused(at: Room) -> None:
    assert post(at, b" " * (LIMIT + 1)).status_code == 413


def test_slack_asks_whether_somebody_is_there(at: Room) -> None:
    answer = post(at, json.dumps({"type": "url_verification", "challenge": "abc"}).encode())
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_what_nothing_here_answers_is_acknowledged_all_the_same(at: Room) -> None:
    body = json.dumps({"type": "view_closed", "view": {"callback_id": "gone"}, "user": {"id": "U1"}})
    form = f"payload={body}".encode()
    headers = {**signed(form, SIGNING_SECRET), "content-type": "application/x-www-form-urlencoded"}
    assert post(at, form, headers).status_code == 200


@contextmanager
def listening(at: Room, silence: float = 5.0) -> Iterator[None]:
    """Let the house hear over Socket Mode alone."""
    at.slack.hooks, at.slack.was_linked = "", True
    until = threading.Event()
    thread = threading.Thread(target=listen, args=(at.house.desk, until, 0.2, silence))
    thread.start()
    try:
        _until(lambda: at.slack.linked > 0)
        yield
    finally:
        until.set()
        thread.join(15)
        assert not thread.is_alive()


def _until(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def locked(at: Room, seconds: float) -> Iterator[None]:
    """Let another process write for a while, as long as nobody waits for."""
    held = sqlite3.connect(at.here.home / "triage.db", check_same_thread=False, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds, lambda: held.execute("ROLLBACK"))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        held.close()


def say(at: Room, count: int) -> list[str]:
    words = [f"step {number} hangs" for number in range(count)]
    for number, each in enumerate(words):
        at.help.says(at.slack.user(f"user-{number}"), each)
    return words


def nothing(at: Room) -> list[str]:
    return say(at, 3)


def same_again(at: Room) -> list[str]:
    words = say(at, 3)
    at.slack.settle()
    for each in list(at.slack.heard) * 2:
        at.slack.tell(each.kind, each.payload)
    return words


def store_is_taken(at: Room) -> list[str]:
    with locked(at, 4):
        return say(at, 3)


def store_fails(at: Room) -> list[str]:
    with at.house.store.write() as tx:
        tx.execute(sa.text("ALTER TABLE deliveries RENAME TO elsewhere"))
    words = say(at, 3)
    time.sleep(0.2)
    with at.house.store.write() as tx:
        tx.execute(sa.text("ALTER TABLE elsewhere RENAME TO deliveries"))
    return words


FAULTS: dict[str, Callable[[Room], list[str]]] = {
    "none": nothing,
    "each event three times": same_again,
    "the store is taken for 4 s": store_is_taken,
    "the store fails at first": store_fails,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", ["http", "socket"])
def test_whatever_goes_wrong_each_message_is_one_row(at: Room, way: str, fault: str) -> None:
    with listening(at) if way == "socket" else nullcontext():
        words = FAULTS[fault](at)
        assert at.slack.settle(30)
        assert all(each.is_taken for each in at.slack.heard), [each.attempts for each in at.slack.heard]
    assert sorted(texts(at)) == words
    told = sum(len(each.attempts) for each in at.slack.heard)
    print(f"\n| {way} | {fault} | {len(at.slack.heard)} events | told {told} times | {len(words)} rows |")


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", ""])
def test_a_connection_that_ends_loses_and_doubles_nothing(at: Room, reason: str) -> None:
    with listening(at):
        words = say(at, 3)
        at.slack.disconnects(reason)
        for number in range(3, 6):
            words.append(f"step {number} hangs")
            at.help.says(at.slack.user(f"user-{number}"), words[-1])
        assert at.slack.settle(30)
        assert at.slack.linked >= 2
        assert texts(at) == words
        told = sum(len(each.attempts) for each in at.slack.heard)
        print(
            f"\n| socket | ends: {reason or 'the line breaks'} | 6 events | told {told} times | {len(words)} rows |"
        )


def test_a_connection_whose_line_is_closed_by_two_threads_at_once_is_ended(at: Room) -> None:
    handler = SocketModeHandler(build_app(at.house.desk), APP_TOKEN)
    handler.connect()  # type: ignore[no-untyped-call]
    _until(handler.client.is_connected)
    session = handler.client.current_session
    first, ended = threading.Thread(target=session.close), threading.Thread(target=end, args=(handler,))
    with session.sock_send_lock:  # both have seen an open line
        for each in (first, ended):
            each.start()
            each.join(0.3)
    for each in (first, ended):
        each.join(20)
    assert not handler.client.message_processor.is_alive()
    with pytest.raises(RuntimeError):
        handler.client.message_workers.submit(print)


def test_a_socket_that_cannot_be_opened_is_tried_again(at: Room) -> None:
    at.slack.fails("apps.connections.open", SERVER_ERROR, times=3)
    with listening(at):
        say(at, 1)
        assert at.slack.settle()
    assert texts(at) == ["step 0 hangs"]


def test_a_line_on_which_nothing_is_heard_is_begun_anew(at: Room) -> None:
    with deaf(at.slack, connections=1), listening(at, silence=3):
        say(at, 1)
        _until(lambda: at.slack.linked > 1)
        assert at.slack.settle()
    assert texts(at) == ["step 0 hangs"]


def test_what_a_person_presses_while_the_store_is_taken_is_there_afterwards(at: Room) -> None:
    asked = at.channel("random").says(at.slack.user("user-1"), "sync stops")
    at.slack.settle()
    with locked(at, 4):
        pressed = hands.shortcut(at.slack, at.colleague(), asked)
        assert pressed.settled()
    _until(lambda: texts(at) == ["sync stops"])
    assert pressed.attempts[0].why == "http_error"


def test_without_a_signing_secret_the_path_is_not_there(tmp_path: Path, slack: Workspace) -> None:
    from agent.doors.hooks.app import build_hooks, paths_of
    from agent.wiring import open_desk
    from tests.builders import settings_in

    secrets = {"GITHUB_WEBHOOK_SECRET": "x"}
    hooks = build_hooks(open_desk(settings_in(tmp_path, _secrets=secrets)))
    assert hooks is not None
    assert SLACK not in paths_of(hooks)


def delivery(at: Room, number: int, *, is_poisoned: bool = False) -> Delivery:
    body = json.loads(event(at, ts=f"1770000000.{number:06}", text=f"step {number} hangs"))
    read = deliveries_of({**body, "event_id": f"Ev{number}"}, at.house.settings.slack_watch, at.clock())
    return replace(read, event=None) if is_poisoned else read  # type: ignore[arg-type]


def test_one_that_cannot_be_kept_hurts_no_other_that_waits_with_it(at: Room) -> None:
    keeping = Keeping(at.house.desk)
    with ThreadPoolExecutor(30) as threads, locked(at, 1):
        kept = [
            threads.submit(keeping.keep, delivery(at, number, is_poisoned=number == 7))
            for number in range(30)
        ]
    failed = [number for number, each in enumerate(kept) if each.exception()]
    assert failed == [7]
    assert {each.result() for number, each in enumerate(kept) if number != 7} == {Taken.TAKEN}
    assert rows(at, messages) == rows(at, deliveries) == 29


def test_a_reply_that_overtakes_what_it_replies_to_while_both_wait_belongs_to_it(at: Room) -> None:
    here, user = at.channel("community"), at.slack.user("user-1")
    hooks, at.slack.hooks = at.slack.hooks, ""
    here.says(user, "in 1.8.2, too", thread=here.says(user, "sync stops"))
    at.slack.hooks = hooks
    root, reply = (
        deliveries_of(each.payload, at.house.settings.slack_watch, at.clock()) for each in at.slack.unheard
    )
    keeping = Keeping(at.house.desk)
    with ThreadPoolExecutor(3) as threads, locked(at, 1):
        for each in (delivery(at, 1), reply, root):
            threads.submit(keeping.keep, each)
            time.sleep(0.1)
    at.house.drain()
    assert at.said("C-2") == ["sync stops", "in 1.8.2, too"]
