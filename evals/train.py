"""Fits the offline engine's models and writes them, with their card, under `agent/engines/weights/`.

`python -m evals.train --vectors DIR` is deterministic: the same data and vectors give the same bytes.
What is learned: types, priorities, the rarity of words, and when two texts are the same problem. How
the models are used is the engine's. Real data comes from TRIAGE_DATA and only coefficients leave it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from agent.engines import likeness, linear
from agent.engines.features import FORM, text_features
from agent.engines.reading import prose
from agent.policy.texts import content_hash, embedded_text
from evals.pairs import Pairs, fit_pairs, pair_figures, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.ports import Embedder, Vector

    Row = dict[str, Any]

BUCKETS = 1 << 14
RARITY_BUCKETS = 1 << 15
#: Chosen by 5-fold cross-validation beside leave-one-repository-out.
SCALES = {"words": 5.0, "vector": 3.0, "dense": 0.5}
STRENGTH = 1.0
PROSE_VIEW = 600  #: characters: as long as a chat message
VIEW_WEIGHTS = {"full": 1.0, "title": 0.5, "prose": 0.5}
KINDS = ("bug", "feature", "question")
PRIORITIES = ("P0", "P1", "P2", "P3")
BUGS = ("quick_fix", "complex")
FOLDS = 5
SEED = 7


@dataclass(frozen=True)
class CachedEmbedder:
    """Embeds what a folder does not hold yet, so that a second run embeds nothing."""

    embedder: Embedder
    folder: Path

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return an array of shape (len(texts), dimensions)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{content_hash(self.embedder.id + chr(0).join(texts))}.npy"
        if not path.exists():
            np.save(path, self.embedder.embed(texts))
        vectors: Vector = np.load(path)
        return vectors


def read(path: Path) -> list[Row]:
    """Return the lines of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table(texts: Sequence[tuple[str, str]], vectors: Vector) -> Any:
    """Return a sparse matrix of all features, each group in its scale."""
    import scipy.sparse as sp

    seen = [
        text_features(title, text, vector, BUCKETS)
        for (title, text), vector in zip(texts, vectors, strict=True)
    ]
    pointers = np.cumsum([0, *(len(each.buckets) for each in seen)])
    words = sp.csr_matrix(
        (np.concatenate([s.weights for s in seen]), np.concatenate([s.buckets for s in seen]), pointers),
        shape=(len(seen), BUCKETS),
    )
    dense = np.stack([each.dense for each in seen])
    return sp.hstack([words * SCALES["words"], vectors * SCALES["vector"], dense * SCALES["dense"]]).tocsr()


def fit(rows: Any, labels: NDArray[np.int64], weights: NDArray[np.float64], strength: float) -> Any:
    """Fit a softmax regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=120, tol=1e-3).fit(rows, labels, sample_weight=weights)


def write_text_model(path: Path, model: Any, classes: Sequence[str]) -> None:
    """Write a model of text features; scales are folded into the weights."""
    coefficients, bias = model.coef_, model.intercept_
    if len(classes) == 2:  # sklearn keeps one row for two classes
        coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
    words, vector, dense = np.split(coefficients, [BUCKETS, BUCKETS + 384], axis=1)
    np.savez_compressed(
        path,
        classes=np.array(classes),
        words=(words * SCALES["words"]).astype(np.float16),
        vector=(vector * SCALES["vector"]).astype(np.float16),
        dense=(dense * SCALES["dense"]).astype(np.float32),
        bias=bias.astype(np.float32),
    )


def macro_f1(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """Return the mean F1 over the classes that occur."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, guess, average="macro"))


def views_of(rows: Sequence[Row]) -> dict[str, list[tuple[str, str]]]:
    """Return each text in full, as its title alone, and as the short prose of a chat message."""
    short = [(r["title"], FORM.sub("", prose(r["text"]))[:PROSE_VIEW]) for r in rows]
    return {
        "full": [(r["title"], r["text"]) for r in rows],
        "title": [(r["title"], "") for r in rows],
        "prose": short,
    }


