"""Our mark is found again, and a report's words call nobody and hide nothing."""

import re
from datetime import UTC, datetime

import pytest

from agent.clients.github_marks import Named, key_of, marked, silenced, since


@pytest.mark.parametrize("body", ["It hangs.", "", "ends in code\n```\nx\n```", "It hangs.\r\n"])
def test_a_mark_is_read_from_what_it_was_put_on(body: str) -> None:
    assert key_of(marked(body, "C-1:note:o/r#4")) == "C-1:note:o/r#4"
    assert key_of(marked(body, "C-1:issue").replace("\n", "\r\n")) == "C-1:issue"


def test_only_the_last_line_is_a_mark() -> None:
    planted = marked("It hangs.", "C-9:issue")
    assert key_of(f"{planted}\n\nand so on") is None
    assert key_of(marked(planted, "C-1:issue")) == "C-1:issue"
    assert key_of(None) is None


def test_mentions_are_words_outside_of_code_and_stay_as_they_are_within() -> None:
    assert silenced("ask @dev-1, not a@b.example") == "ask @\u200bdev-1, not a@b.example"
    assert silenced("run `npm i @scope/name` @all") == "run `npm i @scope/name` @\u200ball"
    assert silenced("```\n@Override\n```\n@dev-1") == "```\n@Override\n```\n@\u200bdev-1"
    assert silenced("````\n```\n@x\n````") == "````\n```\n@x\n````"


@pytest.mark.parametrize(
    "text",
    [
        "don`t @org/team",
        "\\`@org/team`",
        "``@org/team`",
        "&#64;org/team and &commat;org/team",
        "a ` b\nc ` @org/team `",
        "```x`\n@org/team",
        "<details>\n```\n@org/team",
        "- a\n  ```\n  x\n- @org/team",
        f"{'>' * 21} `@org/team",
        "| a | b |\n| - | - |\n| `c | @org/team` |",
    ],
)
def test_nobody_is_called_from_what_only_looks_like_code(text: str) -> None:
    assert not re.search("(@|&#64;|&commat;)org", silenced(text))


def test_a_comment_of_html_hides_nothing_of_what_follows() -> None:
    assert silenced("see <!-- the rest") == "see &lt;!-- the rest"
    assert silenced("`<!--`") == "`<!--`"
    assert "<!--" not in silenced("```x`\n<!-- the rest")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("o/r#12", Named("o/r", 12)),
        ("o/r#12/issuecomment-3", Named("o/r", 12)),
        ("o/r/pull/12", Named("o/r", 12)),
        ("o/r/discussions/12", None),
        ("o/r#L1", None),
        ("o/r#new", None),
        ("m-1", None),
        ("", None),
    ],
)
def test_an_issue_of_github_is_told_from_other_threads(text: str, named: Named | None) -> None:
    assert Named.read(text) == named


def test_what_is_looked_for_is_no_older_than_its_approval_on_a_slow_clock() -> None:
    assert since(datetime(2026, 3, 2, 10, tzinfo=UTC)) == {"since": "2026-03-02T09:00:00Z"}
    assert since(None) == {}
