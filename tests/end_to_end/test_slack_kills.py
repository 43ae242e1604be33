"""A reply of two posts stands in its thread once and whole, whatever dies on the way (rule 5, rule 6)."""

import json
import subprocess
import sys

import pytest

from tests.builders import REPOSITORY

pytestmark = pytest.mark.processes

WHOLE = {"restart": 0, "parts": [1, 2], "state": "sent"}


@pytest.fixture(scope="module")
def deaths() -> list[dict[str, object]]:
    """Return a line a point: the process that died there with -9, and what stood after the next start."""
    stand = [sys.executable, "-m", "tests.end_to_end.slack_kill_stand"]
    done = subprocess.run(stand, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_kill_before_or_after_any_request_or_commit_posts_nothing_twice_and_loses_nothing(
    deaths: list[dict[str, object]],
) -> None:
    assert not [line for line in deaths if {key: line[key] for key in WHOLE} != WHOLE]


def test_the_kills_are_real_and_stand_on_both_sides_of_each_post(deaths: list[dict[str, object]]) -> None:
    assert [line["signal"] for line in deaths] == [0] + [9] * (len(deaths) - 1)
    points = [str(line["point"]).partition(" ")[2] for line in deaths[1:]]
    assert points.count("before writing.send") == points.count("after writing.send") == 2
    assert points.count("before a commit") >= 5
