"""Calls keep to a pace: so many at once, so many tokens a minute, and nobody waits for longer than they said."""

import threading

import pytest

from agent.engines.claude.pace import Pace
from agent.errors import EngineFailed, Failure
from tests.engines.claude.given import Watch


def test_what_is_in_the_bucket_goes_at_once_and_the_rest_waits() -> None:
    watch = Watch()
    pace = Pace(4, 6_000, watch.seconds, watch.sleep)
    for _ in range(2):
        with pace.turn(3_000, 60):
            pass
    assert watch.waits == []
    with pace.turn(1_000, 60):
        pass
    assert watch.waits == [10.0]


def test_the_bucket_fills_with_time() -> None:
    watch = Watch()
    pace = Pace(4, 6_000, watch.seconds, watch.sleep)
    with pace.turn(6_000, 60):
        pass
    watch.at += 60
    with pace.turn(6_000, 60):
        pass
    assert watch.waits == []


def test_a_turn_that_would_come_too_late_is_refused_and_takes_nothing() -> None:
    watch = Watch()
    pace = Pace(4, 6_000, watch.seconds, watch.sleep)
    with pace.turn(6_000, 60):
        pass
    with pytest.raises(EngineFailed) as failed, pace.turn(6_000, 30):
        pass
    assert (failed.value.kind, failed.value.tries) == (Failure.RATE_LIMITED, 0)
    with pace.turn(600, 30):
        pass
    assert watch.waits == [6.0]


def test_what_is_larger_than_the_bucket_still_gets_its_turn() -> None:
    watch = Watch()
    with Pace(4, 6_000, watch.seconds, watch.sleep).turn(50_000, 10):
        pass
    assert watch.waits == []


def test_no_more_are_under_way_at_once_than_allowed() -> None:
    watch = Watch()
    pace = Pace(1, 6_000, watch.seconds, watch.sleep)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with pace.turn(1, 5):
            inside.set()
            leave.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(5)
    with pytest.raises(EngineFailed), pace.turn(1, 0.05):
        pass
    leave.set()
    holder.join(5)
    with pace.turn(1, 5):
        pass
