"""A run from what was asked for to what is on the disk: `triage eval run`, and what the gate runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from agent.errors import Misuse
from agent.ports import Progress, no_progress
from evals.running.cache import Cache, key_of
from evals.running.records import Case
from evals.running.runner import AT_ONCE, Runner, Scorer
from evals.running.runs import Run, RunFolder, Setup
from evals.scorers.by_kind import scored
from evals.setups import Bench, Product, Wanted, open_product

MISSING = "Evaluations need pydantic-evals. Install it: pip install 'triage-agent[evals]'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Which datasets, through what, how often; `name` is the run's, made of these where it is ""."""

    datasets: Sequence[str]
    wanted: Wanted
    repeats: int = 1
    name: str = ""
    at_once: int = AT_ONCE


def evaluate(bench: Bench, asked: Request, progress: Progress = no_progress) -> Run:
    """Run what is asked for and is not done yet; killed, the same again goes on. Raises Misuse."""
    if find_spec("pydantic_evals") is None:
        raise Misuse(MISSING)
    datasets = list(dict.fromkeys(asked.datasets))
    cases = bench.cases(datasets)
    if not cases:
        raise Misuse("No cases: name a dataset. See which there are: triage eval list")
    with open_product(bench, asked.wanted, cases) as product:
        name = asked.name or name_of(datasets, asked.repeats, product.setup, cases)
        runner = Runner(
            task=product,
            scorer=_scorer(product),
            folder=RunFolder(runs_in(bench.folder) / name),
            cache=Cache(bench.folder / "answers"),
            at_once=asked.at_once,
            progress=progress,
        )
        return runner.run(datasets, cases, asked.repeats)


def name_of(datasets: Sequence[str], repeats: int, setup: Setup, cases: Sequence[Case]) -> str:
    """Return the name of a run that was given none: the same again is the same run, other cases are another."""
    asked = {"datasets": datasets, "repeats": repeats, "cases": list(map(asdict, cases))}
    digest = key_of({"setup": asdict(setup), **asked})
    return f"{'+'.join(datasets)}-{setup.engine}-{digest[:7]}"


def runs_in(folder: Path) -> Path:
    """Return where runs are kept."""
    return folder / "runs"


def read_run(bench: Bench, name: str) -> Run:
    """Return a run by its name. Raises NotFound, Misuse where the name is a path."""
    if not name or Path(name).name != name:
        raise Misuse(f"{name!r} is no name of a run. See the runs: triage eval list")
    return RunFolder(runs_in(bench.folder) / name).read()


def all_runs(bench: Bench) -> list[Run]:
    """Return every run that is kept, in the order of their names."""
    found = sorted(path.parent for path in runs_in(bench.folder).glob("*/run.json"))
    return [RunFolder(folder).read() for folder in found]


def _scorer(product: Product) -> Scorer:
    return lambda case, answer: scored(product.kinds[case.dataset], case, answer)
