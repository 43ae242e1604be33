"""What abstaining buys: how often the answer is right when only the surest are answered."""

from collections.abc import Sequence
from itertools import accumulate

from evals.scorers.score import Score

COVERAGES = (1.0, 0.8, 0.6, 0.4, 0.2)


def risk_coverage(
    right: Sequence[bool], sureness: Sequence[float], coverages: Sequence[float] = COVERAGES
) -> Score:
    """Return the area under the risk-coverage curve; parts: accuracy at each coverage, as "80%".

    The area is the mean share of wrong answers over answering the surest 1, 2, … all (Geifman and
    El-Yaniv, 2017): 0 is perfect. Of equally sure answers the first come first.
    """
    surest = sorted(range(len(right)), key=lambda place: -sureness[place])
    hits = list(accumulate(int(right[place]) for place in surest))
    area = sum(1 - found / asked for asked, found in enumerate(hits, 1)) / len(hits)
    answered = {coverage: max(1, round(coverage * len(hits))) for coverage in coverages}
    return Score(area, {f"{coverage:.0%}": hits[many - 1] / many for coverage, many in answered.items()})


def surest(right: Sequence[bool], sureness: Sequence[float]) -> str:
    """Say how often the surest are right, at each coverage."""
    shares = risk_coverage(right, sureness).parts
    return ", ".join(f"{coverage} {share:.2f}" for coverage, share in shares.items())
