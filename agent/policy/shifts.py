"""Who holds the rotation: a weekly cycle in local time, with overrides (T1, S2).

A Shift is half-open, so a boundary belongs to the next holder, and the cycle keeps its local
hour when the clocks change. Moments go in with any zone and come out in UTC: of two moments in
one zone Python compares the wall clocks, which is wrong on the night the clocks go back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.domain.shifts import Rotation, Shift

_WEEK = timedelta(days=7)
_TICK = timedelta(microseconds=1)
_BEFORE_START = "before the rotation's start, by its cycle counted back"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time, half-open, that nobody holds, and why."""

    starts_at: datetime
    ends_at: datetime
    why: str


def holder(rotation: Rotation, now: datetime) -> Shift:
    """Return the Shift that `now` falls in; ValueError where the cycle is empty and no override holds."""
    return _merged(rotation, _piece(rotation, now.astimezone(UTC)))


def next_shift(rotation: Rotation, now: datetime) -> Shift:
    """Return the Shift that begins where the current one ends."""
    return holder(rotation, holder(rotation, now).ends_at)


def last_shift(rotation: Rotation, now: datetime) -> Shift:
    """Return the Shift that ended where the current one began."""
    return holder(rotation, holder(rotation, now).starts_at - _TICK)


def schedule(rotation: Rotation, starts_at: datetime, ends_at: datetime) -> Iterator[Shift]:
    """Yield the Shifts that touch the window, in order, each whole."""
    moment = starts_at
    while moment < ends_at:
        shift = holder(rotation, moment)
        yield shift
        moment = shift.ends_at


def gaps(rotation: Rotation, starts_at: datetime, ends_at: datetime) -> tuple[Gap, ...]:
    """Return the parts of the window that neither the cycle nor an override covers.

    Before its start the cycle covers nothing, although `holder` then still names somebody.
    """
    began = rotation.starts_at.astimezone(UTC)
    why = "the rotation has not begun" if rotation.cycle else "the cycle names nobody"
    upto = min(ends_at, began) if rotation.cycle else ends_at
    found = []
    moment = starts_at.astimezone(UTC)
    for override in sorted(rotation.overrides, key=lambda each: each.starts_at.astimezone(UTC)):
        if moment < (until := min(override.starts_at.astimezone(UTC), upto)):
            found.append(Gap(moment, until, why))
        moment = max(moment, override.ends_at.astimezone(UTC))
    if moment < upto:
        found.append(Gap(moment, upto.astimezone(UTC), why))
    return tuple(found)


def change_over(rotation: Rotation, week: int) -> datetime:
    """Return when the week's Shift begins, in UTC; the rotation starts with week 0."""
    local = rotation.starts_at.astimezone(rotation.zone).replace(tzinfo=None)
    return (local + week * _WEEK).replace(tzinfo=rotation.zone).astimezone(UTC)


def week_of(rotation: Rotation, now: datetime) -> int:
    """Return the week that `now` falls in; negative before the rotation's start."""
    week = (now.astimezone(UTC) - rotation.starts_at.astimezone(UTC)) // _WEEK
    while change_over(rotation, week) > now:
        week -= 1
    while change_over(rotation, week + 1) <= now:
        week += 1
    return week


def _piece(rotation: Rotation, now: datetime) -> Shift:
    """Return the stretch around `now` in which neither the week nor any override begins or ends."""
    week = week_of(rotation, now)
    edges = [change_over(rotation, week), change_over(rotation, week + 1)]
    for override in rotation.overrides:
        edges += [override.starts_at.astimezone(UTC), override.ends_at.astimezone(UTC)]
    person, why = _who(rotation, now, week)
    return Shift(
        holder=person,
        why=why,
        starts_at=max(edge for edge in edges if edge <= now),
        ends_at=min(edge for edge in edges if edge > now),
    )


def _who(rotation: Rotation, now: datetime, week: int) -> tuple[str, str]:
    for override in reversed(rotation.overrides):
        if override.starts_at.astimezone(UTC) <= now < override.ends_at.astimezone(UTC):
            return override.holder, override.why or "override"
    if not rotation.cycle:
        raise ValueError("the cycle names nobody")
    return rotation.cycle[week % len(rotation.cycle)], "" if week >= 0 else _BEFORE_START


def _merged(rotation: Rotation, shift: Shift) -> Shift:
    """Join the stretches of one week that the same person holds for the same reason."""
    starts_at, ends_at = shift.starts_at, shift.ends_at
    week = week_of(rotation, starts_at)
    while starts_at > change_over(rotation, week) and _same(
        shift, before := _piece(rotation, starts_at - _TICK)
    ):
        starts_at = before.starts_at
    while ends_at < change_over(rotation, week + 1) and _same(shift, after := _piece(rotation, ends_at)):
        ends_at = after.ends_at
    return Shift(holder=shift.holder, why=shift.why, starts_at=starts_at, ends_at=ends_at)


def _same(one: Shift, other: Shift) -> bool:
    return (one.holder, one.why) == (other.holder, other.why)
