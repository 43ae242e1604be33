"""What a store minds that was put back to an earlier state of itself, on both databases."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from agent.domain.actions import Action, ActionKind, OutboxState
from agent.domain.messages import PUBLIC
from agent.store import cases, issues, messages, outbox, restored
from agent.store.database import Store
from agent.store.tables import surfaces
from tests.builders import HELP, MONDAY, ONE, PROJECT, issue, message

THEN = MONDAY - timedelta(hours=1)


def opened(tx: sa.Connection, id: str) -> int:
    """Open a Case for a Message of its own; return its number."""
    seq, _ = messages.receive(tx, message(id=id, author=id), MONDAY, {})
    times = dict.fromkeys(("opened_at", "last_message_at", "first_due_at"), MONDAY)
    return cases.open_case(tx, seq=seq, source=HELP, project=PROJECT, title="t", author=id, **times)


def reply(number: int) -> Action:
    """Return a reply of a Case, approved now."""
    return Action(
        key=f"C-{number}:r1:reply",
        case_id=f"C-{number}",
        revision=1,
        position=0,
        kind=ActionKind.REPLY,
        destination=HELP,
        visibility=PUBLIC,
        approved_at=MONDAY,
    )


def test_what_waited_to_leave_counts_as_tried_and_rests_until_all_has_landed(store: Store) -> None:
    with store.write() as tx:
        number = opened(tx, "m-1")
        outbox.add(tx, reply(number), HELP, MONDAY)
        assert restored.begin(tx, THEN, MONDAY, ONE) == 1
        row = outbox.by_key(tx, f"C-{number}:r1:reply")
        assert row is not None
        assert (row.attempts, row.state, row.due_at) == (1, OutboxState.PENDING, MONDAY + restored.LANDED)
        assert outbox.take_back(tx, row.record.key, "taken back")
        taken_back = outbox.by_key(tx, row.record.key)
        assert taken_back is not None
        assert taken_back.state is OutboxState.UNKNOWN, "it may have left"


def test_what_is_approved_afterwards_for_a_case_of_before_is_looked_for_from_then_on(store: Store) -> None:
    with store.write() as tx:
        old = opened(tx, "m-1")
        restored.begin(tx, THEN, MONDAY, ONE)
        new = opened(tx, "m-2")
        for number in (old, new):
            outbox.add(tx, reply(number), HELP, MONDAY)
        tried = {number: outbox.by_key(tx, f"C-{number}:r1:reply") for number in (old, new)}
        assert {number: row.attempts for number, row in tried.items() if row} == {old: 1, new: 0}
        since = {number: row.record for number, row in tried.items() if row}
        assert since == {old: replace(reply(old), approved_at=THEN), new: reply(new)}


def test_numbers_that_may_have_been_given_since_are_not_given_again(store: Store) -> None:
    with store.write() as tx:
        last = opened(tx, "m-1")
        restored.begin(tx, THEN, MONDAY, ONE)
        assert [opened(tx, f"m-{each}") - last for each in (2, 3, 4)] == [1001, 1002, 1003]


def test_an_index_outside_takes_in_everything_anew(store: Store) -> None:
    with store.write() as tx:
        issues.upsert(tx, [issue(1), issue(2)])
        before = issues.generation_of(tx)
        restored.begin(tx, THEN, MONDAY, ONE)
        issues.upsert(tx, [issue(3)])
        assert issues.generation_of(tx) == before + restored.GENERATIONS + 1
        generations = list(tx.scalars(sa.select(issues.issues.c.generation).order_by(issues.issues.c.seq)))
    assert generations == [1 + restored.GENERATIONS, 2 + restored.GENERATIONS, 3 + restored.GENERATIONS]


def test_everything_that_is_drawn_is_drawn_anew(store: Store) -> None:
    with store.write() as tx:
        number = opened(tx, "m-1")
        tx.execute(
            surfaces.insert().values(
                surface="card", place="C1/1", case=number, drawn_event=9, drawn_digest="d"
            )
        )
        restored.begin(tx, THEN, MONDAY, ONE)
        drawn = tx.execute(sa.select(surfaces.c.drawn_event, surfaces.c.drawn_digest)).one()
    assert tuple(drawn) == (0, "")


def test_a_store_that_is_restored_twice_minds_the_earlier_moment(store: Store) -> None:
    with store.write() as tx:
        number = opened(tx, "m-1")
        restored.begin(tx, THEN, MONDAY, ONE)
        restored.begin(tx, MONDAY, MONDAY + timedelta(hours=2), ONE)
        assert restored.may_have_left_since(tx, number) == THEN
        assert restored.may_have_left_since(tx, None) == THEN


def test_a_store_that_never_was_minds_nothing(store: Store) -> None:
    with store.write() as tx:
        number = opened(tx, "m-1")
        assert restored.may_have_left_since(tx, number) is None
        assert restored.take_number(tx) == {}
