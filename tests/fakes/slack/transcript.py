"""The calls that a workspace got, as text that reads from top to bottom: ids are names, moments are numbers."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.fakes.slack.workspace import Call, Workspace


def transcript(slack: Workspace, calls: Iterable[Call]) -> str:
    """Write down what was asked, in order."""
    moments: dict[str, str] = {}
    return "\n\n".join(_named(slack, _call(call), moments) for call in calls) + "\n"


def _call(call: Call) -> str:
    said = dict(call.args)
    view, blocks = said.pop("view", None), said.pop("blocks", None)
    lines = [f"{call.method}{' -> ' + call.error if call.error else ''}"]
    lines += [f"  {name}: {_short(said[name])}" for name in sorted(said) if said[name] not in (None, "")]
    shown = blocks if blocks is not None else (view or {}).get("blocks", [])
    if view:
        lines.append(f"  {view['type']}: {(view.get('title') or {}).get('text', '')}".rstrip(": "))
    return "\n".join([*lines, *(f"  | {line}" for block in shown for line in _block(block))])


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return str(value).replace("\n", "\\n")


def _block(block: dict[str, Any]) -> Iterator[str]:
    if block["type"] == "divider":
        yield "----"
        return
    texts = [block["text"]] if "text" in block else []
    texts += [each for each in block.get("elements", []) if each.get("type") in ("mrkdwn", "plain_text")]
    for text in texts:
        yield from html.unescape(text["text"]).split("\n")
    controls = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    shown = [_control(each) for each in controls if each and "action_id" in each]
    if shown:
        label = f"{block['label']['text']}: " if "label" in block else ""
        yield label + " ".join(shown)


def _control(element: dict[str, Any]) -> str:
    if element["type"] == "button":
        return f"[{element['text']['text']}]" + (" (primary)" if element.get("style") == "primary" else "")
    if element["type"] == "plain_text_input":
        return repr(element.get("initial_value", ""))
    if element["type"] == "overflow":
        return "[" + " / ".join(each["text"]["text"] for each in element["options"]) + "]"
    chosen = [element.get("initial_option"), *(element.get("initial_options") or [])]
    return "<" + ", ".join(each["text"]["text"] for each in chosen if each) + ">"


def _named(slack: Workspace, text: str, moments: dict[str, str]) -> str:
    for id, user in slack.users.items():
        text = text.replace(id, f"@{user.name}")
    for id, channel in slack.channels.items():
        others = [slack.users[each].name for each in channel.members if each != slack.bot]
        text = text.replace(id, f"#{channel.name}" if channel.name else f"direct:{others[0]}")
    text = re.sub(r"\b\d{9,10}\.(?:\d+\.)?\w*T0TEAM[\w.]*|trigger_id: .*", "trigger_id: a trigger", text)

    text = re.sub(r"policy \w+", "policy of the day", text)

    def moment(found: re.Match[str]) -> str:
        plain = found[0].removeprefix("p").replace(".", "")
        return moments.setdefault(plain, f"<moment {len(moments) + 1}>")

    return re.sub(r"\bp?\d{10}\.?\d{6}\b", moment, text.replace(slack.address, "https://slack.example"))
