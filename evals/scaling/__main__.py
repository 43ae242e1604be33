"""Measures what one machine bears and prints it: `python -m evals.scaling`, parts by name.

`--write` puts each part's tables into its block of docs/scaling.md. A PostgreSQL is that of DATABASE_URL,
or one that is started for this.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.settings import Settings, from_process
from evals.scaling import floor, page
from evals.scaling.intake import intake
from evals.scaling.memory import memory
from evals.scaling.stands import postgres
from evals.scaling.throughput import throughput

PARTS = ("throughput", "parts", "intake", "memory")
WORKERS = (1, 2, 4)
MORE = "What a Case costs by part, how doors answer while workers are busy, and what more needs: [scaling](scaling.md)."


def main(arguments: Sequence[str]) -> None:
    """Measure what was asked for, print it, and write it where that was asked for."""
    asked = _asked(arguments)
    settings = from_process()
    if not (settings.data / "issues").is_dir():
        raise SystemExit(f"No real reports in {settings.data}: set TRIAGE_DATA to measure anything.")
    for part in asked.parts or PARTS:
        lines = []
        with tempfile.TemporaryDirectory(prefix="triage-scaling-") as folder:
            for line in _measured(part, settings, Path(folder), asked):
                print(line, flush=True)
                lines.append(line)
        if asked.write:
            words = [each for each in arguments if each not in (*PARTS, "--write")]
            command = " ".join(["python -m evals.scaling", part, *words])
            page.write(part, command, lines)
            if part == "throughput":
                page.write("sizing", command, [*lines, "", MORE], page.OPERATE)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.scaling", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without any")
    parser.add_argument("--issues", type=int, default=2_000, help="Issues that each Message is searched in")
    parser.add_argument("--cases", type=int, default=400, help="Cases a row of throughput and of parts")
    parser.add_argument("--rate", type=int, default=200, help="deliveries a second of intake")
    parser.add_argument("--seconds", type=int, default=60, help="how long intake is measured")
    parser.add_argument("--memory-cases", type=int, default=20_000, help="Cases that memory is watched over")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md, dated")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return asked


def _measured(part: str, settings: Settings, folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    if part == "memory":
        yield from memory(settings, folder, asked.memory_cases, asked.issues)
        return
    yield f"Each Message is searched in {asked.issues:,} Issues.\n"
    with postgres() as server:
        if part == "throughput":
            yield from throughput(settings, server, folder, asked.cases, asked.issues, WORKERS)
        elif part == "intake":
            yield from intake(settings, server, folder, asked.rate, asked.seconds, asked.issues)
        else:
            yield "SQLite:\n"
            yield from floor.on_sqlite(settings, folder, asked.cases, asked.issues)
            yield "\nPostgreSQL:\n"
            yield from floor.on_postgres(settings, server, folder, asked.cases, asked.issues)


if __name__ == "__main__":
    main(sys.argv[1:])
