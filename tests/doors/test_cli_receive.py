"""`triage receive`: what becomes of each line, and what is told about those that cannot be used."""

import json

import pytest

from tests.doors.cli import Terminal

GOOD = {"id": "m-1", "source": "slack:C-HELP", "author": "user-1", "text": "it stops"}


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path / "home")


def line(**changes):
    return json.dumps({**GOOD, **changes}).encode()


def receive(terminal, *lines):
    return terminal.run("receive", "--file", "-", stdin=b"\n".join(lines))


def test_each_message_says_what_became_of_it(terminal):
    first = receive(terminal, line(), line(id="m-2"))
    assert first.exit_code == 0
    assert first.stdout.splitlines() == ["new      m-1  slack:C-HELP", "new      m-2  slack:C-HELP"]
    assert "No worker is running: it is triaged when `triage run` does." in first.stderr
    again = receive(terminal, line(), line(id="m-2", text="it stops again"))
    assert [row.split()[0] for row in again.stdout.splitlines()] == ["same", "changed"]
    assert "line 2: m-2 was received before with other content; kept as an edit" in again.stderr


def test_a_bad_line_is_told_by_its_number_skipped_and_counted_last(terminal):
    result = receive(terminal, line(), b"{oops", b"", b'{"id": "\xff"}', line(id=7), line(id="m-9"))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    told = result.stderr.splitlines()
    assert [each.partition(":")[0] for each in told[:3]] == ["line 2", "line 4", "line 5"]
    assert told[-1] == "3 lines skipped."


def test_nothing_readable_is_wrong_use(terminal):
    result = receive(terminal, b"{oops", b"[]")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Nothing could be read: 2 lines skipped."


def test_a_file_of_utf_16_with_crlf_is_read(terminal, tmp_path):
    file = tmp_path / "m.jsonl"
    file.write_bytes('{"id": "m-1", "text": "größer"}\r\n{"id": "m-2", "text": "b"}\r\n'.encode("utf-16"))
    assert len(terminal.run("receive", "--file", str(file)).stdout.splitlines()) == 2


def test_dates_that_are_assumed_are_said(terminal):
    result = receive(
        terminal, line(sent_at="2026-01-01T00:00:00"), line(id="m-2", sent_at="2999-01-01T00:00:00Z")
    )
    assert "line 1: sent_at “2026-01-01T00:00:00” has no zone; taken as UTC" in result.stderr
    assert "line 2: sent_at “2999-01-01T00:00:00Z” is in the future; taken as now" in result.stderr


def test_odd_texts_are_stored_as_they_are(terminal):
    texts = ["\x00", "\u200b", "שלום", "🔥" * 1000, "", "x" * 5_000_000]
    result = receive(terminal, *(line(id=f"m-{at}", text=text) for at, text in enumerate(texts)))
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) == len(texts)


def test_a_text_of_the_command_line_is_a_message_of_its_source(terminal):
    result = terminal.run("receive", "it stops", "--source", "slack:C-HELP")
    assert result.stdout.split()[2] == "slack:C-HELP"
    assert "skipped" not in result.stderr


def test_a_text_may_be_a_line(terminal):
    assert "m-1" in terminal.run("receive", "--as-json", line().decode()).stdout
    assert terminal.run("receive", "--as-json", "{oops").exit_code == 2


@pytest.mark.parametrize(
    "words", [(), ("x", "--file", "y"), ("--file", "/nowhere/at/all.jsonl"), ("--file", "/")]
)
def test_what_cannot_be_read_is_wrong_use(terminal, words):
    result = terminal.run("receive", *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_an_escape_in_an_id_does_not_command_the_terminal(terminal):
    result = receive(terminal, line(id="m\x1b[2J\x9b2J"))
    assert "\x1b" not in result.stdout
    assert "\x9b" not in result.stdout
