"""How alike a report and a candidate Issue are: pair features that hold for any size of project.

Tokens shared with most of the other candidates count for little: they are the form of the project's
Issues, not the problem. Which words are rare at all comes from `weights/rarity.npz`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from agent.domain.assessments import Candidate
from agent.domain.issues import Issue
from agent.engines.details import versions
from agent.engines.linear import WEIGHTS
from agent.engines.reading import machine_lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TITLE_CHARACTERS = 1_000
ISSUE_CHARACTERS = 6_000
MOST_ERRORS = 12  #: lines of a text that are compared one by one
FEATURES = (
    "cosine",
    "title_cosine",
    "cosine_margin",
    "title_cosine_margin",
    "words_share",
    "words_margin",
    "is_first",
    "overlap_titles",
    "overlap_title_text",
    "overlap_all",
    "overlap_rare",
    "rarest_shared",
    "same_title",
    "same_names",
    "same_errors",
    "closest_error",
    "same_version",
    "report_length",
    "issue_length",
    "length_gap",
)

_TOKEN = re.compile(r"[^\W_][\w]*(?:['-][^\W\d_]+)*", re.UNICODE)
_ENDING = re.compile(r"(?:'s|ing|ed|es|s|ly|en|e)$")
_CODED = r"(?>[A-Za-z_]\w*(?:(?:::|\.|->)[A-Za-z_]\w*)+|[A-Za-z_]\w*_[A-Za-z_]\w*)(?:\(\))?"
_CAMEL = r"[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+"
_NAME = re.compile(
    rf"(?<![\w-])(?:{_CODED}|{_CAMEL}|--[a-z][\w-]+|[A-Z]+[-_]?\d{{2,}}|E[A-Z]{{4,}}|0x[0-9a-fA-F]{{4,}})(?!\w)"
)
_QUOTED = re.compile(r"[`\"“«]([^`\"”»\n]{12,160})[`\"”»]")
_ERRORLIKE = re.compile(
    r"\b(?:error|exception|panic|fatal|failed|fail|cannot|can't|unable|denied|refused|timed? ?out|limit|invalid|unexpected|assert\w*|abort\w*)\b|Error|Exception",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"0x[0-9a-f]+|\d+|/[\w./-]+|[a-z]:\\\\\S+|'[^']*'", re.IGNORECASE)


def token_of(word: str) -> str:
    """Return a word without case and without its commonest English endings."""
    word = word.lower()
    return _ENDING.sub("", word) if len(word) > 4 else word


def tokens(text: str) -> tuple[str, ...]:
    """Return the stemmed words of a text, of two letters or more."""
    return tuple(token_of(word) for word in _TOKEN.findall(text) if len(word) > 1)


def error_lines(text: str) -> frozenset[str]:
    """Return lines and quoted strings that look like errors, with what varies taken out."""
    shown = [line.text for line in machine_lines(text)] + _QUOTED.findall(text)
    wanted = (line for line in shown if _ERRORLIKE.search(line) and len(line.split()) > 2)
    return frozenset(normal_line(line) for line in wanted)


def normal_line(line: str) -> str:
    """Take numbers, paths and quoted names out of a line, so that two runs compare equal."""
    return " ".join(_VARIABLE.sub("#", line.lower()).split()).strip(" .:")


@dataclass(frozen=True, slots=True)
class Text:
    """A text taken apart once: the report's, or an Issue's."""

    title: frozenset[str]
    every: frozenset[str]
    names: frozenset[str]
    errors: frozenset[str]
    error_tokens: tuple[frozenset[str], ...]  #: a set an error line
    versions: tuple[str, ...]
    length: int


@lru_cache(maxsize=512)
def taken_apart(title: str, body: str) -> Text:
    """Take a title and a body apart."""
    title = title[:TITLE_CHARACTERS]
    whole = f"{title}\n\n{body[:ISSUE_CHARACTERS]}"
    every, errors = tokens(whole), error_lines(whole)
    return Text(
        title=frozenset(tokens(title)),
        every=frozenset(every),
        names=frozenset(_NAME.findall(whole)),
        errors=errors,
        error_tokens=tuple(frozenset(tokens(line)) for line in sorted(errors)[:MOST_ERRORS]),
        versions=versions(whole),
        length=len(every),
    )


@lru_cache(maxsize=1)
def _rarity_table() -> NDArray[np.float32]:
    import numpy as np

    with np.load(WEIGHTS / "rarity.npz", allow_pickle=False) as held:
        idf: NDArray[np.float32] = held["idf"].astype(np.float32) / np.float32(16)
        return idf


def rarity(token: str) -> float:
    """Return how rare a token is in technical English: its inverse document frequency, in nats."""
    table = _rarity_table()
    return float(table[crc32(token.encode()) % len(table)])


Weigh = Callable[[str], float]


def weigher(texts: Sequence[Text]) -> Weigh:
    """Return a weight for tokens: rarity, less what most of these texts hold."""
    held = Counter(token for text in texts for token in text.every)

    @lru_cache(maxsize=4096)
    def weigh(token: str) -> float:
        others = max(0, held[token] - 1) / max(1, len(texts) - 1)
        return rarity(token) * (1 - others) if len(texts) > 2 else rarity(token)

    return weigh


def overlap(one: Iterable[str], other: frozenset[str], weigh: Weigh) -> float:
    """Return the weighted share of `one` that `other` holds, 0 to 1."""
    mine = frozenset(one)
    whole = sum(map(weigh, mine))
    return sum(map(weigh, mine & other)) / whole if whole else 0.0


def pair_features(title: str, text: str, found: Sequence[tuple[Candidate, Issue]]) -> list[list[float]]:
    """Return the numbers named by `FEATURES` for each candidate; `title` is the report's headline."""
    report = taken_apart(title, text)
    issues = [taken_apart(issue.title, issue.body) for _, issue in found]
    weigh = weigher(issues)
    scores = [candidate for candidate, _ in found]
    return [
        [*_retrieved(scores, place), *_shared(report, issue, weigh, issues)]
        for place, issue in enumerate(issues)
    ]


