"""The risk-coverage curve against numbers worked out by hand."""

import pytest

from evals.scorers.abstention import risk_coverage


def test_the_surest_are_answered_first() -> None:
    found = risk_coverage([False, True, True, False, True], [0.5, 0.9, 0.8, 0.7, 0.6])
    assert found.parts == pytest.approx({"100%": 3 / 5, "80%": 3 / 4, "60%": 2 / 3, "40%": 1.0, "20%": 1.0})
    assert found.value == pytest.approx((0 + 0 + 1 / 3 + 1 / 4 + 2 / 5) / 5)


def test_at_least_one_is_answered() -> None:
    assert risk_coverage([True, False], [0.9, 0.1], [0.01]).parts == {"1%": 1.0}
