"""How high the right Issue stands in a ranking."""

import math
from collections.abc import Collection, Sequence

from evals.scorers.score import Score

PLACES = (1, 5, 10)


def first_right(ranking: Sequence[str], right: Collection[str]) -> float:
    """Return the place, from 1 on, of the first that is right; infinity where none is."""
    return next((place for place, name in enumerate(ranking, start=1) if name in right), math.inf)


def reciprocal(places: Sequence[float]) -> Score:
    """Return the mean reciprocal rank; parts: recall at 1, 5 and 10, as "R@5"."""
    count = len(places)
    parts = {f"R@{most}": sum(place <= most for place in places) / count for most in PLACES}
    return Score(sum(1 / place for place in places) / count, parts)
