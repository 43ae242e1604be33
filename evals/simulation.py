"""What the gate's statistics do when the truth is known: how often they cry wolf, and what they see.

`python -m evals.simulation` prints both tables. Nothing of the product is run: answers flip at random.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evals.comparison.planning import LEVEL, WORTH_KNOWING, power_of
from evals.comparison.verdict import Pairs, chances

COMPARISONS = 500
CASES = 300
#: Shares of cases that change.
DISCORDANCE = (0.05, 0.08, 0.10, 0.15, 0.20)
#: A run's metrics with a vote, each right or wrong.
METRICS = ("type", "priority", "duplicate")
RIGHT = 0.8  #: how many answers are right before anything changes
SEED = 11


def alarm(chance: np.random.Generator, discordance: float, loss: float, votes: int) -> bool:
    """Compare two made-up runs that differ in a share of cases, with a net loss in the first metric."""
    given = []
    for metric in METRICS[:votes]:
        before = (chance.random(CASES) < RIGHT).astype(float)
        lost, flips = loss if metric == METRICS[0] else 0.0, chance.random(CASES)
        breaks, mends = (discordance + lost) / 2, (discordance - lost) / 2
        after = before.copy()
        after[(before == 1) & (flips < breaks / RIGHT)] = 0.0
        after[(before == 0) & (flips < mends / (1 - RIGHT))] = 1.0
        scores = {"before": before.tolist(), "after": after.tolist()}
        given.append(Pairs(metric=metric, clusters=range(CASES), gates=True, **scores))
    return min(each.worse for each in chances(given).values()) <= LEVEL


def alarms(discordance: float, loss: float, votes: int, comparisons: int = COMPARISONS) -> float:
    """Return the share of comparisons that the gate turns red."""
    chance = np.random.default_rng(SEED)
    return sum(alarm(chance, discordance, loss, votes) for _ in range(comparisons)) / comparisons


def tables(comparisons: int = COMPARISONS) -> Iterator[str]:
    """Yield both tables, in Markdown."""
    yield f"{comparisons} comparisons of {CASES} cases each; the level is {LEVEL:.0%}."
    yield ""
    yield "| cases that change | false alarms, 1 metric | 3 metrics | a loss of 5 points is seen, 1 metric | 3 metrics | exact, 1 metric |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for share in DISCORDANCE:
        false = [alarms(share, 0.0, votes, comparisons) for votes in (1, 3)]
        true = [alarms(share, WORTH_KNOWING, votes, comparisons) for votes in (1, 3)]
        exact = power_of(CASES, share)
        cells = " | ".join(f"{each:.3f}" for each in (*false, *true, exact))
        yield f"| {share:.0%} | {cells} |"


if __name__ == "__main__":
    print("\n".join(tables()))
