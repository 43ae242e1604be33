"""Two runs, case by case: what is tested against each other, which cases changed, and what must never have happened.

The statistics are `evals/comparison/`'s. Cases that only one of the runs has, has otherwise or did not answer are
counted and not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from evals.comparison.verdict import Finding, Pairs, Verdict, findings, overall, sentence
from evals.datasets import Sheet
from evals.running.cache import key_of
from evals.running.records import Answer, Case, Outcome
from evals.running.runs import Run

Sheets = Mapping[str, Sheet]
#: Stands in the input of a case whose own words are not kept: the hash of what they were.
DIGEST = "digest"
#: What an answer costs: its name, its unit, and how to read it off.
COSTS: tuple[tuple[str, str, Callable[[Answer], float]], ...] = (
    ("money", "¢", lambda answer: answer.cents),
    ("tokens", "", lambda answer: float(answer.tokens)),
    ("time", "s", lambda answer: answer.seconds),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A case whose score in one metric is another now, with what both runs said."""

    case: str
    metric: str
    before: float
    after: float
    said_before: Mapping[str, Any]
    said_after: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """Something that must never happen, and did."""

    case: str
    metric: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What a case cost on average in both runs, of those that both answered."""

    what: str
    unit: str
    before: float
    after: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All that is to be said of run B against run A."""

    findings: Sequence[Finding]
    changed: Sequence[Changed]  #: in the metrics with a vote, broken first
    breaches: Sequence[Breach]  #: of B
    errors: Sequence[Outcome]  #: of B
    unanswered: int  #: of B: outcomes that a kill left out
    left_out: int  #: cases that are not the same in both, or not in both
    spent: Sequence[Spent]

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)

    @property
    def is_red(self) -> bool:
        """Whether a gate stops this: worse, something that must never happen, or not all of it known."""
        return self.verdict is Verdict.WORSE or bool(self.breaches or self.errors or self.unanswered)

    def sentence(self) -> str:
        """Say the verdict in one sentence."""
        if not any(finding.gates for finding in self.findings):
            return "Cannot tell: the two runs share no case of a metric that has a vote"
        return sentence(self.findings)


def compared(before: Run, after: Run, sheets: Sheets) -> Comparison:
    """Compare run B with run A over the cases that are the same in both."""
    same = list(same_cases(before, after))
    found = findings(list(_pairs(before, after, same, sheets)))
    changed = sorted(_changed(before, after, same, sheets), key=lambda each: each.after >= each.before)
    return Comparison(
        findings=found,
        changed=changed,
        breaches=list(breaches(after, sheets)),
        errors=[outcome for outcome in after.outcomes.values() if outcome.error],
        unanswered=after.missing,
        left_out=len({case.id for case in (*before.cases, *after.cases)}) - len(same),
        spent=_spent(before, after, same),
    )


def digest_of(case: Case) -> str:
    """Return a hash of what a case asks and expects: another one is another case."""
    if DIGEST in case.input:
        return str(case.input[DIGEST])
    return key_of({"input": case.input, "expected": case.expected})[:8]


def breaches(run: Run, sheets: Sheets) -> Iterator[Breach]:
    """Yield what must never happen and did in a run."""
    places = {case.id: case.dataset for case in run.cases}
    for outcome in run.outcomes.values():
        metric = sheets[places[outcome.case]].must_never
        mark = outcome.marks.get(metric)
        if mark and mark.score < 1:
            yield Breach(case=outcome.case, metric=metric, reason=mark.reason)


def outcomes_of(run: Run, case: str) -> list[Outcome]:
    """Return the outcomes of a case, a repeat each."""
    numbers = range(1, run.repeats + 1)
    return [run.outcomes[case, number] for number in numbers if (case, number) in run.outcomes]


def score_of(run: Run, case: str, metric: str) -> float | None:
    """Return a case's mean score over its repeats; None where one of them has no answer or no such mark."""
    found = outcomes_of(run, case)
    if not found or any(metric not in each.marks for each in found):
        return None
    return fmean(each.marks[metric].score for each in found)


def same_cases(before: Run, after: Run) -> Iterator[Case]:
    """Yield the cases that two runs share: of one name, and asking and expecting the same."""
    known = {case.id: digest_of(case) for case in before.cases}
    yield from (case for case in after.cases if known.get(case.id) == digest_of(case))


def metrics_of(run: Run, dataset: str) -> list[str]:
    """Return the metrics of a dataset in a run, in the order of their first mark."""
    ids = [case.id for case in run.cases if case.dataset == dataset]
    marks = (each.marks for case in ids for each in outcomes_of(run, case))
    return list(dict.fromkeys(name for found in marks for name in found))


def _pairs(before: Run, after: Run, same: Sequence[Case], sheets: Sheets) -> Iterator[Pairs]:
    for dataset in dict.fromkeys(case.dataset for case in same):
        cases = [case for case in same if case.dataset == dataset]
        for metric in metrics_of(after, dataset):
            scored = [
                (case, was, now)
                for case in cases
                if (was := score_of(before, case.id, metric)) is not None
                and (now := score_of(after, case.id, metric)) is not None
            ]
            if scored:
                yield Pairs(
                    metric=f"{dataset} {metric}",
                    before=[was for _, was, _ in scored],
                    after=[now for _, _, now in scored],
                    clusters=[case.cluster for case, _, _ in scored],
                    gates=metric == sheets[dataset].vote,
                )


def _changed(before: Run, after: Run, same: Sequence[Case], sheets: Sheets) -> Iterator[Changed]:
    for case in same:
        metric = sheets[case.dataset].vote
        was, now = score_of(before, case.id, metric), score_of(after, case.id, metric)
        if was is None or now is None or was == now:
            continue
        worst = min(outcomes_of(after, case.id), key=lambda each: each.marks[metric].score)
        yield Changed(
            case=case.id,
            metric=metric,
            before=was,
            after=now,
            said_before=_said(outcomes_of(before, case.id)[0]),
            said_after=_said(worst),
            reason=worst.marks[metric].reason,
        )


def _said(outcome: Outcome) -> Mapping[str, Any]:
    return outcome.answer.said if outcome.answer else {}


def _spent(before: Run, after: Run, same: Sequence[Case]) -> list[Spent]:
    both = []
    for case in same:
        pair = [[each.answer for each in outcomes_of(run, case.id) if each.answer] for run in (before, after)]
        if all(pair):
            both.append(pair)
    found = [
        Spent(
            what=what,
            unit=unit,
            before=fmean(fmean(map(read, was)) for was, _ in both),
            after=fmean(fmean(map(read, now)) for _, now in both),
        )
        for what, unit, read in (COSTS if both else ())
    ]
    return [each for each in found if each.before or each.after]
