"""A message in the API's shape, and its usage: what a cached prefix costs the first time and afterwards."""

import json
from typing import Any

from tests.fakes.claude import judging
from tests.fakes.claude.speaking import reply_to
from tests.fakes.claude.state import CHARACTERS_A_TOKEN, Asked, Claude, Reply

#: A prefix shorter than this is not cached, whatever its breakpoints say.
LEAST_CACHED = 1_024


def answer(claude: Claude, asked: Asked) -> dict[str, Any]:
    """Return the message that answers a request."""
    reply = reply_to(claude, asked)
    claude.paused = reply.stop_reason == "pause_turn"
    said = {
        "id": claude.next_id("msg"),
        "type": "message",
        "role": "assistant",
        "model": asked.body["model"],
        "content": _content(claude, reply),
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "usage": _usage(claude, asked, reply),
    }
    claude.refused += [f"answer: {each}" for each in judging.of_answer(said)]
    return said


def tokens_of(body: Any) -> int:
    """Return about how many tokens a request has."""
    parts = (body.get("system"), body["messages"], body.get("tools"), body.get("output_config"))
    return _tokens([part for part in parts if part])


def _content(claude: Claude, reply: Reply) -> list[dict[str, Any]]:
    text = [{"type": "text", "text": reply.text}] if reply.text else []
    uses = [
        {"type": "tool_use", "id": claude.next_id("toolu"), "name": name, "input": dict(given)}
        for name, given in reply.uses
    ]
    return [*text, *uses]


def _usage(claude: Claude, asked: Asked, reply: Reply) -> dict[str, Any]:
    total = tokens_of(asked.body)
    prefix = _prefix(asked.body)
    kept = _tokens(prefix) if prefix else 0
    if kept < LEAST_CACHED:
        kept = 0
    key = json.dumps([asked.body["model"], prefix])
    with claude.lock:
        is_known = kept > 0 and key in claude.cached
        if kept:
            claude.cached.add(key)
    said = reply.text or json.dumps([dict(given) for _, given in reply.uses])
    return {
        "input_tokens": max(total - kept, 1),
        "cache_creation_input_tokens": 0 if is_known else kept,
        "cache_read_input_tokens": kept if is_known else 0,
        "output_tokens": reply.output_tokens or _tokens(said),
    }


def _prefix(body: Any) -> list[Any]:
    """Return all that stands before the last breakpoint of tools and system, in the API's order."""
    parts = [*(body.get("tools") or ()), *(body["system"] if isinstance(body.get("system"), list) else ())]
    marked = [place for place, part in enumerate(parts) if part.get("cache_control")]
    return parts[: marked[-1] + 1] if marked else []


def _tokens(value: Any) -> int:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return max(1, len(text) // CHARACTERS_A_TOKEN)
