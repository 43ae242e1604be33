"""Reciprocal-rank fusion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.fusion import reciprocal_rank

RANKING = st.lists(st.sampled_from("abcdefgh"), unique=True)


def test_a_score_is_the_sum_of_weight_over_k_plus_rank() -> None:
    fused = dict(reciprocal_rank([["a", "b"], ["b"]], [1.0, 2.0], k=60))
    assert fused == {"a": pytest.approx(1 / 61), "b": pytest.approx(1 / 62 + 2 / 61)}


def test_rankings_without_a_weight_are_an_error() -> None:
    with pytest.raises(ValueError):
        reciprocal_rank([["a"], ["b"]], [1.0])


@given(first=RANKING, second=RANKING)
def test_everything_stands_once_best_first(first: list[str], second: list[str]) -> None:
    fused = reciprocal_rank([first, second], [1.0, 0.5])
    assert sorted(name for name, _ in fused) == sorted({*first, *second})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)


@given(ranking=RANKING)
def test_fusing_a_ranking_with_itself_keeps_its_order(ranking: list[str]) -> None:
    assert [name for name, _ in reciprocal_rank([ranking, ranking], [1.0, 1.0])] == ranking
