"""Measures and prints; `--write` puts each part's table into its block of docs/scaling.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.settings import from_process
from evals.scaling import floor, page, throughput
from evals.scaling.stands import postgres

PARTS = ("throughput", "parts", "intake", "memory")


def main(arguments: Sequence[str]) -> None:
    """Measure what was asked for, print it, and write it where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m evals.scaling", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without any")
    parser.add_argument("--cases", type=int, default=400, help="Cases a measurement of throughput and parts")
    parser.add_argument("--issues", type=int, default=10_000, help="Issues that each Message is searched in")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md, dated")
    asked = parser.parse_args(arguments)
    settings = from_process()
    if not (settings.data / "issues").is_dir():
        raise SystemExit(f"No real reports in {settings.data}: set TRIAGE_DATA to measure anything.")
    with tempfile.TemporaryDirectory(prefix="triage-scaling-") as scratch:
        for part in asked.parts or PARTS:
            lines = []
            for line in measured(part, settings, Path(scratch) / part, asked):
                print(line, flush=True)
                lines.append(line)
            if asked.write:
                page.write(part, lines)


def measured(part, settings, folder, asked) -> Iterator[str]:
    folder.mkdir()
    if part == "throughput":
        with postgres() as server:
            yield from throughput.throughput(settings, server, folder, asked.cases, asked.issues, (1, 2, 4))
    if part == "parts":
        yield from floor.on_sqlite(settings, folder, asked.cases, asked.issues)
        with postgres() as server:
            yield from floor.on_postgres(settings, server, folder, asked.cases, asked.issues)


if __name__ == "__main__":
    main(sys.argv[1:])
