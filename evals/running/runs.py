"""A run on the disk: what was run, and an outcome a line. Read by comparison, gate and report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import Misuse, NotFound
from evals.running.records import Case, Outcome

_HEAD, _CASES, _OUTCOMES = "run.json", "cases.jsonl", "outcomes.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What answered: everything of it that shapes an answer. The same setup, the same run."""

    engine: str
    model: str
    prompts: str  #: the content hash of the prompt set
    prompts_from: str  #: the folder or revision it was read from
    policy: str
    embedder: str
    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A finished or killed run, whole in memory: cases in their order, outcomes by case and repeat."""

    name: str
    datasets: tuple[str, ...]
    repeats: int
    setup: Setup
    cases: tuple[Case, ...]
    outcomes: Mapping[tuple[str, int], Outcome]

    @property
    def missing(self) -> int:
        """How many outcomes a kill left out."""
        return len(self.cases) * self.repeats - len(self.outcomes)


class RunFolder:
    """Where a run is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, datasets: Sequence[str], repeats: int, setup: Setup, cases: Sequence[Case]) -> None:
        """Write what is run; a run of the same name and setup goes on. Raises Misuse for another setup."""
        head = {"datasets": list(datasets), "repeats": repeats, "setup": asdict(setup)}
        lines = [asdict(case) for case in cases]
        if (self.folder / _HEAD).exists():
            if self._head() != head or list(_lines(self.folder / _CASES)) != lines:
                raise Misuse(
                    f"{self.folder.name} is a run of something else. Give this one another name with --name, "
                    f"or remove {self.folder}."
                )
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / _CASES, "".join(_line(line) for line in lines))
        _write(self.folder / _HEAD, json.dumps(head, indent=1, sort_keys=True) + "\n")

    def finished(self) -> dict[tuple[str, int], Outcome]:
        """Return what is done already; a line that a kill cut in half is not."""
        found = (Outcome.of_line(line) for line in _lines(self.folder / _OUTCOMES))
        return {(outcome.case, outcome.repeat): outcome for outcome in found if not outcome.error}

    def add(self, outcome: Outcome) -> None:
        """Append an outcome."""
        with (self.folder / _OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(_line(outcome.as_line()))

    def settle(self, outcomes: Mapping[tuple[str, int], Outcome]) -> None:
        """Write the outcomes anew in the order of the cases, so that how often it was killed leaves no trace."""
        order = {line["id"]: place for place, line in enumerate(_lines(self.folder / _CASES))}
        kept = sorted(outcomes.values(), key=lambda each: (order[each.case], each.repeat))
        _write(self.folder / _OUTCOMES, "".join(_line(outcome.as_line()) for outcome in kept))

    def read(self) -> Run:
        """Read a run. Raises NotFound where there is none."""
        if not (self.folder / _HEAD).exists():
            raise NotFound(f"There is no run in {self.folder}. See the runs: triage eval list")
        head = self._head()
        outcomes = (Outcome.of_line(line) for line in _lines(self.folder / _OUTCOMES))
        return Run(
            name=self.folder.name,
            datasets=tuple(head["datasets"]),
            repeats=head["repeats"],
            setup=Setup(**head["setup"]),
            cases=tuple(Case(**line) for line in _lines(self.folder / _CASES)),
            outcomes={(each.case, each.repeat): each for each in outcomes},
        )

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = json.loads((self.folder / _HEAD).read_text(encoding="utf-8"))
        return head


def _line(given: Mapping[str, Any]) -> str:
    return json.dumps(given, ensure_ascii=False, sort_keys=True) + "\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines that were written to their end."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def _write(path: Path, text: str) -> None:
    half = path.with_suffix(".half")
    with half.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
