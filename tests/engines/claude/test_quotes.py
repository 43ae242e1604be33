"""Quotes are found where they stand, by any white space, over what redaction took out, and in no time."""

import time

import pytest

from agent.engines.claude.quotes import locate

WORDS = "On build.corp it stops.\nThen I asked Ann from Acme and she said: no luck.\n\nIt  stops\nagain."


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        ("it stops again.", "It  stops\nagain."),
        ("“IT STOPS.”", "it stops."),
        ("I asked [name] from [name] and she", "I asked Ann from Acme and she"),
        ("On [private address] it stops", "On build.corp it stops"),
        ("it stops. [name] I asked", None),  # over the end of a line
        ("she said: yes", None),
        ("[name]", None),
        ("it [name] I [name] she [name] luck", None),
    ],
)
def test_words_are_found_as_they_stand(quoted: str, found: str | None) -> None:
    quote = locate(WORDS, quoted)
    assert (quote and quote.text) == found
    assert quote is None or WORDS[quote.start : quote.end] == quote.text


@pytest.mark.parametrize("words", ["a " * 24_000, "a" * 48_000, "a\n" * 24_000, ("a" + " " * 19) * 2_400])
def test_no_quote_takes_long_over_a_text_made_for_it(words: str) -> None:
    began = time.thread_time()
    assert locate(words, "a [name] a [name] b") is None
    assert locate(words, " ".join(["a"] * 100) + " b") is None
    assert time.thread_time() - began < 3
