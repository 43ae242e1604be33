"""A reply calls nobody."""

import re

import pytest

from agent.policy.mentions import without_mentions


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("Hi @channel and @here, @everyone!", "Hi channel and here, everyone!"),
        ("<!channel> <!here> <@U123|bob> <!subteam^S1|@team>", "channel here bob team"),
        ("ask ＠channel", "ask channel"),
        ("see @org/team", "see `@org/team`"),
        ("`<!channel>` and\n```\n<!here> @Override\n```", "`channel` and\n```\nhere @Override\n```"),
    ],
)
def test_what_would_call_somebody_is_taken_the_call(text: str, now: str) -> None:  # T17
    changed, removed = without_mentions(text)
    assert changed == now
    assert removed
    assert without_mentions(changed) == (changed, ())


@pytest.mark.parametrize("text", ["mail a.b@example.com", "`@types/node` is pinned", "a@b", "x <b>@</b>"])
def test_an_at_that_calls_nobody_stays(text: str) -> None:
    assert without_mentions(text) == (text, ())


def test_set_in_lines_of_an_issue_keep_their_code() -> None:
    text = "Seen:\n\n    @Override\n    public void run()\n\n@team look"
    assert without_mentions(text, keeps_indented=True)[0] == text.replace("@team", "team")


#: What GitHub's Markdown shows as a mention, whatever stands before it or however it is spelled.
LIVE = [
    "-@lead",
    "/@lead",
    ".@lead",
    "+@lead",
    "@@lead",
    "_@lead_",
    "é@lead",
    "`@lead",
    "@lead@x",
    "&#64;lead",
    "&#x40;lead",
    "&commat;lead",
    "see ``` @lead",
    "\\`@lead\\`",
    "`one\ntwo` @lead `three`",
    "# `one\n- two` @lead `three`",
    "<a title='`'>@lead `x`",
    "| a | b |\n| - | - |\n| `x | @lead `y` |",
    "<div>\n```\n@lead\n```",
    "- one\n  ```\n@lead\n```",
    "https://_ @lead",
    "xhttps://a.example/@lead",
]


@pytest.mark.parametrize("text", LIVE)
def test_no_sign_before_it_and_no_spelling_keeps_a_call(text: str) -> None:  # T17
    changed, removed = without_mentions(text)
    assert re.search(r"(?<![A-Za-z0-9])(?:@|&#64;|&#x40;|&commat;)lead", changed) is None
    assert removed
    assert without_mentions(changed) == (changed, ())


@pytest.mark.parametrize(
    "text",
    [
        "said:\n    @lead look",
        "- one\n\n    @lead look",
        "<!<!c>hannel>",
        "<!" * 9 + "c" + ">" * 9 + "hannel>",
    ],
)
def test_what_only_looks_set_in_calls_nobody(text: str) -> None:
    assert "@lead" not in without_mentions(text, keeps_indented=True)[0]
    assert "<!channel>" not in without_mentions(text, keeps_indented=True)[0]


@pytest.mark.parametrize(
    "text",
    [
        "~~~\n@Override\n~~~",
        "````\n```\n@x\n```\n````",
        "It is `@types/node`, and ``a ` @b``.",
        "See https://docs.example/@scope/name.",
        "### Evidence\n    @Override\n\n    @Test",
    ],
)
def test_code_and_addresses_stay_as_they_are(text: str) -> None:
    assert without_mentions(text, keeps_indented=True) == (text, ())
