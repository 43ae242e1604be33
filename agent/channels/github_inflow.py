"""Reads what was written at GitHub, list by list. Implements `ports.Inflow`; what it means is policy's."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.channels.github_discussions import discussions
from agent.channels.github_search import called
from agent.clients.github import PAGE, Answer, GitHub, Reading
from agent.clients.github_pages import asked, following
from agent.domain.arrivals import Arrival, Happened
from agent.errors import Missing, Moved, Refused
from agent.policy.github import written
from agent.policy.github.ids import DISCUSSION, ISSUE, PULL
from agent.policy.github.watching import Place, Watch, mentioned, place_of
from agent.ports import Cursor, InflowPage

GITHUB = "github:"
#: Begins the name under which a team's mentions and a label's Issues are read.
TEAM, LABEL = "github:@", "github:label:"


class GitHubInflow:
    """Implements `ports.Inflow` on GitHub."""

    kind = "github"

    def __init__(self, access: GitHub, watch: Watch) -> None:
        self.access = access
        self.watch = watch
        self._places: dict[str, tuple[str, Place]] = {}  # by name, with the ETag that it came with

    def streams(self) -> Sequence[tuple[str, str]]:
        kinds = ["issues", "comments", "discussions", *(["reviews"] if self.watch.teams else [])]
        own = [(f"{GITHUB}{name}", kind) for name in self.watch.repositories for kind in kinds]
        teams = [(f"{TEAM}{team}", "mentions") for team in self.watch.teams]
        return [*own, *teams, *((f"{LABEL}{label}", "labels") for label in self.watch.labels)]

    def page(self, source: str, stream: str, at: Cursor, began_at: datetime) -> InflowPage:
        if stream in ("mentions", "labels"):
            return self._called(source, at, began_at)
        place = self._place(source.removeprefix(GITHUB))
        reading = self.access.reading(place.name)
        if stream == "discussions":
            return discussions(reading, place, self.watch, at, began_at)
        if stream == "reviews":
            return self._reviews(reading, place, at, began_at)
        path = f"/repos/{place.name}/issues" + ("/comments" if stream == "comments" else "")
        more: Mapping[str, object] = {"state": "all"} if stream == "issues" else {}
        answer = reading.get(path, asked(at, **more), etag=at.etag or None)
        if answer.unchanged:
            return InflowPage(happened=Happened(), following=at, is_last=True)
        read = self._issue if stream == "issues" else self._comment
        found = tuple(read(place, each, began_at) for each in answer.body)
        next_at = following(at, answer)
        return InflowPage(happened=Happened(arrivals=found), following=next_at, is_last=answer.next is None)

    def _issue(self, place: Place, payload: Mapping[str, Any], began_at: datetime) -> Arrival:
        is_pull = payload.get("pull_request") is not None
        is_ours = not is_pull or mentioned(payload["body"] or "", self.watch.teams)
        return written.issue(place, payload, opens=bool(is_ours) and _is_new(payload, began_at))

    def _comment(self, place: Place, payload: Mapping[str, Any], began_at: datetime) -> Arrival:
        kind = PULL if "/pull/" in payload["html_url"] else ISSUE
        thread = f"{place.name}{kind}{payload['issue_url'].rpartition('/')[2]}"
        is_ours = kind == ISSUE or mentioned(payload["body"] or "", self.watch.teams)
        return written.comment(place, payload, thread, opens=bool(is_ours) and _is_new(payload, began_at))

    def _reviews(self, reading: Reading, place: Place, at: Cursor, began_at: datetime) -> InflowPage:
        """Read all open pull requests again when one of them changed: a list that has no `since`."""
        params = {"state": "open", "sort": "updated", "direction": "desc", "per_page": PAGE, "page": at.page}
        etag = at.etag if at.page == 1 else ""
        answer = reading.get(f"/repos/{place.name}/pulls", params, etag=etag or None)
        if answer.unchanged:
            return InflowPage(happened=Happened(), following=at, is_last=True)
        arrivals = tuple(each for pull in answer.body for each in self._requests(place, pull, began_at))
        first = answer.etag or "" if at.page == 1 else at.etag
        page = at.page + 1 if answer.next else 1
        return InflowPage(
            happened=Happened(arrivals=arrivals),
            following=Cursor(since=at.since, page=page, etag=first),
            is_last=answer.next is None,
        )

    def _requests(self, place: Place, pull: Mapping[str, Any], began_at: datetime) -> Iterator[Arrival]:
        owner, ours = place.name.partition("/")[0], {each.casefold() for each in self.watch.teams}
        thread = f"{place.name}{PULL}{pull['number']}"
        for asked_of in pull["requested_teams"] or ():
            team = f"{owner}/{asked_of['slug']}"
            if team.casefold() in ours and written.moment(pull["updated_at"]) >= began_at:
                yield written.review_request(place, pull, thread, team)

    def _called(self, source: str, at: Cursor, began_at: datetime) -> InflowPage:
        since = at.since or began_at
        seen = [
            called(reading, self._place, self.watch, source, since) for reading in self.access.everywhere()
        ]
        newest = max((each.newest for each in seen), default=since)
        to = min([newest, *(each.to for each in seen if each.to)])
        arrivals = tuple(arrival for each in seen for arrival in each.arrivals)
        return InflowPage(happened=Happened(arrivals=arrivals), following=Cursor(since=to), is_last=True)

    def root(self, source: str, thread: str) -> Arrival | None:
        place = self._place(source.removeprefix(GITHUB))
        number = thread.removeprefix(place.name)
        if number.startswith(DISCUSSION):
            return None  # it comes with its comments
        path = f"/repos/{place.name}/issues/{number.removeprefix(PULL).removeprefix(ISSUE)}"
        try:
            found = self.access.reading(place.name).get(path).body
        except (Missing, Moved):
            return None
        return written.issue(place, found, opens=True)

    def places(self) -> Iterator[str]:
        return (f"{GITHUB}{name}" for name in self.access.repositories())

    def _place(self, name: str) -> Place:
        """Return a repository as it is now: private or not. Asking again is free while it is the same."""
        etag, known = self._places.get(name, ("", None))
        answer = self._repository(name, etag)
        if known is None or not answer.unchanged:
            known = place_of({"full_name": name, "private": answer.body["private"]}, self.watch)
            self._places[name] = (answer.etag or "", known)
        return known

    def _repository(self, name: str, etag: str) -> Answer:
        try:
            return self.access.reading(name).get(f"/repos/{name}", etag=etag or None)
        except Moved as error:
            raise Refused(
                f"{name} has another name at GitHub now. Put it into sources.yaml, then: triage sync"
            ) from error


def _is_new(payload: Mapping[str, Any], began_at: datetime) -> bool:
    return written.moment(payload["created_at"]) >= began_at
