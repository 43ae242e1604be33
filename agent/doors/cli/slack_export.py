"""The export of a workspace of Slack: one channel of its ZIP into the inbox (T8).

The archive is what Slack documents: `channels.json`, `users.json`, and a folder a channel with a file of
messages a day. Nothing of it is unpacked to disk.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from agent.domain.arrivals import Arrival, Delivery, Happened, Taken
from agent.domain.messages import Source
from agent.doors.cli.moments import day
from agent.doors.cli.output import put, say
from agent.errors import Misuse
from agent.policy.slack import written
from agent.policy.slack.watching import Place, SlackWatch, Us, channel_at
from agent.wording.texts import count

if TYPE_CHECKING:
    from agent.desk import Desk

#: How far back an export is worked on where nobody says it: years of it would open thousands of Cases.
BACK = timedelta(days=7)
#: A day of the busiest channel is far smaller.
LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel of an export: its id, and its days in order."""

    id: str
    days: tuple[str, ...]


def take_export(desk: "Desk", name: str, channel: str, since: str | None) -> None:
    """Take in a channel of an export, each day once; raises Misuse where the file is none."""
    begins = day(since, desk.settings.rotation.zone) if since else desk.now() - BACK
    try:
        with ZipFile(name) as archive:
            found = _channel(archive, channel.lstrip("#"))
            watch = desk.settings.slack_watch
            place = channel_at(found.id, watch)
            if place.configured is None:
                raise Misuse(f"Nothing is watched there: sources.yaml has no `id: {place.source}`.")
            if not _is_read(desk, place.configured):
                watch = replace(watch, names=_names(archive))
            for file in found.days:
                _take_day(desk, place, watch, file, _read(archive, file), begins)
    except (OSError, BadZipFile, zlib.error) as error:
        raise Misuse(f"{name} cannot be read as an export of Slack: {error}.") from error


def _take_day(
    desk: "Desk", place: Place, watch: SlackWatch, file: str, content: bytes, begins: datetime
) -> None:
    arrivals = tuple(_arrivals(place, watch, file, _parsed(content, file), begins))
    if not any(each.message.sent_at >= begins for each in arrivals):
        return
    digest = hashlib.sha256(
        place.source.encode() + file.encode() + content + begins.isoformat().encode()
    ).hexdigest()
    delivery = Delivery(
        id=f"export:{digest}",
        digest=digest,
        event="export",
        source=place.source,
        happened=Happened(arrivals=arrivals),
    )
    taken = desk.deliver([delivery])[0]
    told = "same" if taken is Taken.SAME else "new"
    put(f"{told:<8} {file}  {place.source}  {count(len(arrivals), 'message')}")


def _arrivals(
    place: Place, watch: SlackWatch, file: str, messages: object, begins: datetime
) -> Iterator[Arrival]:
    """Yield what people and machines wrote; what a line lacks is told, and the rest goes on."""
    if not isinstance(messages, list):
        raise Misuse(f"{file} holds no list of messages.")
    for number, each in enumerate(messages, start=1):
        if not isinstance(each, Mapping) or each.get("subtype") not in written.SAID:
            continue
        try:
            said = written.said(place, each, watch, Us())
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            say(f"{file}, message {number}: lacks what it must have ({error!r}); skipped")
            continue
        yield said if said.message.sent_at >= begins else replace(said, opens=False)


def _channel(archive: ZipFile, name: str) -> _Channel:
    listed: dict[str, Any] = {}
    for file in ("channels.json", "groups.json"):
        if file in archive.namelist():
            listed |= {each["name"]: each for each in _records(archive, file) if "name" in each}
    if name not in listed:
        raise Misuse(f"The export has no channel {name!r}. It has: {', '.join(sorted(listed)) or 'none'}.")
    days = sorted(
        each for each in archive.namelist() if each.startswith(f"{name}/") and each.endswith(".json")
    )
    return _Channel(str(listed[name]["id"]), tuple(days))


def _is_read(desk: "Desk", source: Source) -> bool:
    """Tell whether a token reads the channel, too: what is written there names people by id then, and so do we.

    Else the same message would be another one each time that it came the other way.
    """
    from agent.wiring_slack import GUEST, OURS

    return desk.settings.secret(GUEST if source.is_guest else OURS) is not None


def _names(archive: ZipFile) -> dict[str, str]:
    """Return how people are called: by their names in the workspace, which are each one person's."""
    if "users.json" not in archive.namelist():
        return {}
    return {
        str(each["id"]): str(each["name"])
        for each in _records(archive, "users.json")
        if each.get("id") and each.get("name")
    }


def _records(archive: ZipFile, file: str) -> list[Mapping[str, Any]]:
    found = _parsed(_read(archive, file), file)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _read(archive: ZipFile, file: str) -> bytes:
    if archive.getinfo(file).file_size > LARGEST:
        raise Misuse(f"{file} is larger than {LARGEST // 1024 // 1024} MB.")
    return archive.read(file)


def _parsed(content: bytes, file: str) -> object:
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Misuse(f"{file} is no JSON: {error}.") from error
    return parsed
