"""Markdown as Slack's own markup: what it says stays said, and it calls nobody."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.channels.slack_mrkdwn import DEAD, LIMIT, mrkdwn, parts, size


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** *it* ~~gone~~ `x < y`", "*bold* _it_ ~gone~ `x &lt; y`"),
        ("# Title", "*Title*"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("[docs](https://example.com/a?b=1&c=2)", "<https://example.com/a?b=1&amp;c=2|docs>"),
        ("[a|b](https://example.com/x|y)", "<https://example.com/x%7Cy|a|b>"),
        ("<https://example.com>", "<https://example.com>"),
        ("see https://example.com/_a_/b_c.", "see <https://example.com/_a_/b_c>."),
        ("https://example.com/?a=1&amp;b=2", "<https://example.com/?a=1&amp;b=2>"),
        ("[run](slack://user)", "run (slack://user)"),
        ("![shot](https://example.com/s.png)", "<https://example.com/s.png|shot>"),
        ("> a\n> b", "> a\n> b"),
        ("- a\n  - b\n- c", "• a\n    ◦ b\n• c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("```py\nif a < b:\n    pass\n```", "```\nif a &lt; b:\n    pass\n```"),
        ("| a | bb |\n|---|---|\n| 1 | 2 |", "```\na  bb\n1  2\n```"),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("a**b**c", f"a{DEAD}*b*{DEAD}c"),
        ("**a `b` c**", "*a* *`b`* *c*"),
        (r"\*not bold\*", f"*{DEAD}not bold*"),
        (r"\> no quote", f"{DEAD}&gt; no quote"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("&lt;!channel&gt;", "&lt;!channel&gt;"),
        ("`` a`b ``", "a`b"),
    ],
)
def test_markdown_is_said_in_slacks_own_markup(markdown: str, expected: str) -> None:
    assert mrkdwn(markdown) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>",
        "<!here|here>",
        "<!everyone>",
        "<!subteam^S1>",
        "<@U1>",
        "<@W1|x>",
        "@channel",
        "@Here now",
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "**{}**", "[{}](https://example.com)", "> {}", "- {}", "# {}", "a{}"]
)
def test_no_text_calls_a_channel_a_group_or_somebody_unknown(text: str, around: str) -> None:
    said = mrkdwn(around.format(text), {"U2"})
    assert not re.search(r"<[!@#]", said)
    assert not re.search(r"@(channel|here|everyone)", said, re.IGNORECASE)


def test_somebody_known_is_mentioned() -> None:
    assert mrkdwn("**Hi** <@U2>, not `<@U2>`", {"U2"}) == "*Hi* <@U2>, not `&lt;@U2&gt;`"


def test_code_cannot_leave_its_fence() -> None:
    said = mrkdwn("````\n```\n<!channel>\n````")
    assert said.count("```") == 2
    assert "&lt;!channel&gt;" in said


def test_a_long_text_is_cut_between_blocks_then_lines_then_words() -> None:
    paragraphs = "\n\n".join("word " * 500 for _ in range(4))
    assert all(part.startswith("word") and part.endswith(("word", "word ")) for part in parts(paragraphs))
    code = parts("```\n" + "line & more\n" * 900 + "```")
    assert len(code) > 2
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in code)
    bold = parts("**" + "word " * 3000 + "end**")
    assert all(part.startswith("*word") and part.rstrip().endswith(("word*", "end*")) for part in bold)
    assert all(size(part) <= LIMIT for part in (*code, *bold))


def test_what_is_nested_beyond_reading_is_said_as_it_stands() -> None:
    assert mrkdwn("> " * 200 + "still here").endswith("still here")
    assert mrkdwn("- " * 200 + "still here").endswith("still here")


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
PIECES = st.one_of(
    TEXTS,
    st.sampled_from(
        (
            *("**", "*", "_", "`", "```\n", "\n\n", "\n- ", "\n> ", "\n# ", "<!channel>", "<@U1>", "@here"),
            *("&lt;", "&amp;", "🦭👩\u200d👩\u200d👧", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
            *("[x](https://example.com/&)", "https://example.com/_x_"),
        )
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=40), st.integers(1, 40), st.sampled_from([2_500, LIMIT]))
@example(["0", "&lt;", "HTTP://"], 2, LIMIT)
def test_any_text_fits_calls_nobody_and_loses_no_letter(pieces: list[str], times: int, limit: int) -> None:
    markdown = "".join(pieces) * times
    found = parts(markdown, limit=limit)
    assert all(size(part) <= limit and part.strip() for part in found)
    assert not any(re.search(r"<[!@#]", part) for part in found)
    labels = re.sub(r"<[^<>|\n]*\|([^<>\n]*)>", r"\1", "".join(found))  # where a link leads is not read
    said = letters(unescaped(labels))
    for word in words(markdown):
        assert word in said


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def words(markdown: str) -> list[str]:
    """Return the words that a reader of the Markdown sees, by the parser alone."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found: list[str] = []
    for token in parser.parse(markdown.replace("\0", "")):
        for each in token.children or [token]:
            if each.type in ("text", "code_inline", "fence", "code_block", "html_inline", "html_block"):
                found += [letters(word) for word in each.content.split()]
    return [word for word in found if word]


def letters(text: str) -> str:
    """Return the letters and digits of a text: marks and breaks are how it is said, not what."""
    return "".join(char for char in text if char.isalnum())
