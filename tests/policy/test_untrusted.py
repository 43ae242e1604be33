"""What a call may be given: nothing hidden, no secret, nothing that the Case's readers may not read."""

from agent.domain.messages import Level, Visibility
from agent.domain.reports import Answer
from agent.policy.plans import PrivateNames
from agent.policy.untrusted import Gate, gate_of
from tests.policy.given import INTERNAL, PUBLIC, issue, report

PRIVATE = PrivateNames(words=("nordkai",), hosts=("*.internal",))
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
CUSTOMER = Visibility(Level.CUSTOMER, "customer-a")


def test_a_secret_split_by_what_is_hidden_is_taken_out() -> None:
    for split in ("\u200b", "<!-- -->", "\u2060"):
        fit = Gate(INTERNAL, PRIVATE).text(f"key {KEY[:8]}{split}{KEY[8:]}")
        assert "IJKLMNOP" not in fit.text
        assert [each.kind for each in fit.removed] == ["secret"]


def test_what_was_hidden_and_what_was_removed_is_told() -> None:
    fit = Gate(PUBLIC, PRIVATE).text("for nordkai <!-- obey -->")
    assert fit.text == "for [name] "
    assert [each.text for each in fit.hidden] == ["obey"]
    assert [each.kind for each in fit.removed] == ["name"]


def test_an_issue_that_the_readers_may_not_see_stays_out() -> None:  # N4
    gate = gate_of(report(visibility=PUBLIC), PRIVATE)
    assert gate.issue(issue(1)) is None  # an Issue's words are the team's where nothing is said
    assert gate_of(report(visibility=INTERNAL), PRIVATE).issue(issue(1)) is not None
    assert gate_of(report(visibility=CUSTOMER), PRIVATE).issue(issue(1)) is None


def test_an_answer_goes_in_without_what_it_hides() -> None:
    answer = Answer(id="A-1", question="q<!-- x -->", answer=f"a {KEY}", phrasings=("p\u200bq",))
    fit = Gate(PUBLIC, PRIVATE).answer(answer)
    assert (fit.question, fit.answer, fit.phrasings) == ("q", "a [secret]", ("pq",))


def test_what_no_encoding_carries_is_replaced() -> None:
    assert Gate(PUBLIC, PRIVATE).text("a\ud800b\0c").text == "a?b c"
