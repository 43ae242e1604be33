"""Words of technical English: a text's tokens, how rare each is, and how much two texts share.

What lives here: what both retrieval and evidence ask of words. What does not: the index's own terms
(`index/words.py`), and what words mean (`engines/cues.py`). Fitted by `evals/fitting/rarity.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RARITY = Path(__file__).parent / "rarity.npz"
STEPS = 16  #: of the table, to a nat

_TOKEN = re.compile(r"[^\W_][\w]*(?:['-][^\W\d_]+)*", re.UNICODE)
_ENDING = re.compile(r"(?:'s|ing|ed|es|s|ly|en|e)$")

_CODED = r"(?>[A-Za-z_]\w*(?:(?:::|\.|->)[A-Za-z_]\w*)+|[A-Za-z_]\w*_[A-Za-z_]\w*)(?:\(\))?"
_CAMEL = r"[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+"
_NAME = re.compile(
    rf"(?<![\w-])(?:{_CODED}|{_CAMEL}|--[a-z][\w-]+|[A-Z]+[-_]?\d{{2,}}|E[A-Z]{{4,}}|0x[0-9a-fA-F]{{4,}})(?!\w)"
)
_VERSION = re.compile(r"(?<![\w.])\d+(?:\.\d+){1,3}(?![\w.])")

BODY_CHARACTERS = 6_000
TITLE_CHARACTERS = 1_000

Weigh = Callable[[str], float]


@lru_cache(maxsize=131_072)
def token_of(word: str) -> str:
    """Return a word without case and without its commonest English endings."""
    word = word.lower()
    return _ENDING.sub("", word) if len(word) > 4 else word


def tokens(text: str) -> tuple[str, ...]:
    """Return the stemmed words of a text, of two letters or more."""
    return tuple(token_of(word) for word in _TOKEN.findall(text) if len(word) > 1)


def distinct(text: str) -> frozenset[str]:
    """Return the stemmed words of a text, each once: most words of a text stand there more than once."""
    return frozenset(token_of(word) for word in set(_TOKEN.findall(text)) if len(word) > 1)


@dataclass(frozen=True, slots=True)
class Read:
    """The tokens of a title, and of title and body together."""

    title: frozenset[str]
    every: frozenset[str]


@lru_cache(maxsize=8_192)
def read(title: str, body: str) -> Read:
    """Take the title and the body of an Issue apart, as far as they are read; it is met again and again."""
    return read_once(title, body)


def read_once(title: str, body: str) -> Read:
    """Take a title and a body apart, and remember nothing of it: a report comes once."""
    title = title[:TITLE_CHARACTERS]
    return Read(distinct(title), distinct(f"{title}\n\n{body[:BODY_CHARACTERS]}"))


def names(text: str) -> list[str]:
    """Return the identifiers, options, error codes and file names of a text, as written."""
    return _NAME.findall(text)


def numbered(text: str) -> list[str]:
    """Return what reads like a version."""
    return _VERSION.findall(text)


@lru_cache(maxsize=1)
def _table() -> NDArray[np.float32]:
    import numpy as np

    with np.load(RARITY, allow_pickle=False) as held:
        idf: NDArray[np.float32] = held["idf"].astype(np.float32) / np.float32(STEPS)
        return idf


@lru_cache(maxsize=65_536)
def rarity(token: str) -> float:
    """Return how rare a token is in technical English: its inverse document frequency, in nats."""
    table = _table()
    return float(table[crc32(token.encode()) % len(table)])


class _Weights(dict[str, float]):
    """Weights by token; one that is not listed weighs what it is rare."""

    def __missing__(self, token: str) -> float:
        return rarity(token)


def weigher(texts: Sequence[Collection[str]]) -> Weigh:
    """Return a weight for tokens: rarity, less what most of these texts hold.

    What the candidates of one search all share is the form of the project's Issues, not the problem.
    """
    if len(texts) < 3:
        return rarity
    others = len(texts) - 1
    held = Counter(chain.from_iterable(map(frozenset, texts)))
    return _Weights(
        {token: rarity(token) * (1 - (count - 1) / others) for token, count in held.items()}
    ).__getitem__


def weight(tokens: Iterable[str], weigh: Weigh) -> float:
    """Return the weights of tokens, added up."""
    return sum(map(weigh, tokens))


def overlap(one: Iterable[str], other: frozenset[str], weigh: Weigh) -> float:
    """Return the weighted share of `one` that `other` holds, 0 to 1."""
    mine = frozenset(one)
    whole = weight(mine, weigh)
    return weight(mine & other, weigh) / whole if whole else 0.0
