"""Issues found by their words on PostgreSQL: BM25 as FTS5 has it, over tsvectors that the store keeps.

What lives here: asking for the terms that `words.py` chooses. What does not: how texts are cut into terms
(`lexicon/stems.py`, the same for both), the table and who writes it (`store/words.py`).

PostgreSQL's own rank knows nothing of how rare a term is. It does tell how often one term stands in a
text: of a single term it is H(n) / H(∞), where H(n) = 1 + 1/4 + … + 1/n², and H(∞) - H(n) is close to
1 / (n + ½). So n is read from it, and the rest is arithmetic.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from agent.index.words import (
    BODY_WEIGHT,
    DRIFT,
    FIRST,
    LONGEST_READ,
    TITLE_REPEATS,
    TITLE_WEIGHT,
    WORD,
    chosen,
    counted,
    phrases,
)
from agent.lexicon.stems import Stems

if TYPE_CHECKING:
    from agent.ports import Query

#: BM25's own: how soon another time counts for nothing, and how much a long text is discounted.
SATURATION, LENGTH_SHARE = 1.2, 0.75
#: What FTS5 gives a term that more than half of the texts hold.
LEAST = 1e-6
#: H(∞) = π²/6, by which ts_rank divides.
HARMONIC = math.pi**2 / 6
#: Every position weighs the same.
EVEN = [1.0, 1.0, 1.0, 1.0]

_issues = sa.table(
    "issues",
    sa.column("seq", sa.Integer),
    sa.column("id", sa.String),
    sa.column("project", sa.String),
    sa.column("created_at", sa.DateTime),
)
_words = sa.table(
    "issues_words",
    sa.column("seq", sa.Integer),
    sa.column("title", postgresql.TSVECTOR),
    sa.column("document", postgresql.TSVECTOR),
    sa.column("length", sa.Integer),
)


class PostgresWords:
    """Search by words. Safe to share between threads; any text is a safe query."""

    def __init__(self, db: sa.Engine) -> None:
        self._db = db
        self._stems = Stems()
        self._counts: dict[str, int] = {}
        self._counted_at = 0
        self._total, self._length = 0, 1.0
        self._lock = threading.Lock()

    def search(self, query: Query, limit: int) -> list[tuple[str, float]]:
        """Return ids with their BM25 (higher is closer), best first."""
        with self._db.connect() as connection:
            asked = self._asked(connection, query)
            if not asked:
                return []
            # One that is asked for and excluded must not cost another its place.
            wanted = limit + len(query.exclude)
            best = _best(asked, self._length)
            rows = connection.execute(_theirs(query, best.limit(FIRST * wanted), wanted)).all()
            if len(rows) < wanted:  # what is better belongs to other projects, or is newer
                rows = connection.execute(_theirs(query, best, wanted)).all()
        found = [(str(row.id), float(row.score)) for row in rows if row.id not in query.exclude]
        return found[:limit]

    def _asked(self, connection: sa.Connection, query: Query) -> dict[str, float]:
        """Return what is asked for, as tsqueries, and how much each weighs."""
        counts = counted(query.title, query.text)
        stems = self._stems.of(counts)
        self._recount(connection)
        terms = {stem: _term(stem) for stem in stems.values() if stem}
        documents = self._documents(connection, sorted(terms.values()))
        known = {stem: documents[term] for stem, term in terms.items()}
        titled = set(WORD.findall(query.title[:LONGEST_READ].lower()))
        times: Counter[str] = Counter()
        for word in chosen(counts, stems, known, self._total):
            times[terms[stems[word]]] += TITLE_REPEATS if word in titled else 1
        times.update(self._phrased(query))
        documents = self._documents(connection, sorted(times))
        return {term: number * self._rarity(documents[term]) for term, number in times.items()}

    def _phrased(self, query: Query) -> list[str]:
        """Return the names and versions of several words, each as one tsquery."""
        found = phrases(f"{query.title}\n{query.text}"[:LONGEST_READ])
        cut = self._stems.places([("", phrase) for phrase in found])
        return [" <-> ".join(_term(term) for _, _, term in sorted(places)) for places in cut if places]

    def _rarity(self, documents: int) -> float:
        idf = math.log((self._total - documents + 0.5) / (documents + 0.5)) if self._total else 0.0
        return idf if idf > 0 else LEAST

    def _recount(self, connection: sa.Connection) -> None:
        """Count the texts and their words again once their number has moved by one part in a hundred."""
        last = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(_words.c.seq), 0))) or 0
        with self._lock:
            if self._counted_at and abs(last - self._counted_at) <= DRIFT * self._counted_at:
                return
            numbers = sa.select(sa.func.count().label("total"), sa.func.avg(_words.c.length).label("length"))
            row = connection.execute(numbers.select_from(_words)).one()
            self._total, self._length = row.total, float(row.length or 1)
            self._counts, self._counted_at = {}, last

    def _documents(self, connection: sa.Connection, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many Issues each tsquery is found, to within one part in a hundred."""
        with self._lock:
            counts = self._counts
            missing = [term for term in terms if term not in counts]
        if missing:
            asked = _listed(missing)
            found = _words.c.document.bool_op("@@")(sa.cast(asked.c.term, postgresql.TSQUERY))
            number = sa.select(sa.func.count()).select_from(_words).where(found).scalar_subquery()
            rows = connection.execute(sa.select(asked.c.term, number.label("number")))
            counts.update({row.term: row.number for row in rows})
        return {term: counts[term] for term in terms}


