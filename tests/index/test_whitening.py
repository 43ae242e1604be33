"""A project's own space: what its Issues have in common stops counting."""

import numpy as np
import pytest

from agent.index.whitening import FITTED_ON, fit, fitted_at


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def cosines(rows: np.ndarray, vector: np.ndarray) -> np.ndarray:
    space = fit(rows)
    direction, offset = space.sought(vector)
    return (rows @ direction - offset) / space.lengths(rows)


def test_a_template_that_all_share_makes_none_of_them_alike() -> None:
    chance = np.random.default_rng(0)
    template, own = np.zeros(64), chance.normal(size=(500, 64))
    template[0] = 30.0
    rows = unit(own + template)
    plain = rows[1:] @ rows[0]
    assert plain.mean() > 0.9
    assert abs(cosines(rows, rows[0])[1:].mean()) < 0.1


def test_a_vector_is_its_own_nearest_with_a_cosine_of_one() -> None:
    rows = unit(np.random.default_rng(1).normal(size=(200, 32)))
    found = cosines(rows, rows[7])
    assert found.argmax() == 7
    assert found[7] == pytest.approx(1.0, abs=1e-5)
    assert np.abs(found).max() <= 1 + 1e-5


def test_a_handful_of_issues_is_hardly_bent() -> None:
    rows = unit(np.random.default_rng(2).normal(size=(3, 32)) + 1)
    plain = rows @ rows[0]
    assert np.abs(cosines(rows, rows[0]) - plain).max() < 0.15


def test_an_empty_project_is_fitted_too() -> None:
    space = fit(np.zeros((0, 16), np.float32))
    vector = unit(np.ones((1, 16)))[0]
    direction, offset = space.sought(vector)
    assert (vector @ direction - offset) / space.lengths(vector[None])[0] == pytest.approx(1.0, abs=1e-5)


def test_it_is_fitted_anew_only_when_the_project_has_grown_by_a_quarter() -> None:
    sizes = [fitted_at(count) for count in range(2_000)]
    assert sizes == sorted(sizes)
    assert all(size <= count for count, size in enumerate(sizes))
    assert all(size * 1.25 >= count - 2 for count, size in enumerate(sizes))
    assert len(set(sizes)) < 45
    assert fitted_at(10**6) == FITTED_ON
