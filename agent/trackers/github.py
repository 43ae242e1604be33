"""The GitHub tracker: Issues, notes, estimates and advisories carry our mark; the rest is in `github_filing.py`.

A write is made once. What it left is read back, and the Receipt holds its link.
"""

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
    silenced,
    since,
    where_now,
)
from agent.clients.outcomes import attempt
from agent.domain.actions import STATES, Action, ActionKind, Outcome, Receipt, Refusal, Unknown
from agent.errors import Moved, Rejected
from agent.ports import Now
from agent.trackers.github_filing import Filing, find_held, hold

SEVERITIES = {"P0": "critical", "P1": "high", "P2": "medium", "P3": "low"}


class GitHubTracker:
    """Implements `ports.Tracker` on GitHub. What GitHub lists can be late, so a look is not final."""

    listing_is_final = False

    def __init__(self, access: GitHub, now: Now) -> None:
        self.access = access
        self.now = now

    def carry_out(self, action: Action) -> Outcome:
        return attempt(action.key, lambda: self._carried_out(action))

    def _carried_out(self, action: Action) -> Outcome:
        if action.kind is ActionKind.CREATE_ISSUE:
            return self._file(action)
        if action.kind is ActionKind.OPEN_ADVISORY:
            return self._advise(action)
        issue = Named.read(action.destination)
        if issue is None:
            return Refusal(
                key=action.key, why=f"{action.destination} is no Issue of GitHub. Nothing was done."
            )
        try:
            return self._hold(action, issue) if action.kind in STATES else self._comment(action, issue)
        except Moved as error:
            where = where_now(self.access, issue)
            raise Rejected(f"{where} Nothing was done; leave this out, or decide again there.") from error

    def find(self, action: Action) -> Receipt | None:
        issue = Named.read(action.destination)
        if action.kind is ActionKind.CREATE_ISSUE:
            return self._found(action, f"/repos/{action.destination}/issues", _newest(action))
        if action.kind is ActionKind.OPEN_ADVISORY:
            return self._advisory(action)
        if issue is None:
            return None
        if action.kind in STATES:
            return self._held(action, issue)
        return self._found(action, f"{issue.path}/comments", since(action.approved_at))

    def _found(self, action: Action, path: str, params: Mapping[str, object]) -> Receipt | None:
        found = found_again(self.access, action.destination.partition("#")[0], path, params, action.key)
        return self._receipt(action, found) if found else None

    def _file(self, action: Action) -> Outcome:
        path = f"/repos/{action.destination}/issues"
        refuse_public(self.access.reading(action.destination), action.destination, action.visibility)
        body = {"title": action.title, "body": marked(silenced(action.body), action.key)}
        made = self.access.writing(action.destination).send("POST", path, body)
        return self._read_back(action, f"{path}/{made['number']}")

    def _comment(self, action: Action, issue: Named) -> Outcome:
        refuse_public(self.access.reading(issue.project), issue.project, action.visibility)
        body = {"body": marked(silenced(action.body), action.key)}
        made = self.access.writing(issue.project).send("POST", f"{issue.path}/comments", body)
        return self._read_back(action, f"/repos/{issue.project}/issues/comments/{made['id']}")

    def _read_back(self, action: Action, path: str) -> Outcome:
        reading = self.access.reading(action.destination.partition("#")[0])
        return read_back(action.key, lambda: self._receipt(action, as_written(reading, path, action.key)))

    def _advise(self, action: Action) -> Outcome:
        """Open a draft that only the repository's security people read (A9)."""
        body = {
            "summary": action.title,
            "description": marked(silenced(action.body), action.key),
            "severity": SEVERITIES.get(action.fields.get("priority", ""), "high"),
            "vulnerabilities": [{"package": {"ecosystem": "other", "name": action.destination}}],
        }
        path = f"/repos/{action.destination}/security-advisories"
        self.access.writing(action.destination).send("POST", path, body)

        def look() -> Outcome:
            found = self._advisory(action)
            return found or Unknown(key=action.key, why="GitHub took the advisory and does not show it.")

        return read_back(action.key, look)

    def _advisory(self, action: Action) -> Receipt | None:
        path = f"/repos/{action.destination}/security-advisories"
        params = {"state": "draft", "sort": "created", "direction": "desc"}
        found = found_again(self.access, action.destination, path, params, action.key, body="description")
        if found is None:
            return None
        return Receipt(key=action.key, destination_id=found["ghsa_id"], url=found["html_url"], at=self.now())

    def _hold(self, action: Action, issue: Named) -> Outcome:
        at = Filing(self.access.reading(issue.project), self.access.writing(issue.project), issue)
        receipt = self._held(action, issue)
        if receipt is not None:
            return receipt
        hold(at, action)

        def look() -> Outcome:
            found = self._held(action, issue)
            return found or Refusal(key=action.key, why=_not_held(action, issue))

        return read_back(action.key, look)

    def _held(self, action: Action, issue: Named) -> Receipt | None:
        at = Filing(self.access.reading(issue.project), self.access.writing(issue.project), issue)
        url = find_held(at, action)
        if url is None:
            return None
        return Receipt(key=action.key, destination_id=str(issue), url=url, at=self.now())

    def _receipt(self, action: Action, found: Mapping[str, Any]) -> Receipt:
        """Return the proof; its id is the Issue's, for a comment too, and the link leads to the comment."""
        is_new = action.kind is ActionKind.CREATE_ISSUE
        id = f"{action.destination}#{found['number']}" if is_new else action.destination
        return Receipt(key=action.key, destination_id=id, url=found["html_url"], at=self.now())


def _newest(action: Action) -> dict[str, str]:
    return {"state": "all", "sort": "created", "direction": "desc", **since(action.approved_at)}


def _not_held(action: Action, issue: Named) -> str:
    if action.kind is ActionKind.ASSIGN_ISSUE:
        login = action.fields["login"]
        return f"GitHub did not assign {login} to {issue}: give them access to it, or leave this out."
    return f"GitHub took the change of {issue} and does not show it. Look at the Issue, then try again."
