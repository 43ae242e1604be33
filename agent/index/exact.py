"""Vectors in memory, every one compared: exact, and faster than an approximate index up to 200,000 Issues."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agent.index.meaning import Entry, Near, Sought, nearness
from agent.index.whitening import Whitening, fit, fitted_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agent.ports import Query, Vector

    Numbers = NDArray[np.int64]

#: Issues; beyond this Chroma's index answers faster and needs no memory of ours.
MOST = 200_000
FIRST_ROOM = 1024  #: rows; doubled whenever they are full
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExactShelf:
    """Implements `Shelf` with a matrix a project. Safe to share between threads."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._projects: dict[str, _Rows] = defaultdict(lambda: _Rows(self._dimensions))
            self._loaded = 0

    def loaded(self) -> int:
        return self._loaded

    def note_loaded(self, generation: int) -> None:
        self._loaded = generation

    def put(self, entries: Sequence[Entry]) -> None:
        with self._lock:
            for entry in entries:
                self._projects[entry.project].put(entry)

    def nearest(self, query: Query, sought: Sought, limit: int) -> dict[str, Near]:
        with self._lock:
            rows = self._projects.get(query.project)
            return rows.nearest(query, sought, limit) if rows else {}

    def measured(self, project: str, ids: Iterable[str], sought: Sought) -> dict[str, Near]:
        with self._lock:
            rows = self._projects.get(project)
            return rows.measured(ids, sought) if rows else {}


class _Rows:
    """One project's vectors, in the order in which they came, with room for more."""

    def __init__(self, dimensions: int) -> None:
        import numpy as np

        self._names: list[str] = []
        self._places: dict[str, int] = {}
        self._vectors: Vector = np.zeros((FIRST_ROOM, dimensions), np.float32)
        self._lengths: Vector = np.ones(FIRST_ROOM, np.float32)
        self._created: Numbers = np.zeros(FIRST_ROOM, np.int64)
        self._space: Whitening | None = None
        self._fitted_on = 0

    def put(self, entry: Entry) -> None:
        place = self._places.get(entry.id)
        if place is None:
            place = self._places[entry.id] = len(self._names)
            self._names.append(entry.id)
            self._make_room(place + 1)
        self._vectors[place] = entry.vector
        self._created[place] = microseconds(entry.created_at)
        if self._space is not None:
            self._lengths[place] = self._space.lengths(self._vectors[place : place + 1])[0]

    def _make_room(self, count: int) -> None:
        import numpy as np

        room = len(self._vectors)
        if count > room:
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._lengths = np.concatenate([self._lengths, np.ones(room, np.float32)])
            self._created = np.concatenate([self._created, np.zeros(room, np.int64)])

    def nearest(self, query: Query, sought: Sought, limit: int) -> dict[str, Near]:
        import numpy as np

        space, count = self._fitted(), len(self._names)
        cosines = space.cosines(self._vectors[:count], self._lengths[:count], sought.vector)
        cosines[self._created[:count] >= microseconds(query.before)] = -np.inf
        # One that is asked for and excluded must not cost another its place.
        wanted = min(limit + len(query.exclude), count)
        if wanted < 1:
            return {}
        best = np.argpartition(-cosines, wanted - 1)[:wanted]
        ordered = sorted(best.tolist(), key=lambda place: (-cosines[place], self._names[place]))
        found = [
            place for place in ordered if cosines[place] > -np.inf and self._names[place] not in query.exclude
        ][:limit]
        return self._near(found, cosines[found], sought)

    def measured(self, ids: Iterable[str], sought: Sought) -> dict[str, Near]:
        places = [self._places[name] for name in ids if name in self._places]
        if not places:
            return {}
        space = self._fitted()
        cosines = space.cosines(self._vectors[places], self._lengths[places], sought.vector)
        return self._near(places, cosines, sought)

    def _near(self, places: Sequence[int], cosines: Vector, sought: Sought) -> dict[str, Near]:
        names = [self._names[place] for place in places]
        return nearness(names, self._vectors[list(places)], cosines, sought)

    def _fitted(self) -> Whitening:
        """Return the project's space, fitted anew where the project has grown enough."""
        import numpy as np

        count = len(self._names)
        wanted = fitted_at(count)
        if self._space is None or wanted != self._fitted_on:
            oldest = np.lexsort((np.array(self._names), self._created[:count]))[:wanted]
            self._space, self._fitted_on = fit(self._vectors[oldest]), wanted
            self._lengths[:count] = self._space.lengths(self._vectors[:count])
        return self._space


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970: exact, as a float would not be."""
    return (moment - EPOCH) // timedelta(microseconds=1)
