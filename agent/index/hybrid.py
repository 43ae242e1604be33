"""The Index: words and meaning searched side by side, fused, and put in their final order.

What lives here: keeping step with the records, and one search. What does not: the searches
themselves (`words.py` and `words_postgres.py`, the shelves of `meaning.py`), the fusion (`fusion.py`), the order (`rerank.py`),
and whether the first is a duplicate at all (the engine, policy).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.domain.assessments import AnswerHit, Candidate, Matched
from agent.domain.reports import Answer
from agent.errors import IndexMismatch, Unavailable
from agent.index.fusion import fused
from agent.index.meaning import Entry, Near, Shelf, Sought, embedded, joined, recipe
from agent.index.rerank import features, reranker
from agent.index.words import WordSearch
from agent.policy.texts import embedded_text
from agent.ports import Changed, Embedder, Progress, Query, Records, no_progress

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.index.rerank import Table
    from agent.ports import Vector

POOL = 50  #: candidates that words and meaning each bring
RERANKED = 80  #: of these the best by both: nearly all. With 40, R@10 on rust.train is .03 lower
ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Stages:
    """What one search found: BM25 by id and nearness by id, then the fused pool, best first, with its features."""

    words: Mapping[str, float]
    near: Mapping[str, Near]
    pool: Sequence[Issue]
    table: Table

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the pool in its final order."""
        scored = zip(self.pool, reranker().scores(self.table), strict=True)
        found = [
            Candidate(
                issue.id,
                score,
                self.words.get(issue.id, 0.0),
                self.near[issue.id].meaning,
                self.near[issue.id].title,
            )
            for issue, score in scored
        ]
        return tuple(sorted(found, key=lambda each: (-each.score, each.issue_id)))


