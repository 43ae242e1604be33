"""Words and meaning made into one ranking."""

from hypothesis import given
from hypothesis import strategies as st

from agent.index.fusion import WORDS_WEIGHT, fused, reciprocal_ranks

SCORES = st.dictionaries(st.sampled_from("abcdef"), st.floats(-1, 1, allow_nan=False))


def test_the_best_word_match_is_worth_its_weight_in_cosine() -> None:
    assert fused({"a": 20.0, "b": 10.0}, {"a": 0.1, "b": 0.1 + WORDS_WEIGHT / 2 + 0.01, "c": 0.0}) == [
        "b",
        "a",
        "c",
    ]


def test_what_words_alone_found_and_nobody_measured_is_left_out() -> None:
    assert fused({"a": 3.0, "b": 2.0}, {"b": 0.1}) == ["b"]


def test_without_words_meaning_decides_and_ties_go_by_name() -> None:
    assert fused({}, {"b": 0.2, "a": 0.2, "c": 0.9}) == ["c", "a", "b"]


@given(SCORES)
def test_reciprocal_ranks_fall_from_one_in_the_order_of_the_scores(scores: dict[str, float]) -> None:
    ranks = reciprocal_ranks(scores)
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    assert [ranks[name] for name in ordered] == sorted(ranks.values(), reverse=True)
    assert max(ranks.values(), default=1.0) == 1.0
