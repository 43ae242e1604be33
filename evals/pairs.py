"""Pairs of a report and a candidate, for fitting and judging the duplicate probability.

Retrieval here is BM25 and cosine in memory, fused by rank, as of the moment of each report.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.domain.assessments import Candidate
from agent.domain.issues import Issue
from agent.engines.features import headline
from agent.engines.likeness import FEATURES, pair_features, pair_model, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.ports import Vector

    Row = dict[str, Any]

TITLE_TIMES = 3
K1, B = 1.2, 0.75
RRF_K = 60
DEEP, CANDIDATES = 100, 10
BINS = 10
#: Of the duplicates among the reports, those that somebody marked.
MARKED_SHARE = 0.57
ROUNDS = 12
PREVALENCES = (0.05, 0.15)


@dataclass(frozen=True)
class Pairs:
    """Rows of features with labels; `report` numbers the report of each row."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    report: NDArray[np.int64]
    marked: NDArray[np.bool_]  #: per report: somebody marked it a duplicate


class Words:
    """BM25 over Issues in the order of their creation."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.lengths = np.array([max(1, len(document)) for document in documents], np.float64)
        self.postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, document in enumerate(documents):
            for token, count in Counter(document).items():
                self.postings[token].append((place, count))

    def scores(self, query: set[str], before: int) -> NDArray[np.float64]:
        """Score the first `before` documents."""
        scores = np.zeros(before)
        length = self.lengths[:before].mean() if before else 1.0
        for token in query & self.postings.keys():
            held = np.array([each for each in self.postings[token] if each[0] < before], np.int64)
            if not len(held):
                continue
            idf = math.log(1 + (before - len(held) + 0.5) / (len(held) + 0.5))
            counts = held[:, 1]
            norm = K1 * (1 - B + B * self.lengths[held[:, 0]] / length)
            scores[held[:, 0]] += idf * counts * (K1 + 1) / (counts + norm)
        return scores


def _issue(row: Row) -> Issue:
    return Issue(
        id=row["id"],
        title=row["title"],
        body=row.get("body") or "",
        created_at=datetime.fromisoformat(row["created_at"]),
    )


def candidates_of(
    words: NDArray[np.float64], cosines: NDArray[np.float32], titles: NDArray[np.float32]
) -> list[tuple[int, Candidate]]:
    """Fuse by reciprocal rank and return the best, as the index does."""
    by_words, by_vector = np.argsort(-words)[:DEEP], np.argsort(-cosines)[:DEEP]
    fused: dict[int, float] = defaultdict(float)
    for order in (by_words, by_vector):
        for rank, place in enumerate(order):
            fused[int(place)] += 1 / (RRF_K + rank + 1)
    kept = set(by_words.tolist())
    best = sorted(fused, key=lambda place: (-fused[place], place))[:CANDIDATES]
    return [
        (
            place,
            Candidate(
                issue_id=str(place),
                score=fused[place],
                words=float(words[place]) if place in kept else 0.0,
                cosine=float(cosines[place]),
                title_cosine=float(titles[place]),
            ),
        )
        for place in best
    ]


def pairs_of(reports: Sequence[Row], issues: Sequence[Row], full: Vector, titles: Vector) -> Pairs:
    """Return the pairs of every report with its candidates, twice: as an Issue, and as a chat message.

    As a message the title is the text's first line, and the whole is compared with Issues' titles.
    """
    place_of = {row["id"]: place for place, row in enumerate(issues)}
    created = [row["created_at"] for row in issues]
    parsed = [_issue(row) for row in issues]
    search = Words(
        [tokens(row["title"]) * TITLE_TIMES + tokens((row.get("body") or "")[:4000]) for row in issues]
    )
    rows, labels, number = list[list[float]](), list[int](), list[int]()
    for at, report in enumerate(reports):
        own = place_of[report["id"]]
        before = min(own, int(np.searchsorted(np.array(created), report["sent_at"])))
        if before < CANDIDATES:
            continue
        scores = search.scores(set(tokens(f"{report['title']} {report['text'][:4000]}")), before)
        gold = {place_of[each] for each in report["label"]["duplicate_of"] if each in place_of}
        cosines = full[:before] @ full[own]
        for as_message in (False, True):
            title = "" if as_message else report["title"]
            text = f"{report['title']}\n{report['text']}" if as_message else report["text"]
            asked = full[own] if as_message else titles[own]
            found = candidates_of(scores, cosines, titles[:before] @ asked)
            shown = [(candidate, parsed[place]) for place, candidate in found]
            rows += pair_features(headline(title, text), text, shown)
            labels += [int(place in gold) for place, _ in found]
            number += [2 * at + as_message] * len(found)
    marked = np.array([bool(each["label"]["duplicate_of"]) for each in reports for _ in (0, 1)])
    return Pairs(np.array(rows), np.array(labels), np.array(number), marked)


def fit_pairs(pairs: Pairs) -> dict[str, Any]:
    """Fit the logistic regression; the share of duplicates it saw goes with it.

    Nobody marked some of the unmarked duplicates: a row of an unmarked report counts as far as it is
    likely one (Elkan and Noto 2008), with `MARKED_SHARE` chosen so that the likeliest 30 agree with
    a reading of 30, where 19 were the same problem.
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = pairs.rows.mean(0), pairs.rows.std(0) + 1e-6
    table = np.clip((pairs.rows - mean) / scale, -4, 4)
    unmarked = ~pairs.marked[pairs.report]
    likely = pairs.labels.astype(np.float64)
    for _ in range(ROUNDS):
        model = LogisticRegression(C=0.3, max_iter=300)
        model.fit(np.vstack([table, table]), np.repeat([1, 0], len(table)), np.r_[likely, 1 - likely])
        chances = model.predict_proba(table)[:, 1]
        hidden = chances * (1 - MARKED_SHARE) / (1 - MARKED_SHARE * chances)
        likely = np.where(unmarked, hidden, pairs.labels)
    return {
        "weights": model.coef_[0].round(5),
        "mean": mean.round(6),
        "scale": scale.round(6),
        "bias": np.array(model.intercept_[0].round(5)),
        "share": np.array(round(_share(likely, pairs), 4)),
    }


