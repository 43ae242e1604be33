"""all-MiniLM-L6-v2 in onnxruntime: texts to unit vectors, offline.

What lives here: tokens, batches, threads, and a memory of recent texts. What does not: the
graph (`network.py`), where weights come from (`weights.py`), what of an Issue is embedded
(`policy/texts.py`).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.index import weights
from agent.index.network import BUILDER, DIMENSIONS, Variant, built
from agent.ports import Progress, no_progress

if TYPE_CHECKING:
    from agent.ports import Vector

TOKENS = 256  #: the model's own limit; the packaged tokenizer.json says 128
RECENT = 512  #: texts whose vectors are remembered
FEW = 4  #: texts of one Message at a time, remembered; more is a batch of Issues


class MiniLM:
    """Implements `ports.Embedder`. Loads on first use; safe to share between threads.

    Each text runs alone at its own length: no padding is computed, and because int8 scales
    activations per run, a vector does not depend on its neighbours in a batch.
    """

    dimensions = DIMENSIONS

    def __init__(
        self,
        cache: Path,
        variant: Variant = Variant.INT8,
        locate: Callable[[], weights.Weights] = weights.locate,
        threads: int | None = None,
    ) -> None:
        self.id = f"all-MiniLM-L6-v2/{variant}/{TOKENS}/{BUILDER}"
        self._cache = cache
        self._variant = variant
        self._locate = locate
        self._threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._loaded: _Model | None = None
        self._recent: OrderedDict[str, Vector] = OrderedDict()

    def embed(self, texts: Sequence[str], progress: Progress = no_progress) -> Vector:
        """Return an array of shape (len(texts), 384), rows of length 1, in the order given."""
        import numpy as np

        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for at, text in enumerate(texts):
            places.setdefault(text, []).append(at)
        known = self._remembered(places)
        missing = [text for text in places if text not in known]
        known |= dict(zip(missing, self._run(missing, progress), strict=True))
        if len(places) <= FEW:
            self._remember(known)
        for text, at_rows in places.items():
            rows[at_rows] = known[text]
        return rows

    def _remembered(self, texts: dict[str, list[int]]) -> dict[str, Vector]:
        with self._lock:
            found = {text: self._recent[text] for text in texts if text in self._recent}
            for text in found:
                self._recent.move_to_end(text)
            return found

    def _remember(self, vectors: dict[str, Vector]) -> None:
        with self._lock:
            self._recent.update(vectors)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def _run(self, texts: Sequence[str], progress: Progress) -> list[Vector]:
        if not texts:
            return []
        return self._model().run(texts, progress)

    def _model(self) -> _Model:
        with self._lock:
            if self._loaded is None:
                found = self._locate()
                path = built(self._cache, found, self._variant)
                self._loaded = _Model(path, found.tokenizer, self._threads)
            return self._loaded


class _Model:
    """The loaded tokenizer and two sessions: one text on all cores, or a text on each core."""

    def __init__(self, graph: Path, tokenizer: Path, threads: int) -> None:
        from tokenizers import Tokenizer

        self._threads = threads
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS)
        self._alone = _session(graph, threads)
        self._beside = _session(graph, 1) if threads > 1 else self._alone

    def run(self, texts: Sequence[str], progress: Progress) -> list[Vector]:
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        if len(tokens) <= FEW:
            return self._one_by_one(tokens, progress)
        # The longest first, so that no core is left with one at the end.
        order = sorted(range(len(tokens)), key=lambda at: -len(tokens[at]))
        found: dict[int, Vector] = {}
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            vectors = pool.map(lambda at: _vector(self._beside, tokens[at]), order)
            for at, vector in zip(order, vectors, strict=True):
                found[at] = vector
                progress(len(found), len(tokens))
        return [found[at] for at in range(len(tokens))]

    def _one_by_one(self, tokens: Sequence[list[int]], progress: Progress) -> list[Vector]:
        found: list[Vector] = []
        for ids in tokens:
            found.append(_vector(self._alone, ids))
            progress(len(found), len(tokens))
        return found


def _session(graph: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait take from the others of a busy machine more than they bring here.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # onnxruntime 1.31's fused skip-and-norm is slower than the two apart: a tenth of the throughput.
    return onnxruntime.InferenceSession(
        str(graph),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def _vector(session: Any, ids: list[int]) -> Vector:
    import numpy as np

    vector: Vector = session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0][0]
    return vector
