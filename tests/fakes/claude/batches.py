"""Batches: answered at once, ended at the second look, their results in no order."""

import json
from typing import Any

from tests.fakes.claude import messages
from tests.fakes.claude.state import Asked, Claude

_AT = "2026-11-21T10:00:00Z"


def begin(claude: Claude, requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Take a batch in."""
    id = claude.next_id("msgbatch")
    lines = [
        {
            "custom_id": each["custom_id"],
            "result": {"type": "succeeded", "message": messages.answer(claude, Asked(each["params"]))},
        }
        for each in requests
    ]
    claude.batches[id] = {"lines": lines[::-1], "looks": 0}
    return _shape(claude, id)


def look(claude: Claude, id: str) -> dict[str, Any]:
    """Say how far it is."""
    claude.batches[id]["looks"] += 1
    return _shape(claude, id)


def results(claude: Claude, id: str) -> bytes:
    """Return a line a request."""
    return "".join(f"{json.dumps(line)}\n" for line in claude.batches[id]["lines"]).encode()


def _shape(claude: Claude, id: str) -> dict[str, Any]:
    batch = claude.batches[id]
    count, ended = len(batch["lines"]), batch["looks"] > 1
    return {
        "id": id,
        "type": "message_batch",
        "processing_status": "ended" if ended else "in_progress",
        "request_counts": {
            "processing": 0 if ended else count,
            "succeeded": count if ended else 0,
            "errored": 0,
            "canceled": 0,
            "expired": 0,
        },
        "created_at": _AT,
        "expires_at": "2026-11-22T10:00:00Z",
        "ended_at": _AT if ended else None,
        "archived_at": None,
        "cancel_initiated_at": None,
        "results_url": f"{claude.address}/v1/messages/batches/{id}/results" if ended else None,
    }
