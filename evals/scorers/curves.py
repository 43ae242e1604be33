"""What flags are worth over all thresholds."""

from collections.abc import Sequence


def average_precision(right: Sequence[bool], chances: Sequence[float], marked: int) -> float:
    """Return the precision at each gain of recall, weighed by the gain; ties are flagged together.

    `marked` is how many there are to be found; 0 is the worst. Labels that miss some make it a lower bound.
    """
    surest = sorted(range(len(chances)), key=lambda place: -chances[place])
    total, hits, before = 0.0, 0, 0
    for flags, place in enumerate(surest, 1):
        hits += right[place]
        if flags == len(surest) or chances[surest[flags]] != chances[place]:
            total += (hits - before) / marked * hits / flags
            before = hits
    return total
