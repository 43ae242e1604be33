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


@pytest.mark.parametrize(
    "sentence",
    [
        "A fix is on its way.",
        "A fix will follow.",
        "A hotfix is being prepared.",
        "We are already working on a patch.",
        "The team has started work on this.",
        "It is on our roadmap for Q1.",
        "The next release contains a fix.",
        "2.10 will contain the fix.",
        "You'll get a refund.",
        "Fixed by Friday!",
        "We commit to a response within 24h.",
        "Someone gets back to you within 1 h.",
        "We **will** fix it.",
        "We do not know the cause yet, but it will be fixed next week.",
        "There is no timeline other than that we will ship it on Friday.",
        "Wir arbeiten bereits an einer Lösung.",
        "Das Problem ist bis Freitag behoben.",
        "Estamos trabajando en una solución.",
        "Nous travaillons sur un correctif.",
    ],
)
def test_what_is_said_to_be_under_way_is_a_promise(sentence: str) -> None:  # A14
    assert found(sentence) == PROMISE


@pytest.mark.parametrize(
    "sentence",
    [
        "The fix is in 2.9.1.",
        "It is fixed since 2.9.1, and you run 2.8.",
        "A fix was released in 2.9.1.",
        "We cannot say whether or when it comes, and an estimate comes from a person.",
        "Is the workaround working on your side?",
        "We will write here when the fix is out.",
    ],
)
def test_what_is_done_already_is_none(sentence: str) -> None:
    assert found(sentence) == ""
