"""Answers kept by everything that shapes them: asked again, the same question costs nothing.

A file a key, written whole or not at all, so that a kill leaves no half answer and several runs share one
cache. Errors are not kept: what failed is tried again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from evals.running.records import Answer

_CODE = ("*.py", "*.yaml", "*.json", "*.npz")


class Cache:
    """A folder of answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Answer | None:
        """Return the answer of a key; None where there is none that can be read."""
        try:
            return Answer(**json.loads(self._path(key).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; durable when it returns."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        with half.open("w", encoding="utf-8") as file:
            json.dump(asdict(answer), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def key_of(given: Mapping[str, Any]) -> str:
    """Return the hash of all that shapes an answer: model, prompts, input, tools, parameters, code, repeat."""
    text = json.dumps(given, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_version() -> str:
    """Return the hash of the product's own code and weights, as it lies on the disk now.

    The doors are left out: nothing below them knows them, so they shape no answer.
    """
    import agent

    root = Path(agent.__file__).parent
    digest = hashlib.sha256()
    found = sorted(path for pattern in _CODE for path in root.rglob(pattern))
    for path in (path for path in found if not path.is_relative_to(root / "doors")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
