"""What the fitting of every model reads: lines of real reports, and their vectors, made once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.index.embedder import MiniLM
from agent.policy.texts import content_hash
from agent.settings import from_process
from evals.reports import lines_of

if TYPE_CHECKING:
    from agent.ports import Embedder, Vector

Row = dict[str, Any]


@dataclass(frozen=True)
class CachedEmbedder:
    """Embeds what a folder does not hold yet, so that a second run embeds nothing."""

    embedder: Embedder
    folder: Path

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return an array of shape (len(texts), dimensions)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{content_hash(self.embedder.id + chr(0).join(texts))}.npy"
        if not path.exists():
            say(f"embedding {len(texts)} texts")
            np.save(path, self.embedder.embed(texts))
        vectors: Vector = np.load(path)
        return vectors


def read(path: Path) -> list[Row]:
    """Return the lines of a JSONL file."""
    return list(lines_of(path))


def say(step: str) -> None:
    """Print a line of progress to stderr."""
    print(f"  … {step}", file=sys.stderr, flush=True)


def own_embedder(folder: Path | None = None) -> CachedEmbedder:
    """Return the product's embedder, with vectors kept in a folder: the settings' cache if none is given."""
    place = folder or from_process().cache / "fitting"
    return CachedEmbedder(MiniLM(place), place)
