"""The fitted models, as numpy arrays: softmax over words, vector and traits. Fitting is `evals/train.py`'s."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.engines.features import TextFeatures, text_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agent.ports import Vector

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True)
class TextModel:
    """Softmax regression. Arrays are (classes, …); `classes` are names in that order."""

    classes: tuple[str, ...]
    words: NDArray[np.float32]
    vector: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, title: str, text: str, vector: Vector) -> dict[str, float]:
        """Return a distribution over the classes; sums to 1."""
        import numpy as np

        seen = text_features(title, text, vector, self.words.shape[1])
        logits = self._logits(seen)
        raised = np.exp(logits - logits.max())
        return dict(zip(self.classes, (raised / raised.sum()).tolist(), strict=True))

    def _logits(self, seen: TextFeatures) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = (
            self.words[:, seen.buckets] @ seen.weights
            + self.vector @ seen.vector
            + self.dense @ seen.dense
            + self.bias
        )
        return logits


@lru_cache(maxsize=8)
def text_model(name: str) -> TextModel:
    """Load `weights/<name>.npz`."""
    import numpy as np

    with np.load(WEIGHTS / f"{name}.npz", allow_pickle=False) as held:
        arrays = {key: held[key].astype(np.float32) for key in ("words", "vector", "dense", "bias")}
        return TextModel(tuple(str(each) for each in held["classes"]), **arrays)
