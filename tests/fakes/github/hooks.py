"""Webhook deliveries: GitHub's own examples, and those of what happens in the stand-in."""

import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.doors.hooks.signature import signed
from tests.fakes.github import shapes
from tests.fakes.github.description import DATA
from tests.fakes.github.state import Comment, Discussion, Issue, Repository

SECRET = "secret-of-the-stand-in"
#: What a desk needs to take deliveries.
SETTINGS = {"_secrets": {"GITHUB_WEBHOOK_SECRET": SECRET}}
_ids = itertools.count(1)


@dataclass(frozen=True)
class Hook:
    """A delivery on its way."""

    event: str
    payload: Any
    id: str

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload).encode()

    def headers(self, **changes: str | None) -> dict[str, str]:
        """Return its headers; a change of None leaves one away."""
        plain: dict[str, str | None] = {
            "x-github-delivery": self.id,
            "x-github-event": self.event,
            "x-hub-signature-256": signed(self.body, SECRET),
            "content-type": "application/json",
        }
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in (plain | named).items() if value is not None}


def hook(event: str, payload: Any, id: str | None = None) -> Hook:
    return Hook(event, payload, id or f"00000000-0000-0000-0000-{next(_ids):012}")


def examples() -> Iterator[Hook]:
    """Yield all of GitHub's own."""
    with gzip.open(DATA / "webhooks.json.gz") as packed:
        for kind in json.load(packed):
            yield from (hook(kind["name"], each) for each in kind["examples"])


def told(event: str, action: str, here: Repository, who: str, **more: Any) -> Hook:
    """Return a delivery with what all of them have."""
    shared = {"repository": shapes.repository(here, who), "sender": shapes.user(here.hub, who)}
    return hook(event, {"action": action, **shared, **more})


def of_issue(here: Repository, issue: Issue, action: str = "opened", who: str = "", **more: Any) -> Hook:
    who = who or issue.author
    return told("issues", action, here, who, issue=shapes.issue(here, issue), **more)


def of_comment(
    here: Repository, issue: Issue, comment: Comment, action: str = "created", who: str = ""
) -> Hook:
    said = shapes.comment(here, issue, comment)
    if issue.is_pull:
        said["html_url"] = said["html_url"].replace("/issues/", "/pull/")
    who = who or comment.author
    return told("issue_comment", action, here, who, issue=shapes.issue(here, issue), comment=said)


def of_review(
    here: Repository, pull: Issue, team: str | None, action: str = "review_requested", person: str = "dev-2"
) -> Hook:
    asked: dict[str, Any] = (
        {"requested_team": {"slug": team}} if team else {"requested_reviewer": shapes.user(here.hub, person)}
    )
    as_pull = shapes.issue(here, pull)
    return told("pull_request", action, here, pull.author, pull_request=as_pull, **asked)


def of_discussion(here: Repository, found: Discussion, action: str = "created") -> Hook:
    said = {
        "number": found.number,
        "title": found.title,
        "body": found.body,
        "user": shapes.user(here.hub, found.author),
        "state": "open",
        "html_url": f"{shapes.WEB}/{here.full_name}/discussions/{found.number}",
        "created_at": shapes.moment(found.created_at),
        "updated_at": shapes.moment(found.updated_at),
    }
    return told("discussion", action, here, found.author, discussion=said)
