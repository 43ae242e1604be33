"""Whose names a Message of Slack's needs, and how its words read with them."""

from dataclasses import replace

import pytest

from agent.domain.messages import Named
from agent.policy.slack.people import called, id_of, mentioned, met, reworded
from tests.builders import message

NAMES = {"U0ADA": Named(name="Ada L."), "U0GUEST": Named(name="Ben", origin="a guest"), "U0GONE": Named()}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ask @U0ADA, or @W0BEN!", {"U0ADA", "W0BEN"}),
        ("mail me@U0ADA.example", set()),
        ("@u0ada @Ursula @U", set()),
        ("@U0ADAlovelace", set()),
    ],
)
def test_ids_that_are_mentioned_are_found_and_words_are_not(text: str, ids: set[str]) -> None:
    assert mentioned(text) == ids


def test_a_mention_is_named_and_one_without_a_name_stays() -> None:
    assert reworded("@U0ADA and @U0GONE and @U0ELSE", NAMES) == "@Ada L. and @U0GONE and @U0ELSE"
    assert reworded(reworded("@U0ADA", NAMES), NAMES) == "@Ada L."


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("U0ADA", "Ada L."),
        ("U0GUEST", "Ben (a guest)"),
        ("U0ADA (of another workspace)", "Ada L. (of another workspace)"),
        ("U0GUEST (a guest)", "Ben (a guest)"),
        ("U0GONE", "U0GONE"),
        ("U0ELSE (a guest)", "U0ELSE (a guest)"),
        ("user-4821", "user-4821"),
        ("", ""),
    ],
)
def test_a_writer_is_called_as_the_place_calls_them(author: str, shown: str) -> None:
    assert called(author, NAMES) == shown


def test_only_what_comes_from_slack_has_ids_of_slacks() -> None:
    said = message("ask @U0ADA", author="U0BEN", source="slack:C1")
    assert met(said) == {"U0ADA", "U0BEN"}
    assert met(replace(said, source="github:example/mill")) == frozenset()
    assert id_of("second-engineer") == ""
