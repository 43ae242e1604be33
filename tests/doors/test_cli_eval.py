"""`triage eval`: replies kept with a key, judged again without one."""

import json
import re
from pathlib import Path
from typing import Any

from tests.doors.cli import Terminal
from tests.fakes.asks import assessed, described, judged
from tests.fakes.claude import KEY, Asked, standing

LINE = {"id": "m-1", "source": "slack:C-HELP", "text": "The nightly sync stops after the upgrade to 2.9.1"}


def messages(folder: Path) -> str:
    file = folder / "messages.jsonl"
    file.write_text(json.dumps(LINE) + "\n")
    return str(file)


def compared(asked: Asked) -> dict[str, Any]:
    return {"compared": [judged(each) for each in dict.fromkeys(re.findall(r' id="([^"]+)"', asked.user))]}


def drafted(asked: Asked) -> dict[str, Any]:
    link = " {issue.url}" if "files_issue: yes" in asked.user else ""
    return {"reply": f"Thanks, we look into it.{link}", "translation": "", "claims": []}


def test_replies_are_recorded_with_a_key_and_replayed_without_one(tmp_path: Path) -> None:
    terminal, file = Terminal(tmp_path / "home"), messages(tmp_path)
    with standing() as claude:
        claude.script |= {
            "Assessed": lambda asked: assessed(type="complex"),
            "Compared": compared,
            "Drafted": drafted,
            "Described": lambda asked: described(),
        }
        key = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.address}
        recorded = terminal.run("eval", "record", "--file", file, **key)
        assert recorded.exit_code == 0, recorded.stderr
        assert "triage eval replay" in recorded.stderr
        assert "Thanks, we look into it." in recorded.stdout
        asked = len(claude.calls)
        (line,) = terminal.lines("eval", "replay", "--file", file, "--json")
        assert len(claude.calls) == asked > 1
    assert line["engine"] == "claude"
    assert line["draft"]["text"].startswith("Thanks, we look into it.")  # type: ignore[index]


def test_what_was_not_recorded_is_said_and_the_exit_code_tells(tmp_path: Path) -> None:
    terminal, file = Terminal(tmp_path / "home"), messages(tmp_path)
    (tmp_path / "empty.jsonl").touch()
    result = terminal.run("eval", "replay", "--file", file, "--recordings", str(tmp_path / "empty.jsonl"))
    assert result.exit_code == 3
    assert "m-1: Claude did not answer" in result.stderr
    assert "its reply was not recorded (not asked). Nothing is kept for this assess" in result.stderr


def test_without_key_file_or_recordings_the_next_step_is_told(tmp_path: Path) -> None:
    terminal, file = Terminal(tmp_path / "home"), messages(tmp_path)
    for words, told in (
        (("record", "--file", file), "Set ANTHROPIC_API_KEY"),
        (("replay", "--file", file), "triage eval record"),
    ):
        result = terminal.run("eval", *words)
        assert (result.exit_code, told in result.stderr) == (2, True)
