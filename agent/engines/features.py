"""A report as numbers for the linear models: hashed words, its vector, and traits in any language.

Nothing here is learned; `linear.py` holds the weights and `evals/train.py` fits them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from agent.engines.cues import plain, traits
from agent.engines.reading import machine_lines, opens_with, prose, sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agent.ports import Vector

#: Prose beyond this says what was said before; issue templates have their say at the end.
PROSE_CHARACTERS = 3_000
HEAD_CHARACTERS = 1_000  #: of a headline; a title is shorter
WORD = re.compile(r"[^\W\d_]{2,}(?:'[a-z]+)?|[!?]")
#: Headings and tick boxes of issue templates tell the project, not the kind of report.
FORM = re.compile(r"^(?:#{1,6}\s.*|[-*]\s\[[ xX]\].*|\*\*[^*]*\*\*:?|_No response_|\|.*\|)\s*$", re.MULTILINE)
OPENS_AS_QUESTION = re.compile(
    r"(?:how|what|why|where|which|when|who|is|are|can|could|does|do|should|wie|was|wo|warum|gibt|kann"
    r"|cómo|qué|dónde|por qué|comment|pourquoi|où|quel|como|onde|qual|est-ce)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Sparse words as (bucket, weight), of length 1; the vector of title and text; dense traits."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    vector: Vector
    dense: NDArray[np.float32]


def headline(title: str, text: str) -> str:
    """Return the title, or the first sentence of a message that has none, as far as it is read."""
    if title.strip():
        return title.strip()[:HEAD_CHARACTERS]
    own = sentences(text)
    first = own[0].text if own else text.strip().partition("\n")[0]
    return first[:HEAD_CHARACTERS]


def words_of(text: str) -> list[str]:
    """Return lower-case words; question and exclamation marks are words of their own."""
    return WORD.findall(plain(text).lower())


def _grams(words: list[str], prefix: str) -> Iterator[str]:
    for place, word in enumerate(words):
        yield prefix + word
        if place:
            yield f"{prefix}{words[place - 1]} {word}"


def text_features(title: str, text: str, vector: Vector, buckets: int) -> TextFeatures:
    """Return what the linear models see of one report; `vector` is of title and text together."""
    import numpy as np

    head = headline(title, text)
    body = FORM.sub("", prose(text))[:PROSE_CHARACTERS]
    counts: dict[int, float] = {}
    for gram in (*_grams(words_of(head), "t:"), *_grams(words_of(body), "")):
        bucket = crc32(gram.encode()) % buckets
        counts[bucket] = counts.get(bucket, 0.0) + 1.0
    found = np.fromiter(counts, np.int64, len(counts))
    weights = np.log1p(np.fromiter(counts.values(), np.float32, len(counts))).astype(np.float32)
    length = float(np.linalg.norm(weights)) or 1.0
    return TextFeatures(
        found, (weights / length).astype(np.float32), vector, np.array(_dense(head, body, text), np.float32)
    )


def _dense(head: str, body: str, text: str) -> list[float]:
    own = plain(body)
    lines = own.strip().splitlines()
    return [
        *traits(plain(head)),
        *traits(own),
        float("?" in head or "？" in head),
        min(own.count("?") + own.count("？"), 3.0),
        float(opens_with(OPENS_AS_QUESTION, head)),
        float(any(opens_with(OPENS_AS_QUESTION, line) and line.rstrip().endswith("?") for line in lines)),
        float(bool(machine_lines(text))),
    ]
