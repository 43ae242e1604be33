"""Issue and Message lines, as the frozen formats say."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.issues import IssueState
from agent.domain.messages import Level, Visibility
from agent.doors.cli.reading import PASTED, LineError, Parsed, issue_from, message_from

NOW = datetime(2026, 11, 20, 10, 42, tzinfo=UTC)
INTERNAL = Visibility(Level.INTERNAL)
ISSUE = {"id": "example/ferry#12", "title": "Sync stops", "created_at": "2026-11-01T10:00:00Z"}
MESSAGE = {"id": "m-1", "source": "slack:C-HELP", "text": "it stops"}


def issue(**changes: object) -> Parsed:
    return issue_from(json.dumps({**ISSUE, **changes}))


def message(**changes: object) -> Parsed:
    return message_from(json.dumps({**MESSAGE, **changes}), NOW, lambda source: INTERNAL)


def test_three_keys_make_an_issue():
    read = issue()
    assert (read.record.body, read.record.comments, read.record.labels) == ("", 0, ())
    assert read.record.state is IssueState.OPEN
    assert read.notes == ()


def test_a_state_that_is_absent_follows_from_the_closing():
    assert issue(closed_at="2026-11-02T10:00:00Z").record.state is IssueState.CLOSED
    assert issue(closed_at=None, state=None).record.state is IssueState.OPEN
    assert issue(state="CLOSED").record.state is IssueState.CLOSED


def test_unknown_keys_are_kept_and_two_known_links_are_taken():
    read = issue(milestone={"n": [1]}, duplicate_of="example/ferry#3", fixed_in="1.8.2")
    assert read.record.extra == {"milestone": {"n": [1]}}
    assert (read.record.duplicate_of, read.record.fixed_in) == ("example/ferry#3", "1.8.2")


def test_a_link_of_another_kind_stays_among_the_rest():
    read = issue(duplicate_of=["example/ferry#3"])
    assert read.record.duplicate_of is None
    assert read.record.extra == {"duplicate_of": ["example/ferry#3"]}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": None}, "id: is missing"),
        ({"id": 12}, "id: should be text, not a number"),
        ({"id": "12"}, "id: should be like owner/repo#12, not “12”"),
        ({"title": None}, "title: is missing"),
        ({"title": ["a"]}, "title: should be text, not a list"),
        ({"created_at": None}, "created_at: is missing"),
        ({"created_at": "yesterday"}, "created_at: “yesterday” is no date; like 2026-11-20T10:41:00Z"),
        ({"created_at": "2026-02-30"}, "created_at: “2026-02-30” is no date; like 2026-11-20T10:41:00Z"),
        ({"created_at": 1763600000}, "created_at: should be text, not a number"),
        ({"labels": "bug"}, "labels: should be a list of texts"),
        ({"labels": [1]}, "labels: should be a list of texts"),
        ({"comments": "3"}, "comments: should be a number, 0 or more"),
        ({"comments": True}, "comments: should be a number, 0 or more"),
        ({"comments": 10**30}, "comments: should be a number, 0 or more"),
        ({"state": "wontfix"}, "state: should be open or closed, not “wontfix”"),
    ],
)
def test_what_is_wrong_with_an_issue_is_said_with_its_key(changes, fault):
    with pytest.raises(LineError) as told:
        issue(**changes)
    assert str(told.value) == fault


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "12", '"x"', "[" * 100_000, "1" * 10_000, '{"id": NaN}', "{'id': 1}"]
)
def test_what_is_no_object_is_told_in_a_sentence(text):
    with pytest.raises(LineError):
        issue_from(text)
    with pytest.raises(LineError):
        message_from(text, NOW, lambda source: INTERNAL)


def test_an_issue_of_the_future_is_taken_as_it_is():
    assert issue(created_at="2031-01-01T00:00:00Z").record.created_at.year == 2031


def test_a_date_without_a_zone_is_taken_as_utc_and_noted():
    read = issue(created_at="2026-11-01T10:00:00")
    assert read.record.created_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert read.notes == ("created_at “2026-11-01T10:00:00” has no zone; taken as UTC",)


def test_a_zone_is_kept_as_a_moment():
    at = issue(created_at="2026-11-01T10:00:00+05:30").record.created_at
    assert at == datetime(2026, 11, 1, 4, 30, tzinfo=UTC)


def test_an_id_and_a_text_make_a_message():
    read = message_from('{"id": "m-1", "text": "x"}', NOW, lambda source: INTERNAL)
    said = read.record
    assert (said.source, said.author, said.title, said.thread) == (PASTED, "", "", None)
    assert (said.sent_at, said.visibility) == (NOW, INTERNAL)


def test_a_visibility_that_is_absent_is_its_sources():
    asked: list[str] = []
    message_from(json.dumps(MESSAGE), NOW, lambda source: asked.append(source) or INTERNAL)
    assert asked == ["slack:C-HELP"]
    assert message(visibility="customer:customer-a").record.visibility == Visibility(
        Level.CUSTOMER, "customer-a"
    )


def test_a_message_cannot_come_from_the_future():
    read = message(sent_at="2031-01-01T00:00:00Z")
    assert read.record.sent_at == NOW
    assert read.notes == ("sent_at “2031-01-01T00:00:00Z” is in the future; taken as now",)


def test_an_empty_body_is_a_message_and_none_at_all_is_not():
    assert message(text="").record.text == ""
    with pytest.raises(LineError, match="title and text are both missing"):
        message(text=None)


@pytest.mark.parametrize(
    "text", ["\x00 a \x00", "\u200b‍", "שלום עולם", "👩‍👩‍👧‍👦🔥", "a\u2028b", "line\r\nline"]
)
def test_a_text_is_kept_as_it_is(text):
    assert message(text=text).record.text == text


def test_a_lone_surrogate_is_replaced_everywhere():
    read = message_from(
        r'{"id": "m\ud800", "text": "a\udfffb", "deep": [{"k\ud801": "\ud802"}], "pair": "\ud83d\ude00"}',
        NOW,
        lambda source: INTERNAL,
    )
    assert (read.record.id, read.record.text) == ("m\ufffd", "a\ufffdb")
    assert read.extra == {"deep": [{"k\ufffd": "\ufffd"}], "pair": "😀"}


def test_five_megabytes_are_a_message():
    assert len(message(text="wörd " * 1_000_000).record.text) == 5_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*ISSUE, *MESSAGE, "body", "closed_at", "labels", "comments", "visibility", "sent_at"])


def _readings(text: str) -> list[Parsed]:
    """Read a text both ways; a LineError is the only thing that may be raised."""
    found = []
    for read in (issue_from, lambda each: message_from(each, NOW, lambda source: INTERNAL)):
        with suppress(LineError):
            found.append(read(text))
    return found


@given(st.dictionaries(KEYS | st.text(max_size=5), JSON))
def test_an_object_is_read_or_refused_in_words_and_never_anything_else(said):
    for read in _readings(json.dumps({**ISSUE, **MESSAGE, **said})):
        repr(read).encode()
        json.dumps(read.extra, allow_nan=False)


@given(st.text(st.characters()))
def test_any_text_is_read_or_refused_in_words(text):
    _readings(text)


@given(
    st.datetimes(),
    st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_every_moment_comes_back_as_itself(at, zone):
    moment = at.replace(tzinfo=zone)
    try:
        wanted = moment.astimezone(UTC)
    except OverflowError:
        return
    assert issue(created_at=moment.isoformat()).record.created_at == wanted
