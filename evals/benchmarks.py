"""Quality and speed of the product as wired: `make bench` prints the tables and writes docs/benchmarks.md.

Everything is measured in this run, on real reports of TRIAGE_DATA. `--home DIR` keeps the indexes, so
that a second run does not embed again; `--only` prints one part and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from agent.house import House
from agent.settings import Settings, from_process
from agent.wiring import open_house
from evals import prompt_costs, quality, speed
from evals.fitting.titles import priority_table
from evals.fitting.types import type_table
from evals.reports import PROJECTS, issues, reports, settings_in

OUT = Path("docs/benchmarks.md")
ALL = "all"
MESSAGES = 200
PRICED = 20  #: of each project
PARTS = ("retrieval", "classes", "speed", "prompts")
HEAD = """# Benchmarks

Written by `make bench` on {date}: {machine}, {cores} cores, Python {python}, {libraries}.
Intervals are 95 % of a bootstrap over reports; duplicates of one Issue are drawn together. What is measured
is the product as wired, with the configuration as shipped. Reports are real ones of public trackers; what
was fitted on what stands in [retrieval.md](retrieval.md) and on the [card](../agent/engines/weights/CARD.md).

"""


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--home", type=Path, help="a folder that keeps the indexes between runs")
    parser.add_argument("--only", choices=PARTS)
    asked = parser.parse_args(arguments)
    settings = from_process()
    if not (settings.data / "issues").is_dir():
        raise SystemExit(f"No real reports in {settings.data}: set TRIAGE_DATA to measure anything.")
    lines = []
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        houses = _houses(settings, asked.home or Path(scratch), stack)
        for line in _measured(settings, houses, [asked.only] if asked.only else PARTS):
            print(line, flush=True)
            lines.append(line)
    if not asked.only:
        OUT.write_text(_head() + "\n".join(lines) + "\n", encoding="utf-8")


def _houses(settings: Settings, home: Path, stack: ExitStack) -> dict[str, House]:
    """Open a house a project, and one with all of them; index what is not there yet."""
    houses = {}
    for name in (*PROJECTS, ALL):
        house = stack.enter_context(open_house(settings_in(settings, home / name), command="make bench"))
        known = chain.from_iterable(
            issues(settings.data, each) for each in (PROJECTS if name == ALL else [name])
        )
        done = house.add_issues(known)
        print(
            f"  … {name}: {done.read} Issues, {done.embedded} embedded, {done.seconds:.0f} s", file=sys.stderr
        )
        houses[name] = house
    return houses


def _measured(settings: Settings, houses: Mapping[str, House], wanted: Sequence[str]) -> Iterator[str]:
    if "retrieval" in wanted:
        yield "## The right Issue on top\n"
        yield from quality.tables(
            houses, settings.data, settings.duplicate_share, settings.duplicates.duplicate
        )
    if "classes" in wanted:
        yield "\n## Type and priority\n"
        yield from type_table(settings.data)
        yield ""
        yield from priority_table(settings.data)
    if "speed" in wanted:
        yield "\n## Speed\n"
        yield from _speed(settings, houses)

    if "prompts" in wanted:
        yield "\n## What a Case costs on Claude\n"
        priced = [
            each for name in PROJECTS for each in reports(settings.data, f"{name}.dev").messages[:PRICED]
        ]
        yield from prompt_costs.costs(houses[ALL], priced)


def _speed(settings: Settings, houses: Mapping[str, House]) -> Iterator[str]:
    known = list(issues(settings.data, "rust"))
    asked = reports(settings.data, "rust.unlabelled.dev").messages[:MESSAGES]
    yield "| what | measured |"
    yield "| --- | --- |"
    yield from speed.searching(houses[ALL], asked)
    yield from speed.trials(houses[ALL], asked)
    yield from speed.journey(houses[ALL], asked)
    rate, row = speed.indexing(settings, known)
    yield row
    yield from speed.hundred_thousand(settings, known, rate)


def _head() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "numpy", "chromadb"))
    return HEAD.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        libraries=libraries,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
