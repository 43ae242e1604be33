"""How high the right Issue stands, by hand."""

import math

import pytest

from evals.scorers.ranking import first_right, reciprocal


def test_the_place_of_the_first_that_is_right_counts_from_one() -> None:
    assert first_right(["a", "b", "c"], {"c", "b"}) == 2
    assert first_right(["a"], {"b"}) == math.inf
    assert first_right([], {"b"}) == math.inf


def test_recall_and_the_mean_reciprocal_rank() -> None:
    score = reciprocal([1, 2, 10, math.inf])
    assert score.value == pytest.approx((1 + 0.5 + 0.1 + 0) / 4)
    assert score.parts == {"R@1": 0.25, "R@5": 0.5, "R@10": 0.75}
