"""The words of Issues on PostgreSQL, as FTS5's tokenizer cuts them: what its index of words searches.

On SQLite triggers keep an FTS5 table in step with `issues`; here the same transaction writes a row each.
The table is PostgreSQL's alone, so it stands apart from `tables.py`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from agent.lexicon.stems import Places, Stems
from agent.store.postgres import SHARED
from agent.store.tables import issues

#: `length` counts words, also those beyond what a tsvector can hold.
issues_words = sa.Table(
    "issues_words",
    sa.MetaData(),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("title", postgresql.TSVECTOR, nullable=False),
    sa.Column("document", postgresql.TSVECTOR, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
)

#: Places that a tsvector tells apart, and what it holds of words in all, both below PostgreSQL's limits.
PLACES, BYTES = 16_000, 500_000
#: Bytes of the longest word that is kept: what is longer is encoded data, and no query asks for it.
LONGEST = 240
#: A phrase never reaches from the title into the body.
GAP = 2


def keep(tx: sa.Connection, ids: Sequence[str]) -> None:
    """Bring the words of Issues up to their rows."""
    if not ids or tx.dialect.name != SHARED:
        return
    rows = tx.execute(
        sa.select(issues.c.seq, issues.c.title, issues.c.body).where(issues.c.id.in_(ids))
    ).all()
    cut = _stems().places([(row.title, row.body) for row in rows])
    put = postgresql.insert(issues_words)
    new = {name: put.excluded[name] for name in ("title", "document", "length")}
    tx.execute(
        put.on_conflict_do_update(index_elements=["seq"], set_=new),
        [{"seq": row.seq, **_vectors(places)} for row, places in zip(rows, cut, strict=True)],
    )


@cache
def _stems() -> Stems:
    return Stems()


def _vectors(places: Places) -> dict[str, Any]:
    """Return the row of a text: the words of its title, and of all of it, title first."""
    title = [(offset + 1, term) for column, offset, term in places if column == "title"]
    after = max((place for place, _ in title), default=0) + GAP
    body = [(offset + after, term) for column, offset, term in places if column == "body"]
    return {"title": _vector(title), "document": _vector([*title, *body]), "length": len(places)}


def _vector(places: Sequence[tuple[int, str]]) -> str:
    """Write a tsvector; what stands too far back in a very long text is left out."""
    kept: dict[str, list[int]] = {}
    left = BYTES
    for place, term in sorted(places):
        wide = len(term.encode())
        if place > PLACES or wide > LONGEST or (term not in kept and wide > left):
            continue
        left -= 0 if term in kept else wide
        kept.setdefault(term, []).append(place)
    return " ".join(f"'{term}':{','.join(map(str, places))}" for term, places in kept.items())
