"""An embedder without a model: words hashed into 64 dimensions, the same for ever."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agent.ports import Progress, no_progress

if TYPE_CHECKING:
    from agent.ports import Vector


class HashedWords:
    """Implements `ports.Embedder` and keeps every text that it was asked for in `embedded`."""

    dimensions = 64

    def __init__(self, name: str = "hashed-words") -> None:
        self.id = name
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str], progress: Progress = no_progress) -> Vector:
        self.embedded.extend(texts)
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                rows[at, zlib.crc32(word.encode("utf-8", "replace")) % self.dimensions] += 1
        progress(len(texts), len(texts))
        lengths: Vector = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
        return rows / lengths
