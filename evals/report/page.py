"""The report as one HTML file: no network, readable in print, on a phone and in the dark."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from evals.backtest.results import Results, sentence
from evals.comparison.planning import LEVEL
from evals.comparison.resampling import ROUNDS
from evals.report import rows, series
from evals.report.entries import Entry, State, entries, own_name, shortened
from evals.report.judged import Judged
from evals.report.plots import HEIGHT, WIDTH, across, up
from evals.scorers.intervals import SEED

#: The pages' colours stand at the head of their style, above this line.
_GROUND = "/* Ground */"
_STYLE = resources.files("agent") / "doors" / "web" / "static" / "triage.css"
_HERE = resources.files("evals.report") / "templates"


def page(judged: Judged) -> str:
    """Return the whole file."""
    return _environment().get_template("report.html").render(_shown(judged), title=judged.sentence())


def past_page(judged: Judged, found: Results) -> str:
    """Return the file of a backtest: what was found first, then plots and cases as of any run."""
    template = _environment().get_template("backtest.html")
    return template.render(_shown(judged), title=sentence(found), past=found)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evals.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        kind=_kind, decimal=_decimal, shortened=shortened, named=_named, own_name=own_name
    )
    environment.globals.update(across=across, up=up, width=WIDTH, height=HEIGHT)
    return environment


def _shown(judged: Judged) -> dict[str, Any]:
    found = entries(judged)
    return {
        "judged": judged,
        "style": tokens() + (_HERE / "report.css").read_text(encoding="utf-8"),
        "script": (_HERE / "report.js").read_text(encoding="utf-8"),
        "metrics": rows.metric_rows(judged.findings),
        "reach": rows.reach_of(judged.findings),
        "costs": rows.cost_rows(rows.costs(judged)),
        "alone": [] if judged.against else list(rows.alone(judged)),
        "totals": rows.totals(judged.run),
        "watched": list(judged.watched()),
        "confusions": list(series.confusions(judged)),
        "plots": list(series.plots(judged)),
        "entries": found,
        "filters": list(filters(found)),
        "changed": [entry for entry in found if entry.is_changed or entry.state is State.ERROR],
        "made": list(made(judged)),
    }


def tokens() -> str:
    """Return the colours and typefaces that the inbox has: one palette for every page."""
    return _STYLE.read_text(encoding="utf-8").partition(_GROUND)[0]


def filters(found: list[Entry]) -> Iterator[tuple[str, str, int]]:
    """Yield the filters of the cases: name, words, and how many they show."""
    states = Counter(entry.state for entry in found)
    yield "all", "All", len(found)
    yield "broken", "Broken", states[State.BROKEN]
    yield "fixed", "Fixed", states[State.FIXED]
    yield "error", "Errors", states[State.ERROR]
    yield "abstained", "Abstained", sum(entry.is_abstained for entry in found)
    yield "wrong", "Not right", sum(not entry.is_right for entry in found)


def made(judged: Judged) -> Iterator[tuple[str, str, str]]:
    """Yield how the runs were made: what, of A, of B."""
    ours = asdict(judged.run.setup)
    theirs = asdict(judged.against.setup) if judged.against else {}
    for name, value in ours.items():
        yield _named(name), _text(theirs.get(name, "")), _text(value)
    yield "run", judged.against.name if judged.against else "", judged.run.name
    yield "repeats", str(judged.against.repeats) if judged.against else "", str(judged.run.repeats)
    yield "not run yet", str(judged.against.missing) if judged.against else "", str(judged.run.missing)
    level = f"level {LEVEL:.0%}, Holm over the metrics with a vote; {ROUNDS:,} resamples from seed {SEED}"
    yield "statistics", "", level
    yield "Python", "", platform.python_version()


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_named(str(name))} {each}" for name, each in value.items())
    return str(value)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _decimal(value: float) -> str:
    """Write at most three decimals, and none that say nothing."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _kind(value: object) -> str:
    """Tell the template how to show a value of JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "number"
    if value in (None, "") or (isinstance(value, Mapping | list | tuple) and not value):
        return "nothing"
    return "fields" if isinstance(value, Mapping) else "list" if isinstance(value, list | tuple) else "text"
