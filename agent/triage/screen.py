"""Screen: is this a Case at all? What is dropped is listed, with why, and can be taken back."""

from collections.abc import Sequence

from agent.domain.messages import Message
from agent.policy import screening
from agent.settings import Team


def screen(messages: Sequence[Message], team: Team) -> str:
    """Return why a Case is dropped, "" when one of its Messages says something."""
    reasons = [screening.screen(message, team.own_accounts, team.bots) for message in messages]
    return reasons[0] if reasons and all(reasons) else ""
