"""The numbers that operators read: counted from the store, the same on both databases."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.jobs import Job, JobKind
from agent.domain.made import Call, Tokens
from agent.store import calls
from tests.builders import HELP, MONDAY, ONE, World, message, world

pytestmark = pytest.mark.usefixtures("each_database")

NOISE = message("Out of office until Monday, I will answer when I am back.", id="m-noise", author="ci-notify")


def received(here: World, many: int, first: int = 1) -> None:
    here.house.desk.receive(
        [message(f"sync {at} stops", id=f"m-{at}", author=f"user-{at}") for at in range(first, first + many)]
    )


def test_what_came_in_is_received_handled_and_dropped(tmp_path: Path) -> None:  # S13
    with world(tmp_path) as here:
        received(here, 2)
        here.house.desk.receive([NOISE])
        here.house.drain()
        told = here.house.desk.figures()
    assert (told.received, told.handled, told.dropped, told.failed) == (3, 2, 1, 0)
    assert (told.waiting, told.waiting_since, told.backlog.count) == (2, MONDAY, 0)


def test_what_is_not_judged_yet_is_the_backlog_and_its_oldest_says_since_when(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        received(here, 1)
        here.clock.pass_by(minutes=12)
        received(here, 2, first=2)
        only_taken_in(here)
        received(here, 1, first=4)
        told = here.house.desk.figures()
        assert (told.backlog.count, told.backlog.since, told.jobs) == (4, MONDAY, 4)
        here.house.drain()
        assert here.house.desk.figures().backlog.since is None


def only_taken_in(here: World) -> None:
    """Work the jobs that make Cases, and leave those that judge them."""
    handlers: Mapping[JobKind, object] = here.house.handlers()

    def later(job: Job) -> None:
        left.append(job)

    left: list[Job] = []
    here.house.ports.queue.drain({**handlers, JobKind.TRIAGE: later})  # type: ignore[dict-item]
    with here.house.store.write() as tx:
        for job in left:
            here.house.ports.queue.enqueue(job, tx)


def test_a_case_says_how_many_came_before_it_and_are_not_judged_either(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        for at in range(1, 4):
            received(here, 1, first=at)
            here.clock.pass_by(seconds=1)
        only_taken_in(here)
        received(here, 1, first=4)
        assert [here.house.desk.case(f"C-{at}").ahead for at in (1, 2, 3)] == [0, 1, 2]
        here.house.drain()
        assert here.house.desk.case("C-3").ahead == 0


def test_what_was_approved_is_counted_by_how_long_it_took_to_leave(tmp_path: Path) -> None:
    with world(tmp_path, hold_seconds=5) as here:
        received(here, 1)
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        told = here.house.desk.figures()
        assert (told.outbox[OutboxState.PENDING] > 0, told.sent.count, told.due_since) == (True, 0, None)
        here.clock.pass_by(seconds=8)
        late = here.house.desk.figures()
        assert late.due_since == MONDAY + timedelta(seconds=5)
        here.house.drain()
        told = here.house.desk.figures()
    many = told.outbox[OutboxState.SENT]
    assert told.outbox[OutboxState.PENDING] == 0
    assert (told.sent.count, told.sent.seconds) == (many, 8.0 * many)
    assert (told.sent.within[5.0], told.sent.within[10.0]) == (0, many)


def test_a_case_whose_reply_is_overdue_is_late_until_it_is_answered(tmp_path: Path) -> None:  # T5
    with world(tmp_path) as here:
        received(here, 1)
        here.house.drain()
        assert here.house.desk.figures().late == 0
        here.clock.pass_by(hours=5)
        assert here.house.desk.figures().late == 1
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        assert here.house.desk.figures().late == 0


def test_what_failed_is_counted_until_a_person_mends_it(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.engine.assess = broken  # type: ignore[method-assign]
        received(here, 1)
        for _ in range(6):
            here.house.drain()
            here.clock.pass_by(hours=1)
        told = here.house.desk.figures()
        assert (told.failed, told.backlog.count) == (1, 0)


def broken(*_given: object) -> None:
    raise ValueError("the model is broken")


def test_calls_of_a_model_are_counted_by_how_they_ended_and_spend_is_todays(tmp_path: Path) -> None:
    with world(tmp_path) as here, here.house.store.write() as tx:
        for outcome, days in (("answered", 0), ("answered", 2), ("overloaded", 0)):
            calls.add(tx, call(outcome, days))
    with world(tmp_path) as here:
        told = here.house.desk.figures()
    assert told.calls == {("model-1", "answered"): 2, ("model-1", "overloaded"): 1}
    assert told.spent == 2_000


def call(outcome: str, days: int) -> Call:
    return Call(
        at=MONDAY.astimezone(UTC) - timedelta(days=days),
        case="C-1",
        source=HELP,
        prompt="assess",
        prompt_hash="0",
        model="model-1",
        tokens=Tokens(),
        microdollars=1_000,
        seconds=1.0,
        outcome=outcome,
    )


def test_a_pause_and_the_sources_that_were_read_are_figures(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        received(here, 1)
        here.house.desk.pause(None, ONE)
        told = here.house.desk.figures()
        assert told.is_paused
        assert (told.sources_read, told.sources) == (1, len(here.house.settings.sources))
        received_elsewhere = message("sync stops", id="m-77", source="slack:C-NOT-CONFIGURED")
        here.house.desk.receive([received_elsewhere])
        here.clock.pass_by(days=2)  # quiet since: nobody promised to read there, so nobody is woken for it
        told = here.house.desk.figures()
        assert (told.sources_read, told.sources) == (0, len(here.house.settings.sources))
        here.house.desk.resume(None, ONE)
        assert not here.house.desk.figures().is_paused
