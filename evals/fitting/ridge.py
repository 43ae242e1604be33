"""Fits a `TextModel`: ridge regression on one-hot labels, in the dual, its slope from left-out scores.

Each fit is one linear system: the same data give the same bytes, and what a model would say of a report
that it was not fitted on follows in closed form. Logistic and hinge losses and boosted trees were no better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.engines.features import BUCKETS, TextFeatures
from agent.engines.linear import AnchorWeights, DenseWeights, TermWeights, TextModel, chances_of, closeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.ports import Vector

    Floats = NDArray[np.float64]

CONSTANT = 0.3  #: what a constant adds to the kernel, whose mean diagonal is 1
RARITY_STEPS = 16  #: to a nat, so that a rarity is a byte
ROUNDS = 20  #: of k-means
BYTE = 127
SEED = 7


@dataclass(frozen=True)
class Recipe:
    """What is chosen, not fitted: the share of each group in the kernel, and how hard it is held back."""

    terms: Mapping[str, float]
    dense: Mapping[str, float]
    near: float  #: the share of closeness to the anchors
    width: float = 1.5  #: of closeness
    anchors: int = 128
    penalty: float = 0.3
    balance: float = 1.0  #: 0: each report weighs the same; 1: each class does
    floor: float = 0.0  #: of a chance that is the score itself; 0: softmax


@dataclass(frozen=True)
class Examples:
    """Reports as the models see them: (reports,) features and labels, (reports, dimensions) vectors."""

    seen: Sequence[TextFeatures]
    vectors: Vector
    labels: NDArray[np.int64]

    def at(self, places: NDArray[np.int64]) -> Examples:
        """Return some of the reports."""
        return Examples([self.seen[place] for place in places], self.vectors[places], self.labels[places])


def fit(examples: Examples, classes: Sequence[str], recipe: Recipe) -> TextModel:
    """Fit a model; scales and slope are folded into its coefficients."""
    blank = _blank(examples, classes, recipe)
    table = _table(examples, blank, recipe)
    size = table.multiply(table).sum() / table.shape[0]
    kernel = (table @ table.T).toarray() / size + CONSTANT
    counts = np.bincount(examples.labels, minlength=len(classes))
    weights = ((counts.mean() / counts) ** recipe.balance)[examples.labels]
    targets = np.eye(len(classes))[examples.labels] - 1 / len(classes)
    inverse = np.linalg.inv(kernel + recipe.penalty * np.diag(1 / weights))
    dual = inverse @ targets
    left_out = targets - dual / inverse.diagonal()[:, None]  # leave-one-out, in closed form
    slope = slope_of(left_out, examples.labels, weights, recipe.floor)
    coefficients = np.asarray((table.T @ dual).T) * slope / size
    return _filled(blank, coefficients, CONSTANT * slope * dual.sum(0), recipe)


def slope_of(scores: Floats, labels: NDArray[np.int64], weights: Floats, floor: float) -> float:
    """Return the factor on the scores under which the labels are likeliest; the likeliest class stays as it is."""
    from scipy.optimize import minimize_scalar

    def loss(slope: float) -> float:
        chances = chances_of((slope * scores).astype(np.float32), floor)
        return float(-(weights * np.log(chances[np.arange(len(labels)), labels])).sum())

    return float(minimize_scalar(loss, bounds=(0.5, 10.0), method="bounded").x)


def _blank(examples: Examples, classes: Sequence[str], recipe: Recipe) -> TextModel:
    """Return all that is fitted without labels: rarity of terms, spread of dense features, anchors."""
    dense = {}
    for name in recipe.dense:
        values = np.stack([getattr(each, name) for each in examples.seen])
        spread = (values.std(0) + 1e-6).astype(np.float32)
        dense[name] = DenseWeights(values.mean(0), spread, np.zeros(0, np.float32))
    anchors, scale = _bytes_of(centres(examples.vectors, recipe.anchors))
    counts = np.bincount(examples.labels, minlength=len(classes))
    shares = counts**recipe.balance / (counts**recipe.balance).sum()  # undoes what balancing did
    none = np.zeros(0, np.float32)
    return TextModel(
        classes=tuple(classes),
        shares=shares.astype(np.float32),
        terms={
            name: TermWeights(_rarity(examples, name), np.zeros(0, np.int8), 1.0) for name in recipe.terms
        },
        dense=dense,
        near=AnchorWeights(anchors, scale, recipe.width, none),
        bias=none,
        floor=recipe.floor,
    )


def _rarity(examples: Examples, group: str) -> NDArray[np.uint8]:
    """Return the inverse document frequency of each bucket, highest for what no report holds.

    A term without a coefficient still makes the others of its group count for less.
    """
    held = np.zeros(BUCKETS)
    for each in examples.seen:
        held[each.terms[group].buckets] += 1
    rare = np.log((1 + len(examples.seen)) / (1 + held)) + 1
    return np.round(rare * RARITY_STEPS).clip(0, 255).astype(np.uint8)


def centres(vectors: Vector, many: int) -> Vector:
    """Return the centres of a spherical k-means, (many, dimensions), of length 1."""
    chance = np.random.default_rng(SEED)
    found: Vector = vectors[chance.choice(len(vectors), many, replace=len(vectors) < many)].astype(np.float32)
    for _ in range(ROUNDS):
        nearest = (vectors @ found.T).argmax(1)
        for place in np.unique(nearest):
            middle = vectors[nearest == place].mean(0)
            found[place] = middle / (np.linalg.norm(middle) or 1.0)
    return found


def _root(model: TextModel) -> Floats:
    """Return the inverse square root of the anchors' own kernel: it makes closeness a Nyström map."""
    unit = model.near.anchors.astype(np.float32) * model.near.scale
    values, axes = np.linalg.eigh(closeness(unit, model.near).astype(np.float64))
    root: Floats = (axes / np.sqrt(values.clip(1e-4))) @ axes.T
    return root


