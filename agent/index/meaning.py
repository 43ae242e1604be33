"""What of an Issue or a Message becomes its vector, and what every shelf of vectors promises.

What lives here: the recipe and the seam. What does not: the model (`embedder.py`), the shelves
(`exact.py`, `chroma.py`), the vectors that last (the store's records: every shelf is built from them).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from agent.policy.texts import embedded_text
from agent.ports import Embedder, Progress, no_progress

if TYPE_CHECKING:
    from agent.ports import Query, Vector

TITLE_WEIGHT = 0.3  #: of the title's vector, added to that of the whole; chosen on rust.train


def recipe(embedder: Embedder) -> str:
    """Name the vectors that an embedder makes here; another name is another index."""
    return f"{embedder.id}+{TITLE_WEIGHT}"


def embedded(
    embedder: Embedder, texts: Sequence[tuple[str, str]], progress: Progress = no_progress
) -> Vector:
    """Return a unit vector for each (title, body): of the whole, drawn towards its title."""
    wholes = [embedded_text(title, body) for title, body in texts]
    titles = [embedded_text(title, "") or whole for (title, _), whole in zip(texts, wholes, strict=True)]
    rows = embedder.embed([*wholes, *titles], progress)
    return joined(rows[: len(texts)], rows[len(texts) :])


def joined(wholes: Vector, titles: Vector) -> Vector:
    """Return rows of length 1 of two arrays of shape (n, d)."""
    import numpy as np

    rows = wholes + TITLE_WEIGHT * titles
    found: Vector = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An Issue as a shelf keeps it."""

    id: str
    project: str
    created_at: datetime
    generation: int
    vector: Vector


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: the vector of the recipe, and that of the title alone."""

    vector: Vector
    title: Vector


@dataclass(frozen=True, slots=True)
class Near:
    """How near an Issue is: in its project's own space, and to the title as it is. Both -1 to 1."""

    meaning: float
    title: float


def nearness(names: Sequence[str], rows: Vector, cosines: Vector, sought: Sought) -> dict[str, Near]:
    """Return how near each name is, in the order given; `rows` (n, d) are its vectors as they are."""
    measured = zip(names, cosines.tolist(), (rows @ sought.title).tolist(), strict=True)
    return {name: Near(meaning, title) for name, meaning, title in measured}


class Shelf(Protocol):
    """Vectors of Issues, a project each. Derived: whatever it loses is put again from the records."""

    def loaded(self) -> int:
        """Return the generation up to which everything is in here; 0 when there is nothing."""

    def note_loaded(self, generation: int) -> None:
        """Remember the generation, after everything up to it was put."""

    def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace; the same again changes nothing."""

    def clear(self) -> None:
        """Forget everything: the records are not those that this was built from."""

    def nearest(self, query: Query, sought: Sought, limit: int) -> dict[str, Near]:
        """Return the nearest Issues that the query may find, best first."""

    def measured(self, project: str, ids: Iterable[str], sought: Sought) -> dict[str, Near]:
        """Return how near these Issues are, those that are here."""
