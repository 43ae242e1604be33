"""Holm's correction: several metrics are several chances to be fooled."""

from collections.abc import Mapping


def adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return the p-values so adjusted that all of them may be read at one level (Holm 1979).

    The smallest is multiplied by how many there are, the next by one less, and none falls below the
    one before it.
    """
    found, highest = dict[str, float](), 0.0
    for place, name in enumerate(sorted(p_values, key=lambda each: p_values[each])):
        highest = max(highest, min(1.0, p_values[name] * (len(p_values) - place)))
        found[name] = highest
    return found
