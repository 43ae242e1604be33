"""Times as people read them: clock times in a zone, and how far away they are.

The same words on every surface. No rule about what is due when: that is policy's.
"""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

MINUTE, HOUR, DAY = 60, 3600, 86400
WEEK_DAYS = 7
#: From here on hours say no more than the day does.
FAR_HOURS = 12


class Urgency(StrEnum):
    LATE = "late"
    SOON = "soon"  #: within the hour
    TODAY = "today"
    LATER = "later"


def urgency(due_at: datetime | None, now: datetime, zone: tzinfo) -> Urgency:
    """Tell how near a due time is; what has none is for when there is time."""
    if due_at is None:
        return Urgency.LATER
    if due_at < now:
        return Urgency.LATE
    if due_at - now <= timedelta(hours=1):
        return Urgency.SOON
    same_day = due_at.astimezone(zone).date() == now.astimezone(zone).date()
    return Urgency.TODAY if same_day else Urgency.LATER


def _days_apart(at: datetime, now: datetime, zone: tzinfo) -> int:
    return (at.astimezone(zone).date() - now.astimezone(zone).date()).days


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Name the day: "" for today, "Mon" within a week, "3 Nov", "3 Nov 2024" in another year."""
    local = at.astimezone(zone)
    apart = _days_apart(at, now, zone)
    if apart == 0:
        return ""
    if abs(apart) < WEEK_DAYS:
        return f"{local:%a}"
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local.day} {local:%b}{year}"


def clock(at: datetime, now: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Give the clock time in `zone`, with the day unless it is today: "10:32", "Mon 09:00"."""
    time = f"{at.astimezone(zone):%H:%M:%S}" if seconds else f"{at.astimezone(zone):%H:%M}"
    return f"{day(at, now, zone)} {time}".strip()


def span(seconds: float) -> str:
    """Give a length of time in at most two units: "50 min", "1 h 28 min", "5 h", "3 days"."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        hours, minutes = whole // HOUR, whole % HOUR // MINUTE
        return f"{hours} h {minutes} min" if minutes and hours < 3 else f"{hours} h"
    days = whole // DAY
    return "1 day" if days == 1 else f"{days} days"


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago: "just now", "10 min ago"; a clock that runs ahead reads as "just now"."""
    passed = (now - at).total_seconds()
    return "just now" if passed < MINUTE else f"{_one_unit(passed)} ago"


def _one_unit(seconds: float) -> str:
    return span(seconds // HOUR * HOUR) if seconds >= HOUR else span(seconds)


def left(due_at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say how long is left: "50 min left", "3 min late", "tomorrow", "Mon"."""
    seconds = (due_at - now).total_seconds()
    if seconds < 0:
        return f"{span(seconds)} late"
    apart = _days_apart(due_at, now, zone)
    if apart == 0 or seconds < FAR_HOURS * HOUR:
        return f"{span(seconds)} left" if seconds >= MINUTE else "due now"
    return "tomorrow" if apart == 1 else day(due_at, now, zone)


def due(due_for: str, due_at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say what falls due when: "first reply 11:32"."""
    at = f"{due_at.astimezone(zone):%H:%M}" if _says_the_day(due_at, now, zone) else clock(due_at, now, zone)
    return f"{due_for} {at}".strip()


def _says_the_day(due_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """The distance beside it already names the day, and twice is noise."""
    return due_at >= now and not left(due_at, now, zone).endswith("left")
