"""Records on an SQLite file, with the tables that the words search: what the store promises an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from agent.domain.issues import Issue
from agent.policy.texts import content_hash, embedded_text
from agent.ports import Changed

if TYPE_CHECKING:
    from agent.ports import Vector

SCHEMA = (
    """CREATE TABLE issues (
        seq INTEGER PRIMARY KEY, id TEXT UNIQUE, project TEXT, title TEXT, body TEXT,
        created_at DATETIME, closed_at DATETIME, content TEXT, generation INTEGER)""",
    """CREATE VIRTUAL TABLE issues_words USING fts5(
        title, body, content='issues', content_rowid='seq', tokenize="porter unicode61 tokenchars '_'")""",
    "CREATE VIRTUAL TABLE issues_terms USING fts5vocab('issues_words', 'row')",
    """CREATE TRIGGER issues_words_add AFTER INSERT ON issues BEGIN
        INSERT INTO issues_words(rowid, title, body) VALUES (new.seq, new.title, new.body); END""",
    """CREATE TRIGGER issues_words_change AFTER UPDATE OF title, body ON issues BEGIN
        INSERT INTO issues_words(issues_words, rowid, title, body)
        VALUES ('delete', old.seq, old.title, old.body);
        INSERT INTO issues_words(rowid, title, body) VALUES (new.seq, new.title, new.body); END""",
    "CREATE INDEX issues_by_project ON issues(project, created_at)",
    "CREATE INDEX issues_by_generation ON issues(generation)",
)
KEEP = """INSERT INTO issues(id, project, title, body, created_at, content, generation)
    VALUES (:id, :project, :title, :body, :created_at, :content, :generation)
    ON CONFLICT(id) DO UPDATE SET title = excluded.title, body = excluded.body,
    created_at = excluded.created_at, content = excluded.content, generation = excluded.generation"""
BATCH = 256


class ShelfRecords:
    """Implements `ports.Records`; `put` is how a test changes them."""

    def __init__(self, db: sa.Engine) -> None:
        self.db = db
        self._vectors: dict[str, dict[str, Vector]] = {}
        with db.begin() as tx:
            for statement in SCHEMA:
                tx.exec_driver_sql(statement)

    def put(self, *issues: Issue) -> None:
        start = self.generation() + 1
        rows = [_row(issue, start + at) for at, issue in enumerate(issues)]
        with self.db.begin() as tx:
            tx.execute(sa.text(KEEP), rows)

    def generation(self) -> int:
        with self.db.connect() as tx:
            return int(tx.execute(sa.text("SELECT coalesce(max(generation), 0) FROM issues")).scalar_one())

    def changed_since(self, generation: int) -> Iterator[Sequence[Changed]]:
        query = sa.text("SELECT * FROM issues WHERE generation > :after ORDER BY generation LIMIT :batch")
        while True:
            with self.db.connect() as tx:
                rows = tx.execute(query, {"after": generation, "batch": BATCH}).all()
            if not rows:
                return
            yield [Changed(row.generation, row.content, _issue(row)) for row in rows]
            generation = rows[-1].generation

    def vectors(self, embedder: str, contents: Sequence[str]) -> Mapping[str, Vector]:
        kept = self._vectors.get(embedder, {})
        return {content: kept[content] for content in contents if content in kept}

    def keep_vectors(self, embedder: str, vectors: Mapping[str, Vector]) -> None:
        kept = self._vectors.setdefault(embedder, {})
        kept.update({content: np.array(vector) for content, vector in vectors.items()})

    def forget_vectors(self, but: str) -> None:
        self._vectors = {name: kept for name, kept in self._vectors.items() if name == but}

    def embedders(self) -> Sequence[str]:
        return list(self._vectors)

    def issues(self, ids: Iterable[str]) -> Mapping[str, Issue]:
        query = sa.text("SELECT * FROM issues WHERE id IN :ids").bindparams(
            sa.bindparam("ids", list(ids), expanding=True)
        )
        with self.db.connect() as tx:
            return {row.id: _issue(row) for row in tx.execute(query)}

    def count(self, project: str, before: datetime) -> int:
        query = sa.text("SELECT count(*) FROM issues WHERE project = :project AND created_at < :before")
        with self.db.connect() as tx:
            return int(tx.execute(query, {"project": project, "before": _stored(before)}).scalar_one())


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _row(issue: Issue, generation: int) -> dict[str, object]:
    return {
        "id": issue.id,
        "project": issue.project,
        "title": issue.title,
        "body": issue.body,
        "created_at": _stored(issue.created_at),
        "content": content_hash(embedded_text(issue.title, issue.body)),
        "generation": generation,
    }


def _issue(row: sa.Row[tuple[object, ...]]) -> Issue:
    created_at = datetime.fromisoformat(row.created_at).replace(tzinfo=UTC)
    return Issue(id=row.id, title=row.title, body=row.body, created_at=created_at)