class HybridIndex:
    """Implements `ports.Index`. Safe to share between threads."""

    def __init__(
        self,
        records: Records,
        embedder: Embedder,
        words: WordSearch,
        shelf: Shelf,
        answers: Sequence[Answer] = (),
    ) -> None:
        self._records = records
        self._embedder = embedder
        self._words = words
        self._shelf = shelf
        self._recipe = recipe(embedder)
        self._answers = answers
        self._phrasings: tuple[list[str], Vector] | None = None
        self._seen = -1
        self._lock = threading.RLock()

    def refresh(self, progress: Progress = no_progress) -> int:
        """Take in what changed in the records; return how many Issues had to be embedded.

        `progress` counts in generations, one a changed Issue. Vectors are durable in the records
        before the shelf has them, and the shelf has them before it notes the generation: killed
        anywhere, the next call embeds nothing again.
        """
        with self._lock:
            now = self._records.generation()
            if now == self._seen:
                return 0
            self._refuse_others()
            return self._catch_up(now, progress)

    def _catch_up(self, now: int, progress: Progress) -> int:
        start = self._loaded(now)
        made = 0
        for batch in self._records.changed_since(start):
            made += self._take_in(batch)
            progress(batch[-1].generation - start, max(now, batch[-1].generation) - start)
        self._seen = now
        return made

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Take everything in anew; vectors of this embedder are kept, those of others thrown away at the end.

        Killed half-way, an index of either embedder opens, and this one embeds nothing again.
        """
        with self._lock:
            self._shelf.clear()
            made = self._catch_up(self._records.generation(), progress)
            self._records.forget_vectors(but=self._recipe)
            return made

    def search(self, query: Query) -> Matched:
        """Return candidates, the answers that are close, and how many Issues were searched."""
        whole, sought = self._sought(query)
        return Matched(
            candidates=self._stages(query, sought).candidates()[: query.limit],
            answers=self._near_answers(whole),
            searched=self._records.count(query.project, query.before),
            as_of=query.before,
        )

    def stages(self, query: Query) -> Stages:
        """Return what each stage of a search found: what is measured, and what the reranker learns from."""
        return self._stages(query, self._sought(query)[1])

    def _stages(self, query: Query, sought: Sought) -> Stages:
        if self._records.generation() != self._seen:
            self.refresh()
        pool = max(POOL, query.limit)
        found = dict(self._words.search(query, pool))
        near = self._near(query, sought, pool, found)
        # What the shelf does not have yet is not in this generation of the index.
        words = {name: score for name, score in found.items() if name in near}
        order = fused(words, {name: each.meaning for name, each in near.items()})
        held = self._records.issues(order[: max(RERANKED, query.limit)])
        # What the records no longer have is left out.
        issues = [held[name] for name in order if name in held]
        return Stages(words, near, issues, features(query, issues, words, near))

    def _near(self, query: Query, sought: Sought, pool: int, found: Mapping[str, float]) -> dict[str, Near]:
        """Return how near the nearest are, and what the words found."""
        try:
            near = self._shelf.nearest(query, sought, pool)
            missing = [name for name in found if name not in near]
            return near | self._shelf.measured(query.project, missing, sought)
        except Unavailable:
            self._seen = -1  # what the shelf holds by then is asked again
            raise

    def _sought(self, query: Query) -> tuple[Vector, Sought]:
        """Embed whole and title; what has no title is its own."""
        whole = embedded_text(query.title, query.text)
        title = embedded_text(query.title, "") or whole
        first, second = self._embedder.embed([whole, title])
        return first, Sought(joined(first[None], second[None])[0], second)

    def _refuse_others(self) -> None:
        kept = self._records.embedders()
        if kept and self._recipe not in kept:
            raise IndexMismatch(
                f"The index was built by {', '.join(kept)}, and this is {self._recipe}. "
                "Build it again: triage index --rebuild"
            )

    def _loaded(self, now: int) -> int:
        loaded = self._shelf.loaded()
        # Other processes may fill the same shelf, and may have seen a newer Issue than this one just now.
        if loaded <= max(now, self._records.generation()):
            return loaded
        # Newer than the records: it was built from a store that is no longer there.
        self._shelf.clear()
        return self._shelf.loaded()

    def _take_in(self, batch: Sequence[Changed]) -> int:
        vectors, made = self._known_or_embedded({each.content: each.issue for each in batch})
        self._shelf.put([_entry(each, vectors[each.content]) for each in batch])
        self._shelf.note_loaded(batch[-1].generation)
        return sum(each.content in made for each in batch)

    def _known_or_embedded(self, issues: Mapping[str, Issue]) -> tuple[dict[str, Vector], set[str]]:
        """Return the vectors of Issues by content hash, and which had to be made."""
        known = dict(self._records.vectors(self._recipe, list(issues)))
        missing = {content: issue for content, issue in issues.items() if content not in known}
        if missing:
            texts = [(issue.title, issue.body) for issue in missing.values()]
            fresh = dict(zip(missing, embedded(self._embedder, texts), strict=True))
            self._records.keep_vectors(self._recipe, fresh)
            known |= fresh
        return known, set(missing)

    def _near_answers(self, vector: Vector) -> tuple[AnswerHit, ...]:
        """Return the closest answers, each by the closest of its phrasings."""
        if not self._answers:
            return ()
        ids, matrix = self._answer_vectors()
        best: dict[str, float] = {}
        for name, cosine in zip(ids, matrix @ vector, strict=True):
            best[name] = max(best.get(name, -1.0), float(cosine))
        ranked = sorted(best, key=lambda name: (-best[name], name))
        return tuple(AnswerHit(name, best[name]) for name in ranked[:ANSWERS])

    def _answer_vectors(self) -> tuple[list[str], Vector]:
        with self._lock:
            if self._phrasings is None:
                asked = [(each.id, text) for each in self._answers for text in _ways_to_ask(each)]
                matrix = self._embedder.embed([text for _, text in asked])
                self._phrasings = [name for name, _ in asked], matrix
            return self._phrasings


def _ways_to_ask(answer: Answer) -> list[str]:
    return [embedded_text(text, "") for text in (answer.question, *answer.phrasings)]


def _entry(changed: Changed, vector: Vector) -> Entry:
    issue = changed.issue
    return Entry(
        id=issue.id,
        project=issue.project,
        created_at=issue.created_at,
        generation=changed.generation,
        vector=vector,
    )
