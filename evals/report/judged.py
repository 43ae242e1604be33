"""What a report is made of: a run, what it is compared with, and what was found. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.comparison.verdict import Finding, Verdict, overall, sentence
from evals.running.records import Mark, Outcome
from evals.running.runs import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """Something that must never happen, and did: the outcome, its metric and why."""

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
    """A run B, with `against` the run A and the findings of their comparison; alone without."""

    run: Run
    against: Run | None
    findings: Sequence[Finding]
    votes: Mapping[str, str]  #: dataset → the metric that speaks for it
    must_never: Mapping[str, str]  #: dataset → the metric of which a single failure fails the gate
    made_at: datetime
    command: str

    @property
    def is_red(self) -> bool:
        """Whether a gate would stop this: worse, or something that must never happen did."""
        broken = any(watched.breaches for watched in self.watched())
        return broken or overall(self.findings) is Verdict.WORSE

    def watched(self) -> Iterator[Watched]:
        """Yield a line a dataset whose cases must never fail."""
        places = {case.id: case.dataset for case in self.run.cases}
        for dataset, metric in self.must_never.items():
            tried = [each for each in self.run.outcomes.values() if places[each.case] == dataset]
            if tried:
                yield Watched(
                    dataset=dataset,
                    tried=len(tried),
                    breaches=tuple(_breaches(dataset, metric, tried)),
                    errors=sum(bool(each.error) for each in tried),
                )

    def sentence(self) -> str:
        """Say the verdict in one sentence."""
        return sentence(self.findings) if self.against else "Not compared: one run, alone"


def _breaches(dataset: str, metric: str, tried: Sequence[Outcome]) -> Iterator[Breach]:
    for outcome in tried:
        mark = outcome.marks.get(metric)
        if mark and mark.score < 1:
            yield Breach(dataset=dataset, outcome=outcome, metric=metric, mark=mark)