def _retrieved(scores: Sequence[Candidate], place: int) -> list[float]:
    mine, others = scores[place], [each for at, each in enumerate(scores) if at != place]
    top_words = max((each.words for each in scores), default=0.0) or 1.0
    return [
        mine.cosine,
        mine.title_cosine,
        mine.cosine - max((each.cosine for each in others), default=0.0) if others else 0.1,
        mine.title_cosine - max((each.title_cosine for each in others), default=0.0) if others else 0.1,
        mine.words / top_words,
        (mine.words - max((each.words for each in others), default=0.0)) / top_words if others else 0.3,
        float(place == 0),
    ]


def _shared(report: Text, issue: Text, weigh: Weigh, issues: Sequence[Text]) -> list[float]:
    common = report.every & issue.every
    rare = sorted((weigh(token) for token in common), reverse=True)[:5]
    same_title = report.title == issue.title and len(report.title) > 2
    return [
        math.sqrt(overlap(report.title, issue.title, weigh) * overlap(issue.title, report.title, weigh)),
        max(overlap(report.title, issue.every, weigh), overlap(issue.title, report.every, weigh)),
        math.sqrt(overlap(report.every, issue.every, weigh) * overlap(issue.every, report.every, weigh)),
        sum(rare) / 30,
        (rare[0] if rare else 0.0) / 10,
        float(same_title),
        math.log1p(_alone(report.names & issue.names, [each.names for each in issues])),
        math.log1p(_alone(report.errors & issue.errors, [each.errors for each in issues])),
        max((_covered(line, issue.every, weigh) for line in report.error_tokens), default=0.0),
        float(bool(set(report.versions) & set(issue.versions))),
        math.log1p(report.length) / 5,
        math.log1p(issue.length) / 5,
        abs(math.log1p(report.length) - math.log1p(issue.length)) / 5,
    ]


def _alone(shared: frozenset[str], held: Sequence[frozenset[str]]) -> float:
    """Count what is shared, less what the other candidates hold as well."""
    others = max(1, len(held) - 1)
    return sum(1 - (sum(each in own for own in held) - 1) / others for each in shared)


def _covered(line: frozenset[str], every: frozenset[str], weigh: Weigh) -> float:
    """Return how much of an error line a text holds, 0 to 1; a line of common words counts for less."""
    shared = sum(map(weigh, line & every))
    return overlap(line, every, weigh) * min(1.0, shared / 20)


@dataclass(frozen=True, slots=True)
class PairModel:
    """Logistic regression over standardised `FEATURES`; `share` is the share of duplicates it was fitted on."""

    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    bias: float
    share: float

    def probabilities(self, rows: list[list[float]], share: float) -> list[float]:
        """Return a probability a row, where `share` of all reports are duplicates (Elkan 2001, theorem 2)."""
        import numpy as np

        table = np.clip((np.array(rows) - self.mean) / self.scale, -4, 4)
        logits = table @ self.weights + self.bias + _odds(share) - _odds(self.share)
        return [float(each) for each in 1 / (1 + np.exp(-logits))]


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


@lru_cache(maxsize=1)
def pair_model() -> PairModel:
    """Load `weights/pairs.npz`."""
    import numpy as np

    with np.load(WEIGHTS / "pairs.npz", allow_pickle=False) as held:
        return PairModel(
            held["weights"], held["mean"], held["scale"], float(held["bias"]), float(held["share"])
        )
