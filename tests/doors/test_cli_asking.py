"""The questions themselves, in a real terminal: a process behind a pseudo-terminal."""

import os
import pty
import select
import subprocess
import sys

import pytest

from tests.doors.cli import Terminal, Unsourced, environment, triaged

PROMPT = b"(n):"


class Conversation:
    """A `triage` that believes a person sits there."""

    def __init__(self, home, *words, **more):
        self.ours, theirs = pty.openpty()
        plain = environment(home, TRIAGE_PERSON="first-engineer", TERM="dumb", **more)
        env = {**os.environ, **plain}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from agent.doors.cli.app import main; main()", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={key: value for key, value in env.items() if value is not None},
        )
        os.close(theirs)
        self.seen = b""

    def until(self, words):
        while words not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], 20)
            assert ready, self.seen
            try:
                self.seen += os.read(self.ours, 65536)
            except OSError:
                break
        assert words in self.seen, self.seen.decode()
        said, self.seen = self.seen, b""
        return said.decode()

    def says(self, words):
        os.write(self.ours, f"{words}\n".encode())

    def ends(self, words):
        said = self.until(words)
        assert self.process.wait(20) == 0
        os.close(self.ours)
        return said


@pytest.fixture
def home(tmp_path):
    triaged(tmp_path, ["sync stops after the upgrade"], Unsourced())
    return tmp_path


def stage(home):
    return Terminal(home).lines("show", "C-1", "--json")[0]["stage"]


def test_enter_means_nothing_yet(home):
    talk = Conversation(home, "approve", "C-1")
    asked = talk.until(PROMPT)
    assert "C-1 r1  Goes out:" in asked
    assert "No source: “The limit is 8192.”" in asked
    assert "[a] keep it and send" in asked
    talk.says("")
    talk.ends(b"Nothing was sent.")
    assert stage(home) == "open"


def test_what_was_dropped_is_shown_again_before_it_goes(home):
    talk = Conversation(home, "approve", "C-1")
    talk.until(PROMPT)
    talk.says("d")
    again = talk.until(PROMPT)
    assert "8192" not in again.partition("\n")[2]
    talk.says("a")
    talk.ends(b"Approved.")
    (line,) = Terminal(home).lines("show", "C-1", "--json")
    assert line["verdict"]["kind"] == "edit"
    assert "8192" not in line["verdict"]["text"]


def test_the_editor_changes_the_reply_and_it_is_shown_again(home, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'We look into it.' > \"$1\"\n")
    editor.chmod(0o755)
    talk = Conversation(home, "approve", "C-1", EDITOR=str(editor), VISUAL="")
    talk.until(PROMPT)
    talk.says("e")
    assert "We look into it." in talk.until(PROMPT)
    talk.says("a")
    talk.ends(b"Approved.")
    assert Terminal(home).lines("show", "C-1", "--json")[0]["verdict"]["text"] == "We look into it."


def test_a_rejection_asks_for_its_reason(home):
    talk = Conversation(home, "reject", "C-1")
    assert "[2] The duplicate is wrong" in talk.until(PROMPT)
    talk.says("2")
    talk.ends(b"Rejected: the duplicate is wrong.")
    assert stage(home) == "rejected"