def folds_of(strata: Sequence[str]) -> NDArray[np.int64]:
    """Return a fold number a row, each stratum spread evenly."""
    chance, folds = np.random.default_rng(SEED), np.zeros(len(strata), np.int64)
    for stratum in sorted(set(strata)):
        members = chance.permutation([i for i, each in enumerate(strata) if each == stratum])
        folds[members] = np.arange(len(members)) % FOLDS
    return folds


def train_types(data: Path, embedder: CachedEmbedder, out: Path) -> Iterator[str]:
    """Fit bug / feature / question; yield lines for the card."""
    import scipy.sparse as sp

    rows = read(data / "type" / "nlbse24.train.jsonl")
    tables = {
        name: table(texts, embedder.embed([embedded_text(*text) for text in texts]))
        for name, texts in views_of(rows).items()
    }
    labels = np.array([KINDS.index(row["label"]["kind"]) for row in rows])
    sources = np.array([row["source"] for row in rows])

    def fitted(chosen: NDArray[np.int64]) -> Any:
        weights = np.concatenate([np.full(len(chosen), weight) for weight in VIEW_WEIGHTS.values()])
        stacked = sp.vstack([tables[name][chosen] for name in VIEW_WEIGHTS]).tocsr()
        return fit(stacked, np.tile(labels[chosen], len(VIEW_WEIGHTS)), weights, STRENGTH)

    strata = [f"{row['source']} {row['label']['kind']}" for row in rows]
    splits = {
        f"{FOLDS}-fold": folds_of(strata),
        "leave one repository out": np.unique(sources, return_inverse=True)[1],
    }
    for name, groups in splits.items():
        guesses = {view: np.zeros(len(rows), np.int64) for view in ("full", "title")}
        for group in np.unique(groups):
            model = fitted(np.flatnonzero(groups != group))
            for view, guess in guesses.items():
                guess[groups == group] = model.predict(tables[view][groups == group])
        for view, guess in guesses.items():
            each = [macro_f1(labels[sources == s], guess[sources == s]) for s in np.unique(sources)]
            yield f"| type, {name}, {view} text: mean F1 over repositories | {np.mean(each):.3f} |"
    write_text_model(out / "types.npz", fitted(np.arange(len(rows))), KINDS)


def train_titles(data: Path, embedder: CachedEmbedder, out: Path) -> Iterator[str]:
    """Fit P0..P3 and quick fix against complex, on the first two thirds of each repository."""
    from sklearn.metrics import roc_auc_score

    rows = read(data / "priority" / "github-titles.dev.jsonl")
    texts = [(row["title"], "") for row in rows]
    seen = table(texts, embedder.embed([embedded_text(*text) for text in texts]))
    early = _first_two_thirds([row["source"] for row in rows])
    for name, key, classes in (("priorities", "priority", PRIORITIES), ("bugs", "type", BUGS)):
        known = np.array([row["label"].get(key) in classes for row in rows])
        labels = np.array(
            [classes.index(r["label"][key]) if k else -1 for r, k in zip(rows, known, strict=True)]
        )
        train, test = np.flatnonzero(known & early), np.flatnonzero(known & ~early)
        model = fit(seen[train], labels[train], np.ones(len(train)), 0.3)
        chances = model.predict_proba(seen[test])
        score = macro_f1(labels[test], chances.argmax(1))
        yield f"| {name} of titles, last third: macro F1 of {len(test)} | {score:.3f} |"
        if name == "priorities":
            urgent = roc_auc_score(labels[test] <= 1, chances[:, :2].sum(1))
            yield f"| {name} of titles, last third: AUC of P0+P1 | {urgent:.3f} |"
        write_text_model(out / f"{name}.npz", model, classes)


def _first_two_thirds(sources: Sequence[str]) -> NDArray[np.bool_]:
    counts = {source: sources.count(source) for source in set(sources)}
    seen, early = dict.fromkeys(counts, 0), []
    for source in sources:
        seen[source] += 1
        early.append(seen[source] <= counts[source] * 2 / 3)
    return np.array(early)


