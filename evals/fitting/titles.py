"""Fits P0..P3, and quick fix against complex, from titles with their maintainers' own labels.

Fitted on the first two thirds of each repository, reported on the last third, which nothing was chosen by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.engines.features import TextFeatures, headline_text, text_features
from agent.engines.linear import TextModel, chances_of, text_model
from evals.fitting.folds import first_two_thirds
from evals.fitting.ridge import Examples, Recipe, fit, scores_of, write
from evals.fitting.rows import CachedEmbedder, Row, own_embedder, read, say
from evals.scorers.abstention import surest
from evals.scorers.calibration import calibration_error
from evals.scorers.classes import area_under_curve, macro_f1
from evals.scorers.intervals import Statistic, bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.ports import Vector

    Floats = NDArray[np.float32]

#: Chosen inside the first two thirds: by three cuts in time, and by 5 folds. Offsets on the
#: classes, tuned for macro-F1, gained nothing; softmax in place of the scores lost .008 of AUC.
PRIORITY = Recipe(
    terms={"title": 0.4, "pieces": 0.5, "runs": 1.0, "parts": 0.5},
    dense={"form": 0.2},
    near=1.5,
    width=0.75,
    anchors=400,
    penalty=2.5,
    balance=0.8,
    floor=0.04,
)
#: What little there is on effort is held back harder.
EFFORT = replace(PRIORITY, anchors=128, penalty=4.0)


@dataclass(frozen=True)
class Task:
    """A model of titles: where its labels stand, and which first classes together are also ranked."""

    name: str
    key: str
    classes: tuple[str, ...]
    group: str
    first: int
    recipe: Recipe


TASKS = (
    Task("priorities", "priority", ("P0", "P1", "P2", "P3"), "P0+P1", 2, PRIORITY),
    Task("bugs", "type", ("quick_fix", "complex"), "quick_fix", 1, EFFORT),
)


@dataclass(frozen=True)
class Said:
    """What a model said of titles that it was not fitted on: (titles, classes) and what they are."""

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    chances: Floats

    def at(self, shares: Floats) -> Floats:
        """Return the chances where the classes are that frequent."""
        weighed = self.chances * shares
        return np.asarray(weighed / weighed.sum(1, keepdims=True))

    def f1(self) -> Statistic:
        """Return macro-F1 of the likeliest class."""
        truth, guess = (np.array(self.classes)[each] for each in (self.labels, self.chances.argmax(1)))
        return lambda places: macro_f1(truth[places].tolist(), guess[places].tolist()).value

    def area(self, first: int) -> Statistic:
        """Return the area under the curve of the first classes together against the others."""
        right, scores = self.labels < first, self.chances[:, :first].sum(1)
        return lambda places: area_under_curve(right[places].tolist(), scores[places].tolist()).value


@dataclass(frozen=True)
class Titles:
    """All titles, in the order of time within their source."""

    rows: Sequence[Row]
    seen: Sequence[TextFeatures]
    vectors: Vector
    early: NDArray[np.bool_]

    def part(self, task: Task, *, early: bool) -> Examples:
        """Return what is labelled of the first two thirds, or of the last."""
        labels = labels_of(self.rows, task)
        places = np.flatnonzero((self.early == early) & (labels >= 0))
        return Examples([self.seen[place] for place in places.tolist()], self.vectors[places], labels[places])


def titles_of(data: Path, embedder: CachedEmbedder) -> Titles:
    """Read the titles and embed them."""
    rows = read(data / "priority" / "github-titles.dev.jsonl")
    vectors = embedder.embed([headline_text(row["title"], "") for row in rows])
    seen = [text_features(row["title"], "") for row in rows]
    return Titles(rows, seen, vectors, first_two_thirds([row["source"] for row in rows]))


def train_titles(data: Path, embedder: CachedEmbedder, out: Path) -> Iterator[str]:
    """Fit and write both models; yield lines for the card."""
    titles = titles_of(data, embedder)
    for task in TASKS:
        say(f"{task.name} of titles")
        model = fit(titles.part(task, early=True), task.classes, task.recipe)
        write(model, out / f"{task.name}.npz")
        yield from figures(task, model, titles.part(task, early=False))


def priority_table(data: Path) -> Iterator[str]:
    """Measure the shipped models on the last third, with the product's own vectors; yield a table."""
    titles = titles_of(data, own_embedder())
    yield "| figure | |\n| --- | --- |"
    for task in TASKS:
        yield from figures(task, text_model(task.name), titles.part(task, early=False))


def labels_of(rows: Sequence[Row], task: Task) -> NDArray[np.int64]:
    """Return the class of each row, -1 where it has none of them."""
    place = {name: at for at, name in enumerate(task.classes)}
    return np.array([place.get(row["label"].get(task.key), -1) for row in rows])


def said_of(model: TextModel, examples: Examples) -> Said:
    """Return what a model says of examples."""
    chances = chances_of(scores_of(model, examples), model.floor)
    return Said(model.classes, examples.labels, chances)


def figures(task: Task, model: TextModel, late: Examples) -> Iterator[str]:
    """Yield the figures of one model on the last third."""
    said, size = said_of(model, late), len(late.labels)
    what = f"{task.name} of titles, last third"
    yield f"| {what}: macro-F1 of {size} | {bootstrap(said.f1(), size)} |"
    yield f"| {what}: AUC of {task.group} | {bootstrap(said.area(task.first), size)} |"
    even, honest = (_error(said, task.first, chances) for chances in (said.chances, said.at(model.shares)))
    yield f"| {what}: calibration error of {task.group}, classes even; at their shares | {even:.3f}; {honest:.3f} |"
    right = said.chances.argmax(1) == said.labels
    yield f"| {what}: accuracy of the surest | {surest(right.tolist(), said.chances.max(1).tolist())} |"


def _error(said: Said, first: int, chances: Floats) -> float:
    return calibration_error(chances[:, :first].sum(1).tolist(), (said.labels < first).tolist()).value
