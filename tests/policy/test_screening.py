"""What opens no Case, and that a problem always does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy.screening import screen
from tests.policy.given import message

OWN, BOTS = ("triage-bot",), ("*[bot]", "ci-*")
ZERO_WIDTH = "\u200b\u200d\ufeff\x00"


def reason(text: str, *, title: str = "", author: str = "somebody", source: str = "slack:C1") -> str:
    return screen(message(text, title=title, author=author, source=source), OWN, BOTS)


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thanks, that works!",
        "thank you so much",
        "thanks again",
        "merci !",
        "Merci beaucoup",
        "danke",
        "Vielen Dank für die schnelle Hilfe",
        "gracias",
        "obrigado",
        "Спасибо",
        "ありがとう",
        "works now",
        "it works",
        "ok",
        "perfect, thanks :tada:",
        "<@U123> thanks a lot",
        "Thanks for your help!",
        "got it, thanks 🙏",
        "solved",
    ],
)
def test_thanks_alone_open_no_case(text: str) -> None:
    assert reason(text) == "thanks and nothing else"


@pytest.mark.parametrize(
    "text",
    [
        "thanks but it still crashes",
        "Thanks, that works? Not here.",
        "thanks, it did it again",
        "thanks in advance",
        "danke, geht aber nicht",
        "merci mais ça plante",
        "does it work",
        "is it fixed",
        "it works only as root",
        "worked until yesterday",
        "works?",
        "nothing works",
        "it did not help",
        "ok so how do I upgrade",
        "help",
        "thanks for nothing, it crashed",
        "all fixed but the log is wrong",
        "down again",
        "404",
        "it broke",
        "asdf",
    ],
)
def test_a_problem_is_never_thanks(text: str) -> None:
    assert reason(text) == ""


@pytest.mark.parametrize(
    "text", ["+1", "same", "Same here!", "me too", "ich auch", "moi aussi", "same issue", "^^"]
)
def test_me_too_says_so(text: str) -> None:
    assert reason(text) == "“me too” and nothing else"


@pytest.mark.parametrize(
    "text", ["same here, on 1.8.2 with the log below", "me too but only on Linux", "1", "bump"]
)
def test_me_too_with_more_is_kept(text: str) -> None:
    assert reason(text) == ""


@pytest.mark.parametrize("text", ["", "   \n", ZERO_WIDTH, "\x00"])
def test_empty_is_dropped(text: str) -> None:
    assert reason(text) == "empty"


@pytest.mark.parametrize("text", ["🎉🎉", ":tada: :+1:", "!!!", "…", "👍🏽"])
def test_emoji_and_punctuation_are_dropped(text: str) -> None:
    assert reason(text) == "only emoji or punctuation"


def test_own_accounts_and_bots_are_dropped_and_people_are_not() -> None:
    assert reason("it crashes", author="triage-bot") == "written by our own account triage-bot"
    assert reason("it crashes", author="dependabot[bot]") == "written by a bot, dependabot[bot]"
    assert reason("it crashes", author="CI-notify").startswith("written by a bot")
    assert reason("it crashes", author="robot") == ""


def test_a_titled_report_with_a_polite_body_is_kept() -> None:
    assert reason("Thanks!", title="Crash on start") == ""
    assert reason("", title="Crash on start") == ""
    assert reason("Thanks!", title="Re: Crash on start") == "thanks and nothing else"


def test_the_quoted_mail_below_thanks_does_not_count() -> None:
    quoted = "Thanks, that works!\n\nOn Mon, 2 Mar 2026 at 10:00, Support wrote:\n> it crashes when …"
    assert reason(quoted, title="AW: Crash", source="mail:hi") == "thanks and nothing else"
    assert reason("> it crashes when\n\nthanks!") == ""


def test_newsletters_and_automatic_replies_are_dropped_from_mail_alone() -> None:
    letter = "Our news for March!\nView this email in your browser. To unsubscribe click here."
    assert reason(letter, title="News", source="mail:hi") == "a newsletter"
    assert reason(letter, title="News") == ""
    assert reason("I am away", title="Automatic reply: Crash", source="mail:hi") == ""
    assert reason("I am away", title="Out of office", source="mail:hi") == "an automatic reply"


def test_mail_about_newsletters_is_kept() -> None:
    broken = "Clicking 'to unsubscribe' and 'manage your preferences' gives an error"
    assert reason(broken, title="Unsubscribe link broken", source="mail:hi") == ""
    assert reason("to unsubscribe", title="News", source="mail:hi") == ""


@given(
    st.text(max_size=80),
    st.sampled_from(["still crashes", "error 500", "does not start", "how do I upgrade"]),
)
def test_whatever_stands_before_a_problem_it_is_kept(before: str, problem: str) -> None:
    assert reason(f"{before.replace(':', '')}\n{problem}") == ""
