"""What Slack calls the people who write there. Implements `ports.Directory`."""

from agent.clients.slack import Slack
from agent.domain.messages import Named
from agent.errors import Missing
from agent.policy.slack.watching import ELSEWHERE, GUEST

#: How much of a name is kept: it stands in lines of ours.
LONGEST = 80


class SlackDirectory:
    """Implements `ports.Directory` by `users.info`."""

    def __init__(self, access: Slack) -> None:
        self.access = access

    def named(self, id: str) -> Named:
        try:
            user = self.access.reading.get("users.info", {"user": id})["user"]
        except Missing:
            return Named()
        profile = user.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or user.get("name") or ""
        is_guest = user.get("is_restricted") or user.get("is_ultra_restricted")
        is_theirs = user.get("is_stranger") or user.get("team_id") not in (None, "", self.access.account.team)
        origin = GUEST if is_guest else ELSEWHERE if is_theirs else ""
        return Named(name=" ".join(str(name).split())[:LONGEST], origin=origin)
