"""Reads the discussions of a repository, which REST does not list, from the latest change back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.clients.github import Reading
from agent.domain.arrivals import Arrival, Happened
from agent.policy.github import written
from agent.policy.github.ids import DISCUSSION
from agent.policy.github.watching import Place, Watch
from agent.ports import Cursor, InflowPage

#: What is said below; all of it, because an answer may stand below what is old.
_SAID = """
  nodes {
    body url createdAt updatedAt author { login }
    replies(last: 100) { nodes { body url createdAt updatedAt author { login } } }
  }
  pageInfo { hasNextPage endCursor }
"""
#: Small pages: what a query costs grows with all that it could return.
DISCUSSIONS = f"""
query($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    discussions(first: 10, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      nodes {{
        id number title body url createdAt updatedAt author {{ login }}
        comments(first: 30) {{ {_SAID} }}
      }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
"""
COMMENTS = f"""
query($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Discussion {{ comments(first: 100, after: $after) {{ {_SAID} }} }} }}
}}
"""


def discussions(reading: Reading, place: Place, watch: Watch, at: Cursor, began_at: datetime) -> InflowPage:
    """Return all that changed since the cursor as one page; the list runs backwards, to the cursor and past it."""
    since = newest = at.since or began_at
    found: list[Arrival] = []
    after, is_last = None, False
    while not is_last:
        listed = _page(reading, place, after)
        for node in listed["nodes"]:
            changed_at = written.moment(node["updatedAt"])
            newest = max(newest, changed_at)
            if changed_at >= since:
                found += _written(place, node, _below(reading, node), watch, began_at)
        oldest = written.moment(listed["nodes"][-1]["updatedAt"]) if listed["nodes"] else since
        is_last = oldest < since or not listed["pageInfo"]["hasNextPage"]
        after = listed["pageInfo"]["endCursor"]
    return InflowPage(happened=Happened(arrivals=tuple(found)), following=Cursor(since=newest), is_last=True)


def _page(reading: Reading, place: Place, after: str | None) -> Mapping[str, Any]:
    owner, _, name = place.name.partition("/")
    answer = reading.graphql(DISCUSSIONS, {"owner": owner, "name": name, "after": after})
    found: Mapping[str, Any] = answer["repository"]["discussions"]
    return found


def _below(reading: Reading, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what is said below a discussion, answers included."""
    page = node["comments"]
    said = list(page["nodes"])
    while page["pageInfo"]["hasNextPage"]:
        after = page["pageInfo"]["endCursor"]
        page = reading.graphql(COMMENTS, {"id": node["id"], "after": after})["node"]["comments"]
        said += page["nodes"]
    return [each for comment in said for each in (comment, *comment["replies"]["nodes"])]


def _written(
    place: Place,
    node: Mapping[str, Any],
    below: Sequence[Mapping[str, Any]],
    watch: Watch,
    began_at: datetime,
) -> Iterator[Arrival]:
    """Yield a discussion and what is below it; somebody's new comment brings an old one along."""
    thread = f"{place.name}{DISCUSSION}{node['number']}"
    new = [each for each in below if written.moment(each["createdAt"]) >= began_at]
    brings = any(not watch.is_quiet(written.login_of(each["author"])) for each in new)
    is_new = written.moment(node["createdAt"]) >= began_at
    yield written.written(place, _as_rest(node), thread, opens=is_new or brings)
    for each in below:
        yield written.comment(place, _as_rest(each), thread, opens=each in new)


def _as_rest(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a node under the names that webhooks give its fields."""
    names = {"number": "number", "title": "title", "body": "body", "html_url": "url", "user": "author"}
    times = {"created_at": "createdAt", "updated_at": "updatedAt"}
    return {name: node.get(theirs) for name, theirs in (names | times).items()}
