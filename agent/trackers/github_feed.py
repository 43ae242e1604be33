"""Reads all Issues of a repository, page by page, in the order of their last change.

Implements `ports.IssueFeed`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from agent.clients.github import PAGE, Answer, GitHub, Reading
from agent.clients.github_pages import asked, following, last_page
from agent.domain.issues import Issue
from agent.errors import Denied, Missing, Moved
from agent.ports import CommitPage, Cursor, FeedPage, NumberPage, Quota, Release, ReleaseList
from agent.trackers.github_issues import DETAILS, is_issue, issue_of, moment, project_of

COUNT = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { issues { totalCount } } }"
NUMBERS = """
query($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: 100, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } }
  }
}
"""


class GitHubFeed:
    """Implements `ports.IssueFeed` on GitHub."""

    def __init__(self, access: GitHub) -> None:
        self.access = access

    def is_public(self, project: str) -> bool:
        return not self._reading(project).get(f"/repos/{project}").body["private"]

    def page(self, project: str, at: Cursor) -> FeedPage:
        path = f"/repos/{project}/issues"
        try:
            answer = self._reading(project).get(path, asked(at, state="all"), etag=at.etag or None)
        except Moved as error:
            raise Missing(
                f"{project} has another name at GitHub now. Put it into sources.yaml, then: triage sync"
            ) from error
        if answer.unchanged:
            return FeedPage(issues=(), following=at, is_last=True, left=0)
        found = [each for each in answer.body if is_issue(each)]
        details = self._details(project, [each["node_id"] for each in found if each["state"] == "closed"])
        return FeedPage(
            issues=tuple(_in(project, issue_of(each, details.get(each["node_id"]))) for each in found),
            following=following(at, answer),
            is_last=answer.next is None,
            left=(last_page(answer, at.page) - at.page) * PAGE,
        )

    def _details(self, project: str, ids: list[str]) -> dict[str, Mapping[str, Any]]:
        if not ids:
            return {}
        found = self._reading(project).graphql(DETAILS, {"ids": ids}, partial=True)["nodes"]
        return {each["id"]: each for each in found if each}

    def count(self, project: str) -> int:
        found = self._reading(project).graphql(COUNT, _names(project))["repository"]
        return int(found["issues"]["totalCount"])

    def numbers(self, project: str, after: str) -> NumberPage:
        wanted = {**_names(project), "after": after or None}
        found = self._reading(project).graphql(NUMBERS, wanted)["repository"]["issues"]
        return NumberPage(
            ids=tuple(f"{project}#{each['number']}" for each in found["nodes"]),
            following=found["pageInfo"]["endCursor"] or "",
            is_last=not found["pageInfo"]["hasNextPage"],
        )

    def look(self, issue_id: str) -> Issue | None:
        project, _, number = issue_id.rpartition("#")
        reading = self._reading(project)
        try:
            found = _where_it_is(reading, f"/repos/{project}/issues/{number}").body
        except Missing:
            return None
        details = self._details(project_of(found), [found["node_id"]] if found["state"] == "closed" else [])
        return _in(project, issue_of(found, details.get(found["node_id"])))

    def releases(self, project: str, etag: str) -> ReleaseList:
        reading, path = self._reading(project), f"/repos/{project}/releases"
        try:
            first = reading.get(path, {"per_page": PAGE}, etag=etag or None)
        except (Denied, Missing):  # a key without Contents, which the doctor names: milestones tell releases
            return ReleaseList(releases=(), etag=etag)
        if first.unchanged:
            return ReleaseList(releases=(), etag=etag)
        found, answer = list(first.body), first
        while answer.next:
            answer = reading.get(answer.next)
            found += answer.body
        stable = [each for each in found if not (each["draft"] or each["prerelease"])]
        made = tuple(Release(each["tag_name"], moment(each["published_at"])) for each in stable)
        return ReleaseList(releases=made, etag=first.etag or "")

    def commits(self, project: str, base: str, head: str, page: int) -> CommitPage:
        path = f"/repos/{project}/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        try:
            answer = self._reading(project).get(path, {"per_page": PAGE, "page": page})
        except Missing:  # a tag that was taken back, or histories that have nothing in common
            return CommitPage(commits=(), is_last=True)
        return CommitPage(
            commits=tuple(each["sha"] for each in answer.body["commits"]), is_last=not answer.next
        )

    def quota(self, project: str) -> Quota:
        left = self._reading(project).quota
        return Quota(left.remaining, left.limit)

    def _reading(self, project: str) -> Reading:
        return self.access.reading(project)


def _where_it_is(reading: Reading, path: str) -> Answer:
    """Read an Issue, once more where it was moved to."""
    try:
        return reading.get(path)
    except Moved as moved:
        return reading.get(moved.to)


def _in(project: str, issue: Issue) -> Issue:
    """Return an Issue under its project's name as configured: upper and lower case are the same to GitHub."""

    def named(id: str) -> str:
        name, _, number = id.rpartition("#")
        return f"{project}#{number}" if name.casefold() == project.casefold() else id

    known = issue.duplicate_of
    return replace(issue, id=named(issue.id), duplicate_of=named(known) if known else None)


def _names(project: str) -> dict[str, object]:
    owner, _, name = project.partition("/")
    return {"owner": owner, "name": name}
