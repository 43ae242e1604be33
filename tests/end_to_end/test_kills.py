"""Nothing is lost and nothing is sent twice, whatever dies (rule 5, rule 6)."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.builders import REPOSITORY

pytestmark = pytest.mark.processes

#: What must be true after the next start, wherever the process died.
WHOLE = {
    "restart": 0,
    "messages": 1,
    "cases": 1,
    "proposals": 1,
    "verdicts": 1,
    "issues": 2,
    "jobs": 0,
    "states": ["sent", "sent"],
    "replies": 1,
    "keys": ["C-1:r1:reply"],
}


@pytest.fixture(scope="module")
def deaths() -> list[dict[str, object]]:
    """Return a line a point: the process that died there with -9, and what the next one found."""
    stand = [sys.executable, "-m", "tests.end_to_end.kill_stand"]
    done = subprocess.run(stand, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_kill_before_or_after_any_call_or_commit_loses_nothing_and_sends_nothing_twice(
    deaths: list[dict[str, object]],
) -> None:
    wrong = [line for line in deaths if {key: line[key] for key in WHOLE} != WHOLE]
    assert not wrong


def test_the_kills_are_real_and_stand_on_both_sides_of_every_port(deaths: list[dict[str, object]]) -> None:
    assert [line["signal"] for line in deaths] == [0] + [9] * (len(deaths) - 1)
    points = Counter(str(line["point"]).partition(" ")[2] for line in deaths[1:])
    for call in ("index.search", "engine.compare", "engine.assess", "engine.draft", "queue.enqueue"):
        assert points[f"before {call}"] >= 1
        assert points[f"after {call}"] >= 1
    for call in ("channel.carry_out", "tracker.carry_out"):
        assert points[f"before {call}"] == points[f"after {call}"] == 1
    assert points["before a commit"] >= 20
    assert points["after a commit"] >= 10
