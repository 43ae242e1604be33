"""What texts and fields of a tracker say about other Issues and about releases."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy import references
from agent.policy.references import (
    CLOSED_BY,
    MILESTONE,
    RELEASED_IN,
    STATE_REASON,
    as_known,
    as_released,
    confirmed_duplicate,
    duplicate_named,
    fixed_in,
    named,
    planned_version,
)
from tests.builders import MONDAY, PROJECT, issue

ME = f"{PROJECT}#9"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Duplicate of #12", f"{PROJECT}#12"),
        ("duplicate of #12.", f"{PROJECT}#12"),
        ("\n Duplicate of example/other#3, I think", "example/other#3"),
        ("Duplicate of https://github.example/example/other/issues/3", "example/other#3"),
        ("I think it is a duplicate of #12", None),
        ("Duplicate of 12", None),
        ("Duplicate of the one about #12", None),
        ("> Duplicate of #12", None),
    ],
)
def test_a_duplicate_is_named_at_the_beginning(text: str, found: str | None) -> None:
    assert duplicate_named(text, PROJECT) == found


def test_every_issue_that_is_named_is_found_once() -> None:
    text = "See #1, example/other#2 (and #1); not a#3, ab#4c, C#5x nor https://github.example/a/b/pull/6"
    assert named(text, PROJECT) == (f"{PROJECT}#1", "example/other#2")


def confirmed(*said: str, marked: str | None = None, reason: str | None = "completed") -> str | None:
    return confirmed_duplicate(ME, marked=marked, reason=reason, said_by_team=said)


def test_the_mark_counts_before_the_words_and_the_newest_words_before_the_older() -> None:
    assert confirmed("Duplicate of #1", marked=f"{PROJECT}#2") == f"{PROJECT}#2"
    assert confirmed("Duplicate of #1", "no", "Duplicate of #3") == f"{PROJECT}#3"


def test_a_reference_is_a_link_only_where_it_was_closed_as_a_duplicate_and_is_the_only_one() -> None:
    assert confirmed("as in #1") is None
    assert confirmed("as in #1", reason="duplicate") == f"{PROJECT}#1"
    assert confirmed("as in #1 and #2", reason="duplicate") is None
    assert confirmed("as in #9 and #2", reason="duplicate") == f"{PROJECT}#2"


def test_nothing_is_a_duplicate_of_itself() -> None:
    assert confirmed("Duplicate of #9", reason="duplicate") is None


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("1.4.0", "1.4.0"),
        ("v1.4", "1.4"),
        ("Release 1.4.0-rc.1", "1.4.0-rc.1"),
        ("Backlog", None),
        ("1.4 or later", None),
        ("2026", None),
        ("Sprint 12.3", None),
    ],
)
def test_a_milestone_tells_a_release_where_it_is_named_for_one(title: str, version: str | None) -> None:
    assert planned_version(title) == version


def closed(**extra: object):  # type: ignore[no-untyped-def]
    return issue(4, closed_at=MONDAY, extra={STATE_REASON: "completed", **extra})


def test_the_release_with_the_commit_counts_before_the_milestone() -> None:
    assert fixed_in(closed(**{MILESTONE: "1.5"})) == "1.5"
    assert fixed_in(closed(**{MILESTONE: "1.5", RELEASED_IN: "1.4.2"})) == "1.4.2"


@pytest.mark.parametrize("reason", ["not_planned", "duplicate", "reopened"])
def test_what_was_closed_for_another_reason_is_fixed_nowhere(reason: str) -> None:
    assert fixed_in(closed(**{MILESTONE: "1.5", STATE_REASON: reason})) is None


def test_an_open_issue_is_fixed_nowhere() -> None:
    assert fixed_in(issue(4, extra={MILESTONE: "1.5"})) is None


def test_the_first_release_that_is_found_stays_while_the_same_commit_closed_it() -> None:
    first = as_released(closed(**{CLOSED_BY: "abc"}), "v1.4.2")
    assert first.fixed_in == "1.4.2"
    assert as_released(first, "v1.5.0") is first
    known = {first.id: first}
    assert as_known(closed(**{CLOSED_BY: "abc"}), known).fixed_in == "1.4.2"
    assert as_known(closed(**{CLOSED_BY: "def"}), known).fixed_in is None
    assert as_known(replace(issue(4), extra={}), known).fixed_in is None


@given(st.text(alphabet="#/. duplicateof0123-_:hps\n", max_size=400))
def test_any_text_is_read(text: str) -> None:
    for found in (*named(text, PROJECT), duplicate_named(text, PROJECT)):
        assert found is None or references.named(f" {found}", PROJECT) == (found,)
