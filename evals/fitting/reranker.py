"""Fits the reranker: which candidate, if any, is the same problem as a report.

Its rows come from the product's own index, so that what is fitted is what will be asked. What is
learned from: reports of rust-lang/rust before 2014-05 that were marked as duplicates, and others of
that time that nobody marked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.index.rerank import FEATURES, WEIGHTS, Reranker, reranker, standard
from agent.settings import from_process
from agent.wiring import open_house
from evals.fitting.rows import say
from evals.quality import index_of, query_of
from evals.reports import Reports, issues, reports, settings_in
from evals.scorers.intervals import bootstrap, mean_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.index.hybrid import HybridIndex

    Floats = NDArray[np.float64]

STRENGTH = 10.0  #: of the ridge; 3 to 30 gave the same to within a thousandth of MRR
LEAST = 30  #: candidates of a report; with fewer there is hardly a choice to learn from
ROUNDS = 500
FOLDS = 5


@dataclass(frozen=True)
class Choice:
    """A report, the features of its candidates (candidates, FEATURES), and which are the same problem."""

    table: Floats
    same: NDArray[np.bool_]
    marked: bool  #: somebody marked the report as a duplicate


def train_reranker(data: Path, homes: Path) -> Iterator[str]:
    """Fit and write the weights; yield lines for the card. `homes` keeps the index between runs."""
    settings = settings_in(from_process(), homes / "rust")
    with open_house(settings, command="evals.train") as house:
        say("indexing rust-lang/rust")
        house.add_issues(issues(data, "rust"))
        say("searching for the reports that are learned from")
        index = index_of(house)
        found = list(choices(index, reports(data, "rust.train", "rust.unlabelled.train")))
    places = left_out(found)
    yield f"| right Issue, 5-fold on its own reports: MRR of {len(places)} | {bootstrap(mean_of(1 / places), len(places))} |"
    logit = fit(found)
    write(logit, found, WEIGHTS)
    reranker.cache_clear()
    heaviest = sorted(zip(logit.weights, FEATURES, strict=True), key=lambda pair: -abs(pair[0]))
    yield f"| weights, of standard deviations | {', '.join(f'{name} {weight:+.2f}' for weight, name in heaviest)} |"


def choices(index: HybridIndex, found: Reports) -> Iterator[Choice]:
    """Yield what the index finds for each report that came when there was something to find."""
    for report in found.messages:
        stages = index.stages(query_of(report))
        if len(stages.pool) >= LEAST:
            right = found.right[report.id]
            same = np.array([issue.id in right for issue in stages.pool])
            yield Choice(stages.table, same, bool(right))


def left_out(found: Sequence[Choice]) -> Floats:
    """Return the place of the right Issue of each marked report, by models that did not see the report."""
    places = []
    for fold in range(FOLDS):
        logit = fit([choice for at, choice in enumerate(found) if at % FOLDS != fold])
        for choice in found[fold::FOLDS]:
            scores = np.array(logit.scores(choice.table))
            best = scores[choice.same].max(initial=-np.inf)
            places += [1 + (scores > best).sum() if choice.same.any() else np.inf] * choice.marked
    return np.array(places, np.float64)


def fit(found: Sequence[Choice], strength: float = STRENGTH) -> Reranker:
    """Fit by maximum likelihood with a ridge, at the share of duplicates that was found.

    A report with several right candidates is right by any.

    A marked report whose Issue was not found says nothing: it is neither one of these nor none.
    """
    from scipy.optimize import minimize

    kept = [choice for choice in found if choice.same.any() or not choice.marked]
    rows = np.vstack([choice.table for choice in kept])
    mean, scale = rows.mean(0), rows.std(0) + 1e-6
    table = standard(rows, mean, scale)
    counts = np.array([len(choice.same) for choice in kept])
    owner = np.repeat(np.arange(len(kept)), counts)
    same = np.concatenate([choice.same for choice in kept])
    none_right = ~np.array([choice.same.any() for choice in kept])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights, none = parameters[:-1], parameters[-1]
        scores = table @ weights
        top = np.full(len(kept), none)
        np.maximum.at(top, owner, scores)
        raised, none_raised = np.exp(scores - top[owner]), np.exp(none - top)
        total = np.bincount(owner, raised) + none_raised
        right = np.bincount(owner, raised * same) + none_raised * none_right
        slope = raised / total[owner] - raised * same / right[owner]
        none_slope = (none_raised / total - none_raised * none_right / right).sum()
        value = (np.log(total) - np.log(right)).sum() + strength * weights @ weights / 2
        return float(value), np.append(table.T @ slope + strength * weights, none_slope)

    best = minimize(
        loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}
    )
    return Reranker(mean, scale, best.x[:-1], float(best.x[-1]))


def at_even_odds(logit: Reranker, found: Sequence[Choice]) -> float:
    """Return what "none" scores where half of all reports are duplicates (Elkan 2001, theorem 2)."""
    share = float(np.mean([choice.same.any() for choice in found if choice.same.any() or not choice.marked]))
    return logit.none + math.log(share / (1 - share))


def write(logit: Reranker, found: Sequence[Choice], path: Path) -> None:
    """Write the weights as the index reads them."""
    features = {
        name: {"weight": round(weight, 4), "mean": round(mean, 5), "scale": round(scale, 5)}
        for name, weight, mean, scale in zip(FEATURES, logit.weights, logit.mean, logit.scale, strict=True)
    }
    held: dict[str, Any] = {"features": features, "none": round(at_even_odds(logit, found), 4)}
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
