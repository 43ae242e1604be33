"""`triage receive --slack-export`: a channel of a workspace that is not ours, from the archive that it exported."""

import json
import sqlite3
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.doors.cli import Terminal

ROOT = "1795000000.000100"  #: 18 November 2026
DAYS = {
    "2026-11-18": [
        {"type": "message", "user": "U1", "text": "sync stops &amp; hangs, <@U2>", "ts": ROOT},
        {
            "type": "message",
            "user": "U2",
            "text": "for me, too, since 1.8.2",
            "ts": "1795000060.000100",
            "thread_ts": ROOT,
        },
        {
            "type": "message",
            "subtype": "channel_join",
            "user": "U3",
            "text": "joined",
            "ts": "1795000070.000100",
        },
        {
            "type": "message",
            "subtype": "bot_message",
            "username": "news",
            "text": "1.9",
            "ts": "1795000080.000100",
        },
        {"type": "message", "user": "U4", "text": "no moment"},
    ],
    "2020-01-01": [{"type": "message", "user": "U1", "text": "an old one", "ts": "1577880000.000100"}],
}


def archive(folder: Path, **changes: object) -> str:
    files = {
        "channels.json": [{"id": "C-HELP", "name": "help"}, {"id": "C9", "name": "random"}],
        "users.json": [{"id": "U1", "name": "ada"}, {"id": "U2", "name": "user-2"}],
        **{f"help/{day}.json": messages for day, messages in DAYS.items()},
        **changes,
    }
    name = folder / "export.zip"
    with ZipFile(name, "w") as made:
        for file, content in files.items():
            made.writestr(file, content if isinstance(content, bytes) else json.dumps(content))
    return str(name)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "home")


def receive(terminal: Terminal, name: str, *more: str):
    return terminal.run("receive", "--slack-export", name, "--channel", "help", *more)


def test_a_channel_of_an_export_is_taken_in_once(terminal: Terminal, tmp_path: Path) -> None:  # T8
    name = archive(tmp_path)
    first = receive(terminal, name, "--since", "2026-11-01")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.splitlines() == ["new      help/2026-11-18.json  slack:C-HELP  3 messages"]
    assert "help/2026-11-18.json, message 5: lacks what it must have" in first.stderr
    again = receive(terminal, name, "--since", "2026-11-01")
    assert again.stdout.splitlines() == ["same     help/2026-11-18.json  slack:C-HELP  3 messages"]
    with sqlite3.connect(terminal.home / "triage.db") as store:
        found = store.execute("select author, text, thread from messages order by sent_at").fetchall()
    store.close()
    assert found == [
        ("ada", "sync stops & hangs, @user-2", None),
        ("user-2", "for me, too, since 1.8.2", f"slack:C-HELP/{ROOT}"),
        ("news", "1.9", None),
    ]


@pytest.mark.parametrize(
    ("changes", "channel", "said"),
    [
        ({}, "nowhere", "The export has no channel 'nowhere'. It has: help, random."),
        ({}, "random", "Nothing is watched there: sources.yaml has no `id: slack:C9`."),
        ({"help/2026-11-18.json": b"{oops"}, "help", "help/2026-11-18.json is no JSON"),
        ({"help/2026-11-18.json": {"a": 1}}, "help", "help/2026-11-18.json holds no list of messages."),
    ],
)
def test_what_cannot_be_taken_is_said(
    terminal: Terminal, tmp_path: Path, changes: dict[str, object], channel: str, said: str
) -> None:
    result = terminal.run("receive", "--slack-export", archive(tmp_path, **changes), "--channel", channel)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_what_is_no_archive_and_what_does_not_go_together_are_wrong_use(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(b"no archive")
    assert "cannot be read as an export of Slack" in receive(terminal, str(tmp_path / "x.zip")).stderr
    assert "goes with --channel" in terminal.run("receive", "--slack-export", "x.zip").stderr
    assert "--since: 'soon' is no day" in receive(terminal, archive(tmp_path), "--since", "soon").stderr
