"""A reply calls nobody."""

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
