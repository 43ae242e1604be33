"""A private name is found however it is written, and exactly where it stands."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy.names import name_spans
from agent.policy.redaction import redact
from tests.policy.given import INTERNAL, PUBLIC

NAMES = ("nordkai", "customer-a", "card settlement", "bluebarrel")


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("tenant nordkai_prod fails", "tenant [name]_prod fails"),
        ("NordkaiProd", "[name]Prod"),
        ("myNordkai and DBnordkai", "my[name] and DB[name]"),
        ("nordkai2, nordkai-2", "[name]2, [name]-2"),
        ("NORDKAIprod", "[name]prod"),
        ("bluebarrelDB", "[name]DB"),
        ("customer_a, CUSTOMER A, customer\u2011a, customer -- a", "[name], [name], [name], [name]"),
        ("nord\u200bkai and nord\u00adkai", "[name] and [name]"),
        ("\uff4eordkai, \U0001d427\U0001d428rdkai", "[name], [name]"),
        ("card\n  settlement, CardSettlement", "[name], [name]"),
        ("nordkaiの障害", "[name]の障害"),
    ],
)
def test_a_private_name_is_taken_out_however_it_is_written(text: str, now: str) -> None:  # A2
    assert redact(text, NAMES, (), PUBLIC)[0] == now
    assert redact(text, NAMES, (), INTERNAL)[0] == text


@pytest.mark.parametrize(
    "text", ["nordkaine", "Nordkaine", "Snordkai", "customer application", "customers", "nordkai\u0301", "bluebarrels"]
)  # fmt: skip
def test_another_word_is_left_alone(text: str) -> None:
    assert redact(text, NAMES, (), PUBLIC) == (text, ())


written = st.tuples(
    st.sampled_from(["", "x ", "é_", "\u200b", "ﬁ-", "日", "9", "\n", "\U0001f389"]),
    st.sampled_from(
        ["nordkai", "NORDKAI", "Nordkai", "nord\u200bkai", "\uff4eordkai", "no\u00adrd\ufeffkai"]
    ),
    st.sampled_from(["", "_prod", "2", "Prod", " ﬁ", "-é", "日", "\U0001f389", "\n"]),
)


@given(written, st.text(max_size=20))
def test_a_span_is_exact_in_the_text_as_written(parts: tuple[str, str, str], other: str) -> None:
    before, name, after = parts
    text = f"{other} {before}{name}{after} {other}"
    start = len(other) + 1 + len(before)
    assert (start, start + len(name)) in list(name_spans(text, ["nordkai"]))


@given(st.text(max_size=200))
def test_every_span_lies_in_the_text(text: str) -> None:
    for start, end in name_spans(text, ["a", "ﬁ", "s s"]):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "piece", ["nordkai", "nordkai ", "nord ", "card ", "card-", "é", "\u200b", "[name] nordkai "]
)
def test_long_texts_are_searched_in_no_time(piece: str) -> None:
    text = (piece * 200_000)[:200_000]
    began = time.thread_time()
    redact(text, NAMES, (), PUBLIC)
    assert time.thread_time() - began < 2
