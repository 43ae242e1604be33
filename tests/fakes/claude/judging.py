"""What the Messages API refuses beyond the types: turns, empty texts, cache breakpoints, schemas, models."""

from collections.abc import Iterator
from typing import Any

import anthropic.types as api
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tests.fakes.claude.params import faults

MOST_TOKENS = 128_000
MOST_BREAKPOINTS = 4
#: What a schema of an answer or of a strict tool may say; the API takes nothing else.
KEYWORDS = {
    "$defs", "$ref", "type", "enum", "const", "anyOf", "allOf", "description", "title", "properties",
    "additionalProperties", "required", "format", "items", "minItems", "default",
}  # fmt: skip


def of_message(body: Any, *, paused: bool = False) -> list[str]:
    """Return what the API would refuse of a request for a message; after a pause the last turn may be its own."""
    found = faults(MessageCreateParamsNonStreaming, body)
    return found or list(_beyond_types(body, paused=paused))


def of_count(body: Any) -> list[str]:
    """Return what the API would refuse of a request to count tokens."""
    found = faults(MessageCountTokensParams, body)
    return found or list(_of_turns(body["messages"]))


def of_answer(body: Any) -> list[str]:
    """Return what the SDK's type of an answer does not know."""
    return [str(each) for each in _errors(api.Message, body)]


def _errors(kind: Any, body: Any) -> list[Any]:
    from pydantic import ValidationError

    try:
        kind.model_validate(body)
    except ValidationError as error:
        return error.errors()
    return []


def _beyond_types(body: Any, *, paused: bool) -> Iterator[str]:
    if not 1 <= body["max_tokens"] <= MOST_TOKENS:
        yield f"max_tokens: must be between 1 and {MOST_TOKENS}"
    yield from _of_turns(body["messages"], paused=paused)
    yield from _of_texts(body)
    if _breakpoints(body) > MOST_BREAKPOINTS:
        yield f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. Found {_breakpoints(body)}."
    wanted = (body.get("output_config") or {}).get("format")
    if wanted:
        yield from of_schema(wanted["schema"], "output_config.format.schema")
    for number, tool in enumerate(body.get("tools") or ()):
        if tool.get("strict"):
            yield from of_schema(tool["input_schema"], f"tools.{number}.input_schema")
    names = [tool["name"] for tool in body.get("tools") or ()]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."


def _of_turns(turns: Any, *, paused: bool = False) -> Iterator[str]:
    if not turns or turns[0]["role"] != "user":
        yield "messages: first message must use the user role"
        return
    if turns[-1]["role"] == "assistant" and not paused:
        yield "messages: This model does not support assistant message prefill."
    asked: set[str] = set()
    for number, turn in enumerate(turns):
        if turn["role"] == "system":
            yield f"messages.{number}.role: the system prompt is the top-level `system`"
        blocks = turn["content"] if isinstance(turn["content"], list) else []
        results = {each["tool_use_id"] for each in blocks if each["type"] == "tool_result"}
        if turn["role"] == "user":
            yield from (f"messages.{number}: unexpected tool_use_id {id}" for id in sorted(results - asked))
            yield from (f"messages.{number}: no tool_result for {id}" for id in sorted(asked - results))
        asked = {each["id"] for each in blocks if each["type"] == "tool_use"}


def _of_texts(body: Any) -> Iterator[str]:
    for place, text in _texts(body):
        if not text.strip():
            yield f"{place}: text content blocks must contain non-whitespace text"


def _texts(body: Any) -> Iterator[tuple[str, str]]:
    system = body.get("system")
    if isinstance(system, list):
        yield from ((f"system.{number}.text", block["text"]) for number, block in enumerate(system))
    for number, turn in enumerate(body["messages"]):
        if isinstance(turn["content"], str):
            yield f"messages.{number}.content", turn["content"]
            continue
        for seat, block in enumerate(turn["content"]):
            if block["type"] == "text":
                yield f"messages.{number}.content.{seat}.text", block["text"]


def _breakpoints(value: Any) -> int:
    if isinstance(value, dict):
        own = int(bool(value.get("cache_control")))
        return own + sum(_breakpoints(each) for key, each in value.items() if key != "input_schema")
    return sum(map(_breakpoints, value)) if isinstance(value, list) else 0


def of_schema(schema: Any, place: str) -> Iterator[str]:
    """Yield what structured outputs do not take: unknown keywords, open objects, what is no JSON schema."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"{place}: {error.message}"
        return
    yield from _of_node(schema, place)


def _of_node(node: Any, place: str) -> Iterator[str]:
    for key in sorted(set(node) - KEYWORDS):
        yield f"{place}: For '{node.get('type')}' type, property '{key}' is not supported"
    if node.get("type") == "object" and node.get("additionalProperties") is not False:
        yield f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
    if node.get("minItems", 0) not in (0, 1):
        yield f"{place}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    for key in ("properties", "$defs"):
        for name, each in node.get(key, {}).items():
            yield from _of_node(each, f"{place}.{key}.{name}")
    for key in ("anyOf", "allOf"):
        for number, each in enumerate(node.get(key, ())):
            yield from _of_node(each, f"{place}.{key}.{number}")
    if isinstance(node.get("items"), dict):
        yield from _of_node(node["items"], f"{place}.items")
