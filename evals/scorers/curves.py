"""What flags are worth over all thresholds."""

from collections.abc import Iterator, Sequence


def thresholds(right: Sequence[bool], chances: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield how many are flagged and how many of these are right, a threshold that occurs, the highest first.

    Ties are flagged together.
    """
    surest = sorted(range(len(chances)), key=lambda place: -chances[place])
    hits = 0
    for flags, place in enumerate(surest, 1):
        hits += right[place]
        if flags == len(surest) or chances[surest[flags]] != chances[place]:
            yield flags, hits


def average_precision(right: Sequence[bool], chances: Sequence[float], marked: int) -> float:
    """Return the precision at each gain of recall, weighed by the gain.

    `marked` is how many there are to be found; 0 is the worst. Labels that miss some make it a lower bound.
    """
    total, before = 0.0, 0
    for flags, hits in thresholds(right, chances):
        total += (hits - before) / marked * hits / flags
        before = hits
    return total