def train_rarity(data: Path, out: Path) -> Iterator[str]:
    """Count in how many documents each token stands: trackers, titles and chats together."""
    documents = [f"{r['title']}\n{r['text']}" for r in read(data / "type" / "nlbse24.train.jsonl")]
    documents += [f"{r['title']}\n{r.get('body') or ''}" for r in read(data / "issues" / "rust.jsonl")[::3]]
    documents += [r["title"] for r in read(data / "priority" / "github-titles.dev.jsonl")]
    for talk in read(data / "chats" / "conversations.dev.jsonl"):
        documents += [message["text"] for message in talk["messages"][:3]]
    counts = np.zeros(RARITY_BUCKETS)
    for document in documents:
        buckets = {crc32(token.encode()) % RARITY_BUCKETS for token in likeness.tokens(document[:2000])}
        counts[list(buckets)] += 1
    idf = np.log((len(documents) + 1) / (counts + 1))
    np.savez_compressed(out / "rarity.npz", idf=np.round(idf * 16).clip(0, 255).astype(np.uint8))
    likeness._rarity_table.cache_clear()
    yield f"| rarity: documents | {len(documents)} |"


def train_pairs(data: Path, embedder: CachedEmbedder, out: Path) -> Iterator[str]:
    """Fit when a candidate is the same problem as a report; yield its figures on later years."""
    issues = read(data / "issues" / "rust.jsonl")
    full = embedder.embed([embedded_text(i["title"], i.get("body") or "") for i in issues])
    titles = embedder.embed([embedded_text(i["title"], "") for i in issues])
    found: dict[str, Pairs] = {}
    for part in ("train", "dev"):
        reports = read(data / "duplicates" / f"rust.{part}.jsonl")
        reports += read(data / "duplicates" / f"rust.unlabelled.{part}.jsonl")
        found[part] = pairs_of(reports, issues, full, titles)
    np.savez_compressed(out / "pairs.npz", **fit_pairs(found["train"]))
    likeness.pair_model.cache_clear()
    yield from pair_figures(found["dev"])


CARD = """# The offline engine's models

Fitted on {date} by `python -m evals.train --date {date} --vectors DIR`, with vectors of `{embedder}`.
Coefficients only: no sentence of the data is in here. The texts belong to their authors.

| file | what | learned from |
| --- | --- | --- |
| `types.npz` | bug, feature or question: softmax over hashed words, the vector and traits | NLBSE'24 training half, each text in full, as its title, as short prose |
| `priorities.npz` | P0 to P3, evidence for policy | maintainers' labels of GitHub titles, first two thirds of each repository |
| `bugs.npz` | quick fix or complex: near chance, and said to be | the same titles |
| `rarity.npz` | how rare a token is | trackers, titles and chats |
| `pairs.npz` | when two texts are the same problem: logistic regression over {features} pair features | rust-lang/rust before 2014-05: marked duplicates and unmarked reports |

| figure | |
| --- | --- |
{figures}

The labels miss duplicates: of 30 unmarked reports that scored highest, 19 were the same problem. The pair
model is fitted with that in mind (`evals/pairs.py`), so that by the labels as they are it claims too much;
precision is to be judged on a sample that somebody read.

Business, noise and the factors are rules with quotes (`../cues.yaml`), not models.
"""


def main(arguments: Sequence[str]) -> None:
    """Train everything and write the card."""
    from agent.index.embedder import MiniLM

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TRIAGE_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=linear.WEIGHTS)
    parser.add_argument(
        "--vectors", type=Path, required=True, help="a folder that keeps vectors between runs"
    )
    parser.add_argument("--date", required=True, help="stands in the card")
    asked = parser.parse_args(arguments)
    embedder = CachedEmbedder(MiniLM(asked.vectors), asked.vectors)
    train(asked.data, embedder, asked.out, asked.date)


def train(data: Path, embedder: CachedEmbedder, out: Path, date: str) -> None:
    """Fit all models from `data` into `out`; progress goes to stderr."""
    figures: list[str] = []
    steps = (
        train_types(data, embedder, out),
        train_titles(data, embedder, out),
        train_rarity(data, out),
        train_pairs(data, embedder, out),
    )
    for step in steps:
        for figure in step:
            print(figure, file=sys.stderr, flush=True)
            figures.append(figure)
    card = CARD.format(
        date=date,
        embedder=embedder.embedder.id,
        features=len(likeness.FEATURES),
        figures="\n".join(figures),
    )
    (out / "CARD.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
