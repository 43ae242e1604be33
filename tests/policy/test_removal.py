"""What stays of records without their words: a word is planted in every field of text, and looked for."""

import dataclasses
import types
import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from agent.domain.actions import Action, Notice
from agent.domain.cases import Verdict
from agent.domain.proposals import Proposal
from agent.policy.removal import (
    action_without_words,
    after,
    fingerprint,
    notice_without_words,
    proposal_without_words,
    verdict_without_words,
)

WORD = "quokka"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
#: Fields that hold what the product or the team's configuration says: ids, keys, places, kinds, hashes.
KEPT = {
    *("case_id", "key", "destination", "destination_id", "thread", "to", "person", "assignee", "area"),
    *("issue_id", "found_as", "answer_id", "audience", "engine", "model", "prompt", "prompts", "embedder"),
    *("policy", "why", "finding", "template", "language", "fields", "corrected", "corrections", "priorities"),
}


def planted(kind: Any) -> Any:
    """Build a value of a type with the word in every text of it."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, vars(__import__(kind.__module__, fromlist=["_"])))
        return kind(
            **{each.name: planted(hints[each.name]) for each in dataclasses.fields(kind) if each.init}
        )
    if origin in (types.UnionType, typing.Union):
        return planted(next(each for each in args if each is not type(None)))
    if origin is tuple:
        return (planted(args[0]),) if args[-1] is Ellipsis else tuple(planted(each) for each in args)
    if origin is dict:
        return {planted(args[0]): planted(args[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {str: WORD, int: 1, float: 0.5, bool: True, datetime: NOW}[kind]


def holding(value: Any, path: str = "") -> set[str]:
    """Return the names of the fields that hold the word."""
    if dataclasses.is_dataclass(value):
        parts = [(each.name, getattr(value, each.name)) for each in dataclasses.fields(value)]
        return {name for key, part in parts for name in holding(part, key)}
    if isinstance(value, dict):
        return {name for pair in value.items() for part in pair for name in holding(part, path)}
    if isinstance(value, (list, tuple)):
        return {name for part in value for name in holding(part, path)}
    return {path} if isinstance(value, str) and WORD in value else set()


@pytest.mark.parametrize(
    ("kind", "without"),
    [
        (Proposal, proposal_without_words),
        (Verdict, verdict_without_words),
        (Action, action_without_words),
        (Notice, notice_without_words),
    ],
)
def test_no_field_that_can_hold_what_somebody_wrote_keeps_it(kind: Any, without: Any) -> None:
    whole = planted(kind)
    assert holding(whole) - KEPT, "the planting reaches texts"
    assert holding(without(whole)) <= KEPT
    assert without(without(whole)) == without(whole)


def test_who_decided_what_and_when_stays() -> None:
    answer = planted(Verdict)
    bare = verdict_without_words(answer)
    assert (bare.person, bare.at, bare.kind, bare.revision) == (
        answer.person,
        answer.at,
        answer.kind,
        answer.revision,
    )
    assert bare.text == "", "that it was edited stays, too"
    assert verdict_without_words(dataclasses.replace(answer, text=None)).text is None


def test_an_estimate_is_words_and_a_priority_is_none() -> None:
    answer = dataclasses.replace(planted(Verdict), corrections={"estimate": "two days", "priority": "P1"})
    assert verdict_without_words(answer).corrections == {"estimate": "", "priority": "P1"}


def test_it_says_after_how_long_and_keeps_a_hash() -> None:
    assert (after(1), after(90)) == ("removed after 1 day", "removed after 90 days")
    assert fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 64
