"""F1 and ranking against numbers worked out by hand."""

import pytest

from evals.scorers.classes import area_under_curve, confusion, macro_f1, mean_f1

TRUTH = ["bug", "bug", "bug", "feature", "question"]
GUESS = ["bug", "bug", "feature", "feature", "bug"]


def test_confusion_counts_what_was_taken_for_what() -> None:
    assert confusion(TRUTH, GUESS) == {
        ("bug", "bug"): 2, ("bug", "feature"): 1, ("feature", "feature"): 1, ("question", "bug"): 1
    }  # fmt: skip


def test_macro_f1_is_the_mean_over_classes() -> None:
    found = macro_f1(TRUTH, GUESS)
    assert found.parts == pytest.approx({"bug": 4 / 6, "feature": 2 / 3, "question": 0})
    assert found.value == pytest.approx(4 / 9)


def test_a_class_that_was_only_guessed_counts_as_missed() -> None:
    assert macro_f1(["bug", "bug"], ["bug", "feature"]).parts == pytest.approx({"bug": 2 / 3, "feature": 0})


def test_mean_f1_weighs_each_group_the_same() -> None:
    found = mean_f1(["bug", "bug", "bug", "feature"], ["bug", "bug", "bug", "bug"], ["a", "a", "a", "b"])
    assert found.parts == {"a": 1.0, "b": 0.0}
    assert found.value == 0.5


def test_the_area_counts_pairs_in_the_right_order_and_ties_as_half() -> None:
    found = area_under_curve([True, False, True, False], [0.9, 0.5, 0.5, 0.1])
    assert found.value == pytest.approx(3.5 / 4)
    assert found.parts == {"right": 2, "wrong": 2}
