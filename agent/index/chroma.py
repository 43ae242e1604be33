"""Vectors in Chroma, in this process or on a server: for more Issues than memory should hold.

What lives here: keeping vectors in Chroma and asking for the nearest. What does not: making
vectors (`meaning.py`), or the ones that last (the store's records: Chroma is built from them).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import Unavailable
from agent.index.exact import microseconds
from agent.index.meaning import Entry, Near, Sought, nearness
from agent.index.whitening import Whitening, fit, fitted_at

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

    from agent.ports import Query, Vector

#: Times what is wanted, asked for: Chroma orders by the angle to a direction, the project's own space
#: by that over each vector's length in it, so what comes back is put in order here.
SURPLUS = 4
#: Seconds that a server may take to answer; its own limit for a search is a minute.
PATIENCE = 60.0
LOADED = "loaded"  #: the collection's own note of the generation that it holds


class ChromaShelf:
    """Implements `Shelf` with a Chroma collection. One lock around it; safe to share between threads.

    A PersistentClient is for one process only: whoever makes one holds the home's lock.
    """

    def __init__(self, client: ClientAPI, recipe: str, dimensions: int, name: str = "issues") -> None:
        self._client = client
        self._dimensions = dimensions
        self._lock = threading.RLock()
        # Another recipe, another collection: vectors of two models never meet.
        self._name = f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
        self._recipe = recipe
        self._opened: Any = None
        self._spaces: dict[str, tuple[int, Whitening]] = {}

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Talk to Chroma, one thread at a time; raises Unavailable where it is gone, or what it held."""
        import httpx
        from chromadb.errors import NotFoundError

        with self._lock:
            try:
                yield
            except httpx.HTTPError as error:
                raise Unavailable("Chroma does not answer. Nothing is lost; it is asked again.") from error
            except NotFoundError as error:
                self._opened = None
                self._spaces.clear()
                raise Unavailable("Chroma lost its vectors. They are built again from the store.") from error

    def loaded(self) -> int:
        with self._reached():
            found = self._client.get_or_create_collection(
                self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            self._opened = found
            return int((found.metadata or {}).get(LOADED, 0))

    def note_loaded(self, generation: int) -> None:
        with self._reached():
            note = {LOADED: generation, "embedder": self._recipe}
            self._collection().modify(metadata=note)

    def put(self, entries: Sequence[Entry]) -> None:
        with self._reached():
            most = self._client.get_max_batch_size()
            for start in range(0, len(entries), most):
                part = entries[start : start + most]
                self._collection().upsert(
                    ids=[entry.id for entry in part],
                    embeddings=[entry.vector for entry in part],
                    metadatas=[_noted(entry) for entry in part],
                )

    def clear(self) -> None:
        with self._reached():
            self._collection()
            self._client.delete_collection(self._name)
            self._opened = None
            self._spaces.clear()

    def nearest(self, query: Query, sought: Sought, limit: int) -> dict[str, Near]:
        if limit < 1:
            return {}
        with self._reached():
            direction, _ = self._space(query.project).sought(sought.vector)
            # Chroma's filter costs five times the search. Of a surplus asked for without it, what
            # passes is as good, if it is enough.
            near = self._asked(query, direction, sought, limit * SURPLUS, None)
            if len(near) < limit:
                near = self._asked(query, direction, sought, limit * SURPLUS, _where(query))
        best = sorted(near, key=lambda name: (-near[name].meaning, name))[:limit]
        return {name: near[name] for name in best}

    def measured(self, project: str, ids: Iterable[str], sought: Sought) -> dict[str, Near]:
        wanted = list(ids)
        if not wanted:
            return {}
        with self._reached():
            found = self._collection().get(ids=wanted, include=["embeddings"])
            return self._near(project, found["ids"], found["embeddings"], sought)

    def _asked(
        self, query: Query, direction: Vector, sought: Sought, many: int, where: Any
    ) -> dict[str, Near]:
        found = self._collection().query(
            query_embeddings=[direction],
            n_results=many + len(query.exclude),
            where=where,
            include=["embeddings", "metadatas"],
        )
        before = microseconds(query.before)
        passed = [
            at
            for at, (name, note) in enumerate(zip(found["ids"][0], found["metadatas"][0], strict=True))
            if name not in query.exclude and note["project"] == query.project and note["created"] < before
        ]
        names = [found["ids"][0][at] for at in passed]
        return self._near(query.project, names, [found["embeddings"][0][at] for at in passed], sought)

    def _near(self, project: str, names: Sequence[str], vectors: Any, sought: Sought) -> dict[str, Near]:
        import numpy as np

        if not len(names):
            return {}
        rows = np.asarray(vectors, np.float32)
        space = self._space(project)
        return nearness(names, rows, space.cosines(rows, space.lengths(rows), sought.vector), sought)

    def _space(self, project: str) -> Whitening:
        """Return the project's space, fitted anew where the collection has grown enough."""
        import numpy as np

        wanted = fitted_at(self._collection().count())
        known = self._spaces.get(project)
        if known is None or known[0] != wanted:
            found = self._collection().get(where={"project": project}, limit=wanted, include=["embeddings"])
            rows = np.asarray(found["embeddings"], np.float32).reshape(-1, self._dimensions)
            known = self._spaces[project] = wanted, fit(rows)
        return known[1]

    def _collection(self) -> Any:
        if self._opened is None:
            self.loaded()
        return self._opened


def embedded_client(path: Path) -> ClientAPI:
    """Open Chroma in this process, with its files under `path`."""
    import chromadb

    path.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(str(path), settings=_quiet())


def server_client(url: str, seconds: float = PATIENCE) -> ClientAPI:
    """Reach Chroma's server at `url`; `Unavailable` when it does not answer within so many seconds."""
    from urllib.parse import urlsplit

    import chromadb
    import httpx

    where = "CHROMA_URL"
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 8000)
        where = f"{parts.scheme}://{parts.hostname}:{port}"  # without a password
        # The client waits for ever, from its first question on: a server that hangs is met before.
        httpx.get(f"{parts.scheme}://{parts.netloc}/api/v2/heartbeat", timeout=seconds).raise_for_status()
        client = chromadb.HttpClient(parts.hostname or "", port, ssl=secure, settings=_quiet())
        both: tuple[Any, Any] = (client, client._admin_client)  # type: ignore[attr-defined]
        for each in both:
            each._server._session.timeout = seconds
        return client
    except (ValueError, httpx.HTTPError) as error:
        raise Unavailable(f"Chroma at {where} does not answer. Start it, or unset CHROMA_URL.") from error


def _quiet() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _noted(entry: Entry) -> Mapping[str, str | int]:
    return {
        "project": entry.project,
        "created": microseconds(entry.created_at),
        "generation": entry.generation,
    }


def _where(query: Query) -> dict[str, Any]:
    return {"$and": [{"project": query.project}, {"created": {"$lt": microseconds(query.before)}}]}
