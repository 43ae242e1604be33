"""The plots of a run, read off its outcomes: what was taken for what, and how far a probability is to be trusted.

An answer takes part where it has what a plot needs: `said` the same field as `expected` (confusion), a `chance`
(how likely it is right, 0 to 1: precision and recall, reliability, risk), a mark "STAGE hit@K" (recall a stage).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals.figures import RIGHT
from evals.report.judged import Judged
from evals.report.plots import Line, Plot, Point
from evals.running.records import Case, Outcome
from evals.running.runs import Run
from evals.scorers.abstention import risk_coverage
from evals.scorers.calibration import calibration_error
from evals.scorers.classes import confusion, macro_f1
from evals.scorers.curves import average_precision, thresholds
from evals.scorers.flags import flagged

FIELDS = ("type", "priority")
_HIT = re.compile(r"(?P<stage>.+) hit@(?P<most>\d+)")
#: Bins of a reliability plot, of equal width.
BINS = 10
#: Coverages that are drawn.
STEPS = tuple(step / 20 for step in range(1, 21))
#: What a run is called that is compared with nothing.
ALONE = "this run"
#: Rows of a table behind a curve.
TOLD = (0.1, 0.2, 0.34, 0.5, 0.66, 0.8, 0.9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """How many of a class were taken for another, and which share of the class that is."""

    count: int
    share: float
    is_right: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """A table: what it is downward, what it was taken for across."""

    title: str
    says: str
    classes: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell], int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """An answer with its probability: whether it was right, and whether there was something to be found."""

    chance: float
    is_right: bool
    is_marked: bool


Sides = Sequence[tuple[str, str, Run]]


def sides(judged: Judged) -> Sides:
    """Return the runs that are drawn: their letter, how their lines look, and the run."""
    found = [("B" if judged.against else ALONE, "b", judged.run)]
    return [("A", "a", judged.against), *found] if judged.against else found


def confusions(judged: Judged) -> Iterator[Confusion]:
    """Yield what was taken for what, a dataset, a field and a run."""
    for dataset in judged.run.datasets:
        for field in FIELDS:
            for letter, _, run in sides(judged):
                pairs = list(_pairs(run, dataset, field))
                if pairs:
                    of = "" if letter == ALONE else f", {letter}"
                    yield _confusion(f"{_head(judged, dataset)}{field}{of}", pairs)


def _head(judged: Judged, dataset: str) -> str:
    """Return what a title begins with: the dataset, where there are several."""
    return f"{dataset}: " if len(judged.run.datasets) > 1 else ""


def _pairs(run: Run, dataset: str, field: str) -> Iterator[tuple[str, str]]:
    for case, outcome in _answered(run, dataset):
        said = outcome.answer.said.get(field) if outcome.answer else None
        if isinstance(case.expected.get(field), str) and isinstance(said, str):
            yield case.expected[field], said


def _confusion(title: str, pairs: Sequence[tuple[str, str]]) -> Confusion:
    truth, guess = [true for true, _ in pairs], [said for _, said in pairs]
    counts, real = confusion(truth, guess), Counter(truth)
    classes = sorted({*truth, *guess})
    right = sum(counts[each, each] for each in classes)
    return Confusion(
        title=title,
        says=f"{right:,} of {len(pairs):,} right; macro-F1 {macro_f1(truth, guess).value:.3f}.",
        classes=classes,
        rows=[(true, [_cell(counts, real, true, said) for said in classes], real[true]) for true in classes],
    )


def _cell(counts: Mapping[tuple[str, str], int], real: Mapping[str, int], true: str, said: str) -> Cell:
    count = counts[true, said]
    return Cell(count=count, share=count / real[true] if real[true] else 0.0, is_right=true == said)


def plots(judged: Judged) -> Iterator[Plot]:
    """Yield the plots of each dataset that has what they need."""
    for dataset in judged.run.datasets:
        metric, head = RIGHT.get(judged.sheets[dataset].kind, ""), _head(judged, dataset)
        told = [
            (letter, kind, found)
            for letter, kind, run in sides(judged)
            if (found := list(_chances(run, dataset, metric)))
        ]
        if told:
            if any(each.is_marked for _, _, found in told for each in found):
                yield _precision_recall(head, told, judged.run.setup.parameters.get("flag_from"))
            yield _reliability(head, told)
            yield _risk(head, told)
        stages = [(letter, kind, _hits(run, dataset)) for letter, kind, run in sides(judged)]
        if any(found for _, _, found in stages):
            yield _recall(head, stages)


Told = Sequence[tuple[str, str, Sequence[Chance]]]


def _chances(run: Run, dataset: str, metric: str) -> Iterator[Chance]:
    for case, outcome in _answered(run, dataset):
        chance = outcome.answer.said.get("chance") if outcome.answer else None
        mark = outcome.marks.get(metric)
        if isinstance(chance, int | float) and mark:
            marked = bool(case.expected.get("duplicate_of"))
            yield Chance(chance=float(chance), is_right=mark.score == 1, is_marked=marked)


def _precision_recall(head: str, told: Told, at: float | None) -> Plot:
    lines = [Line(name=name, kind=kind, points=_curve(found)) for name, kind, found in told]
    last = told[-1][2]
    mark = _at(last, at) if at is not None else None
    return Plot(
        title=f"{head}precision and recall",
        says=f"Average precision: {_each(told, _average)}.",
        across="recall, %",
        up="precision, %",
        lines=lines,
        mark=mark,
        mark_says=f"flags from {at:.0%}" if at is not None else "",
        head=("flagged from", *(f"{name} {what}" for name, _, _ in told for what in ("precision", "recall"))),
        rows=[(f"{each:.0%}", *_pair_cells(told, each)) for each in sorted({*TOLD, *([at] if at else [])})],
    )


def _pair_cells(told: Told, at: float) -> list[str]:
    places = [_at(found, at) for _, _, found in told]
    return [cell for each in places for cell in (f"{each.y:.1%}", f"{each.x:.1%}")]


def _at(found: Sequence[Chance], at: float) -> Point:
    """Return recall and precision of what is flagged from a probability on; nothing flagged is nothing wrong."""
    score = flagged(*_columns(found), at)
    return Point(x=score.value, y=score.parts["right by the labels"] if score.parts["flags"] else 1.0)


def _columns(found: Sequence[Chance]) -> tuple[list[float], list[bool], list[bool]]:
    return (
        [each.chance for each in found],
        [each.is_right for each in found],
        [each.is_marked for each in found],
    )


def _curve(found: Sequence[Chance]) -> list[Point]:
    """Return precision over recall, a point a threshold that occurs, the highest first."""
    chances, right, marked = _columns(found)
    known = sum(marked)
    return [Point(x=hits / known, y=hits / flags) for flags, hits in thresholds(right, chances)]


def _average(found: Sequence[Chance]) -> str:
    chances, right, marked = _columns(found)
    return f"{average_precision(right, chances, sum(marked)):.3f}"


def _reliability(head: str, told: Told) -> Plot:
    lines = [Line(name="as said", kind="even", points=[Point(x=0, y=0), Point(x=1, y=1)])]
    lines += [Line(name=name, kind=kind, points=_bins(found), is_joined=False) for name, kind, found in told]
    return Plot(
        title=f"{head}is a probability what it says",
        says=f"Calibration error: {_each(told, _error)}. Dots above the diagonal were right more often than was said.",
        across="said, %",
        up="right, %",
        lines=lines,
        head=("run", "said", "right", "answers"),
        rows=[
            (line.name, f"{each.x:.0%}", f"{each.y:.0%}", f"{each.size:,}")
            for line in lines[1:]
            for each in line.points
        ],
    )


def _error(found: Sequence[Chance]) -> str:
    chances, right, _ = _columns(found)
    return f"{calibration_error(chances, right).value:.3f}"


def _bins(found: Sequence[Chance]) -> list[Point]:
    held = defaultdict[int, list[Chance]](list)
    for each in found:
        held[min(BINS - 1, int(each.chance * BINS))].append(each)
    return [
        Point(
            x=sum(each.chance for each in few) / len(few),
            y=sum(each.is_right for each in few) / len(few),
            size=len(few),
        )
        for _, few in sorted(held.items())
    ]


def _risk(head: str, told: Told) -> Plot:
    scored = [
        (name, kind, risk_coverage([each.is_right for each in found], [each.chance for each in found], STEPS))
        for name, kind, found in told
    ]
    lines = [
        Line(
            name=name,
            kind=kind,
            points=[Point(x=each, y=1 - score.parts[f"{each:.0%}"]) for each in STEPS],
        )
        for name, kind, score in scored
    ]
    areas = ", ".join(f"{name} {score.value:.3f}" for name, _, score in scored)
    return Plot(
        title=f"{head}risk against coverage",
        says=f"Area under the curve: {areas}; lower is better.",
        across="answered, the surest first, %",
        up="wrong of these, %",
        lines=lines,
        head=("answered", *(name for name, _, _ in scored)),
        rows=[
            (f"{each:.0%}", *(f"{1 - score.parts[f'{each:.0%}']:.1%} wrong" for _, _, score in scored))
            for each in STEPS[3::4]
        ],
    )


Hits = Mapping[str, Mapping[int, float]]


def _hits(run: Run, dataset: str) -> Hits:
    """Return the share of reports whose Issue is among the first K, by stage and K."""
    scores = defaultdict[str, dict[int, list[float]]](dict)
    for _, outcome in _answered(run, dataset):
        for metric, mark in outcome.marks.items():
            if found := _HIT.fullmatch(metric):
                scores[found["stage"]].setdefault(int(found["most"]), []).append(mark.score)
    return {
        stage: {most: sum(each) / len(each) for most, each in sorted(held.items())}
        for stage, held in scores.items()
    }


def _recall(head: str, told: Sequence[tuple[str, str, Hits]]) -> Plot:
    places = sorted({most for _, _, found in told for held in found.values() for most in held})
    spot = {most: (place + 0.5) / len(places) for place, most in enumerate(places)}
    lines = [
        Line(
            name=f"{name} {stage}",
            kind=f"{kind}{number}",
            points=[Point(x=spot[most], y=share) for most, share in held.items()],
        )
        for name, kind, found in told
        for number, (stage, held) in enumerate(found.items())
    ]
    return Plot(
        title=f"{head}how often the Issue is among the first",
        says="A line a stage of the search.",
        across="among the first",
        up="of the reports, %",
        lines=lines,
        ticks=[(spot[most], str(most)) for most in places],
        head=("run and stage", *(f"first {most}" for most in places)),
        rows=[
            (f"{name} {stage}", *(f"{held[most]:.1%}" if most in held else "" for most in places))
            for name, _, found in told
            for stage, held in found.items()
        ],
    )


def _each(told: Told, figure: Callable[[Sequence[Chance]], str]) -> str:
    return ", ".join(f"{name} {figure(found)}" for name, _, found in told)


def _answered(run: Run, dataset: str) -> Iterator[tuple[Case, Outcome]]:
    cases = {case.id: case for case in run.cases if case.dataset == dataset}
    for outcome in run.outcomes.values():
        if outcome.answer and outcome.case in cases:
            yield cases[outcome.case], outcome
