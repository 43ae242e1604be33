"""What two readers said of flags: docs/readings.tsv, ids and readings without text.

Each pair was read twice, independently and blind to score and label: is the report the same problem as
the Issue (if the one were resolved, would the other be)? "seeded" are 100 drawn from all of rust's later
reports whose first candidate scored 0.2 or more; "likeliest" are the surest of what was not among those.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evals.scorers.flags import kappa

READINGS = Path("docs/readings.tsv")
SAME = "same"

Pair = tuple[str, str]


def readings(path: Path = READINGS) -> dict[Pair, tuple[str, str]]:
    """Return both readings of each pair of report and Issue: "same" or "different", doubts taken off."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            (row["report"], row["issue"]): (row["first"].rstrip("?"), row["second"].rstrip("?"))
            for row in rows
        }


def table(flags: Mapping[Pair, float], thresholds: Sequence[float]) -> Iterator[str]:
    """Yield a row a threshold: of the flags from there on, how many were read, and how many are the same."""
    read = readings()
    first, second = zip(*read.values(), strict=True)
    agreed = kappa(first, second)
    yield f"| flags, read by two (kappa {agreed.value:.2f} of {len(read)} pairs) | flags | read | same problem |"
    yield "| --- | --- | --- | --- |"
    for at in thresholds:
        raised = [pair for pair, chance in flags.items() if chance >= at]
        seen = [read[pair] for pair in raised if pair in read]
        same = sum(each.count(SAME) for each in seen) / (2 * len(seen)) if seen else 0.0
        yield f"| from {at:.2f} | {len(raised)} | {len(seen)} | {same:.2f} |"
