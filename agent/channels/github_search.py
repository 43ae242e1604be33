"""Finds where a team is called, or its label set, in repositories that no Source names (S11, S12)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.clients.github import Reading
from agent.domain.arrivals import Arrival
from agent.policy.github import written
from agent.policy.github.ids import issue_thread
from agent.policy.github.watching import Place, Watch, mentioned, team_label

KINDS = ("issue", "pull-request")


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """What a search found. `newest` is its latest change; `to` how far all was seen, None for to the end."""

    arrivals: tuple[Arrival, ...]
    newest: datetime
    to: datetime | None


def called(
    reading: Reading, place_of: Callable[[str], Place], watch: Watch, source: str, since: datetime
) -> Called:
    """Return what calls the team since a moment.

    Watched repositories are left out: their own lists hold the same. Search gives a thousand results at
    the most, least recently changed first, and the next round goes on behind the last.
    """
    found: list[Arrival] = []
    newest, ends = since, []
    for kind in KINDS:
        items, to = _items(reading, source, kind, since)
        ends += [to] if to else []
        for item in items:
            newest = max(newest, written.moment(item["updated_at"]))
            place = place_of("/".join(item["repository_url"].rsplit("/", 2)[-2:]))
            if not place.is_watched:
                found += _written(reading, place, watch, item, since)
    return Called(arrivals=tuple(found), newest=newest, to=min(ends, default=None))


def _items(
    reading: Reading, source: str, kind: str, since: datetime
) -> tuple[list[Mapping[str, Any]], datetime | None]:
    """Return what a search shows, and how far that is all; None where it is to the end."""
    name = source.removeprefix("github:")
    what = f"team:{name[1:]}" if name.startswith("@") else f'label:"{name.removeprefix("label:")}"'
    query = f"{what} is:{kind} updated:>={written.stamp_of(since)}"
    items: list[Mapping[str, Any]] = []
    is_cut, total = False, 0
    for page in reading.pages("/search/issues", {"q": query, "sort": "updated", "order": "asc"}):
        items += page.body["items"]
        is_cut, total = is_cut or page.body["incomplete_results"], page.body["total_count"]
    if is_cut:  # GitHub stopped searching: what is missing may stand anywhere
        return items, since
    return items, written.moment(items[-1]["updated_at"]) if items and len(items) < total else None


def _written(
    reading: Reading, place: Place, watch: Watch, item: Mapping[str, Any], since: datetime
) -> Iterator[Arrival]:
    thread = issue_thread(place.name, item)
    path = f"/repos/{place.name}/issues/{item['number']}/comments"
    below = [each for page in reading.pages(path, {"since": written.stamp_of(since)}) for each in page.body]
    calling = [each for each in below if mentioned(each["body"] or "", watch.teams)]
    is_ours = mentioned(item["body"] or "", watch.teams) or team_label(written.labels_of(item), watch.labels)
    yield written.written(place, item, thread, opens=bool(is_ours or calling))
    for each in below:
        yield written.comment(place, each, thread, opens=each in calling)
