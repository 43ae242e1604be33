"""What the index is built from, and the shelf of the local tracker: the store behind two ports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from agent.domain.issues import Issue
from agent.ports import Changed
from agent.store import issues as queries
from agent.store.database import Store
from agent.store.locks import insert_new
from agent.store.tables import issues, vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

BATCH = 256
#: Issues that are kept in memory at the most, a few kilobytes each.
KEPT = 5_000


class StoreRecords:
    """Implements `ports.Records` on the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._held: tuple[int, dict[str, Issue]] = (-1, {})

    def generation(self) -> int:
        with self.store.read() as tx:
            return queries.generation_of(tx)

    def changed_since(self, generation: int) -> Iterator[Sequence[Changed]]:
        while batch := self._batch(generation):
            yield batch
            generation = batch[-1].generation

    def _batch(self, after: int) -> list[Changed]:
        newer = sa.select(issues).where(issues.c.generation > after)
        with self.store.read() as tx:
            rows = tx.execute(newer.order_by(issues.c.generation).limit(BATCH))
            return [Changed(row.generation, row.content, queries.from_row(row)) for row in rows]

    def vectors(self, embedder: str, contents: Sequence[str]) -> Mapping[str, "Vector"]:
        import numpy as np

        query = sa.select(vectors.c.content, vectors.c.vector).where(
            vectors.c.embedder == embedder, vectors.c.content.in_(list(contents))
        )
        with self.store.read() as tx:
            return {row.content: np.frombuffer(row.vector, np.float32) for row in tx.execute(query)}

    def keep_vectors(self, embedder: str, found: Mapping[str, "Vector"]) -> None:
        with self.store.write() as tx:
            rows = [
                {"embedder": embedder, "content": content, "vector": vector.astype("float32").tobytes()}
                for content, vector in sorted(found.items())
            ]
            insert_new(tx, vectors, rows)

    def forget_vectors(self, but: str) -> None:
        with self.store.write() as tx:
            tx.execute(vectors.delete().where(vectors.c.embedder != but))

    def embedders(self) -> Sequence[str]:
        with self.store.read() as tx:
            return list(tx.scalars(sa.select(vectors.c.embedder).distinct()))

    def issues(self, ids: Iterable[str]) -> Mapping[str, Issue]:
        """Return Issues by id, those that exist; what was read is kept until one changes."""
        wanted = set(ids)
        with self.store.read() as tx:
            generation = queries.generation_of(tx)
            held = self._held
            if held[0] != generation or len(held[1]) > KEPT:
                held = self._held = (generation, {})
            held[1].update(queries.by_ids(tx, wanted - held[1].keys()))
        return {each: held[1][each] for each in wanted if each in held[1]}

    def count(self, project: str, before: datetime) -> int:
        with self.store.read() as tx:
            return queries.count(tx, project, before)


class StoreShelf:
    """Implements `ports.IssueShelf`: the local tracker's Issues are rows of the store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, key: str, issue: Issue, now: datetime) -> Issue:
        with self.store.write() as tx:
            queries.hold(tx)
            known = queries.note_by_key(tx, key)
            if known is not None:
                return queries.by_ids(tx, [known])[known]
            filed = replace(issue, id=queries.next_local_id(tx, issue.project))
            queries.upsert(tx, [filed])
            queries.add_note(tx, key, filed.id, "Filed here by triage.", now)
            return filed

    def note(self, key: str, issue_id: str, body: str, now: datetime) -> bool:
        with self.store.write() as tx:
            if queries.note_by_key(tx, key) is None:
                if issue_id not in queries.by_ids(tx, [issue_id]):
                    return False
                queries.add_note(tx, key, issue_id, body, now)
            return True

    def by_key(self, key: str) -> Issue | None:
        with self.store.read() as tx:
            issue_id = queries.note_by_key(tx, key)
            return queries.by_ids(tx, [issue_id]).get(issue_id) if issue_id else None
