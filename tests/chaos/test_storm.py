"""A storm over real processes: each Message in one Case, each approved Action once, whatever dies."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent.index import weights
from tests.chaos.stands import embedded, shared
from tests.chaos.storm import Opened, Size, run

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        weights.describe().startswith("not here"), reason="the embedder's weights are not installed"
    ),
]

SEEDS = int(os.environ.get("SEEDS", "10"))
SMALL = Size(
    messages=60,
    approvals=60,
    seconds=10,
    blow_every=2,
    most_blows=5,
    settle_seconds=200,
    unknown_more=10,
)
#: Messages and approvals of a full run; a smaller one is asked for by STORM.
FULL = int(os.environ.get("STORM", "2000"))


@pytest.mark.parametrize(("opened", "blows"), [(embedded, 3), (shared, 5)])
def test_a_small_storm_loses_nothing_and_sends_nothing_twice(
    opened: Opened, blows: int, tmp_path: Path
) -> None:
    told = run(opened, replace(SMALL, most_blows=blows), 1, tmp_path)
    assert told["messages"] == SMALL.messages


@pytest.mark.chaos
@pytest.mark.parametrize("opened", [embedded, shared])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_storm_of_thousands_loses_nothing_and_sends_nothing_twice(
    opened: Opened, seed: int, tmp_path: Path
) -> None:
    size = Size(
        messages=FULL,
        approvals=FULL,
        seconds=FULL / 4,
        blow_every=max(3.0, FULL / 200),
        most_blows=30,
        settle_seconds=600 + FULL,
        unknown_more=0 if FULL >= 1000 else 10,
    )
    run(opened, size, seed, tmp_path)
