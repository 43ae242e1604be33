"""Words and meaning made into one ranking. Pure: ids and numbers, no store, no vectors."""

from collections.abc import Mapping

#: What the best word match is worth beside a cosine of 1. Chosen on rust.train, see docs/retrieval.md.
WORDS_WEIGHT = 0.5
K = 10  #: a smaller one lets the first places count for more


def fused(words: Mapping[str, float], meaning: Mapping[str, float]) -> list[str]:
    """Return the ids that meaning knows, best first, ties by id.

    The score is the cosine plus BM25 as a share of the best: magnitudes tell more than ranks do.
    """
    top = max(words.values(), default=0.0) or 1.0
    scores = {name: cosine + WORDS_WEIGHT * words.get(name, 0.0) / top for name, cosine in meaning.items()}
    return sorted(scores, key=lambda name: (-scores[name], name))


def reciprocal_ranks(scores: Mapping[str, float], k: float = K) -> dict[str, float]:
    """Return k / (k + rank) for each id, ranks from 0 on: 1 for the first, ties in the order of ids."""
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    return {name: k / (k + rank) for rank, name in enumerate(ordered)}
