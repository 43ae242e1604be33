"""Who holds the rotation, from when to when."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A member of the team; `id` is what Verdicts and Shifts name."""

    id: str
    handle: str
    email: str
    zone: ZoneInfo
    slack: str = ""  #: the person's id there, `U…`; "" has no card of their own and no home


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """Half-open: the holder holds from `starts_at` up to, not including, `ends_at`."""

    holder: str
    starts_at: datetime
    ends_at: datetime
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingHours:
    """Local hours of the days (Monday is 0) on which somebody answers."""

    days: frozenset[int]
    starts: time
    ends: time
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """A weekly cycle with overrides. The first Shift of the cycle begins at `starts_at`."""

    zone: ZoneInfo
    starts_at: datetime
    cycle: tuple[str, ...]
    overrides: tuple[Shift, ...]
    hours: WorkingHours
