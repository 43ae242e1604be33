"""Issues found by their words: SQLite's FTS5 with BM25, over the tables that the store keeps.

What lives here: choosing a query's terms and asking for them. What does not: the tables and the
triggers that keep them in step (`issues`, `issues_words`, `issues_terms`).
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from agent.lexicon import names, numbered
from agent.lexicon.stems import TOKENIZER, Stems

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.ports import Query

TERMS = 32  #: more take longer and, on rust.train, find no more once fused with meaning
PHRASES = 8  #: names and versions of several words, asked for as one: R@1 .311 → .325 on rust.train
COMMON = 0.25  #: a term in more than this share of the Issues tells too little for its time
TITLE_WEIGHT = 3.0
BODY_WEIGHT = 1.0
TITLE_REPEATS = 3  #: a query's title weighs as much as an Issue's
DRIFT = 0.01
FIRST = 4  #: times as many as are wanted are looked at first
LONGEST_READ = 20_000  #: characters of a Message whose words are counted
MOST_WORDS = 2_000  #: different words of a Message that are looked up
LONGEST_WORD = 60  #: characters; longer runs are encoded data, not words

WORD = re.compile(r"\w+")
DECLARED = re.compile(r"tokenize\s*=\s*(\"[^\"]*\"|'[^']*')")

DECLARATION = "SELECT sql FROM sqlite_master WHERE name = 'issues_words'"
SIZE = "SELECT coalesce(max(seq), 0) FROM issues"
DOCUMENTS = "SELECT term, doc FROM issues_terms WHERE term IN ({marks})"
#: The best of all Issues first, then which of them are asked for: to look at each that holds a term takes longer.
SEARCH = """
    SELECT issues.id, found.score
    FROM (
        SELECT rowid AS seq, -bm25(issues_words, ?, ?) AS score
        FROM issues_words WHERE issues_words MATCH ? ORDER BY score DESC LIMIT ?
    ) AS found JOIN issues ON issues.seq = found.seq
    WHERE issues.project = ? AND issues.created_at < ?
    ORDER BY found.score DESC, issues.id LIMIT ?
"""
EVERY = -1  #: SQLite's LIMIT without one


class WordSearch(Protocol):
    """Finds Issues by their words. Safe to share between threads; any text is a safe query."""

    def search(self, query: Query, limit: int) -> list[tuple[str, float]]:
        """Return ids with their BM25 (higher is closer), best first."""


class Words:
    """Search by words. Safe to share between threads; any text is a safe query."""

    def __init__(self, db: sa.Engine) -> None:
        self._db = db
        self._stems: Stems | None = None
        self._counts: dict[str, int] = {}
        self._counted_at = 0
        self._lock = threading.Lock()

    def search(self, query: Query, limit: int) -> list[tuple[str, float]]:
        """Return ids with their BM25 (higher is closer), best first."""
        with self._db.connect() as connection:
            terms = self._terms(connection, query)
            if not terms:
                return []
            # One that is asked for and excluded must not cost another its place.
            wanted = limit + len(query.exclude)
            match = " OR ".join(f'"{term}"' for term in terms)
            rows = self._best(connection, match, query, wanted, FIRST * wanted)
            if len(rows) < wanted:  # what is better belongs to other projects, or is newer
                rows = self._best(connection, match, query, wanted, EVERY)
        found = [(str(row[0]), float(row[1])) for row in rows if row[0] not in query.exclude]
        return found[:limit]

    def _best(
        self, connection: sa.Connection, match: str, query: Query, wanted: int, looked_at: int
    ) -> Sequence[Any]:
        first = (TITLE_WEIGHT, BODY_WEIGHT, match, looked_at)
        then = (query.project, stored(query.before), wanted)
        return connection.exec_driver_sql(SEARCH, first + then).all()

    def _terms(self, connection: sa.Connection, query: Query) -> list[str]:
        counts = counted(query.title, query.text)
        stems = self._stemmer(connection).of(counts)
        total = int(connection.exec_driver_sql(SIZE).scalar_one())
        documents = self._documents(connection, sorted(set(stems.values())), total)
        terms = chosen(counts, stems, documents, total)
        # FTS5 has no weights for terms; one that stands there again counts again.
        titled = set(WORD.findall(query.title[:LONGEST_READ].lower()))
        repeated = [term for term in terms if term in titled] * (TITLE_REPEATS - 1)
        return terms + repeated + phrases(f"{query.title}\n{query.text}"[:LONGEST_READ])

    def _documents(self, connection: sa.Connection, terms: Sequence[str], total: int) -> dict[str, int]:
        """Return in how many Issues each term stands, to within one part in a hundred.

        FTS5 counts by reading all of a term's places, so counts are kept until the number of
        Issues has moved by that much: they only choose terms, BM25 itself reads its own.
        """
        with self._lock:
            if abs(total - self._counted_at) > DRIFT * self._counted_at:
                self._counts, self._counted_at = {}, total
            missing = [term for term in terms if term not in self._counts]
            counts = self._counts
        if missing:
            marks = ", ".join("?" * len(missing))
            rows = connection.exec_driver_sql(DOCUMENTS.format(marks=marks), tuple(missing)).all()
            counts.update({**dict.fromkeys(missing, 0), **{str(row[0]): int(row[1]) for row in rows}})
        return {term: counts[term] for term in terms}

    def _stemmer(self, connection: sa.Connection) -> Stems:
        with self._lock:
            if self._stems is None:
                declared = str(connection.exec_driver_sql(DECLARATION).scalar_one())
                found = DECLARED.search(declared)
                self._stems = Stems(found[1] if found else TOKENIZER)
            return self._stems


def counted(title: str, text: str) -> Counter[str]:
    """Count the words of a Message; those of the title weigh as in the search."""
    counts: Counter[str] = Counter()
    for weight, part in ((TITLE_WEIGHT, title), (BODY_WEIGHT, text)):
        for word in WORD.findall(part[:LONGEST_READ].lower()):
            if len(word) <= LONGEST_WORD:
                counts[word] += int(weight)
    return Counter(dict(counts.most_common(MOST_WORDS)))


def chosen(
    counts: Mapping[str, int], stems: Mapping[str, str], documents: Mapping[str, int], total: int
) -> list[str]:
    """Choose at most TERMS words, a word for a stem, by how much each could tell: tf times idf."""
    gains: dict[str, float] = {}
    words: dict[str, str] = {}
    for word, count in counts.items():
        stem = stems.get(word, "")
        known = documents.get(stem, 0)
        if not known or (known > COMMON * total and total > 50):
            continue
        idf = math.log((total - known + 0.5) / (known + 0.5) + 1)
        gains[stem] = gains.get(stem, 0.0) + (1 + math.log(count)) * idf
        words.setdefault(stem, word)
    best = sorted(gains, key=lambda stem: (-gains[stem], stem))[:TERMS]
    return [words[stem] for stem in best]


def phrases(text: str) -> list[str]:
    """Return names and versions of several words, in the order of the text, each as its words."""
    written = dict.fromkeys(names(text) + numbered(text))
    parts = (WORD.findall(name.lower()) for name in written)
    return [" ".join(words) for words in parts if len(words) > 1][:PHRASES]


def stored(moment: datetime) -> str:
    """Write a time as the store's `created_at` has it: UTC, microseconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
