"""Whether probabilities are what they say, by hand."""

import numpy as np
import pytest

from evals.scorers.calibration import calibration_error, debiased_error, perfect_band


def test_what_is_said_and_what_is_so_are_compared_by_bins() -> None:
    assert calibration_error([0.3] * 20, [True] * 20).value == pytest.approx(0.7)
    score = calibration_error([0.2] * 10 + [0.8] * 10, [False] * 10 + [True] * 10)
    assert score.value == pytest.approx(0.2)
    assert score.parts["0 said"] == pytest.approx(0.2)
    assert score.parts["9 true"] == 1.0


def test_weights_move_a_sample_to_another_share() -> None:
    chances, right = [0.1] * 20, [True] * 10 + [False] * 10
    # The first five bins hold right ones alone, the others none.
    assert calibration_error(chances, right).value == pytest.approx((0.9 + 0.1) / 2)
    rare = [1.0] * 10 + [9.0] * 10
    assert calibration_error(chances, right, rare).value == pytest.approx(0.1 * 0.9 + 0.9 * 0.1)


def test_an_honest_model_lies_in_its_own_band_and_a_boastful_one_does_not() -> None:
    chance = np.random.default_rng(0)
    said = list(chance.uniform(0, 0.6, 800))
    true = list(chance.random(800) < np.array(said))
    low, high = perfect_band(said)
    assert low <= debiased_error(said, true).value <= high
    assert debiased_error([min(1.0, each + 0.2) for each in said], true).value > high


def test_chance_alone_is_taken_off() -> None:
    chance = np.random.default_rng(1)
    said = list(chance.uniform(0, 1, 400))
    score = debiased_error(said, list(chance.random(400) < np.array(said)))
    assert score.value < score.parts["plain"]
