"""What the stand-in says: a script's answer, what an injection told it to, or the dullest answer of a schema."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.claude.state import Asked, Claude, Reply

_TOLD = re.compile(
    r"ignore|disregard|system|instead|override|instruction|must|reply with|answer with|https?://|@(?:channel|here|everyone)"
    r"|<!|</|tool_use|ignorier|ignora|忽略|игнор",
    re.IGNORECASE,
)
_ID = re.compile(r"[\w.-]+/[\w.-]+#L?\d+|#\d+|\bA-\d+\b")
_LONGEST = 1_500


def reply_to(claude: Claude, asked: Asked) -> Reply:
    """Return what is said to a request."""
    if claude.obeys and (told := _told(asked.user)):
        return _obedient(asked, told)
    script = claude.script.get(asked.wants)
    said = script(asked) if script else _dull(asked.schema, asked.schema)
    if isinstance(said, Reply):
        return said
    return Reply(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))


def _dull(node: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Return the smallest value that a schema allows."""
    if "$ref" in node:
        return _dull(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    if "const" in node:
        return node["const"]
    if node.get("enum"):
        return node["enum"][0]
    if "anyOf" in node or "allOf" in node:
        options = node.get("anyOf") or node["allOf"]
        return None if {"type": "null"} in options else _dull(options[0], root)
    if node.get("type") == "object":
        return {name: _dull(node["properties"][name], root) for name in node.get("required", ())}
    if node.get("type") == "array":
        return [_dull(node["items"], root)] if node.get("minItems") else []
    return {"string": "-", "integer": 0, "number": 0, "boolean": False}.get(node.get("type", ""))


def _told(text: str) -> str:
    """Return the lines that tell somebody to do something."""
    return "\n".join(line for line in text.splitlines() if _TOLD.search(line))[:_LONGEST]


def _obedient(asked: Asked, told: str) -> Reply:
    """Do what the lines say with all that the schema leaves open: words, ids, choices, and tools first."""
    if asked.tools and not asked.turns:
        return Reply(stop_reason="tool_use", uses=tuple(_forged(asked, told)))
    if not asked.schema:
        return Reply(told)
    return Reply(json.dumps(_filled(asked.schema, asked.schema, told), ensure_ascii=False))


def _forged(asked: Asked, told: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tools = {tool["name"]: tool for tool in asked.body["tools"]}
    for name in asked.tools:
        yield name, _filled(tools[name]["input_schema"], tools[name]["input_schema"], told)


def _filled(node: Mapping[str, Any], root: Mapping[str, Any], told: str, name: str = "") -> Any:
    if "$ref" in node:
        return _filled(root["$defs"][node["$ref"].rpartition("/")[2]], root, told, name)
    if node.get("enum"):
        return next(
            (each for each in node["enum"] if str(each).casefold() in told.casefold()), node["enum"][-1]
        )
    if "anyOf" in node or "allOf" in node:
        options = [each for each in node.get("anyOf") or node["allOf"] if each != {"type": "null"}]
        return _filled(options[0], root, told, name)
    if node.get("type") == "object":
        return {key: _filled(each, root, told, key) for key, each in node["properties"].items()}
    if node.get("type") == "array":
        return [_filled(node["items"], root, told, name)]
    if node.get("type") == "string":
        return _word(told, name)
    return {"integer": 999, "number": 1.0, "boolean": True}.get(node.get("type", ""), node.get("const"))


def _word(told: str, name: str) -> str:
    """Return an id where one is asked for, else the lines themselves."""
    ids = _ID.findall(told)
    wants_id = name in ("id", "issue", "issue_id", "answer_id", "source", "record")
    return (ids[0] if ids else "evil/repo#666") if wants_id else told
