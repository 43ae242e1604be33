"""What a report is made of: a run, what it is compared with, and what was found. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.comparing import Comparison, Sheets
from evals.comparison.verdict import Finding
from evals.running.records import Mark, Outcome
from evals.running.runs import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """Something that must never happen, and did: the outcome that is quoted, its metric and why."""

    dataset: str
    outcome: Outcome
    metric: str
    mark: Mark


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """How often something that must never happen was tried, and where it happened or was not known."""

    dataset: str
    tried: int
    breaches: tuple[Breach, ...]
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A run B with the run A that it was compared with, and what came of it; a run alone has neither."""

    run: Run
    against: Run | None
    comparison: Comparison | None
    sheets: Sheets
    made_at: datetime
    command: str

    @property
    def findings(self) -> Sequence[Finding]:
        return self.comparison.findings if self.comparison else ()

    @property
    def is_red(self) -> bool:
        """Whether a gate stops this; of a run alone, whether something that must never happen did."""
        if self.comparison:
            return self.comparison.is_red
        return any(watched.breaches for watched in self.watched())

    def vote(self, dataset: str) -> str:
        """Return the metric that speaks for a dataset, "" where none does."""
        return self.sheets[dataset].vote

    def watched(self) -> Iterator[Watched]:
        """Yield a line a dataset whose cases must never fail."""
        places = {case.id: case.dataset for case in self.run.cases}
        for dataset in self.run.datasets:
            metric = self.sheets[dataset].must_never
            if metric:
                tried = [each for each in self.run.outcomes.values() if places[each.case] == dataset]
                yield Watched(
                    dataset=dataset,
                    tried=len(tried),
                    breaches=tuple(_breaches(dataset, metric, tried)),
                    errors=sum(bool(each.error) for each in tried),
                )

    def sentence(self) -> str:
        """Say the verdict in one sentence."""
        return self.comparison.sentence() if self.comparison else "Not compared: one run, alone"


def _breaches(dataset: str, metric: str, tried: Sequence[Outcome]) -> Iterator[Breach]:
    for outcome in tried:
        mark = outcome.marks.get(metric)
        if mark and mark.score < 1:
            yield Breach(dataset=dataset, outcome=outcome, metric=metric, mark=mark)
