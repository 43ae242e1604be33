"""The values that stand in the files of `config/`: days, times, zones, ids. Which file has which is `config_files`'."""

import re
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator, StringConstraints

from agent.domain.messages import Level

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
TeamName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9_-]+$")]
SlackPerson = Annotated[str, StringConstraints(pattern=r"^([UW][A-Z0-9-]+)?$")]
SlackChannel = Annotated[str, StringConstraints(pattern=r"^([CG][A-Z0-9-]+)?$")]
SlackGroup = Annotated[str, StringConstraints(pattern=r"^S[A-Z0-9-]+$")]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError("should be the name of a zone, as Europe/Berlin")
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no zone; use a name as Europe/Berlin") from error


def _day(text: object) -> int:
    found = [place for place, day in enumerate(_DAYS) if str(text).lower() in (day, day[:3])]
    if not found:
        raise ValueError(f"{text!r} is no day; use {', '.join(_DAYS)}")
    return found[0]


def _clock(text: object) -> time:
    if not re.fullmatch(r"\d{1,2}:\d{2}", str(text)):
        raise ValueError(f"{text!r} is no time of day; use 09:00")
    hour, _, minute = str(text).partition(":")
    return time(int(hour), int(minute))


def _moment(given: object) -> date:
    """Read a day, or a day with a local time; a moment with a zone would be read in two ways."""
    if isinstance(given, str):
        given = datetime.fromisoformat(given) if re.search(r"\d[T ]\d", given) else date.fromisoformat(given)
    if isinstance(given, datetime) and given.tzinfo is not None:
        raise ValueError("is local time in the rotation's zone; leave the offset away")
    if not isinstance(given, date):
        raise ValueError("should be a day as 2026-12-21, or with a time as 2026-12-21T09:00")
    return given


def level(text: object) -> object:
    """Read the name of a level."""
    if isinstance(text, str) and text.upper() in Level.__members__:
        return Level[text.upper()]
    raise ValueError(f"{text!r} is none of {', '.join(name.lower() for name in Level.__members__)}")


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Day = Annotated[int, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]
Moment = Annotated[date, PlainValidator(_moment)]
