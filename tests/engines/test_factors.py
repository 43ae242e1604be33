"""Findings rest on the reporter's own, unconditional, unnegated words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.assessments import FactorKind
from agent.engines.cues import effort, factors

K = FactorKind


def kinds(words: str) -> set[FactorKind]:
    return {factor.kind for factor in factors(words)}


@pytest.mark.parametrize(
    ("words", "kind", "quoted"),
    [
        ("Sync broke. The whole team is blocked, 6 people.", K.BLOCKED, "The whole team is blocked"),
        (
            "Ever since the upgrade to 1.8.2 it hangs.",
            K.REGRESSION,
            "Ever since the upgrade to 1.8.2 it hangs",
        ),
        ("Nothing is lost.", K.NO_DATA_LOSS, "Nothing is lost"),
        ("Uploads answer 503 for every project", K.OUTAGE, "Uploads answer 503 for every project"),
        ("We lost all our files.", K.DATA_LOSS, "We lost all our files"),
        ("There is no workaround.", K.NO_WORKAROUND, "There is no workaround"),
        ("Downgrading to 1.8.1 helps.", K.WORKAROUND, "Downgrading to 1.8.1 helps"),
        ("Anyone can read the tokens of others", K.SECURITY, "Anyone can read the tokens of others"),
        ("Small typo on the start page", K.COSMETIC, "Small typo on the start page"),
        ("Das ganze Team kann nicht arbeiten.", K.BLOCKED, "Das ganze Team kann nicht arbeiten"),
        ("Desde la actualización no arranca.", K.REGRESSION, "Desde la actualización no arranca"),
        ("Nous avons perdu des fichiers.", K.DATA_LOSS, "Nous avons perdu des fichiers"),
        ("A API está fora do ar.", K.OUTAGE, "A API está fora do ar"),
    ],
)
def test_a_finding_quotes_the_exact_words(words: str, kind: FactorKind, quoted: str) -> None:  # T23
    found = {factor.kind: factor.quote for factor in factors(words)}
    quote = found[kind]
    assert quote is not None
    assert quote.text == quoted
    assert words[quote.start : quote.end] == quoted


@pytest.mark.parametrize(
    "words",
    [
        "No data was lost, everything came back.",
        "This is not a security issue.",
        "It never crashed here.",
        "If it crashed we would lose data.",
        "It could in theory leak our tokens.",
        "Is this a security vulnerability?",
        "> we lost all files\n> everyone is blocked\n\nI see this too.",
        "Here is the log:\n```\nWARN data loss possible, service is down\n```\nWhat does it mean?",
        "<!-- mention data loss or security issues here -->\nThe button is green.",
        "On Mon, 2 Nov 2026, somebody wrote:\nwe lost all files\nthe service is down",
    ],
)
def test_negated_hypothetical_and_quoted_words_do_not_count(words: str) -> None:
    assert not kinds(words) & {K.DATA_LOSS, K.SECURITY, K.CRASH, K.OUTAGE, K.BLOCKED}


def test_a_condition_in_another_clause_does_not_undo_a_finding() -> None:
    assert K.CRASH in kinds("If I click save, it crashes.")


def test_a_crash_is_found_in_a_log_and_an_outage_is_not() -> None:
    assert kinds("See:\n```\npanic: runtime error\nall requests failed\n```") == {K.CRASH}


def test_a_workaround_that_does_not_help_is_none() -> None:  # T22
    assert kinds("Tried the workaround, it does not help") == {K.NO_WORKAROUND}


@given(st.text(max_size=300))
def test_every_quote_is_found_at_its_offsets(words: str) -> None:
    text = f"{words}. The whole team is blocked, nothing is lost; it crashes! {words}"
    for factor in factors(text):
        assert factor.quote is not None
        assert text[factor.quote.start : factor.quote.end] == factor.quote.text


def test_effort_is_sure_only_where_the_text_says_so() -> None:
    assert effort("A typo in the docs", "bug").sure
    assert effort("A typo in the docs", "bug").hours <= 2
    assert effort("Race condition between two workers", "bug").hours > 2
    assert not effort("Sync stopped", "bug").sure


def test_five_megabytes_are_read_up_to_a_limit() -> None:
    assert K.BLOCKED in kinds("We are blocked. " + "x y z " * 800_000)
