"""The inbox and its sister lists as groups of rows. Order is the desk's; words are `wording`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent.domain.proposals import Priority
from agent.domain.views import Row
from agent.wording.times import Urgency, urgency

PAGE = 100


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    title: str
    hint: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of a long list; pages count from 1."""

    rows: tuple[Row, ...]
    page: int
    pages: int


def slice_of(rows: Sequence[Row], page: str | None) -> Slice:
    """Give one page of the rows; a page that does not exist is the nearest that does."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(pages, max(1, int(page) if page and page.isascii() and page.isdigit() else 1))
    return Slice(tuple(rows[(number - 1) * PAGE : number * PAGE]), number, pages)


def grouped(rows: Sequence[Row], now: datetime, zone: tzinfo) -> tuple[Group, ...]:
    """Sort rows under P0, Late or due within the hour, Today, When there is time; none is empty."""
    headings = (
        ("P0", "on-call is told without waiting for you"),
        ("Late or due within the hour", ""),
        ("Today", ""),
        ("When there is time", ""),
    )
    found: list[list[Row]] = [[] for _ in headings]
    for row in rows:
        found[_group(row, now, zone)].append(row)
    return tuple(Group(*heading, tuple(rows)) for heading, rows in zip(headings, found, strict=True) if rows)


def _group(row: Row, now: datetime, zone: tzinfo) -> int:
    if row.case.priority is Priority.P0:
        return 0
    near = urgency(row.due_at, now, zone)
    return {Urgency.LATE: 1, Urgency.SOON: 1, Urgency.TODAY: 2, Urgency.LATER: 3}[near]
