"""Writers of several processes at once, on PostgreSQL: what SQLite's single writer gives for nothing."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.desk import Desk
from agent.domain.actions import Action, ActionKind, OutboxState, Receipt
from agent.domain.cases import CaseState
from agent.domain.messages import Message
from agent.errors import Refused
from agent.store import cases, issues, messages, outbox, proposals, readings, removing, surfaces
from agent.store.database import Store
from agent.store.home import Home
from agent.store.records import StoreRecords, StoreShelf
from agent.store.tables import marks
from agent.wiring_store import queue_of
from tests.builders import HELP, MONDAY, ONE, PROJECT, issue, message, settings_in
from tests.databases import address
from tests.together import at_once, waits


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with address("postgresql", tmp_path) as url:
        opened = Store(url)
        yield opened
        opened.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def a_case(store: Store, given: Message | None = None) -> int:
    with store.write() as tx:
        seq, _ = messages.receive(tx, given or message(), MONDAY, {})
        values = {"source": HELP, "project": PROJECT, "title": "t", "author": "user-1"}
        times = {"opened_at": MONDAY, "last_message_at": MONDAY, "first_due_at": MONDAY}
        return cases.open_case(tx, seq=seq, owner=None, **values, **times)


def an_action(number: int, key: str = "C-1:r1:reply") -> Action:
    return Action(
        key=key,
        case_id=cases.id_of(number),
        revision=1,
        position=0,
        kind=ActionKind.REPLY,
        destination=HELP,
        thread="m-1",
        title="",
        body="words",
        visibility=message().visibility,
        made_from=message().visibility,
    )


def test_one_delivery_is_one_row_however_many_bring_it_at_once(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    def bring() -> str:
        with store.write() as tx:
            return messages.receive(tx, message(), MONDAY, {})[1].name

    fates = at_once(threads, [bring] * 6)
    assert sorted(fates) == ["NEW"] + ["SAME"] * 5


def test_two_batches_in_opposite_orders_both_come_in(
    store: Store, threads: ThreadPoolExecutor, tmp_path: Path
) -> None:
    given = [message(id=f"m-{number}") for number in range(60)]
    queue = queue_of(store, lambda: MONDAY)
    desk = Desk(store, queue, settings_in(tmp_path), Home(tmp_path), lambda: MONDAY)

    def bring(batch: list[Message]) -> int:
        return len(desk.receive(batch))

    assert at_once(threads, [lambda: bring(given), lambda: bring(given[::-1])] * 2) == [60] * 4
    assert queue.depth() == 60


def test_a_delivery_whose_connection_is_cut_comes_in_all_the_same(store: Store) -> None:
    cut = iter([True])

    def take(tx: sa.Connection) -> str:
        fate = messages.receive(tx, message(), MONDAY, {})[1].name
        if next(cut, False):
            tx.execute(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))
        return fate

    assert store.written(take) == "NEW"


def test_a_connection_that_was_ended_while_it_rested_is_not_used(store: Store) -> None:
    others = sa.text(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with store.read() as tx, store.read() as another:  # two that rest afterwards
        assert issues.total(tx) == issues.total(another) == 0
    one = sa.create_engine(store.db.url.set(drivername="postgresql+psycopg"))
    with one.connect() as tx:
        assert tx.execute(others).scalar_one() >= 2
    one.dispose()
    with store.read() as tx, store.read() as another:
        assert issues.total(tx) == issues.total(another) == 0


def test_a_generation_that_commits_late_holds_back_those_after_it(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    records = StoreRecords(store)

    def later() -> object:
        with store.write() as tx:
            return issues.upsert(tx, [issue(2)])

    with store.write() as tx:
        issues.upsert(tx, [issue(1)])
        second = threads.submit(later)
        assert waits(second)
        assert records.generation() == 0
    assert second.result(10) == (1, 0)
    found = [(each.generation, each.issue.id) for batch in records.changed_since(0) for each in batch]
    assert found == [(1, f"{PROJECT}#1"), (2, f"{PROJECT}#2")]


def test_issues_filed_at_once_get_numbers_of_their_own_and_one_key_files_once(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    shelf = StoreShelf(store)
    keys = ["C-1:issue", "C-2:issue", "C-3:issue", "C-3:issue"]
    filed = at_once(threads, [lambda key=key: shelf.add(key, issue(0), MONDAY).id for key in keys])  # type: ignore[misc]
    assert sorted(set(filed)) == [f"{PROJECT}#L1", f"{PROJECT}#L2", f"{PROJECT}#L3"]
    assert filed[2] == filed[3]


def test_one_of_many_claims_a_row(store: Store, threads: ThreadPoolExecutor) -> None:
    number = a_case(store)
    with store.write() as tx:
        assert outbox.add(tx, an_action(number), HELP, MONDAY)

    def claim(owner: str) -> bool:
        with store.write() as tx:
            cases.hold(tx, number)
            return outbox.claim(tx, "C-1:r1:reply", owner, MONDAY)

    won = at_once(threads, [lambda owner=str(at): claim(owner) for at in range(6)])  # type: ignore[misc]
    assert sorted(won) == [False] * 5 + [True]


def test_the_end_of_an_older_claim_says_nothing_about_a_newer_one(store: Store) -> None:
    number = a_case(store)
    key = "C-1:r1:reply"
    with store.write() as tx:
        outbox.add(tx, an_action(number), HELP, MONDAY)
        outbox.claim(tx, key, "held up", MONDAY)
        outbox.settle(tx, key, OutboxState.PENDING, attempt=1)
        outbox.claim(tx, key, "its replacement", MONDAY)
        receipt = Receipt(key=key, destination_id="1", url="", at=MONDAY)
        assert not outbox.settle(tx, key, OutboxState.SENT, receipt=receipt, attempt=1)
        assert not outbox.disown(tx, key, "timed out", 1)
        assert not outbox.look(tx, key, MONDAY, 1)
        row = outbox.by_key(tx, key)
        assert row is not None
        assert (row.state, row.claimed_by) == (OutboxState.SENDING, "its replacement")
        assert outbox.settle(tx, key, OutboxState.SENT, receipt=receipt, attempt=2)


def test_no_revision_begins_between_a_look_at_a_case_and_what_is_decided_by_it(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    number = a_case(store)

    def begin() -> object:
        with store.write() as tx:
            return cases.begin_revision(tx, number, "news")

    with store.write() as tx:
        assert cases.by_number(tx, number).revision == 1
        second = threads.submit(begin)
        assert waits(second)
        assert cases.offer(tx, number, 1)
    assert second.result(10) == 2
    with store.read() as tx:
        assert cases.by_number(tx, number).open_revision is None


def test_nobody_is_forgotten_while_something_of_their_case_is_being_approved(
    store: Store, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    number = a_case(store)
    desk = Desk(store, queue_of(store, lambda: MONDAY), settings_in(tmp_path), Home(tmp_path), lambda: MONDAY)
    with store.write() as tx:
        cases.by_number(tx, number)
        second = threads.submit(desk.forget, "user-1", ONE)
        assert waits(second)
        outbox.add(tx, an_action(number), HELP, MONDAY)
    with pytest.raises(Refused):
        second.result(10)
    with store.read() as tx:
        row = outbox.by_key(tx, "C-1:r1:reply")
    assert row is not None
    assert isinstance(row.record, Action)
    assert row.record.body == "words"


def test_an_old_case_keeps_its_words_when_something_of_it_is_being_booked(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    number = a_case(store)
    with store.write() as tx:
        cases.change(tx, number, state=CaseState.SOLVED)
        cases.record(tx, number, MONDAY, "answered", "somebody", "Approved r1")

    def ended() -> object:
        with store.write() as tx:
            return removing.ended_before(tx, MONDAY + timedelta(days=90), 50)

    assert ended() == [number]
    with store.write() as tx:
        cases.by_number(tx, number)
        second = threads.submit(ended)
        assert waits(second)
        outbox.add(tx, an_action(number, "C-1:ack"), HELP, MONDAY)
    assert second.result(10) == []


def test_a_row_that_refers_to_a_held_case_can_still_be_added(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    number = a_case(store)

    def show() -> object:
        with store.write() as tx:
            return proposals.show(tx, number, 1, "first-engineer", MONDAY)

    with store.write() as tx:
        cases.hold(tx, number)
        assert not waits(threads.submit(show))


def test_a_revision_is_consumed_once(store: Store, threads: ThreadPoolExecutor) -> None:
    number = a_case(store)
    with store.write() as tx:
        cases.offer(tx, number, 1)

    def consume() -> bool:
        with store.write() as tx:
            return cases.consume(tx, number, 1)

    assert sorted(map(bool, at_once(threads, [consume] * 6))) == [False] * 5 + [True]


def test_events_of_one_case_are_seen_in_their_order(store: Store, threads: ThreadPoolExecutor) -> None:
    number = a_case(store)

    def later() -> object:
        with store.write() as tx:
            return cases.record(tx, number, MONDAY, "taken", "second-engineer", "taken")

    with store.write() as tx:
        cases.record(tx, number, MONDAY, "taken", "first-engineer", "taken")
        assert waits(threads.submit(later))
        with store.read() as other:
            assert surfaces.newest_of(other, number) == 0


def test_a_card_that_another_drew_meanwhile_or_that_a_pause_changes_is_drawn_again(store: Store) -> None:
    number = a_case(store)
    with store.write() as tx:
        surfaces.stand(tx, surfaces.CARD, "C-1/1", number)
        surfaces.stand(tx, surfaces.CARD, "C-1/1", number)  # another process looked at it, too
        cases.record(tx, number, MONDAY, "opened", "triage", "opened")
        outbox.add(tx, an_action(number), HELP, MONDAY)
    with store.read() as tx:
        event, [drawn] = surfaces.newest_of(tx, number), surfaces.of_case(tx, number)
    with store.write() as tx:
        surfaces.drew(tx, drawn, event, "as it was", MONDAY)
        assert surfaces.outdated(tx, MONDAY) == []
        surfaces.outdate_waiting(tx)
        assert surfaces.outdated(tx, MONDAY) == [number]
    with store.read() as tx:
        [paused] = surfaces.of_case(tx, number)
    with store.write() as tx:
        surfaces.drew(tx, paused, event, "paused", MONDAY)
        assert surfaces.outdated(tx, MONDAY) == []
        surfaces.drew(tx, drawn, event, "as it was", MONDAY)
        assert surfaces.outdated(tx, MONDAY) == [number]
        assert [each.digest for each in surfaces.of_case(tx, number)] == [""]


def test_a_pause_while_a_card_is_drawn_for_the_first_time_is_not_missed(store: Store) -> None:
    number = a_case(store)
    with store.write() as tx:
        surfaces.stand(tx, surfaces.CARD, "C-1/1", number)
        cases.record(tx, number, MONDAY, "opened", "triage", "opened")
        outbox.add(tx, an_action(number), HELP, MONDAY)
        event, [drawn] = surfaces.newest_of(tx, number), surfaces.of_case(tx, number)
        surfaces.outdate_waiting(tx)
        surfaces.drew(tx, drawn, event, "not paused", MONDAY)
        assert surfaces.outdated(tx, MONDAY) == [number]


def test_a_place_that_rests_does_so_for_every_process(store: Store) -> None:
    number = a_case(store)
    until = MONDAY + timedelta(seconds=30)
    with store.write() as tx:
        surfaces.stand(tx, surfaces.CARD, "C-1/1", number)
        cases.record(tx, number, MONDAY, "opened", "triage", "opened")
        surfaces.rest(tx, number, until)
    with store.read() as tx:
        assert surfaces.outdated(tx, MONDAY) == []
        assert surfaces.outdated(tx, until) == [number]


def test_a_row_that_makes_way_leaves_the_number_of_its_claims(store: Store) -> None:
    number, key = a_case(store), "C-1:r1:reply"
    with store.write() as tx:
        outbox.add(tx, an_action(number), HELP, MONDAY)
        outbox.claim(tx, key, "held up", MONDAY)
        outbox.settle(tx, key, OutboxState.PENDING, attempt=1)
        outbox.take_back(tx, key, "taken back")
        assert outbox.add(tx, an_action(number), HELP, MONDAY)
        outbox.claim(tx, key, "its replacement", MONDAY)
        assert not outbox.settle(tx, key, OutboxState.SENT, attempt=1)
        assert outbox.settle(tx, key, OutboxState.SENT, attempt=2)


def test_a_snooze_ends_once(store: Store, threads: ThreadPoolExecutor) -> None:
    number = a_case(store)
    with store.write() as tx:
        cases.change(tx, number, state=CaseState.SNOOZED, snoozed_until=MONDAY)

    def wake() -> bool:
        with store.write() as tx:
            return cases.wake(tx, number, MONDAY, state=CaseState.WAITING_ON_US)

    assert sorted(map(bool, at_once(threads, [wake] * 6))) == [False] * 5 + [True]


def test_what_two_find_missing_at_once_is_made_once(store: Store, threads: ThreadPoolExecutor) -> None:
    def meet() -> object:
        with store.write() as tx:
            messages.meet(tx, HELP, "user-1", MONDAY)
            readings.begun(tx, "github:a/b", "issues", MONDAY)
            readings.see(tx, "github", ["github:a/b", "github:a/c"], MONDAY)
            outbox.pause(tx, None, "first-engineer", MONDAY)
        return True

    assert at_once(threads, [meet] * 6) == [True] * 6
    with store.read() as tx:
        assert readings.seen(tx)[0] == ["github:a/b", "github:a/c"]


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as tx:
        before = tx.scalars(sa.select(marks.c.name)).all()
        with store.write() as other:
            issues.upsert(other, [issue(1)])
        assert tx.scalars(sa.select(marks.c.name)).all() == before == []


def test_one_process_at_a_time_does_what_is_done_alone(store: Store) -> None:
    other = Store(store.db.url.render_as_string(hide_password=False))
    with store.alone("sweep") as mine, other.alone("sweep") as theirs, other.alone("reading") as elsewhere:
        assert (mine, theirs, elsewhere) == (True, False, True)
    with other.alone("sweep") as theirs:
        assert theirs
    other.close()


def test_a_process_that_is_not_heard_of_is_not_alone_for_ever(store: Store) -> None:
    other = Store(store.db.url.render_as_string(hide_password=False))
    with store.alone("sweep", seconds=0.2) as mine:
        assert mine
        time.sleep(1)  # stopped
        with other.alone("sweep") as theirs:
            assert theirs
    other.close()


def test_a_text_with_a_nul_is_kept_and_the_same_delivery_of_it_is_no_news(store: Store) -> None:
    with store.write() as tx:
        first, _ = messages.receive(tx, message("a\0b"), MONDAY, {})
        assert messages.receive(tx, message("a\0b"), MONDAY, {})[1].name == "SAME"
        assert messages.by_seq(tx, first).text == "a b"
        assert not issues.search(tx, "a\0b", 5)
