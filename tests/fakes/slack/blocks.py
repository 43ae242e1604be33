"""Slack's documented limits of Block Kit, and the one of the sum that is not documented.

Each fault is a sentence with its place, as Slack tells them in `response_metadata.messages`. Lengths
are those of the stored text: escaped, so that a bare `&` counts five.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
#: Refusals were seen from about this many characters of all texts together (bolt-js 2509).
SUM = 11_300
SECTION, HEADER, CONTEXT_ELEMENTS, ACTIONS, FIELDS, FIELD = 3000, 150, 10, 25, 10, 2000
BUTTON, VALUE, OPTION, OPTION_VALUE, OPTIONS, OVERFLOW = 75, 2000, 75, 150, 100, 5
ID, URL, PLACEHOLDER, LABEL, MARKDOWN, INPUT = 255, 3000, 150, 2000, 12_000, 3000
TITLE, PRIVATE_METADATA = 24, 3000
_BARE = re.compile(r"&(?!(?:amp|lt|gt);)")
_MENUS = ("static_select", "external_select", "multi_static_select", "users_select", "conversations_select")

Faults = Iterator[str]


def length(text: str, *, is_plain: bool = False) -> int:
    """Return the length of a text as it is stored."""
    stored = _BARE.sub("&amp;", text)
    if is_plain:
        stored = stored.replace("<", "&lt;").replace(">", "&gt;")
    return len(stored)


def faults(blocks: Any, *, surface: str = "message") -> list[str]:
    """Return everything that is wrong with the blocks of a message, a modal or a home."""
    if not isinstance(blocks, list):
        return ["must be an array of blocks"]
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    found = [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []
    for at, block in enumerate(blocks):
        found += [f"{fault} [json-pointer:/blocks/{at}]" for fault in _block(block, surface)]
    return found + list(_twins(blocks))


def total(blocks: list[Any]) -> int:
    """Return the characters of all texts together."""
    return sum(len(each) for each in texts(blocks))


def texts(found: Any) -> Iterator[str]:
    """Yield every text within blocks."""
    if isinstance(found, list):
        for each in found:
            yield from texts(each)
    elif isinstance(found, dict):
        for name, each in found.items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from texts(each)


def _block(block: Any, surface: str) -> Faults:
    kind = block.get("type") if isinstance(block, dict) else None
    check = _BLOCKS.get(str(kind))
    if check is None:
        yield f"unsupported type: {kind}"
        return
    if kind == "input" and surface == "message":
        return  # allowed in messages too, by now
    if kind == "alert" and surface != "modal":
        yield "unsupported type: alert"
    yield from _id(block, "block_id")
    yield from check(block)


def _id(of: dict[str, Any], name: str) -> Faults:
    if len(str(of.get(name, ""))) > ID:
        yield f"{name} must be less than {ID + 1} characters"


def _text(of: Any, most: int, name: str = "text", *, plain: bool = False) -> Faults:
    if not isinstance(of, dict) or of.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{name}: missing or no text object"
        return
    if plain and of["type"] != "plain_text":
        yield f"{name}: must be plain_text"
    said = of.get("text")
    if not isinstance(said, str) or not said:
        yield f"{name}: must be more than 0 characters"
    elif length(said, is_plain=of["type"] == "plain_text") > most:
        yield f"{name}: must be less than {most + 1} characters"


def _section(block: dict[str, Any]) -> Faults:
    if "text" not in block and not block.get("fields"):
        yield "missing required field: text or fields"
    if "text" in block:
        yield from _text(block["text"], SECTION)
    fields = block.get("fields") or []
    if len(fields) > FIELDS:
        yield f"fields: no more than {FIELDS} items allowed"
    for each in fields:
        yield from _text(each, FIELD, "fields")
    if "accessory" in block:
        yield from _element(block["accessory"])


def _header(block: dict[str, Any]) -> Faults:
    yield from _text(block.get("text"), HEADER, plain=True)


def _context(block: dict[str, Any]) -> Faults:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= CONTEXT_ELEMENTS:
        yield f"elements: between 1 and {CONTEXT_ELEMENTS} items"
    for each in elements:
        if each.get("type") == "image":
            yield from _image(each)
        else:
            yield from _text(each, SECTION, "elements")


def _actions(block: dict[str, Any]) -> Faults:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= ACTIONS:
        yield f"elements: between 1 and {ACTIONS} items"
    for each in elements:
        yield from _element(each)


def _input(block: dict[str, Any]) -> Faults:
    yield from _text(block.get("label"), LABEL, "label", plain=True)
    if block.get("hint"):
        yield from _text(block["hint"], LABEL, "hint", plain=True)
    yield from _element(block.get("element"))


def _image(block: dict[str, Any]) -> Faults:
    if not 1 <= len(str(block.get("image_url", ""))) <= URL:
        yield "image_url: missing or too long"
    if not 1 <= len(str(block.get("alt_text", ""))) <= LABEL:
        yield "alt_text: missing or too long"


def _markdown(block: dict[str, Any]) -> Faults:
    if not 1 <= len(str(block.get("text", ""))) <= MARKDOWN:
        yield f"text: between 1 and {MARKDOWN} characters"


def _nothing(_: dict[str, Any]) -> Faults:
    yield from ()


_BLOCKS: dict[str, Callable[[dict[str, Any]], Faults]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "divider": _nothing,
    "rich_text": _nothing,
    "alert": _nothing,
}


def _element(of: Any) -> Faults:
    kind = of.get("type") if isinstance(of, dict) else None
    check = _ELEMENTS.get(str(kind))
    if check is None:
        yield f"unsupported element: {kind}"
        return
    yield from _id(of, "action_id")
    if "placeholder" in of:
        yield from _text(of["placeholder"], PLACEHOLDER, "placeholder", plain=True)
    if "confirm" in of:
        yield from _confirm(of["confirm"])
    yield from check(of)


def _confirm(of: dict[str, Any]) -> Faults:
    yield from _text(of.get("title"), 100, "confirm.title", plain=True)
    yield from _text(of.get("text"), 300, "confirm.text")
    yield from _text(of.get("confirm"), 30, "confirm.confirm", plain=True)
    yield from _text(of.get("deny"), 30, "confirm.deny", plain=True)


def _button(of: dict[str, Any]) -> Faults:
    yield from _text(of.get("text"), BUTTON, plain=True)
    if len(of.get("value") or "") > VALUE:
        yield f"value: must be less than {VALUE + 1} characters"
    if "value" in of and not of["value"]:
        yield "value: must be more than 0 characters"
    if len(of.get("url") or "") > URL:
        yield f"url: must be less than {URL + 1} characters"
    if of.get("style") not in (None, "primary", "danger"):
        yield "style: must be primary or danger"


def _options(of: dict[str, Any], most: int, *, least: int = 1) -> Faults:
    groups = of.get("option_groups")
    options = (
        of.get("options") or [] if groups is None else [each for one in groups for each in one["options"]]
    )
    if not least <= len(options) <= most:
        yield f"options: between {least} and {most} items"
    for each in options:
        yield from _option(each)
    chosen = of.get("initial_option")
    if chosen is not None and chosen not in options:
        yield "initial_option: must be one of the options"
    for each in of.get("initial_options") or []:
        if each not in options:
            yield "initial_options: must be among the options"


def _option(of: Any) -> Faults:
    yield from _text(of.get("text"), OPTION, "option")
    if not 1 <= len(str(of.get("value", ""))) <= OPTION_VALUE:
        yield f"option value: between 1 and {OPTION_VALUE} characters"
    if of.get("description"):
        yield from _text(of["description"], OPTION, "option description")


def _menu(of: dict[str, Any]) -> Faults:
    if "static" in of["type"]:
        yield from _options(of, OPTIONS)
    elif of.get("initial_option"):
        yield from _option(of["initial_option"])


def _typed(of: dict[str, Any]) -> Faults:
    given, most = str(of.get("initial_value") or ""), of.get("max_length", INPUT)
    if not 1 <= most <= INPUT:
        yield f"max_length: between 1 and {INPUT}"
    if len(given) > most:
        yield f"initial_value: must be less than {most + 1} characters"


_ELEMENTS: dict[str, Callable[[dict[str, Any]], Faults]] = {
    "button": _button,
    "overflow": lambda of: _options(of, OVERFLOW),
    "checkboxes": lambda of: _options(of, 10),
    "radio_buttons": lambda of: _options(of, 10),
    "plain_text_input": _typed,
    "image": _image,
    "datepicker": _nothing,
    "timepicker": _nothing,
    "datetimepicker": _nothing,
} | dict.fromkeys(_MENUS, _menu)


def _twins(blocks: list[Any]) -> Faults:
    """Find block ids that are given twice, and action ids that are given twice in one block."""
    ids = [each["block_id"] for each in blocks if isinstance(each, dict) and each.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique"
    for block in blocks:
        elements = block.get("elements") if isinstance(block, dict) else None
        actions = [each.get("action_id") for each in elements or [] if isinstance(each, dict)]
        named = [each for each in actions if each]
        if len(named) != len(set(named)):
            yield "action_id must be unique within its block"


def view_faults(view: Any) -> list[str]:
    """Return everything that is wrong with a modal or a home."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["must be a view of type modal or home"]
    found = faults(view.get("blocks"), surface=view["type"])
    if len(str(view.get("private_metadata") or "")) > PRIVATE_METADATA:
        found.append(f"private_metadata must be less than {PRIVATE_METADATA + 1} characters")
    if len(str(view.get("callback_id") or "")) > ID:
        found.append(f"callback_id must be less than {ID + 1} characters")
    return found + (list(_modal(view)) if view["type"] == "modal" else [])


def _modal(view: dict[str, Any]) -> Faults:
    yield from _text(view.get("title"), TITLE, "title", plain=True)
    for name in ("submit", "close"):
        if view.get(name):
            yield from _text(view[name], TITLE, name, plain=True)
    has_input = any(each.get("type") == "input" for each in view.get("blocks") or [])
    if has_input and not view.get("submit"):
        yield "submit is required when an input block is within blocks"
