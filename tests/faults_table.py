"""The table of faults that a file of tests prints at its end, a line a fault: `pytest -n 0 -s` shows it."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows below a head, each cell as wide as its column."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        rows = [self.head, *self.rows]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.head))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def printed(*head: str) -> Iterator[Table]:
    """Collect a line a fault, and print them where output is shown."""
    shown = Table(head)
    yield shown
    print(f"\n\n{shown}")
