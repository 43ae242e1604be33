"""Runs the cases that are not done yet, side by side; a kill costs at most what was under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from agent.ports import Progress, no_progress
from evals.running.cache import Cache, key_of
from evals.running.records import Answer, Case, Mark, Outcome
from evals.running.runs import Run, RunFolder, Setup

if TYPE_CHECKING:
    from pydantic_evals import Dataset

Scorer = Callable[[Case, Answer], Mapping[str, Mark]]
#: Cases under way at a time.
AT_ONCE = 4


class Task(Protocol):
    """Something that answers cases. The same setup, case and repeat may be answered from the cache."""

    @property
    def setup(self) -> Setup:
        """Everything that shapes an answer."""

    def answer(self, case: Case, repeat: int) -> Answer:
        """Try a case; raises what went wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """One run: the task, what scores its answers, and where both are kept."""

    task: Task
    scorer: Scorer
    folder: RunFolder
    cache: Cache
    at_once: int = AT_ONCE
    progress: Progress = no_progress

    def run(self, datasets: Sequence[str], cases: Sequence[Case], repeats: int = 1) -> Run:
        """Run what is not done, and return the whole. Raises Misuse where the folder holds another run."""
        self.folder.begin(datasets, repeats, self.task.setup, cases)
        done = self.folder.finished()
        asked = [(case, repeat) for case in cases for repeat in range(1, repeats + 1)]
        left = [(case, repeat) for case, repeat in asked if (case.id, repeat) not in done]
        self.folder.settle(done)
        self.progress(len(done), len(asked))
        if left:
            done |= self._outcomes(left, len(asked))
            self.folder.settle(done)
        return self.folder.read()

    def _outcomes(self, left: Sequence[tuple[Case, int]], total: int) -> dict[tuple[str, int], Outcome]:
        """Answer and score what is left; what is answered is on the disk at once, what raised is an error."""
        found: dict[tuple[str, int], Outcome] = {}
        lock = Lock()

        def take(asked: tuple[Case, int]) -> str:
            case, repeat = asked
            answer = self._answer(case, repeat)
            outcome = Outcome(case=case.id, repeat=repeat, answer=answer, marks=self.scorer(case, answer))
            with lock:
                self.folder.add(outcome)
                found[case.id, repeat] = outcome
                self.progress(total - len(left) + len(found), total)
            return case.id

        # Not `evaluate_sync`: it makes an event loop that it never closes.
        report = asyncio.run(_dataset(left).evaluate(take, max_concurrency=self.at_once, progress=False))
        for failure in report.failures:
            case, repeat = failure.inputs
            found[case.id, repeat] = Outcome(case=case.id, repeat=repeat, error=failure.error_message)
        return found

    def _answer(self, case: Case, repeat: int) -> Answer:
        key = key_of({**_shaping(self.task.setup), "of": case.dataset, "input": case.input, "repeat": repeat})
        known = self.cache.get(key)
        if known is not None:
            return known
        answer = self.task.answer(case, repeat)
        self.cache.put(key, answer)
        return answer


def _shaping(setup: Setup) -> dict[str, object]:
    """Return what of a setup shapes an answer: not where the prompts were read from, their content does."""
    return {name: value for name, value in asdict(setup).items() if name != "prompts_from"}


def _dataset(left: Sequence[tuple[Case, int]]) -> Dataset[tuple[Case, int], str, None]:
    from pydantic_evals import Case as Trial
    from pydantic_evals import Dataset

    return Dataset(
        name="cases",
        cases=[Trial(name=f"{case.id} {repeat}", inputs=(case, repeat)) for case, repeat in left],
    )