def _table(examples: Examples, model: TextModel, recipe: Recipe) -> Any:
    """Return a sparse matrix (reports, features) of all groups side by side, each by the root of its share."""
    import scipy.sparse as sp

    blocks = [
        _term_rows(examples, name, model.terms[name]) * recipe.terms[name] ** 0.5 for name in model.terms
    ]
    for name, dense in model.dense.items():
        values = np.stack([getattr(each, name) for each in examples.seen])
        blocks.append(dense.standardised(values) * (recipe.dense[name] / values.shape[1]) ** 0.5)
    blocks.append(closeness(examples.vectors, model.near) @ _root(model) * recipe.near**0.5)
    return sp.hstack([sp.csr_matrix(block) for block in blocks]).tocsr()


def _term_rows(examples: Examples, group: str, weights: TermWeights) -> Any:
    import scipy.sparse as sp

    values, pointers = [], [0]
    for each in examples.seen:
        terms = each.terms[group]
        weighed = terms.counts * weights.rarity[terms.buckets]
        values.append(weighed / (np.linalg.norm(weighed) or 1.0))
        pointers.append(pointers[-1] + len(weighed))
    buckets = np.concatenate([each.terms[group].buckets for each in examples.seen])
    return sp.csr_matrix((np.concatenate(values), buckets, pointers), shape=(len(examples.seen), BUCKETS))


def _filled(blank: TextModel, coefficients: Floats, bias: Floats, recipe: Recipe) -> TextModel:
    """Return the model with its coefficients: those of terms as bytes, those of anchors by their root."""
    widths = [BUCKETS] * len(blank.terms) + [len(each.centre) for each in blank.dense.values()]
    *parts, near = np.split(coefficients, np.cumsum(widths), axis=1)
    terms, dense = {}, {}
    for (name, held), part in zip(blank.terms.items(), parts[: len(blank.terms)], strict=True):
        terms[name] = TermWeights(held.rarity, *_bytes_of(part * recipe.terms[name] ** 0.5))
    for (name, spread), part in zip(blank.dense.items(), parts[len(blank.terms) :], strict=True):
        by = (recipe.dense[name] / part.shape[1]) ** 0.5
        dense[name] = DenseWeights(spread.centre, spread.spread, (part * by).astype(np.float32))
    closest = (near @ _root(blank) * recipe.near**0.5).astype(np.float32)
    return TextModel(
        classes=blank.classes,
        shares=blank.shares,
        terms=terms,
        dense=dense,
        near=AnchorWeights(blank.near.anchors, blank.near.scale, blank.near.width, closest),
        bias=bias.astype(np.float32),
        floor=blank.floor,
    )


def _bytes_of(values: NDArray[Any]) -> tuple[NDArray[np.int8], float]:
    """Return values as bytes, and what a step of them is."""
    scale = float(np.abs(values).max() / BYTE) or 1.0
    return np.round(values / scale).astype(np.int8), scale


def write(model: TextModel, path: Path) -> None:
    """Write a model as `linear.load` reads it."""
    arrays: dict[str, Any] = {"classes": np.array(model.classes), "shares": model.shares, "bias": model.bias}
    arrays["floor"] = np.float32(model.floor)
    parts: dict[str, TermWeights | DenseWeights | AnchorWeights] = {
        **model.terms,
        **model.dense,
        "near": model.near,
    }
    for name, part in parts.items():
        arrays |= {f"{name}.{each.name}": getattr(part, each.name) for each in fields(part)}
    np.savez_compressed(path, **arrays)


def scores_of(model: TextModel, examples: Examples) -> NDArray[np.float32]:
    """Return (reports, classes) as the product would compute them."""
    rows = zip(examples.seen, examples.vectors, strict=True)
    return np.array([model.scores(seen, vector) for seen, vector in rows], np.float32)
