"""A promise or an estimate that no person typed is taken out, and told."""

import pytest

from agent.policy.promises import ESTIMATE, PROMISE, found, without_promises
from evals.reports import lines_of
from tests.builders import REPOSITORY

MADE_UP = [
    line for line in lines_of(REPOSITORY / "evals/datasets/inventions.jsonl") if line["ends"] == "removed"
]


@pytest.mark.parametrize("line", MADE_UP, ids=lambda line: line["text"])
def test_promises_and_estimates_are_told(line: dict[str, str]) -> None:  # A12, A14
    assert found(line["text"]) == {"promise": PROMISE, "estimate": ESTIMATE}[line["kind"]]


@pytest.mark.parametrize(
    "sentence",
    [
        "We will write here when it is fixed.",
        "It will be discussed for a future cycle; we cannot promise whether or when it comes.",
        "Somebody from the team will write to you directly.",
        "We will write here as soon as there is news.",
        "This is fixed in 2.9.1.",
        "Please upgrade to 2.9.1 or later, and tell us here whether the problem is gone.",
        "Will it be fixed soon?",
        "The step will be retried after 5 minutes.",
        "The scheduler will start the missed runs within 2 minutes.",
        "The migration takes 10 minutes on a small database.",
        "Wir schreiben hier, sobald es behoben ist.",
        "Nous ne pouvons pas promettre de date.",
    ],
)
def test_what_promises_nothing_stays(sentence: str) -> None:
    assert found(sentence) == ""


def test_only_the_sentence_is_taken_out_and_it_is_told() -> None:
    text = "Thanks for it. We will fix this. Bye.\n\n- We'll ship a patch by Friday.\n- ok\n\nIt will be fixed\nnext week."
    left, removed = without_promises(text)
    assert left == "Thanks for it. Bye.\n\n- ok"
    assert [each.was for each in removed] == [
        "We will fix this.",
        "We'll ship a patch by Friday.",
        "It will be fixed\nnext week.",
    ]


def test_what_the_team_typed_stays() -> None:  # A15
    typed = "We answer within two business days. Ask again then."
    assert without_promises(f"Thanks. {typed}", [typed]) == (f"Thanks. {typed}", ())


def test_a_translation_tells_of_a_language_that_is_not_known() -> None:
    text, translation = "Tack. Det rättas i nästa utgåva.", "Thanks. It will be fixed in the next release."
    assert without_promises(text)[0] == text
    assert without_promises(text, (), translation)[0] == "Tack."


def test_a_condition_written_first_hides_no_promise() -> None:
    assert found("When you read this, we will have fixed it by tomorrow.") == PROMISE
