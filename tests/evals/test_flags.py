"""What a threshold catches, and whether two readers agree, by hand."""

import pytest

from evals.scorers.flags import flagged, kappa


def test_recall_counts_marked_reports_that_are_flagged_with_the_right_issue() -> None:
    chances, right, marked = [0.9, 0.8, 0.7, 0.1], [True, False, True, True], [True, True, False, True]
    score = flagged(chances, right, marked, 0.7)
    assert score.value == pytest.approx(1 / 3)
    assert score.parts == {"flags": 3, "right by the labels": pytest.approx(2 / 3)}


def test_no_flags_at_all_are_no_error() -> None:
    assert flagged([0.1], [True], [True], 0.5).value == 0.0


def test_kappa_is_agreement_beyond_chance() -> None:
    one = ["same"] * 5 + ["different"] * 5
    other = ["same"] * 4 + ["different"] * 6
    score = kappa(one, other)
    assert score.parts == {"agreed": pytest.approx(0.9), "by chance": pytest.approx(0.5)}
    assert score.value == pytest.approx(0.8)
    assert kappa(one, one).value == 1.0
