"""Intervals: seeded, wider for clusters, and about differences where figures are paired."""

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.scorers.intervals import Interval, bootstrap, paired

VALUES = np.repeat([0.0, 1.0], 50)


def mean(places: NDArray[np.int64]) -> float:
    return float(VALUES[places].mean())


def test_a_share_of_half_of_a_hundred_is_known_to_a_tenth() -> None:
    found = bootstrap(mean, 100)
    assert found.value == 0.5
    assert (found.low, found.high) == pytest.approx((0.402, 0.598), abs=0.015)  # 1.96 · √(.25 / 100)


def test_the_same_data_give_the_same_interval() -> None:
    assert bootstrap(mean, 100) == bootstrap(mean, 100)


def test_what_is_drawn_together_is_known_less_well() -> None:
    alone, together = bootstrap(mean, 100), bootstrap(mean, 100, [place // 10 for place in range(100)])
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_a_difference_that_is_the_same_everywhere_is_certain() -> None:
    found = paired(lambda places: mean(places) + 0.1, mean, 100)
    assert found == pytest.approx(Interval(0.1, 0.1, 0.1))


def test_an_interval_reads_as_a_figure_and_its_bounds() -> None:
    assert str(Interval(0.8, 0.7812, 0.8179)) == "0.800 (0.781 to 0.818)"
