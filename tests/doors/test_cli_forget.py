"""`triage forget`: what it shows before, what it asks, and what it leaves to a person."""

from pathlib import Path

import pytest

from tests.doors.cli import Terminal, triaged


@pytest.fixture
def at(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path / "home")
    triaged(terminal.home, ["the quokkaphone hangs", "so does the console"])
    return terminal


def test_a_dry_run_says_what_there_is_and_removes_nothing(at: Terminal) -> None:
    told = at.run("forget", "user-1", "--dry-run")
    assert told.exit_code == 0
    assert "Written as user-1: 2 Messages" in told.stdout
    assert "whose words all go: C-1, C-2" in told.stdout
    assert "Nothing was removed" in told.stderr
    assert "quokkaphone" in at.run("show", "C-1").stdout


def test_where_nobody_can_be_asked_it_wants_a_yes(at: Terminal) -> None:
    refused = at.run("forget", "user-1")
    assert (refused.exit_code, "--yes" in refused.stderr) == (2, True)
    assert "quokkaphone" in at.run("show", "C-1").stdout


def test_with_a_yes_it_is_done_audited_and_says_what_is_left(at: Terminal) -> None:
    (at.home / "before-restore-20260131-100000").mkdir()
    done = at.run("forget", "user-1", "--yes")
    assert "before-restore-20260131-100000: the home as it was before a restore" in done.stderr
    assert done.exit_code == 0, done.stderr
    assert "is removed-1 now" in done.stderr
    assert "backups and logs made before today hold it" in done.stderr
    shown = at.run("show", "C-1").stdout
    assert "Removed on request" in shown
    assert "quokkaphone" not in shown
    assert "user-1" not in shown
    assert at.run("forget", "user-1", "--yes").exit_code == 1


def test_it_needs_a_person_of_the_team(at: Terminal) -> None:
    at.person = None
    assert at.run("forget", "user-1", "--yes").exit_code == 2
