"""A long report is cut by a rule, and what is left out is said."""

from hypothesis import given
from hypothesis import strategies as st

from agent.engines.claude.threads import ERROR_CHARACTERS, GAP, cut

FILLER = "nothing of note was seen here\n" * 40


def test_a_short_report_passes_as_it_is() -> None:
    made = cut(["It crashes.\nEvery time."])
    assert (made.text, made.left_out) == ("It crashes.\nEvery time.", "")


def test_the_first_report_the_newest_message_and_every_error_stay() -> None:
    thread = (
        "The first words.\n" + FILLER,
        FILLER + "error: disk quota exceeded on volume a\n" + FILLER,
        FILLER + "java.io.IOException: broken pipe\n    at a.b.C.d(C.java:12)\n" + FILLER,
        "The newest words.",
    )
    made = cut(thread, 1_000)
    for kept in (
        "The first words.",
        "disk quota exceeded",
        "broken pipe",
        "at a.b.C.d(",
        "The newest words.",
    ):
        assert kept in made.text
    assert "of 3 messages; every kind of error line in them is kept" in made.left_out
    assert made.text.index("first words") < made.text.index("quota") < made.text.index("newest words")


def test_of_one_endless_message_both_ends_stay() -> None:
    made = cut(["It began so.\n" + FILLER * 5 + "This is what I ask."], 500)
    assert made.text.startswith("It began so.")
    assert made.text.endswith("This is what I ask.")
    assert "of" not in made.left_out.partition(";")[0]


def test_an_error_that_repeats_with_other_numbers_is_kept_once() -> None:
    log = "".join(f"error: lost connection {number} after {number * 7} s\n" for number in range(500))
    made = cut(["Help.\n" + FILLER * 3 + log + FILLER * 3], 300)
    assert made.text.count("lost connection") == 1


def test_more_errors_than_a_call_can_hold_are_counted() -> None:
    words = [f"{a}{b}{c}" for a in "abcdefghij" for b in "klmnopqrst" for c in "uvwxyzabcd"]
    log = "".join(f"error: cannot open the {word} of the {word}er thing in the {word}ing\n" for word in words)
    made = cut(["Help.\n" + log], 300)
    assert len(made.text) < ERROR_CHARACTERS + 1_000
    assert "of their error lines" in made.left_out


def test_a_line_without_end_is_cut_like_any_other_text() -> None:
    made = cut(["x" * 500_000], 2_000)
    assert 0 < len(made.text) < 2_100


@given(
    st.lists(st.text(st.characters(exclude_characters="[…]"), max_size=200), min_size=1, max_size=8),
    st.integers(20, 400),
)
def test_nothing_is_made_up_and_no_cut_is_silent(messages: list[str], room: int) -> None:
    text = "\n\n".join(messages)
    made = cut(messages, room)
    assert bool(made.left_out) == (made.text != text)
    for part in made.text.replace(f"{GAP}\n", GAP).split(GAP):
        assert part in text
