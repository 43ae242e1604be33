"""The two indexes of words side by side: FTS5's, and that of PostgreSQL, on reports marked as duplicates.

`python -m evals.words postgresql://…/empty` fills both stores with the Issues of rust and asks both for
every duplicate of rust.train. Nothing is fitted here, and nothing of rust.train is reported elsewhere.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.domain.issues import Issue
from agent.errors import Misuse
from agent.index.words import Words
from agent.index.words_postgres import PostgresWords
from agent.ports import Query
from agent.settings import from_process
from agent.store import issues as stored
from agent.store.database import Store
from evals.quality import query_of
from evals.reports import Reports, issues, reports
from evals.scorers.ranking import first_right, reciprocal

#: As many as the product takes from the words.
POOL = 50
BATCH = 500
#: The first queries, while the counts of terms are not kept yet.
WARM_UP = 20

Search = Callable[[Query, int], list[tuple[str, float]]]


@dataclass(frozen=True)
class Found:
    """The first ids for each report, and how long each search took."""

    rankings: Sequence[Sequence[str]]
    seconds: Sequence[float]


def main(arguments: Sequence[str]) -> None:
    """Print a row an index, and how far the two agree."""
    if len(arguments) != 1:
        raise Misuse("Say where the empty database is: python -m evals.words postgresql://…")
    data = from_process().data
    asked = reports(data, "rust.train")
    given = list(issues(data, "rust"))
    with tempfile.TemporaryDirectory() as folder:
        lite = filled(f"sqlite:///{Path(folder) / 'triage.db'}", given)
        fts5 = found(Words(lite.db).search, asked)
    grown = filled(arguments[0], given)
    tsvector = found(PostgresWords(grown.db).search, asked)
    print("| words | R@1 | R@5 | R@10 | MRR | warm, p50 / p95 |\n| --- | --- | --- | --- | --- | --- |")
    for name, each in (("FTS5", fts5), ("tsvector", tsvector)):
        print(row(name, each, asked))
    pairs = list(zip(fts5.rankings, tsvector.rankings, strict=True))
    same = sum(one[:1] == other[:1] for one, other in pairs) / len(pairs)
    shared = sum(len(set(one[:10]) & set(other[:10])) for one, other in pairs) / (10 * len(pairs))
    print(
        f"\nOf {len(pairs)} reports the same Issue is first for {same:.3f}; of the first ten {shared:.3f} are shared."
    )


def filled(url: str, given: Sequence[Issue]) -> Store:
    """Return a store that holds the Issues, and say how long that took."""
    store, began = Store(url), time.perf_counter()
    for start in range(0, len(given), BATCH):
        with store.write() as tx:
            stored.upsert(tx, given[start : start + BATCH])
    print(
        f"{store.db.dialect.name}: {len(given):,} Issues in {time.perf_counter() - began:.1f} s",
        file=sys.stderr,
    )
    return store


def found(search: Search, asked: Reports) -> Found:
    """Ask for every marked report."""
    rankings, seconds = [], []
    for query in queries(asked):
        began = time.perf_counter()
        rankings.append([name for name, _ in search(query, POOL)])
        seconds.append(time.perf_counter() - began)
    return Found(rankings, seconds)


def queries(asked: Reports) -> Iterator[Query]:
    """Yield what is asked for a report, among all that was there before it."""
    for message in asked.marked():
        yield replace(query_of(message), exclude=frozenset({message.id}))


def row(name: str, each: Found, asked: Reports) -> str:
    """Return how often the right Issue was among the first, and how long it took."""
    right = [asked.right[message.id] for message in asked.marked()]
    places = [first_right(ranking, wanted) for ranking, wanted in zip(each.rankings, right, strict=True)]
    score = reciprocal(places)
    warm = sorted(each.seconds[WARM_UP:])
    at = [1000 * warm[int(share * (len(warm) - 1))] for share in (0.5, 0.95)]
    cells = " | ".join(f"{value:.3f}" for value in (*score.parts.values(), score.value))
    return f"| {name} | {cells} | {at[0]:.1f} / {at[1]:.1f} ms |"


if __name__ == "__main__":
    main(sys.argv[1:])
