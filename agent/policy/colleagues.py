"""Whose words are the team's own. They are shown on a Case, and are no part of what the user reported."""

from collections.abc import Collection

from agent.domain.messages import Level, Message


def is_colleagues(message: Message, case_source: str, author: str, names: Collection[str]) -> bool:
    """Tell whether a Message of a Case is a teammate's: by its name, or from a place of the team's own.

    The Case's own author is the one who asks, teammate or not.
    """
    if message.source != case_source:
        return message.visibility.level >= Level.INTERNAL
    return message.author in names and message.author != author
