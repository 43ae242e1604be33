"""A report as numbers for the linear models: groups of hashed terms, traits in any language, and form.

Nothing here is learned; `linear.py` holds the weights and `evals/fitting/` fits them. The groups are kept
apart so that a model weighs each by itself: the lines of a template are fair evidence where they stand,
and a message without them is judged by the rest.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from agent.engines.cues import plain, traits
from agent.engines.reading import as_read, machine_lines, opens_with, prose, sentences
from agent.policy.texts import embedded_text, opening

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Prose beyond this says what was said before; issue templates have their say at the end.
PROSE_CHARACTERS = 3_000
HEAD_CHARACTERS = 1_000  #: of a headline; a title is shorter
TEXT_CHARACTERS = 12_000  #: of the whole text, logs and code with it
LINE_CHARACTERS = 80  #: of a line: a template's are alike from their start
RUNS = range(1, 5)  #: lengths of runs of characters, over the whole headline as it is written
PARTS = range(2, 6)  #: lengths of runs inside its words, in lower case
BUCKETS = 1 << 16
GROUPS = ("title", "pieces", "runs", "parts", "text", "prose", "lines")
NUMBER = re.compile(r"[0-9]+")
WORD = re.compile(r"\w+|[!?]")
#: Headings and tick boxes of issue templates tell the project, not the kind of report.
FORM = re.compile(r"^(?:#{1,6}\s.*|[-*]\s\[[ xX]\].*|\*\*[^*]*\*\*:?|_No response_|\|.*\|)\s*$", re.MULTILINE)
OPENS_AS_QUESTION = re.compile(
    r"(?:how|what|why|where|which|when|who|is|are|can|could|does|do|should|wie|was|wo|warum|gibt|kann"
    r"|cómo|qué|dónde|por qué|comment|pourquoi|où|quel|como|onde|qual|est-ce)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one group: hashes below `BUCKETS`, and of each 1 + log of how often it stands there."""

    buckets: NDArray[np.int64]
    counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """All groups of terms by name; dense traits and the form of the headline, as given by `_traits`, `_form`."""

    terms: Mapping[str, Terms]
    traits: NDArray[np.float32]
    form: NDArray[np.float32]


def headline(title: str, text: str) -> str:
    """Return the title, or the first sentence of a message that has none, as far as it is read."""
    if title.strip():
        return title.strip()[:HEAD_CHARACTERS]
    own = sentences(text)
    first = own[0].text if own else text.strip().partition("\n")[0]
    return first[:HEAD_CHARACTERS]


def own_words(text: str) -> str:
    """Return the reporter's prose without the headings and tick boxes of a template."""
    return FORM.sub("", prose(text))[:PROSE_CHARACTERS]


def judged_text(title: str, text: str) -> str:
    """Return what is embedded for the kind of report: title and prose, or all of it where that is the same.

    Logs and templates would fill the few hundred tokens that an embedder reads. What has no title is named
    by its opening, as it is when it is searched for, so that its vector is there already.
    """
    own = own_words(text)
    return embedded_text(title.strip() or opening(text), text if own.split() == text.split() else own)


def headline_text(title: str, text: str) -> str:
    """Return what is embedded for models of headlines."""
    return embedded_text(title.strip() or opening(text) or text, "")


@lru_cache(maxsize=16)
def text_features(title: str, text: str) -> TextFeatures:
    """Return what the models see of one report beside its vector."""
    import numpy as np

    head, body, whole = headline(title, text), own_words(text), as_read(text)[:TEXT_CHARACTERS]
    pieces = head.lower().split()
    grams: dict[str, Iterable[str]] = {
        "title": _pairs_too(words_of(head)),
        "pieces": pieces,
        "runs": _runs(" ".join(head.split()), RUNS),
        "parts": (run for piece in pieces for run in _runs(f" {piece} ", PARTS)),
        "text": words_of(whole),
        "prose": _pairs_too(words_of(body)),
        "lines": (line.strip().lower()[:LINE_CHARACTERS] for line in whole.splitlines() if line.strip()),
    }
    return TextFeatures(
        {name: _terms(name, grams[name]) for name in GROUPS},
        np.array(_traits(head, body, text), np.float32),
        np.array(_form(head), np.float32),
    )


def words_of(text: str) -> list[str]:
    """Return lower-case words, numbers all as 0; question and exclamation marks are words of their own."""
    return WORD.findall(NUMBER.sub("0", plain(text).lower()))


def _pairs_too(words: list[str]) -> Iterator[str]:
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def _runs(text: str, lengths: Iterable[int]) -> Iterator[str]:
    for length in lengths:
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


def _terms(group: str, grams: Iterable[str]) -> Terms:
    import numpy as np

    counts: dict[int, int] = {}
    for gram, times in Counter(grams).items():
        bucket = crc32(f"{group}:{gram}".encode("utf-8", "replace")) % BUCKETS
        counts[bucket] = counts.get(bucket, 0) + times
    often = np.fromiter(counts.values(), np.float32, len(counts))
    return Terms(np.fromiter(counts, np.int64, len(counts)), 1 + np.log(often, dtype=np.float32))


def _traits(head: str, body: str, text: str) -> list[float]:
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


def _form(head: str) -> list[float]:
    """Return how a headline is written: lengths, its first character, marks, digits, capitals."""
    return [
        math.log1p(len(head)),
        math.log1p(len(head.split())),
        *(float(head.startswith(mark)) for mark in "[("),
        float(head[:1].islower()),
        float(head[:1].isupper()),
        *(float(mark in head) for mark in (":", "`", "?", "!", "%", '"', "'")),
        float(head.endswith(".")),
        float(any(letter.isdigit() for letter in head)),
        float(not head.isascii()),
        sum(letter.isupper() for letter in head) / max(1, len(head)),
    ]
