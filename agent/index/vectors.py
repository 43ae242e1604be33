"""Issues found by their meaning: a Chroma collection, in this process or on a server.

What lives here: keeping vectors in Chroma and asking for the nearest. What does not: making
vectors (`embedder.py`), or the ones that last (the store's records: Chroma is built from them).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import Unavailable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

    from agent.ports import Query, Vector

SURPLUS = 3  #: times what is wanted, asked for before any filter
LOADED = "loaded"  #: the collection's own note of the generation that it holds


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An Issue as the collection keeps it; `title` is the content hash of its title."""

    id: str
    project: str
    created_at: datetime
    generation: int
    title: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Near:
    """An Issue found by meaning: its cosine to what was asked, and its title's content hash."""

    cosine: float
    title: str


class Vectors:
    """One embedder's vectors in Chroma. One lock around it; safe to share between threads.

    A PersistentClient is for one process only: whoever makes one holds the home's lock.
    """

    def __init__(self, client: ClientAPI, embedder: str, name: str = "issues") -> None:
        self._client = client
        self._lock = threading.RLock()
        # Another embedder, another collection: vectors of two models never meet.
        self._name = f"{name}-{hashlib.sha256(embedder.encode()).hexdigest()[:12]}"
        self._embedder = embedder
        self._opened: Any = None

    def loaded(self) -> int:
        """Return the generation up to which everything is in here; 0 when there is nothing."""
        with self._lock:
            found = self._client.get_or_create_collection(
                self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            self._opened = found
            return int((found.metadata or {}).get(LOADED, 0))

    def note_loaded(self, generation: int) -> None:
        """Remember the generation, after everything up to it was put."""
        with self._lock:
            note = {LOADED: generation, "embedder": self._embedder}
            self._collection().modify(metadata=note)

    def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace; durable when it returns, and the same again changes nothing."""
        with self._lock:
            most = self._client.get_max_batch_size()
            for start in range(0, len(entries), most):
                part = entries[start : start + most]
                self._collection().upsert(
                    ids=[entry.id for entry in part],
                    embeddings=[entry.vector for entry in part],
                    metadatas=[_noted(entry) for entry in part],
                )

    def clear(self) -> None:
        """Forget everything: the records are not those that this was built from."""
        with self._lock:
            self._collection()
            self._client.delete_collection(self._name)
            self._opened = None

    def nearest(self, query: Query, vector: Vector, limit: int) -> dict[str, Near]:
        """Return the nearest Issues that the query may find, best first."""
        if limit < 1:
            return {}
        # Chroma's filter costs five times the search. Of a surplus asked for without it, what
        # passes is the same answer, if it is enough.
        near = self._asked(query, vector, limit * SURPLUS, None)
        if len(near) < limit:
            near = self._asked(query, vector, limit + len(query.exclude), _where(query))
        return dict(list(near.items())[:limit])

    def _asked(self, query: Query, vector: Vector, many: int, where: Any) -> dict[str, Near]:
        with self._lock:
            found = self._collection().query(
                query_embeddings=[vector],
                n_results=many,
                where=where,
                include=["distances", "metadatas"],
            )
        rows = zip(found["ids"][0], found["distances"][0], found["metadatas"][0], strict=True)
        before = query.before.timestamp()
        return {
            str(name): Near(1.0 - float(far), str(note["title"]))
            for name, far, note in rows
            if name not in query.exclude and note["project"] == query.project and note["created"] < before
        }

    def measured(self, ids: Iterable[str], vector: Vector) -> dict[str, Near]:
        """Return how near these Issues are, those that are here."""
        wanted = list(ids)
        if not wanted:
            return {}
        with self._lock:
            found = self._collection().get(ids=wanted, include=["embeddings", "metadatas"])
        cosines = found["embeddings"] @ vector if len(found["ids"]) else []
        rows = zip(found["ids"], cosines, found["metadatas"], strict=True)
        return {str(name): Near(float(cosine), str(note["title"])) for name, cosine, note in rows}

    def _collection(self) -> Any:
        if self._opened is None:
            self.loaded()
        return self._opened


def embedded_client(path: Path) -> ClientAPI:
    """Open Chroma in this process, with its files under `path`."""
    import chromadb

    path.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(str(path), settings=_quiet())


def server_client(url: str) -> ClientAPI:
    """Reach Chroma's server at `url`; `Unavailable` when it does not answer."""
    from urllib.parse import urlsplit

    import chromadb
    import httpx

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    try:
        return chromadb.HttpClient(parts.hostname or "", port, ssl=secure, settings=_quiet())
    except (ValueError, httpx.HTTPError) as error:
        raise Unavailable(f"Chroma at {url} does not answer. Start it, or unset CHROMA_URL.") from error


def _quiet() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _noted(entry: Entry) -> Mapping[str, str | float | int]:
    return {
        "project": entry.project,
        "created": entry.created_at.timestamp(),
        "generation": entry.generation,
        "title": entry.title,
    }


def _where(query: Query) -> dict[str, Any]:
    return {"$and": [{"project": query.project}, {"created": {"$lt": query.before.timestamp()}}]}
