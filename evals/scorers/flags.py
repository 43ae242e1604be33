"""What a threshold catches, and how two readers agree on what it caught."""

from collections import Counter
from collections.abc import Sequence
from math import nan

from evals.scorers.score import Score


def flagged(chances: Sequence[float], right: Sequence[bool], marked: Sequence[bool], at: float) -> Score:
    """Return the share of marked reports that are flagged with a right Issue.

    Parts: how many are flagged, and how many of these the labels call right. Labels miss duplicates,
    so that share is a lower bound of the precision.
    """
    flags = [place for place, chance in enumerate(chances) if chance >= at]
    hits = sum(right[place] for place in flags)
    caught = sum(right[place] and marked[place] for place in flags)
    precision = hits / len(flags) if flags else 0.0
    return Score(caught / sum(marked), {"flags": len(flags), "right by the labels": precision})


def kappa(one: Sequence[str], other: Sequence[str]) -> Score:
    """Return Cohen's kappa of two readers (Cohen 1960); parts: how often they agree, and would by chance.

    Where both always say the same one thing, chance agrees too and nothing is known: NaN.
    """
    count = len(one)
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / count
    first, second = Counter(one), Counter(other)
    chance = sum(first[kind] * second[kind] for kind in first) / count**2
    return Score(
        (agreed - chance) / (1 - chance) if chance < 1 else nan, {"agreed": agreed, "by chance": chance}
    )
