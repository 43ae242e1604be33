"""No text takes long to screen or to redact, however odd."""

import time

import pytest

from agent.policy.redaction import redact
from agent.policy.screening import screen
from tests.policy.adversarial import PIECES
from tests.policy.given import PUBLIC, message

CHARACTERS = 100_000


@pytest.mark.parametrize("piece", PIECES)
def test_a_hundred_thousand_characters_take_under_two_seconds(piece: str) -> None:
    text = (piece * CHARACTERS)[:CHARACTERS]
    began = time.thread_time()
    redact(text, ("nordkai", "customer-a"), ("*.internal", "build-*"), PUBLIC)
    screen(message(text, source="mail:hi"), ("triage-bot",), ("*[bot]",))
    assert time.thread_time() - began < 2


def test_a_dashed_line_is_no_host() -> None:
    log = f"see the log:\nresult{'-' * 70}\nthanks"
    assert redact(log, (), ("*.internal",), PUBLIC) == (log, ())
