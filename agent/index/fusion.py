"""Several rankings made into one. Pure: ids and numbers, no store, no vectors."""

from collections.abc import Sequence

K = 60  #: Cormack, Clarke, Büttcher 2009


def reciprocal_rank(
    rankings: Sequence[Sequence[str]], weights: Sequence[float], k: float = K
) -> list[tuple[str, float]]:
    """Return each id with the sum of weight / (k + rank), best first, ties by id.

    A smaller `k` lets the first places count for more. Raises ValueError when the numbers of
    rankings and weights differ.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
