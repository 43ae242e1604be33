"""The final order: how likely each candidate is the same problem as the report, against none of them.

A conditional logit (McFadden 1974) over a few features of report and candidate, with "none of these"
as one more alternative. Fitted on rust.train by `evals/fitting/reranker.py`; the features that were
tried and left out stand in docs/retrieval.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.index.fusion import reciprocal_ranks
from agent.lexicon import Weigh, overlap, read, read_once, weigher, weight

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from agent.domain.issues import Issue
    from agent.index.meaning import Near
    from agent.ports import Query

    Table = NDArray[np.float64]  #: of shape (issues, FEATURES)
    Row = NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "reranker.json"
#: Names of the columns, in order, and what each says.
FEATURES = {
    "meaning": "cosine in the project's own space",
    "title_meaning": "cosine of the report's title to the whole Issue",
    "words_rank": "10 / (10 + rank) by BM25",
    "meaning_rank": "10 / (10 + rank) by meaning",
    "title_shared": "weighted share of the Issue's title that the report holds",
    "shared": "weighted share of words that both hold",
    "closed": "1 where the Issue was closed when the report came in",
    "days_closed": "for how long by then, as log(1 + days) / 5",
    "length": "of the Issue, as log(1 + words) / 5",
}
CLIPPED = 5.0  #: standard deviations


def features(
    query: Query, issues: Sequence[Issue], words: Mapping[str, float], near: Mapping[str, Near]
) -> Table:
    """Return an array of shape (issues, FEATURES); `words` and `near` are of all that was found."""
    import numpy as np

    report = read_once(query.title, query.text)
    held = [read(issue.title, issue.body) for issue in issues]
    weigh = weigher([each.every for each in held])
    asked = weight(report.every, weigh)
    by_words = reciprocal_ranks(words)
    by_meaning = reciprocal_ranks({name: each.meaning for name, each in near.items()})
    not_found = min(by_words.values(), default=0.0)
    rows = [
        (
            near[issue.id].meaning,
            near[issue.id].title,
            by_words.get(issue.id, not_found),
            by_meaning[issue.id],
            overlap(each.title, report.every, weigh),
            _shared(each.every, report.every, asked, weigh),
            *_closed(issue, query.before),
            math.log1p(len(each.every)) / 5,
        )
        for issue, each in zip(issues, held, strict=True)
    ]
    return np.array(rows, np.float64).reshape(-1, len(FEATURES))


def _shared(one: frozenset[str], other: frozenset[str], weight_of_other: float, weigh: Weigh) -> float:
    """Return the weight of what both hold, over the geometric mean of what each holds."""
    both = weight(one, weigh) * weight_of_other
    return weight(one & other, weigh) / math.sqrt(both) if both else 0.0


def _closed(issue: Issue, at: datetime) -> tuple[float, float]:
    """Return whether it was closed at that moment, and for how long. Its state of today is not asked."""
    if issue.closed_at is None or issue.closed_at > at:
        return 0.0, 0.0
    return 1.0, math.log1p((at - issue.closed_at).total_seconds() / 86_400) / 5


@dataclass(frozen=True, slots=True)
class Reranker:
    """The fitted logit: standardise, clip, weigh. Arrays have shape (FEATURES,)."""

    mean: Row
    scale: Row
    weights: Row
    none: float  #: what "none of these" scores where half of all reports are duplicates

    def scores(self, table: Table) -> list[float]:
        """Return log-odds against none of the candidates, one a row, at even odds beforehand."""
        return [float(each) for each in standard(table, self.mean, self.scale) @ self.weights - self.none]


def standard(table: Table, mean: Row, scale: Row) -> Table:
    """Return the features in standard deviations from their mean, clipped."""
    import numpy as np

    found: Table = np.clip((table - mean) / scale, -CLIPPED, CLIPPED)
    return found


@lru_cache(maxsize=1)
def reranker() -> Reranker:
    """Load `reranker.json`. Raises ValueError where it was fitted on other features."""
    import numpy as np

    held = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if list(held["features"]) != list(FEATURES):
        raise ValueError(f"{WEIGHTS} was fitted on other features: {list(held['features'])}")
    columns = [held["features"][name] for name in FEATURES]
    mean, scale, weights = (np.array([each[key] for each in columns]) for key in ("mean", "scale", "weight"))
    return Reranker(mean, scale, weights, held["none"])
