"""Promises in business time (T5, T6, S3)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.messages import Source
from agent.domain.shifts import WorkingHours
from agent.policy.clocks import add_business, after_pause, business_between, first_due, is_working, update_due
from tests.policy.given import BERLIN, PUBLIC, berlin, hours

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC")
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
minutes = st.integers(1, 6000)


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    first, last = sorted(draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True)))
    return WorkingHours(
        days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        starts=time(first // 60, first % 60),
        ends=time(last // 60, last % 60),
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
    )


def ordinary(each: WorkingHours) -> bool:
    """Tell whether a window lasts long enough for a test to end soon."""
    return each.ends.hour - each.starts.hour >= 3


@settings(max_examples=150, deadline=None)
@given(moments, minutes, working_hours().filter(ordinary))
def test_business_time_round_trips_over_every_change_of_clocks(
    moment: datetime, some: int, worked: WorkingHours
) -> None:
    due_at = add_business(moment, some, worked)
    assert business_between(moment, due_at, worked) == timedelta(minutes=some)
    assert due_at > moment


@settings(max_examples=100, deadline=None)
@given(moments, minutes, minutes, working_hours().filter(ordinary))
def test_more_minutes_are_never_due_earlier(
    moment: datetime, some: int, more: int, worked: WorkingHours
) -> None:
    low, high = sorted((some, more))
    assert add_business(moment, low, worked) <= add_business(moment, high, worked)


@settings(max_examples=100, deadline=None)
@given(moments, minutes, working_hours().filter(ordinary))
def test_a_due_time_is_within_hours_or_at_their_end(
    moment: datetime, some: int, worked: WorkingHours
) -> None:
    assert is_working(add_business(moment, some, worked) - timedelta(microseconds=1), worked)


@settings(max_examples=100, deadline=None)
@given(moments, minutes, st.integers(-2000, 9000), st.integers(-2000, 9000))
def test_a_pause_never_moves_a_due_date_earlier(moment: datetime, some: int, began: int, lasted: int) -> None:
    due_at = add_business(moment, some, hours())
    paused_at = moment + timedelta(minutes=began)
    assert after_pause(due_at, paused_at, paused_at + timedelta(minutes=lasted), hours()) >= due_at


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(0, 20000), st.integers(0, 20000))
def test_business_time_adds_up(moment: datetime, one: int, other: int) -> None:
    middle = moment + timedelta(minutes=one)
    end = middle + timedelta(minutes=other)
    whole = business_between(moment, end, hours())
    assert whole == business_between(moment, middle, hours()) + business_between(middle, end, hours())


@pytest.mark.parametrize(
    ("from_", "some", "due"),
    [
        ("2026-03-02T10:00", 60, "2026-03-02T11:00"),
        ("2026-03-02T16:00", 60, "2026-03-02T17:00"),
        ("2026-03-02T16:30", 60, "2026-03-03T09:30"),
        ("2026-03-02T07:00", 60, "2026-03-02T10:00"),
        ("2026-03-06T16:30", 60, "2026-03-09T09:30"),  # over a weekend
        ("2026-03-27T16:30", 60, "2026-03-30T09:30"),  # over the weekend of the clocks
        ("2026-03-07T12:00", 0, "2026-03-09T09:00"),
        ("2026-03-02T17:00", 0, "2026-03-03T09:00"),
        ("2026-03-02T12:00", 0, "2026-03-02T12:00"),
    ],
)
def test_due_times(from_: str, some: int, due: str) -> None:  # T5
    assert add_business(berlin(from_), some, hours()) == berlin(due)


def test_a_night_shift_of_the_clocks_is_an_hour_longer_or_shorter() -> None:
    nights = WorkingHours(days=frozenset({6}), starts=time(0), ends=time(6), zone=BERLIN)
    spring = business_between(berlin("2026-03-29T00:00"), berlin("2026-03-29T12:00"), nights)
    autumn = business_between(berlin("2026-10-25T00:00"), berlin("2026-10-25T12:00"), nights)
    assert (spring, autumn) == (timedelta(hours=5), timedelta(hours=7))


def test_backwards_there_is_no_business_time() -> None:
    assert business_between(berlin("2026-03-03T12:00"), berlin("2026-03-02T12:00"), hours()) == timedelta(0)


def test_what_was_late_before_a_pause_stays_late() -> None:
    due_at = berlin("2026-03-02T11:00")
    assert after_pause(due_at, berlin("2026-03-02T12:00"), berlin("2026-03-02T15:00"), hours()) == due_at


def test_a_pause_costs_its_working_time() -> None:
    moved = after_pause(
        berlin("2026-03-02T16:00"), berlin("2026-03-02T10:00"), berlin("2026-03-02T12:00"), hours()
    )
    assert moved == berlin("2026-03-03T10:00")


def test_a_source_promises_minutes_first_and_hours_later() -> None:
    source = Source(
        id="slack:C1",
        name="#help",
        project="o/r",
        visibility=PUBLIC,
        respond_within_minutes=30,
        update_within_hours=8,
    )
    assert first_due(berlin("2026-03-02T10:00"), source, hours()) == berlin("2026-03-02T10:30")
    assert update_due(berlin("2026-03-02T10:00"), source, hours()) == berlin("2026-03-03T10:00")


def test_nobody_is_at_work_at_night_nor_on_sunday() -> None:  # S3
    assert is_working(berlin("2026-03-02T09:00"), hours())
    assert not is_working(berlin("2026-03-02T17:00"), hours())
    assert not is_working(berlin("2026-03-01T12:00"), hours())


def test_no_working_day_at_all_is_refused() -> None:
    idle = WorkingHours(days=frozenset(), starts=time(9), ends=time(17), zone=BERLIN)
    with pytest.raises(ValueError, match="at least one day"):
        add_business(berlin("2026-03-02T09:00"), 5, idle)
