"""Probabilities in words, and names against patterns (T25)."""

import pytest

from agent.policy.customers import KeyCustomer, key_customer
from agent.policy.globs import matches
from agent.policy.likelihood import likelihood, percent


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (1.0, "very likely, 99%"), (0.9, "very likely, 90%"), (0.899, "likely, 89%"), (0.66, "likely, 66%"),
        (0.6599, "unsure, 65%"), (0.34, "unsure, 34%"), (0.29, "unlikely, 29%"), (0.1, "unlikely, 10%"),
        (0.0, "very unlikely, 0%"),
    ],
)  # fmt: skip
def test_a_number_never_claims_a_word_it_has_not_reached(probability: float, said: str) -> None:
    assert f"{likelihood(probability)}, {percent(probability)}" == said


def test_brackets_in_a_pattern_are_ordinary_letters() -> None:
    assert matches("Renovate[bot]", ["*[bot]"])
    assert not matches("b", ["*[bot]"])
    assert not matches("x-ci-notify", ["ci-*"])


def test_a_key_customer_is_known_by_people_or_by_place() -> None:  # T25
    acme = KeyCustomer(name="acme", contacts=("*@acme.example",), sources=("slack:C-ACME",))
    assert key_customer("jo@ACME.example", "mail:hi", [acme]) is acme
    assert key_customer("jo", "slack:C-ACME", [acme]) is acme
    assert key_customer("jo@other.example", "mail:hi", [acme]) is None
