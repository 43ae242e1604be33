"""Fits the offline engine's models and writes them, with their card, under `agent/engines/weights/`.

`python -m evals.train` is deterministic: the same data and vectors give the same bytes on one machine.
What fits each model stands in `evals/fitting/`; how the models are used is the engine's. Real data comes
from TRIAGE_DATA and only coefficients leave it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.engines import linear
from agent.settings import from_process
from evals.fitting.rarity import train_rarity
from evals.fitting.reranker import train_reranker
from evals.fitting.rows import CachedEmbedder, own_embedder
from evals.fitting.titles import train_titles
from evals.fitting.types import train_types

CARD = """# The offline engine's models

Fitted on {date} by `python -m evals.train`, with vectors of `{embedder}`.
Coefficients only: no sentence of the data is in here. The texts belong to their authors.

| file | what | learned from |
| --- | --- | --- |
| `types.npz` | bug, feature or question: ridge regression over words of title, whole text, prose and lines, closeness of the vector to 128 anchors, and traits | NLBSE'24 training half |
| `priorities.npz` | P0 to P3, evidence for policy: words, pieces and runs of characters of the headline, how it is written, its vector's closeness to 400 anchors | maintainers' labels of GitHub titles, first two thirds of each repository |
| `bugs.npz` | quick fix or complex: little above chance, and said to be | the same titles; all that are labelled are of one repository |
| `../../index/reranker.json` | which candidate is the same problem, or none: a conditional logit ([retrieval.md](../../../docs/retrieval.md)) | rust-lang/rust before 2014-05: marked duplicates and unmarked reports |
| `../../lexicon/rarity.npz` | how rare a token is | trackers, titles and chats |

| figure, with its 95 % interval | |
| --- | --- |
{figures}

All that is fitted, rarity and anchors too, is fitted anew in each fold. The chances of P0 to P3 are as if
the four were equally frequent, so that the likeliest is not always P2; `severity` as a finding uses them at
the shares that they had in the data.

Business, noise and the factors are rules with quotes (`../cues.yaml`), not models.
"""


def main(arguments: Sequence[str]) -> None:
    """Train everything and write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=from_process().data)
    parser.add_argument("--out", type=Path, default=linear.WEIGHTS)
    parser.add_argument("--vectors", type=Path, help="a folder that keeps vectors between runs")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="stands in the card")
    asked = parser.parse_args(arguments)
    train(asked.data, own_embedder(asked.vectors), asked.out, asked.date)


def train(data: Path, embedder: CachedEmbedder, out: Path, date: str) -> None:
    """Fit all models from `data` into `out`; progress goes to stderr."""
    figures: list[str] = []
    steps = (
        train_types(data, embedder, out),
        train_titles(data, embedder, out),
        train_rarity(data),
        train_reranker(data, embedder.folder / "homes"),
    )
    for step in steps:
        for figure in step:
            print(figure, file=sys.stderr, flush=True)
            figures.append(figure)
    card = CARD.format(date=date, embedder=embedder.embedder.id, figures="\n".join(figures))
    (out / "CARD.md").write_text(card, encoding="utf-8")
    linear.text_model.cache_clear()


if __name__ == "__main__":
    main(sys.argv[1:])
