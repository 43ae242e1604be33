"""The Index: words and meaning searched side by side, fused into one ranking.

What lives here: keeping step with the records, and one search. What does not: the searches
themselves (`words.py`, `vectors.py`), the fusion (`fusion.py`), any judgement of the found.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent.domain.assessments import AnswerHit, Candidate, Matched
from agent.domain.reports import Answer
from agent.errors import IndexMismatch
from agent.index.fusion import reciprocal_rank
from agent.index.vectors import Entry, Near, Vectors
from agent.index.words import Words
from agent.policy.texts import content_hash, embedded_text
from agent.ports import Changed, Embedder, Progress, Query, Records, no_progress

if TYPE_CHECKING:
    from agent.ports import Vector

POOL = 50  #: candidates that words and vectors each bring
ANSWERS = 3
BATCH = 256  #: texts embedded between two times that they are made durable
# Words, meaning, meaning of titles. Chosen for MRR on rust.train: .473, against .458 with k = 60.
WEIGHTS = (1.0, 1.0, 0.5)
K = 10


class HybridIndex:
    """Implements `ports.Index`. Safe to share between threads."""

    def __init__(
        self,
        records: Records,
        embedder: Embedder,
        words: Words,
        vectors: Vectors,
        answers: Sequence[Answer] = (),
    ) -> None:
        self._records = records
        self._embedder = embedder
        self._words = words
        self._vectors = vectors
        self._answers = answers
        self._phrasings: tuple[list[str], Vector] | None = None
        self._seen = -1
        self._lock = threading.RLock()

    def refresh(self, progress: Progress = no_progress) -> int:
        """Take in what changed in the records; return how many Issues had to be embedded.

        `progress` counts in generations, one a changed Issue. Vectors are durable in the records
        before Chroma has them, and Chroma has them before it notes the generation: killed
        anywhere, the next call embeds nothing again.
        """
        with self._lock:
            now = self._records.generation()
            if now == self._seen:
                return 0
            self._refuse_others()
            start = self._loaded(now)
            embedded = 0
            for batch in self._records.changed_since(start):
                embedded += self._take_in(batch)
                progress(batch[-1].generation - start, max(now, batch[-1].generation) - start)
            self._seen = now
            return embedded

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Take everything in anew; vectors of this embedder are kept, those of others thrown away."""
        with self._lock:
            self._records.forget_vectors(but=self._embedder.id)
            self._vectors.clear()
            self._seen = -1
            return self.refresh(progress)

    def search(self, query: Query) -> Matched:
        """Return candidates, the answers that are close, and how many Issues were searched."""
        if self._records.generation() != self._seen:
            self.refresh()
        whole, title = self._vectors_of(query)
        pool = max(POOL, query.limit)
        found = self._words.search(query, pool)
        near = self._vectors.nearest(query, whole, pool)
        near |= self._vectors.measured([name for name, _ in found if name not in near], whole)
        titles = self._title_cosines(near, title)
        # What the vectors do not have yet is not in this generation of the index.
        scored = {name: score for name, score in found if name in near}
        return Matched(
            candidates=_fused(scored, near, titles)[: query.limit],
            answers=self._near_answers(whole),
            searched=self._records.count(query.project, query.before),
            as_of=query.before,
        )

    def _refuse_others(self) -> None:
        kept = self._records.embedders()
        if kept and self._embedder.id not in kept:
            raise IndexMismatch(
                f"The index was built by {', '.join(kept)}, and this is {self._embedder.id}. "
                "Build it again: triage index --rebuild"
            )

    def _loaded(self, now: int) -> int:
        loaded = self._vectors.loaded()
        if loaded <= now:
            return loaded
        # Newer than the records: it was built from a store that is no longer there.
        self._vectors.clear()
        return self._vectors.loaded()

    def _take_in(self, batch: Sequence[Changed]) -> int:
        texts = {}
        for changed in batch:
            issue = changed.issue
            texts[changed.content] = embedded_text(issue.title, issue.body)
            titled = embedded_text(issue.title, "")
            texts[content_hash(titled)] = titled
        vectors, missing = self._known_or_embedded(texts)
        self._vectors.put([_entry(changed, vectors[changed.content]) for changed in batch])
        self._vectors.note_loaded(batch[-1].generation)
        return sum(changed.content in missing for changed in batch)

    def _known_or_embedded(self, texts: Mapping[str, str]) -> tuple[dict[str, Vector], set[str]]:
        """Return the vectors of texts by content hash, and which had to be made."""
        known = dict(self._records.vectors(self._embedder.id, list(texts)))
        missing = [content for content in texts if content not in known]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            made = self._embedder.embed([texts[content] for content in part])
            fresh = dict(zip(part, made, strict=True))
            self._records.keep_vectors(self._embedder.id, fresh)
            known |= fresh
        return known, set(missing)

    def _vectors_of(self, query: Query) -> tuple[Vector, Vector]:
        """Embed the whole and its title; what has no title is its own."""
        whole = embedded_text(query.title, query.text)
        title = embedded_text(query.title, "") or whole
        first, second = self._embedder.embed([whole, title])
        return first, second

    def _title_cosines(self, near: Mapping[str, Near], title: Vector) -> dict[str, float]:
        contents = sorted({each.title for each in near.values()})
        kept = self._records.vectors(self._embedder.id, contents)
        cosines = {content: float(vector @ title) for content, vector in kept.items()}
        return {name: cosines[each.title] for name, each in near.items() if each.title in cosines}

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
        title=content_hash(embedded_text(issue.title, "")),
        vector=vector,
    )


def _fused(
    words: Mapping[str, float], near: Mapping[str, Near], titles: Mapping[str, float]
) -> tuple[Candidate, ...]:
    by_meaning = sorted(near, key=lambda name: (-near[name].cosine, name))
    by_title = sorted(titles, key=lambda name: (-titles[name], name))
    fused = reciprocal_rank((list(words), by_meaning, by_title), WEIGHTS, K)
    return tuple(
        Candidate(name, score, words.get(name, 0.0), near[name].cosine, titles.get(name, 0.0))
        for name, score in fused
    )
