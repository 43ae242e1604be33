"""When a snooze ends, as people say it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.doors.cli.moments import moment
from agent.errors import Misuse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 42, tzinfo=UTC)  # a Friday, 11:42 in Berlin


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("2h", "2026-11-20T13:42+01:00"),
        ("45 min", "2026-11-20T12:27+01:00"),
        ("3d", "2026-11-23T11:42+01:00"),
        ("12:00", "2026-11-20T12:00+01:00"),
        ("09:30", "2026-11-21T09:30+01:00"),
        ("tomorrow", "2026-11-21T09:00+01:00"),
        ("Monday", "2026-11-23T09:00+01:00"),
        ("fri", "2026-11-27T09:00+01:00"),
        ("2026-12-01", "2026-12-01T09:00+01:00"),
        ("2026-12-01t15:00", "2026-12-01T15:00+01:00"),
        ("2026-12-01T15:00Z", "2026-12-01T16:00+01:00"),
    ],
)
def test_a_time_is_read_in_the_persons_zone(said, wanted):
    assert moment(said, NOW, BERLIN) == datetime.fromisoformat(wanted)


@given(st.text())
def test_anything_else_is_refused_in_a_sentence(said):
    try:
        at = moment(said, NOW, BERLIN)
    except Misuse:
        return
    assert at.tzinfo is not None


@given(st.sampled_from(["tomorrow", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "00:00", "23:59"]))
def test_a_day_or_an_hour_is_always_to_come(said):
    assert moment(said, NOW, BERLIN) > NOW
