"""Promises counted in business time (T5, T6). Whose hours they are is the caller's to say.

Working hours are local and their length is real: a window that the clocks change in is an hour
longer or shorter. Moments go in with any zone and come out in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from agent.domain.messages import Source
from agent.domain.shifts import WorkingHours

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


def add_business(moment: datetime, minutes: float, hours: WorkingHours) -> datetime:
    """Return when that many working minutes have passed; for none, the next working moment.

    A promise that runs out with the day is due at its end, not on the next morning.
    """
    left = timedelta(minutes=minutes)
    for opens_at, closes_at in _windows(moment, hours):
        begins_at = max(moment.astimezone(UTC), opens_at)
        if begins_at + left <= closes_at and (left or begins_at < closes_at):
            return begins_at + left
        left -= max(_NOTHING, closes_at - begins_at)
    raise AssertionError("working days never end")


def business_between(starts_at: datetime, ends_at: datetime, hours: WorkingHours) -> timedelta:
    """Return the working time between two moments; nothing where they are the wrong way round."""
    start, end = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    total = _NOTHING
    for opens_at, closes_at in _windows(start, hours):
        if opens_at >= end:
            break
        total += max(_NOTHING, min(closes_at, end) - max(opens_at, start))
    return total


def is_working(moment: datetime, hours: WorkingHours) -> bool:
    """Tell whether somebody answers at that moment; outside nobody is pinged (S3)."""
    opens_at, closes_at = next(_windows(moment, hours))
    return opens_at <= moment < closes_at


def first_due(received_at: datetime, source: Source, hours: WorkingHours) -> datetime:
    """Return when the first response is due."""
    return add_business(received_at, source.respond_within_minutes, hours)


def update_due(told_at: datetime, source: Source, hours: WorkingHours) -> datetime:
    """Return when the user is to hear of us again."""
    return add_business(told_at, source.update_within_hours * 60, hours)


def after_pause(due_at: datetime, paused_at: datetime, resumed_at: datetime, hours: WorkingHours) -> datetime:
    """Return a due time moved by the working time of a pause; what was late before it stays so."""
    if due_at <= paused_at or resumed_at <= paused_at:
        return due_at
    paused = business_between(paused_at, resumed_at, hours)
    if not paused:
        return due_at
    return add_business(due_at, paused / timedelta(minutes=1), hours)


def _windows(moment: datetime, hours: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing, in UTC, of the working days from that of `moment` on."""
    if not hours.days:
        raise ValueError("working hours need at least one day")
    day = moment.astimezone(hours.zone).date()
    while True:
        if day.weekday() in hours.days:
            yield _local(day, hours, hours.starts), _local(day, hours, hours.ends)
        day += _DAY


def _local(day: date, hours: WorkingHours, at: time) -> datetime:
    return datetime.combine(day, at, hours.zone).astimezone(UTC)
