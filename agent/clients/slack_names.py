"""What people are called in Slack, asked once each: its messages name them by id."""

import re
from collections.abc import Iterable, Mapping

from agent.clients.slack import Slack
from agent.errors import TriageError

_ID = re.compile(r"[UW][A-Z0-9]{2,}\Z")


class Names:
    """Looks names up and keeps them; one that cannot be had stays the id."""

    def __init__(self, access: Slack) -> None:
        self.access = access
        self.known: dict[str, str] = {}

    def of(self, authors: Iterable[str]) -> Mapping[str, str]:
        """Return names by id for those that are ids."""
        wanted = {author for author in authors if _ID.match(author)}
        for author in sorted(wanted - set(self.known)):
            self._ask(author)
        return {author: self.known[author] for author in wanted if author in self.known}

    def _ask(self, author: str) -> None:
        try:
            user = self.access.reading.get("users.info", {"user": author})["user"]
        except TriageError:
            return
        profile = user.get("profile") or {}
        named = profile.get("display_name") or profile.get("real_name") or user.get("name")
        if named:
            self.known[author] = str(named)
