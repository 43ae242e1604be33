"""The GitHub channel: a reply is a comment below the Issue that the thread is. Everybody who reads it there sees it."""

from collections.abc import Mapping
from typing import Any

from agent.clients.github import GitHub
from agent.clients.github_marks import (
    Named,
    as_written,
    found_again,
    marked,
    read_back,
    refuse_public,
    since,
    where_now,
)
from agent.clients.outcomes import attempt
from agent.domain.actions import Action, Notice, Outcome, Receipt, Refusal
from agent.errors import Moved, Rejected
from agent.ports import Now


class GitHubChannel:
    """Implements `ports.Channel` by comments. What GitHub lists can be late, so a look is not final."""

    listing_is_final = False

    def __init__(self, access: GitHub, now: Now) -> None:
        self.access = access
        self.now = now

    def carry_out(self, action: Action | Notice) -> Outcome:
        issue = _issue(action)
        if isinstance(action, Notice) or issue is None:
            return Refusal(key=action.key, why="This thread is no Issue of GitHub. Answer it there by hand.")
        return attempt(action.key, lambda: self._comment(action, issue))

    def _comment(self, action: Action, issue: Named) -> Outcome:
        writing, reading = self.access.writing(issue.project), self.access.reading(issue.project)
        refuse_public(reading, issue.project, action.visibility)
        try:
            made = writing.send("POST", f"{issue.path}/comments", {"body": marked(action.body, action.key)})
        except Moved as error:
            raise Rejected(
                f"{where_now(self.access, issue)} Nothing was written; answer it there."
            ) from error

        path = f"/repos/{issue.project}/issues/comments/{made['id']}"
        return read_back(action.key, lambda: self._receipt(action.key, as_written(reading, path, action.key)))

    def find(self, action: Action | Notice) -> Receipt | None:
        issue = _issue(action)
        if isinstance(action, Notice) or issue is None:
            return None
        asked = since(action.approved_at)
        found = found_again(self.access, issue.project, f"{issue.path}/comments", asked, action.key)
        return self._receipt(action.key, found) if found else None

    def _receipt(self, key: str, comment: Mapping[str, Any]) -> Receipt:
        return Receipt(
            key=key, destination_id=str(comment["id"]), url=str(comment["html_url"]), at=self.now()
        )


def _issue(action: Action | Notice) -> Named | None:
    return None if isinstance(action, Notice) else Named.read(action.thread or "")
