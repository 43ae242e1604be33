"""Somebody is always on shift (T1, S2)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.shifts import Rotation, Shift
from agent.policy.shifts import change_over, gaps, holder, last_shift, next_shift, schedule
from tests.policy.given import berlin, override, rotation

TICK = timedelta(microseconds=1)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    at = draw(st.times().map(lambda each: each.replace(second=0, microsecond=0)))
    people = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4))
    overrides = []
    for _ in range(draw(st.integers(0, 3))):
        begins = draw(moments)
        length = timedelta(hours=draw(st.integers(1, 400)))
        overrides.append(
            Shift(holder=draw(st.sampled_from("xyz")), starts_at=begins, ends_at=begins + length)
        )
    return rotation(*people, overrides=tuple(overrides), zone=zone, at=at)


@settings(max_examples=150, deadline=None)
@given(rotations(), moments)
def test_somebody_is_always_on_shift(turns: Rotation, now: datetime) -> None:
    shift = holder(turns, now)
    assert shift.holder
    assert shift.starts_at <= now < shift.ends_at


@settings(max_examples=150, deadline=None)
@given(rotations(), moments)
def test_a_boundary_belongs_to_the_next_shift(turns: Rotation, now: datetime) -> None:
    shift, following, before = holder(turns, now), next_shift(turns, now), last_shift(turns, now)
    assert following.starts_at == shift.ends_at
    assert before.ends_at == shift.starts_at
    assert holder(turns, shift.ends_at) == following
    assert holder(turns, shift.ends_at - TICK) == shift


@settings(max_examples=150, deadline=None)
@given(rotations(), moments, moments)
def test_every_moment_of_a_shift_names_the_same_shift(
    turns: Rotation, now: datetime, other: datetime
) -> None:
    shift = holder(turns, now)
    inside = shift.starts_at + (other - datetime(2024, 1, 1, tzinfo=UTC)) % (shift.ends_at - shift.starts_at)
    assert holder(turns, inside) == shift


@settings(max_examples=100, deadline=None)
@given(rotations(), st.integers(-60, 200))
def test_the_change_over_keeps_its_local_hour(turns: Rotation, week: int) -> None:
    local = change_over(turns, week).astimezone(turns.zone)
    began = turns.starts_at
    nominal = began.replace(tzinfo=None) + timedelta(days=7 * week)
    skipped = local.replace(tzinfo=None) - nominal
    assert skipped in (
        timedelta(0),
        timedelta(minutes=30),
        timedelta(hours=1),
    )  # only where the hour is not there


def test_the_week_the_clocks_change_is_an_hour_shorter() -> None:
    shift = holder(rotation("a", "b"), berlin("2026-03-25T12:00"))
    assert shift.ends_at - shift.starts_at == timedelta(days=7, hours=-1)
    assert shift.ends_at == berlin("2026-03-30T09:00")


def test_the_hour_that_happens_twice_is_held_by_the_right_person() -> None:
    turns = rotation("a", "b", overrides=(override("x", "2026-10-25T00:00", "2026-10-25T02:30"),))
    second_half_past_two = berlin("2026-10-25T02:30").replace(fold=1)
    assert holder(turns, second_half_past_two - timedelta(minutes=61)).holder == "x"
    assert holder(turns, second_half_past_two).holder != "x"


def test_a_week_each_in_turn() -> None:
    turns = rotation("a", "b", "c")
    held = [holder(turns, berlin("2026-01-05T09:00") + timedelta(days=7 * week)).holder for week in range(4)]
    assert held == ["a", "b", "c", "a"]


def test_an_override_splits_a_week_and_gives_it_back() -> None:
    turns = rotation("a", "b", overrides=(override("x", "2026-01-07T09:00", "2026-01-08T09:00"),))
    week = list(schedule(turns, berlin("2026-01-05T09:00"), berlin("2026-01-12T09:00")))
    assert [(each.holder, each.why) for each in week] == [("a", ""), ("x", "swap"), ("a", "")]
    assert week[1].starts_at == berlin("2026-01-07T09:00")


def test_an_override_over_a_change_over_is_a_shift_on_each_side() -> None:
    turns = rotation("a", "b", overrides=(override("x", "2026-01-10T09:00", "2026-01-14T09:00"),))
    held = [each.holder for each in schedule(turns, berlin("2026-01-05T09:00"), berlin("2026-01-19T09:00"))]
    assert held == ["a", "x", "x", "b"]


def test_the_later_of_two_overrides_wins() -> None:
    both = (
        override("x", "2026-01-06T09:00", "2026-01-08T09:00"),
        override("y", "2026-01-07T09:00", "2026-01-07T10:00"),
    )
    assert holder(rotation("a", overrides=both), berlin("2026-01-07T09:30")).holder == "y"


def test_before_the_start_the_cycle_is_counted_back_and_says_so() -> None:
    shift = holder(rotation("a", "b"), berlin("2026-01-01T12:00"))
    assert shift.holder == "b"
    assert "before the rotation's start" in shift.why


def test_a_running_cycle_has_no_gaps() -> None:
    assert gaps(rotation("a"), berlin("2026-02-01T00:00"), berlin("2027-02-01T00:00")) == ()


def test_the_time_before_the_start_is_a_gap() -> None:
    (gap,) = gaps(rotation("a"), berlin("2026-01-01T00:00"), berlin("2026-02-01T00:00"))
    assert (gap.starts_at, gap.ends_at) == (berlin("2026-01-01T00:00"), berlin("2026-01-05T09:00"))


def test_gaps_are_what_overrides_leave_over_when_the_cycle_is_empty() -> None:
    covered = (override("x", "2026-02-02T09:00", "2026-02-03T09:00"),)
    found = gaps(rotation(overrides=covered), berlin("2026-02-01T09:00"), berlin("2026-02-05T09:00"))
    edges = [(gap.starts_at, gap.ends_at) for gap in found]
    assert edges == [
        (berlin("2026-02-01T09:00"), berlin("2026-02-02T09:00")),
        (berlin("2026-02-03T09:00"), berlin("2026-02-05T09:00")),
    ]


def test_an_empty_cycle_has_no_holder() -> None:
    with pytest.raises(ValueError, match="names nobody"):
        holder(rotation(), berlin("2026-02-01T09:00"))


def test_moments_come_out_in_utc() -> None:
    assert holder(rotation("a", at=time(9)), berlin("2026-02-03T09:00")).starts_at.tzinfo is UTC
