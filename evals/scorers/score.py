"""What a scorer returns: a number, and the parts that it comes from."""

from collections.abc import Mapping
from typing import NamedTuple


class Score(NamedTuple):
    """`parts` says why: a figure a class, a group, or a point of a curve."""

    value: float
    parts: Mapping[str, float]
