"""Finds where a team is called, or its label set, in repositories that no Source names (S11, S12)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.clients.github import Reading
from agent.domain.arrivals import Arrival
from agent.policy.github import written
from agent.policy.github.ids import issue_thread
from agent.policy.github.watching import Place, Watch, mentioned, team_label

KINDS = ("issue", "pull-request")


def called(
    reading: Reading, place_of: Callable[[str], Place], watch: Watch, source: str, since: datetime
) -> tuple[list[Arrival], datetime]:
    """Return what calls the team since a moment, and the latest change that was seen.

    Watched repositories are left out: their own lists hold the same. Search gives a thousand results at
    the most, least recently changed first, and the next round goes on behind the last.
    """
    found: list[Arrival] = []
    newest = since
    for kind in KINDS:
        for item in _items(reading, source, kind, since):
            newest = max(newest, written.moment(item["updated_at"]))
            place = place_of("/".join(item["repository_url"].rsplit("/", 2)[-2:]))
            if not place.is_watched:
                found += _written(reading, place, watch, item, since)
    return found, newest


def _items(reading: Reading, source: str, kind: str, since: datetime) -> Iterator[Mapping[str, Any]]:
    name = source.removeprefix("github:")
    what = f"team:{name[1:]}" if name.startswith("@") else f'label:"{name.removeprefix("label:")}"'
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"{what} is:{kind} updated:>={moment}"
    for page in reading.pages("/search/issues", {"q": query, "sort": "updated", "order": "asc"}):
        yield from page.body["items"]


def _written(
    reading: Reading, place: Place, watch: Watch, item: Mapping[str, Any], since: datetime
) -> Iterator[Arrival]:
    thread = issue_thread(place.name, item)
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = f"/repos/{place.name}/issues/{item['number']}/comments"
    below = [each for page in reading.pages(path, {"since": moment}) for each in page.body]
    calling = [each for each in below if mentioned(each["body"] or "", watch.teams)]
    is_ours = mentioned(item["body"] or "", watch.teams) or team_label(written.labels_of(item), watch.labels)
    yield written.written(place, item, thread, opens=bool(is_ours or calling))
    for each in below:
        yield written.comment(place, each, thread, opens=each in calling)
