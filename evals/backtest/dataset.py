"""A team's past as a dataset of its home: written from the store, then run and kept like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agent.errors import Misuse, NotFound
from agent.store import issues as stored
from evals.backtest import history
from evals.datasets import Kind, Shelf
from evals.setups import Bench
from evals.stores import read

if TYPE_CHECKING:
    from agent.ports import Progress
    from agent.settings import Settings

#: The index of a past: all its Issues, searched up to each one's moment.
INDEX = "past"
_SHEET = {
    "purpose": "What the product would have made of the team's own Issues.",
    "kind": Kind.BACKTEST.value,
    "source": "the Issues of this home",
    "licence": "the team's own; it stays in the home",
    "labelled": "by the team, as its labels and links say today; links miss duplicates",
    "split": "by time: each Issue sees those that were written before it",
    "clusters": "the Issue that links lead to",
    "vote": "decided",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """Which past is tried; of more than `most` Issues the newest, where it is not 0."""

    project: str
    since: datetime
    most: int = 0


def project_of(settings: Settings, named: str) -> str:
    """Return the project that is meant. Raises NotFound where it has no Issues, Misuse where it must be named."""
    known = read(settings, stored.projects)
    if named in known:
        return named
    if named or not known:
        whose = f" of {named}" if named else ""
        raise NotFound(f"No Issues{whose} are here. Bring them: triage sync, or triage index issues.jsonl")
    if len(known) > 1:
        raise Misuse(f"Which project? Name it with --project: {', '.join(known)}")
    return known[0]


def prepare(settings: Settings, past: Past, watch: Callable[[str], Progress]) -> tuple[Bench, str]:
    """Write the dataset and return where to run it, and its name. Raises NotFound where there is nothing to try."""
    found = read(settings, lambda tx: stored.of_project(tx, past.project))
    lines = list(history.cases(found, past.since, settings.tracker, INDEX, _source(settings, past.project)))
    if not lines:
        raise NotFound(f"No closed Issue of {past.project} was written since {past.since:%Y-%m-%d}.")
    slug = past.project.replace("/", "-")
    folder = settings.home / "evals" / "backtest" / slug
    cases, known = _jsonl(lines[-past.most :]), _jsonl(map(history.as_it_was, found))
    name = f"backtest-{slug}-{hashlib.sha256((cases + known).encode()).hexdigest()[:7]}"
    (folder / "issues").mkdir(parents=True, exist_ok=True)
    _write(folder / "issues" / f"{INDEX}.jsonl", known)
    _write(folder / f"{name}.jsonl", cases)
    _write(folder / f"{name}.yaml", yaml.safe_dump({**_SHEET, "cases": f"{name}.jsonl"}))
    return Bench(
        settings=settings,
        shelf=Shelf(folders=(folder,), data=folder, sample=folder, home=folder),
        watch=watch,
    ), name


def _source(settings: Settings, project: str) -> str:
    """Return the place where Issues of this project are written: a repository of its own where none is configured."""
    places = (
        each.id for each in settings.sources if each.project == project and each.id.startswith("github:")
    )
    return next(places, f"github:{project}")


def _jsonl(lines: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)


def _write(path: Path, text: str) -> None:
    half = path.with_name(f"{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
