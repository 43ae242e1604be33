"""Who is meant by an id of Slack's: whose names a Message needs, and how its words read once they are known."""

import re
from collections.abc import Mapping

from agent.domain.messages import Message, Named
from agent.policy.slack.ids import SLACK

_ID = "[UW][A-Z0-9]{2,40}"
#: How `texts.plain` writes a mention of somebody whose name it does not know.
_MENTIONED = re.compile(rf"(?<![\w.])@({_ID})\b")
#: How `written` names a writer of whom it knows the id alone, and where they come from.
_AUTHOR = re.compile(rf"({_ID})(?: \(([^()]{{1,40}})\))?\Z")


def mentioned(text: str) -> frozenset[str]:
    """Return the ids that a text mentions without a name."""
    return frozenset(_MENTIONED.findall(text)) if "@" in text else frozenset()


def id_of(author: str) -> str:
    """Return the id that stands for a writer's name; "" where the name is known."""
    found = _AUTHOR.match(author)
    return found[1] if found else ""


def met(message: Message) -> frozenset[str]:
    """Return the ids whose names a Message needs, its writer's and those that it mentions."""
    if not message.source.startswith(SLACK):
        return frozenset()
    return (mentioned(message.text) | {id_of(message.author)}) - {""}


def reworded(text: str, names: Mapping[str, Named]) -> str:
    """Return a text with the names of those whom it mentions; whoever has none stays an id."""

    def named(found: re.Match[str]) -> str:
        person = names.get(found[1])
        return f"@{person.name}" if person and person.name else found[0]

    return _MENTIONED.sub(named, text) if names else text


def called(author: str, names: Mapping[str, Named]) -> str:
    """Say who wrote as the place calls them, and where they come from: "Ada (a guest)"."""
    found = _AUTHOR.match(author)
    person = names.get(found[1]) if found else None
    if found is None or person is None or not person.name:
        return author
    origin = found[2] or person.origin
    return f"{person.name} ({origin})" if origin else person.name
