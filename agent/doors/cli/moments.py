"""When a snooze ends and a day begins, as people say it. Pure."""

import re
from datetime import date, datetime, time, timedelta, tzinfo

from agent.errors import Misuse

MORNING = time(9)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Read `2h`, `3d`, `09:30`, `tomorrow`, `monday` or a date; days begin at 9 in `zone`.

    Raises Misuse for anything else.
    """
    said = text.strip().lower()
    local = now.astimezone(zone)
    try:
        if match := _SPAN.fullmatch(said):
            return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := _CLOCK.fullmatch(said):
            return _next(local, time(int(match[1]), int(match[2])))
        if (days := _days_until(said, local.date())) is not None:
            return datetime.combine(local.date() + timedelta(days=days), MORNING, zone)
        return _dated(said, zone)
    except (ValueError, OverflowError) as error:
        wanted = "2h, 3d, 09:30, tomorrow, monday or 2026-11-23T09:00"
        raise Misuse(f"--until: {text!r} is no time; like {wanted}.") from error


def day(text: str, zone: tzinfo) -> datetime:
    """Read the beginning of a day, `2026-11-01`, in `zone`; raises Misuse for anything else."""
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(0), zone)
    except ValueError as error:
        raise Misuse(f"--since: {text!r} is no day; like 2026-11-01.") from error


def _next(local: datetime, at: time) -> datetime:
    today = datetime.combine(local.date(), at, local.tzinfo)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)


def _days_until(said: str, today: date) -> int | None:
    if said == "tomorrow":
        return 1
    day = next((at for at, name in enumerate(_DAYS) if said in (name, name[:3])), None)
    return None if day is None else (day - today.weekday() - 1) % 7 + 1


def _dated(said: str, zone: tzinfo) -> datetime:
    at = datetime.fromisoformat(said.upper())
    if len(said) <= len("2026-11-23"):
        at = datetime.combine(at.date(), MORNING)
    return at if at.tzinfo else at.replace(tzinfo=zone)
