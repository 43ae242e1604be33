"""The figures of a run: the mean of every metric with its interval, and what only all outcomes together say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.comparing import metrics_of, outcomes_of, score_of
from evals.datasets import Kind, Sheet
from evals.running.records import Case, Outcome
from evals.running.runs import Run
from evals.scorers.abstention import risk_coverage
from evals.scorers.calibration import calibration_error
from evals.scorers.classes import confusion, macro_f1
from evals.scorers.curves import average_precision
from evals.scorers.intervals import Interval, Statistic, bootstrap, mean_of

Answered = Sequence[tuple[Case, Outcome]]
#: The mark that tells whether what an answer's chance is about was right; other kinds have no chance.
RIGHT = {Kind.TYPE: "right", Kind.DUPLICATE: "first right", Kind.BACKTEST: "first right"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number of a run, from 0 to 1, with where 95 of 100 resamples of the clusters lie."""

    dataset: str
    metric: str
    value: Interval
    cases: int
    votes: bool = False


def figures(run: Run, sheet: Sheet) -> Iterator[Figure]:
    """Yield the figures of one dataset of a run: what votes first, then each metric, then what is of all together."""
    cases = [case for case in run.cases if case.dataset == sheet.name]
    for metric in sorted(metrics_of(run, sheet.name), key=lambda name: name != sheet.vote):
        told = [(case, score) for case in cases if (score := score_of(run, case.id, metric)) is not None]
        scores = np.array([score for _, score in told])
        clusters = [case.cluster for case, _ in told]
        value = bootstrap(mean_of(scores), len(told), clusters)
        yield Figure(
            dataset=sheet.name, metric=metric, value=value, cases=len(told), votes=metric == sheet.vote
        )
    answered = [(case, each) for case in cases for each in outcomes_of(run, case.id) if each.answer]
    if answered:
        yield from _together(sheet, answered)


def _together(sheet: Sheet, answered: Answered) -> Iterator[Figure]:
    """Yield what is no mean over cases."""
    if sheet.kind in (Kind.TYPE, Kind.JOURNEY):
        yield _f1(sheet, answered, "type")
    if sheet.kind in (Kind.PRIORITY, Kind.JOURNEY):
        rated = [(case, each) for case, each in answered if case.expected["priority"]]
        yield _f1(sheet, rated, "priority")
        yield from _urgent(sheet, rated)
    if sheet.kind in (Kind.TYPE, Kind.DUPLICATE):
        yield from _of_chances(sheet, answered)


def _f1(sheet: Sheet, answered: Answered, field: str) -> Figure:
    truth = [str(case.expected[field]) for case, _ in answered]
    guess = [str(_said(each)[field]) for _, each in answered]

    def statistic(places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        chosen = places.tolist()
        return macro_f1([truth[at] for at in chosen], [guess[at] for at in chosen]).value

    return _figure(sheet, f"{field} macro-F1", statistic, answered)


def _urgent(sheet: Sheet, rated: Answered) -> Iterator[Figure]:
    """Yield of all P0 how many are rated so, and of all that are rated so how many are."""
    counts = confusion(
        [str(case.expected["priority"]) for case, _ in rated],
        [str(_said(each)["priority"]) for _, each in rated],
    )
    hits = counts["P0", "P0"]
    for name, place in (("P0 recall", 0), ("P0 precision", 1)):
        asked = sum(count for pair, count in counts.items() if pair[place] == "P0")
        chosen = [
            (case, each)
            for case, each in rated
            if (case.expected["priority"] if place == 0 else _said(each)["priority"]) == "P0"
        ]
        if asked:
            right = np.array([each.marks[_exact(each)].score for _, each in chosen])
            assert round(right.sum()) == hits
            yield _figure(sheet, name, mean_of(right), chosen)


def _exact(outcome: Outcome) -> str:
    return "exact" if "exact" in outcome.marks else "priority exact"


def _of_chances(sheet: Sheet, answered: Answered) -> Iterator[Figure]:
    """Yield whether a chance is what it says, and what may be left to a person by it."""
    right = [each.marks[RIGHT[sheet.kind]].score == 1 for _, each in answered]
    chances = [float(_said(each)["chance"]) for _, each in answered]
    marked = [bool(case.expected.get("duplicate_of", True)) for case, _ in answered]
    size = len(answered)
    if sheet.kind is Kind.DUPLICATE and not all(marked):
        value = average_precision(right, chances, sum(marked))
        yield Figure(dataset=sheet.name, metric="average precision", value=_alone(value), cases=size)
    if sheet.kind is Kind.TYPE or not all(marked):
        error = calibration_error(chances, right).value
        yield Figure(dataset=sheet.name, metric="calibration error", value=_alone(error), cases=size)
    area = risk_coverage(right, chances).value
    yield Figure(dataset=sheet.name, metric="area of risk over coverage", value=_alone(area), cases=size)


def _alone(value: float) -> Interval:
    """Return a figure without an interval: its resamples would not lie around it."""
    return Interval(value, float("nan"), float("nan"))


def _figure(sheet: Sheet, metric: str, statistic: Statistic, answered: Answered) -> Figure:
    clusters = [case.cluster for case, _ in answered]
    value = bootstrap(statistic, len(answered), clusters)
    return Figure(dataset=sheet.name, metric=metric, value=value, cases=len(answered))


def _said(outcome: Outcome) -> Mapping[str, Any]:
    assert outcome.answer is not None
    return outcome.answer.said
