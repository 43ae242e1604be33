"""What was blessed: the scores that a gate holds a change against. In the repository, so without any text of a case.

A case is its id, its cluster and a hash of what it asked and expected; an answer is its scores, its label where it is
one, and what it took (seconds of the machine that blessed, tokens, cents). A line a case, so that what a blessing changes can be read.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.errors import Misuse, NotFound, Refused
from evals.comparing import DIGEST, Sheets, breaches, digest_of, metrics_of, outcomes_of, score_of
from evals.running.cache import code_version
from evals.running.records import Answer, Case, Mark, Outcome
from evals.running.runs import Run, Setup

BASELINE = Path("evals/baseline.json")
_LABELS = ("type", "priority", "duplicate", "first")


@dataclass(frozen=True, kw_only=True, slots=True)
class Blessed:
    """Who may be compared with, since when, and of which commit."""

    run: Run
    at: str
    commit: str


def bless(run: Run, sheets: Sheets, file: Path, today: str, repository: Path) -> None:
    """Write a run as what later ones are held against.

    Raises Refused where the tree is dirty, the run is of other code, or not all of it went well.
    """
    _check_tree(repository, file)
    _check(run, sheets)
    head = {"at": today, "commit": _git(repository, "rev-parse", "HEAD").strip(), "setup": asdict(run.setup)}
    half = file.with_suffix(".half")
    half.write_text("".join(_written(head, run)), encoding="utf-8")
    half.replace(file)


def read_baseline(file: Path) -> Blessed:
    """Read what was blessed, as a run without texts. Raises NotFound, Misuse where it is no baseline."""
    if not file.is_file():
        raise NotFound(f"No baseline at {file}. Make one of a run: triage eval bless RUN")
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Blessed(run=_run_of(str(file), told), at=told["at"], commit=told["commit"])
    except (ValueError, KeyError, TypeError) as error:
        raise Misuse(f"{file} is no baseline ({error}). Make it anew: triage eval bless RUN") from error


def _run_of(name: str, told: Mapping[str, Any]) -> Run:
    cases, outcomes = list[Case](), dict[tuple[str, int], Outcome]()
    for dataset, held in told["datasets"].items():
        for id, cluster, digest, scores, said, took in held["cases"]:
            cases.append(Case(id=id, dataset=dataset, input={DIGEST: digest}, expected={}, cluster=cluster))
            outcomes[id, 1] = _outcome(id, held["metrics"], scores, said, took)
    return Run(
        name=name,
        datasets=tuple(told["datasets"]),
        repeats=1,
        setup=Setup(**told["setup"]),
        cases=tuple(cases),
        outcomes=outcomes,
    )


def _outcome(
    case: str, metrics: list[str], scores: list[float | None], said: Mapping[str, Any], took: list[float]
) -> Outcome:
    seconds, tokens, cents = took
    marks = {
        name: Mark(score=score) for name, score in zip(metrics, scores, strict=True) if score is not None
    }
    answer = Answer(said=said, seconds=seconds, tokens=int(tokens), cents=cents)
    return Outcome(case=case, repeat=1, answer=answer, marks=marks)


def _written(head: Mapping[str, Any], run: Run) -> Iterator[str]:
    """Yield the file: JSON with a line a case."""
    yield "{\n"
    yield from (
        f" {json.dumps(name)}: {json.dumps(value, sort_keys=True)},\n" for name, value in head.items()
    )
    yield ' "datasets": {\n'
    for place, dataset in enumerate(run.datasets, 1):
        cases = [case for case in run.cases if case.dataset == dataset]
        metrics = metrics_of(run, dataset)
        lines = ",\n".join(
            f"   {json.dumps(_line(run, case, metrics), ensure_ascii=False)}" for case in cases
        )
        end = "" if place == len(run.datasets) else ","
        yield f'  {json.dumps(dataset)}: {{"metrics": {json.dumps(metrics)}, "cases": [\n{lines}\n  ]}}{end}\n'
    yield " }\n}\n"


def _line(run: Run, case: Case, metrics: list[str]) -> list[object]:
    answer = outcomes_of(run, case.id)[0].answer
    said = answer.said if answer else {}
    labels = {name: said[name] for name in _LABELS if isinstance(said.get(name), str)}
    scores = [score_of(run, case.id, metric) for metric in metrics]
    took = [round(answer.seconds, 3), answer.tokens, answer.cents] if answer else [0.0, 0, 0.0]
    return [case.id, case.cluster, digest_of(case), scores, labels, took]


def _check(run: Run, sheets: Sheets) -> None:
    """Refuse a run that nobody should be held against."""
    again = "Nothing was blessed. Run it again: triage eval run"
    if run.missing or any(outcome.error for outcome in run.outcomes.values()):
        raise Refused(f"{run.name} has cases without an answer. {again} {' '.join(run.datasets)}")
    if found := list(breaches(run, sheets)):
        raise Refused(
            f"{run.name}: {found[0].case}: {found[0].reason}. That must never happen; nothing was blessed."
        )
    if run.setup.code != code_version():
        raise Refused(f"{run.name} is of other code than this. {again} {' '.join(run.datasets)}")


def _check_tree(repository: Path, file: Path) -> None:
    """Refuse where what is here is not what a commit says; the baseline itself may be new."""
    root = Path(_git(repository, "rev-parse", "--show-toplevel").strip())
    status = _git(root, "status", "--porcelain", "--", ".", f":(exclude){_below(file, root)}")
    if changed := status.splitlines():
        names = ", ".join(line[3:] for line in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise Refused(f"Not committed: {names}{more}. Nothing was blessed; commit, then bless again.")


def _below(file: Path, root: Path) -> str:
    path = file.resolve()
    return path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root.resolve()) else ".triage"


def _git(repository: Path, *words: str) -> str:
    command = ["git", "-C", str(repository), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the words are ours
    if done.returncode:
        raise Misuse(f"git {words[0]}: {done.stderr.strip()}. Bless inside of the repository.")
    return done.stdout
