"""Plots as numbers: lines and dots between 0 and 1, and where they lie on the paper. Each brings its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The paper, in the units of the picture.
WIDTH, HEIGHT = 400, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 388, 12, 236
QUARTERS = tuple((step / 4, f"{step * 25}") for step in range(5))
#: The largest dot of a plot, as a radius.
LARGEST = 11.0
SMALLEST = 2.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A place on a plot, 0 to 1 both ways; `size` is how many it speaks for."""

    x: float
    y: float
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line or, if it is not joined, dots. `kind` tells lines apart: a, b, or even (a diagonal)."""

    name: str
    kind: str
    points: Sequence[Point]
    is_joined: bool = True

    def path(self) -> str:
        """Return the points of a polyline."""
        return " ".join(f"{across(point.x):.1f},{up(point.y):.1f}" for point in self.points)

    def dots(self) -> list[tuple[float, float, float]]:
        """Return x, y and radius of each dot; its area says how many it speaks for."""
        most = max((point.size for point in self.points), default=0)
        return [(across(each.x), up(each.y), _radius(each.size, most)) for each in self.points]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """A picture, what it says in words, and the table behind it."""

    title: str
    says: str
    across: str
    up: str
    lines: Sequence[Line]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    ticks: Sequence[tuple[float, str]] = QUARTERS
    mark: Point | None = None  #: where the product works
    mark_says: str = ""


def across(share: float) -> float:
    """Return where a share lies from left to right."""
    return _LEFT + share * (_RIGHT - _LEFT)


def up(share: float) -> float:
    """Return where a share lies from the top."""
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _radius(size: int, most: int) -> float:
    return max(SMALLEST, LARGEST * (size / most) ** 0.5) if most else SMALLEST + 1