def _term(stem: str) -> str:
    """Write a term as a tsquery; a stem holds letters, digits and underscores alone."""
    return f"'{stem}'"


def _listed(terms: Sequence[str]) -> Any:
    given = sa.cast(list(terms), postgresql.ARRAY(sa.Text))
    return sa.func.unnest(given).table_valued("term").render_derived()


def _best(asked: Mapping[str, float], length: float) -> sa.Select[Any]:
    """Score the Issues of all projects, best first."""
    terms, weights = zip(*sorted(asked.items()), strict=True)
    wanted = (
        sa.func.unnest(
            sa.cast(list(terms), postgresql.ARRAY(sa.Text)),
            sa.cast(list(weights), postgresql.ARRAY(sa.Double)),
        )
        .table_valued(sa.column("term", sa.Text), sa.column("weight", sa.Double))
        .render_derived()
    )
    term = sa.cast(wanted.c.term, postgresql.TSQUERY)
    found = (
        sa.select(_words.c.seq, _words.c.length, _hits(term, wanted.c.term.contains("<->")).label("hits"))
        .where(_words.c.document.bool_op("@@")(term))
        .offset(0)  # keeps the planner from trying every term on every text: each is looked up once
        .lateral("found")
    )
    slow = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * found.c.length / length)
    # BM25's hits / (hits + slow), so written that `hits` is worked out once.
    share = 1 - slow / (found.c.hits + slow)
    score = (sa.func.sum(wanted.c.weight * share) * (SATURATION + 1)).label("score")
    scored = sa.select(found.c.seq, score).select_from(wanted).join(found, sa.true())
    return scored.group_by(found.c.seq).order_by(score.desc(), found.c.seq)


def _theirs(query: Query, best: sa.Select[Any], limit: int) -> sa.Select[Any]:
    """Take of these the Issues that are asked for.

    Each is looked up by its number: a planner that takes a project for small would search once an Issue of it.
    """
    scored = best.subquery("scored")
    before = query.before.astimezone(UTC).replace(tzinfo=None)
    issue = (
        sa.select(_issues.c.id)
        .where(_issues.c.seq == scored.c.seq, _issues.c.project == query.project)
        .where(_issues.c.created_at < before)
        .offset(0)
        .lateral("issue")
    )
    return (
        sa.select(issue.c.id, scored.c.score)
        .select_from(scored)
        .join(issue, sa.true())
        .order_by(scored.c.score.desc(), sa.collate(issue.c.id, "C"))
        .limit(limit)
    )


def _hits(term: sa.ColumnElement[Any], is_phrase: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    """Return how often a term stands in an Issue, in the title more than once each; a phrase counts once."""
    in_title = _words.c.title.bool_op("@@")(term)
    more = TITLE_WEIGHT - BODY_WEIGHT
    once = BODY_WEIGHT + sa.case((in_title, more), else_=0.0)
    titled = sa.case((in_title, more * _times(_words.c.title, term)), else_=0.0)
    return sa.case((is_phrase, once), else_=BODY_WEIGHT * _times(_words.c.document, term) + titled)


def _times(vector: sa.ColumnElement[Any], term: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    rank = sa.func.ts_rank(sa.cast(EVEN, postgresql.ARRAY(sa.REAL)), vector, term)
    return 1 / (HARMONIC * (1.000001 - rank)) - 0.5
