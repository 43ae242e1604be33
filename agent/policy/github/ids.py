"""How what is written at GitHub is called here. A thread is an Issue, a discussion or a pull request.

`owner/name#12` an Issue (as the index calls it), `owner/name/discussions/12`, `owner/name/pull/12`; below a
thread `…/issuecomment-1`, `…/discussioncomment-1`, `…/review/owner/slug`.
"""

import re
from collections.abc import Mapping
from typing import Any

ISSUE, PULL, DISCUSSION = "#", "/pull/", "/discussions/"
REVIEW = "/review/"
#: Lengths are GitHub's own limits.
_ISSUE = re.compile(r"(?P<issue>[\w.-]{1,39}/[\w.-]{1,100}#\d{1,9})(?:/|\Z)")
_ANCHOR = re.compile(r"#((?:issue|discussion)comment-\d{1,19})\Z")


def issue_thread(name: str, payload: Mapping[str, Any]) -> str:
    """Return the thread of an Issue's payload, which for GitHub may be a pull request's."""
    is_pull = payload.get("pull_request") is not None
    return f"{name}{PULL if is_pull else ISSUE}{int(payload['number'])}"


def pull_thread(name: str, payload: Mapping[str, Any]) -> str:
    """Return the thread of a pull request's payload."""
    return f"{name}{PULL}{int(payload['number'])}"


def discussion_thread(name: str, payload: Mapping[str, Any]) -> str:
    """Return the thread of a discussion's payload."""
    return f"{name}{DISCUSSION}{int(payload['number'])}"


def comment_id(thread: str, url: str) -> str:
    """Return the id of a comment by its web address, which REST, GraphQL and webhooks share."""
    found = _ANCHOR.search(url)
    if found is None:
        raise ValueError(f"no address of a comment: {url!r}")
    return f"{thread}/{found[1]}"


def review_id(thread: str, team: str) -> str:
    """Return the id of a team's review request: asked for again, it is the same one."""
    return f"{thread}{REVIEW}{team}"


def issue_of(message: str) -> str | None:
    """Return the Issue that a Message is, or is written below; None where it is none."""
    found = _ISSUE.match(message)
    return found["issue"] if found else None


def is_of_pull(message: str) -> bool:
    """Tell whether a Message belongs to a pull request, which no Issue is filed about."""
    return PULL in message
