"""What a person sees of blocks, read back; and what Slack gives back of a modal that was submitted."""

from collections.abc import Iterable
from typing import Any

from agent.cards import blocks as kit
from agent.cards.card import Card

Json = dict[str, Any]


def exact(blocks: Iterable[Json]) -> str:
    """Join the sections that are set letter for letter."""
    texts = [block["text"] for block in blocks if block["type"] == "section"]
    said = [kit.unescape(each["text"]) for each in texts if each["type"] == "plain_text"]
    return "".join(_without_joiner(each) for each in said)


def _without_joiner(said: str) -> str:
    """Take off what keeps a blank text from being refused."""
    bare = said.removesuffix(kit.JOINER)
    return said if bare.strip() else bare


def reply_of(card: Card) -> str:
    """Join the reply of a card with its parts below."""
    return exact(card.blocks) + "".join(exact(part) for part in card.parts)


def submitted(view: Json, **typed: str) -> dict[str, Any]:
    """Give the state of a modal as it is submitted; `typed` is what was changed, by block id."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        name, element = block["block_id"], block["element"]
        said: Json = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            said["value"] = typed.get(name, element.get("initial_value")) or None
        elif element["type"] == "checkboxes":
            said["selected_options"] = element.get("initial_options", [])
        elif name in typed:
            said["selected_option"] = {"value": typed[name]}
        else:
            said["selected_option"] = element.get("initial_option")
        values[name] = {element["action_id"]: said}
    return values


def boxes(view: Json, name: str) -> list[str]:
    """Give what stands in the boxes of one text."""
    found = [block for block in view["blocks"] if block.get("block_id", "").startswith(f"{name}:")]
    return [block["element"].get("initial_value", "") for block in found]