def _share(likely: NDArray[np.float64], pairs: Pairs) -> float:
    """Return the share of reports that are duplicates: the marked, and of the others as far as likely."""
    sums = np.bincount(pairs.report, likely)[np.unique(pairs.report)]
    marked = pairs.marked[np.unique(pairs.report)]
    return float(np.where(marked, 1.0, np.minimum(sums, 1.0)).mean())


def pair_figures(pairs: Pairs) -> Iterator[str]:
    """Yield AUC and calibration error of the likeliest candidate, per way of writing."""
    from sklearn.metrics import roc_auc_score

    model = pair_model()
    chances = np.array(model.probabilities(pairs.rows.tolist(), model.share))
    for way, parity in (("as an Issue", 0), ("as a message", 1)):
        mine = pairs.report % 2 == parity
        best, hit, marked = _best_of(chances[mine], pairs.labels[mine], pairs.report[mine], pairs.marked)
        yield f"| same problem, {way}: reports, marked | {len(best)}, {int(marked.sum())} |"
        yield f"| same problem, {way}: AUC of the likeliest candidate | {roc_auc_score(hit, best):.3f} |"
        yield f"| same problem, {way}: calibration error | {calibration_error(best, hit, np.ones(len(hit))):.3f} |"
        for share in PREVALENCES:
            weights = np.where(marked, share / marked.mean(), (1 - share) / (1 - marked.mean()))
            moved = model.probabilities(pairs.rows[mine].tolist(), share)
            shifted, hits, _ = _best_of(np.array(moved), pairs.labels[mine], pairs.report[mine], pairs.marked)
            error = calibration_error(shifted, hits, weights)
            flagged = shifted >= 0.5
            precision = (hits * weights)[flagged].sum() / max(weights[flagged].sum(), 1e-9)
            recall = hits[marked & flagged].sum() / marked.sum()
            yield (
                f"| same problem, {way}, {share:.0%} duplicates: calibration error; from 50%: "
                f"precision by the labels, recall | {error:.3f}; {precision:.2f}, {recall:.2f} |"
            )
    order = np.argsort(-np.abs(model.weights))
    yield (
        "| heaviest pair features | "
        + ", ".join(f"{FEATURES[i]} {model.weights[i]:+.2f}" for i in order[:6])
        + " |"
    )


def _best_of(
    chances: NDArray[np.float64],
    labels: NDArray[np.int64],
    report: NDArray[np.int64],
    marked: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    numbers = np.unique(report)
    tops = [np.flatnonzero(report == number)[chances[report == number].argmax()] for number in numbers]
    return chances[tops], labels[tops], marked[numbers]


def calibration_error(
    chances: NDArray[np.float64], hits: NDArray[np.int64], weights: NDArray[np.float64]
) -> float:
    """Return the expected calibration error over bins of equal count."""
    error = 0.0
    for chosen in np.array_split(np.argsort(chances), BINS):
        weight = weights[chosen].sum()
        gap = (weights[chosen] * (chances[chosen] - hits[chosen])).sum() / max(weight, 1e-9)
        error += weight / weights.sum() * abs(gap)
    return float(error)
