"""Who has a Case, in the terminal: acknowledged, taken, handed over, asked about, let go."""

import pytest

from agent.domain.cases import CaseState
from tests.builders import ONE, TWO, message
from tests.doors.cli import Terminal, triaged, working


@pytest.fixture
def terminal(tmp_path):
    """A home with C-1 waiting, and somebody signed in."""
    triaged(tmp_path, ["sync stops after the upgrade"])
    return Terminal(tmp_path)


def test_an_acknowledgement_says_its_words_and_when_it_leaves(terminal):  # S5
    done = terminal.run("acknowledge", "C-1")
    assert done.exit_code == 0, done.stderr
    assert "goes out when `triage run` does: no worker is running" in done.stderr
    assert "I have read it and am looking into it" in done.stderr
    assert "1. Acknowledgement in the thread: waits" in terminal.run("show", "C-1").stdout
    again = terminal.run("acknowledge", "C-1")
    assert again.exit_code == 1
    assert "acknowledged already" in again.stderr
    assert terminal.run("acknowledge", "C-1", "--undo").exit_code == 0
    none = terminal.run("acknowledge", "C-1", "--undo")
    assert none.exit_code == 1
    assert "waits to leave" in none.stderr
    with working(terminal.home) as here:
        here.house.drain()
        assert not here.sent()


def test_a_case_is_taken_and_handed_over(terminal):  # A1
    assert terminal.run("take", "C-1", "--as", TWO).exit_code == 0
    assert "@second-engineer has it" in terminal.run("show", "C-1").stdout
    done = terminal.run("hand-over", "C-1", "--to", "@third-engineer")
    assert "@third-engineer has it now" in done.stderr
    wrong = terminal.run("hand-over", "C-1", "--to", "nobody")
    assert wrong.exit_code == 2
    assert "nobody" in wrong.stderr


def test_a_question_without_a_place_names_the_setting_and_the_way_out(terminal):  # T26
    refused = terminal.run("ask", "C-1", "Is this the watcher again?")
    assert refused.exit_code == 1
    assert "slack.triage_bugs" in refused.stderr
    assert "triage hand-over C-1" in refused.stderr


def test_what_a_colleague_answered_is_let_go_or_written_anyway(tmp_path):  # T20
    with working(tmp_path) as here:
        here.house.desk.receive(
            [message(id="m-1", thread="t"), message("it is the proxy", id="m-2", thread="t", author=TWO)]
        )
        here.house.desk.receive(
            [message(id="m-3", thread="u"), message("it is the proxy", id="m-4", thread="u", author=TWO)]
        )
        here.house.drain()
    terminal = Terminal(tmp_path, ONE)
    shown = terminal.run("show", "C-1")
    assert "A colleague answered in the thread. This reply is withdrawn." in shown.stdout
    assert "triage answered C-1 --write-anyway" in shown.stderr
    assert "waits on them" in terminal.run("answered", "C-1").stderr
    assert terminal.run("answered", "C-1").exit_code == 1
    (line,) = terminal.lines("show", "C-1", "--json")
    assert line["case"]["state"] == CaseState.WAITING_ON_THEM
    assert "r3 is written" in terminal.run("answered", "C-2", "--write-anyway").stderr
