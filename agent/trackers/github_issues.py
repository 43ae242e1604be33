"""What GitHub's payloads say about an Issue. Pure: dictionaries in, records out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.domain.issues import Issue, IssueState
from agent.policy.references import CLOSED_BY, MILESTONE, STATE_REASON, confirmed_duplicate

#: Who speaks for a project when they call something a duplicate.
TEAM = ("OWNER", "MEMBER", "COLLABORATOR")
#: What a list of Issues does not say about those that are closed; asked for a page at once.
DETAILS = """
query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Issue {
      id
      comments(last: 5) { nodes { body authorAssociation } }
      timelineItems(last: 10, itemTypes: [CLOSED_EVENT, MARKED_AS_DUPLICATE_EVENT, UNMARKED_AS_DUPLICATE_EVENT]) {
        nodes {
          __typename
          ... on ClosedEvent { closer { __typename ... on Commit { oid } ... on PullRequest { mergeCommit { oid } } } }
          ... on MarkedAsDuplicateEvent { canonical { ... on Issue { number repository { nameWithOwner } } } }
        }
      }
    }
  }
}
"""


def moment(text: str | None) -> datetime | None:
    """Read GitHub's time, `2026-11-20T09:00:00Z`."""
    return datetime.fromisoformat(text) if text else None


def is_issue(payload: Mapping[str, Any]) -> bool:
    """Tell an Issue from a pull request, which GitHub lists among them."""
    return "pull_request" not in payload


def project_of(payload: Mapping[str, Any]) -> str:
    """Return `owner/name` of where the Issue lives now; after a transfer that is another place."""
    return "/".join(str(payload["repository_url"]).rsplit("/", 2)[-2:])


def issue_of(payload: Mapping[str, Any], details: Mapping[str, Any] | None = None) -> Issue:
    """Make an Issue of a payload of REST and, where it is closed, of its node of DETAILS."""
    created_at = moment(payload["created_at"])
    assert created_at is not None
    id = f"{project_of(payload)}#{payload['number']}"
    reason = payload.get("state_reason")
    return Issue(
        id=id,
        title=payload["title"],
        body=payload.get("body") or "",
        created_at=created_at,
        closed_at=moment(payload.get("closed_at")),
        state=IssueState(payload["state"]),
        labels=tuple(_label(each) for each in payload["labels"]),
        url=payload["html_url"],
        comments=payload["comments"],
        author=(payload.get("user") or {}).get("login", "ghost"),
        duplicate_of=_duplicate_of(id, reason, details) if details else None,
        extra=_extra(payload, reason, details),
    )


def _label(given: Any) -> str:
    return given if isinstance(given, str) else str(given["name"])


def _extra(
    payload: Mapping[str, Any], reason: str | None, details: Mapping[str, Any] | None
) -> dict[str, object]:
    said = {
        STATE_REASON: reason,
        MILESTONE: (payload.get("milestone") or {}).get("title"),
        "type": (payload.get("type") or {}).get("name"),
        CLOSED_BY: _closing_commit(details) if details else None,
    }
    return {name: value for name, value in said.items() if value}


def _timeline(details: Mapping[str, Any], *kinds: str) -> list[Mapping[str, Any]]:
    nodes = (details.get("timelineItems") or {}).get("nodes") or []
    return [each for each in nodes if each and each["__typename"] in kinds]


def _closing_commit(details: Mapping[str, Any]) -> str | None:
    closed = _timeline(details, "ClosedEvent")
    closer = (closed[-1].get("closer") if closed else None) or {}
    commit = closer.get("mergeCommit") or closer
    return commit.get("oid")


def _duplicate_of(id: str, reason: str | None, details: Mapping[str, Any]) -> str | None:
    marks = _timeline(details, "MarkedAsDuplicateEvent", "UnmarkedAsDuplicateEvent")
    canonical = (marks[-1].get("canonical") if marks else None) or {}
    marked = f"{canonical['repository']['nameWithOwner']}#{canonical['number']}" if canonical else None
    comments = [each for each in (details.get("comments") or {}).get("nodes") or [] if each]
    said = [each["body"] for each in comments if each["authorAssociation"] in TEAM]
    return confirmed_duplicate(id, marked=marked, reason=reason, said_by_team=said)
