"""Block Kit, as little of it as the cards use, every text escaped, measured and cut before it is set.

Slack stores escaped text and counts what it stores, so a text is escaped first. What a card says is in
`card.py` and its neighbours.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)

from agent.policy.slack import letters
from agent.policy.slack.letters import size
from agent.wording.texts import one_line, visible

Json = dict[str, Any]

SECTION = 2900  #: of 3,000
OPTION = 75
BUTTON = 75
MORE = "…"
JOINER = "\N{WORD JOINER}"  #: shows nothing, and is no white space
_CUTS = ("\n\n", "\n", " ")
#: Above this the sign is two UTF-16 units.
_BASIC_PLANE = 0xFFFF
#: How much longer each sign is once escaped.
_ESCAPED = {"&": len("&amp;") - 1, "<": len("&lt;") - 1, ">": len("&gt;") - 1}


def escape(text: str) -> str:
    """Make a text that Slack shows as it is: no mention, no link, no entity of its own."""
    return letters.escaped(visible(text))


def unescape(text: str) -> str:
    """Read back what `escape` wrote."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def fit(text: str, budget: int) -> str:
    """Escape a text and cut it at a word so that it stays within the budget; "…" where it was cut."""
    raw = visible(text[:budget])
    if len(text) <= budget and size(whole := escape(raw)) <= budget:
        return whole
    kept = raw[: _reach(raw, budget - 1)]
    at_word = kept.rpartition(" ")[0]
    return escape((at_word if len(at_word) > len(kept) // 2 else kept).rstrip(" \n,.;:")) + MORE


def line(text: str, budget: int) -> str:
    """Fold a text into one line and fit it."""
    return fit(one_line(text[: budget * 8]), budget)


def _reach(text: str, budget: int, *, escaped: bool = True) -> int:
    """Return how many characters of a text fit, once escaped or as they are."""
    used = 0
    for at, char in enumerate(text):
        used += (_ESCAPED.get(char, 0) if escaped else 0) + 1 + (ord(char) > _BASIC_PLANE)
        if used > budget:
            return at
    return len(text)


def pieces(text: str, budget: int = SECTION, *, escaped: bool = True) -> list[str]:
    """Cut a text into stretches that fit once escaped, or as they are; joined they are the text again.

    Cut at a paragraph, else a line, else a word, each kept with what stands before it.
    """
    found, at = [], 0
    while at < len(text):
        window = text[at : at + budget]
        reach = _reach(window, budget, escaped=escaped)
        if at + reach < len(text):
            reach = _at_cut(window, reach)
        found.append(text[at : at + reach])
        at += reach
    return found


def _at_cut(window: str, reach: int) -> int:
    for cut in _CUTS:
        near = window.rfind(cut, 0, reach)
        if near > 0 and near + len(cut) > reach // 2 and window[: near + len(cut)].strip():
            return near + len(cut)
    return reach


def header(text: str, budget: int) -> HeaderBlock:
    """Head a message in plain text."""
    return HeaderBlock(text=_plain(line(text, budget)))


def _plain(escaped: str) -> PlainTextObject:
    return PlainTextObject(text=escaped, emoji=False)


def _markup(ready: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=ready, verbatim=True)


def section(
    ready: str, accessory: ButtonElement | None = None, *, block_id: str | None = None
) -> SectionBlock:
    """Set mrkdwn that is escaped and fits already."""
    return SectionBlock(text=_markup(ready), accessory=accessory, block_id=block_id)


def exact(text: str) -> SectionBlock:
    """Set a text letter for letter: nothing in it is markup. Slack takes no text that is blank."""
    return SectionBlock(text=_plain(escape(text) if text.strip() else f"{text}{JOINER}"))


def context(*ready: str) -> ContextBlock:
    """Set small lines of mrkdwn that are escaped and fit already."""
    return ContextBlock(elements=[_markup(each) for each in ready if each])


def button(words: str, action: str, value: str, *, primary: bool = False, url: str = "") -> ButtonElement:
    """Offer one thing to do, in words of our own; `value` is what the click brings back."""
    style = "primary" if primary else None
    return ButtonElement(
        text=_plain(words[:BUTTON]), action_id=action, value=value, style=style, url=url or None
    )


def option(words: str, value: str, description: str = "") -> Option:
    """Offer one choice of a menu; Slack takes 150 characters of value."""
    told = _plain(line(description, OPTION)) if description else None
    return Option(text=_plain(line(words, OPTION) or "-"), value=value, description=told)


def linked_option(words: str, value: str, url: str) -> Option:
    """Offer a place to go to; an overflow menu alone takes these."""
    return Option(text=_plain(line(words, OPTION)), value=value, url=url)


def select(action: str, options: Sequence[Option], chosen: str) -> StaticSelectElement:
    """Offer a menu that stands at its chosen value."""
    initial = next((each for each in options if each.value == chosen), None)
    return StaticSelectElement(action_id=action, options=options, initial_option=initial)


def overflow(action: str, options: Sequence[Option]) -> OverflowMenuElement:
    """Offer what is wanted seldom."""
    return OverflowMenuElement(action_id=action, options=options)


def actions(elements: Sequence[InteractiveElement], block_id: str) -> ActionsBlock:
    """Set buttons and menus in a row."""
    return ActionsBlock(elements=list(elements), block_id=block_id)


def to_json(blocks: Iterable[Block]) -> list[Json]:
    """Give blocks as Slack takes them; raises SlackObjectFormationError for one that breaks a limit."""
    return [block.to_dict() for block in blocks]


def bold(escaped: str) -> str:
    """Set what is escaped in bold; a star in it would end the bold early."""
    return f"*{escaped.replace('*', '∗')}*"


def quote(escaped: str) -> str:
    """Set what is escaped as a quotation, line by line; a code fence would show our marks within it."""
    return "\n".join(f"> {each}" for each in escaped.split("\n") if not each.strip().startswith("```"))


def link(words: str, url: str) -> str:
    """Link words that are escaped; without a url they stand alone."""
    safe = url.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace("&", "&amp;")
    return f"<{safe}|{words.replace('|', '∣')}>" if safe.startswith(("https://", "http://")) else words


def text_of(block: Json) -> list[str]:
    """Give every text of a block that counts against the sum Slack takes of a message."""
    found: list[str] = []
    stack: list[object] = [block]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            if isinstance(each.get("text"), str):
                found.append(each["text"])
            stack += each.values()
        elif isinstance(each, list):
            stack += each
    return found


def sum_of(blocks: Iterable[Json]) -> int:
    """Measure all the text of some blocks together."""
    return sum(size(text) for block in blocks for text in text_of(block))
