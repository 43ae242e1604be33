"""A person's answer in the terminal: nothing is asked without one, and nothing leaves unseen."""

import json

import pytest

from agent.domain.proposals import Claim
from agent.doors.cli.asking import without
from tests.builders import TWO
from tests.doors.cli import Terminal, Unsourced, triaged, working


@pytest.fixture
def terminal(tmp_path):
    """A home with C-1 and C-2 waiting, and somebody signed in."""
    triaged(tmp_path, ["sync stops after the upgrade", "the console is white since 2.9.0"])
    return Terminal(tmp_path)


def test_an_approval_commits_and_says_that_no_worker_runs(terminal):
    result = terminal.run("approve", "C-1", "--revision", "1")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Approved. No worker is running: it goes out when `triage run` does." in result.stderr
    (line,) = terminal.lines("show", "c-1", "--json")
    assert line["stage"] == "held"
    assert line["verdict"]["person"] == "first-engineer"


def test_without_a_terminal_the_flag_that_is_missing_is_named(terminal):
    result = terminal.run("approve", "C-1")
    assert result.exit_code == 2
    assert "give `--revision 1`" in result.stderr


def test_a_sentence_without_a_source_asks_for_its_own_flag(tmp_path):
    triaged(tmp_path, ["sync stops"], Unsourced())
    terminal = Terminal(tmp_path)
    refused = terminal.run("approve", "C-1", "--revision", "1")
    assert refused.exit_code == 2
    assert "`--keep-flagged`" in refused.stderr
    assert "No source for “The limit is 8192.”" in refused.stderr
    assert terminal.run("approve", "C-1", "--revision", "1", "--keep-flagged").exit_code == 0
    assert "kept without a source: 1 sentence" in terminal.run("show", "C-1").stdout


def test_a_text_without_the_sentence_needs_no_flag(tmp_path):
    triaged(tmp_path, ["sync stops"], Unsourced())
    result = Terminal(tmp_path).run("edit", "C-1", "--revision", "1", "--text", "We look into it.")
    assert result.exit_code == 0, result.stderr


def test_the_second_is_told_who_was_first(terminal):
    terminal.run("approve", "C-1", "--revision", "1")
    second = Terminal(terminal.home, TWO).run("approve", "C-1", "--revision", "1")
    assert second.exit_code == 1
    assert "first-engineer approved C-1" in second.stderr
    assert "Nothing of yours was sent." in second.stderr
    assert "triage show C-1" in second.stderr


def test_an_older_revision_is_refused_with_the_current_one(terminal):
    with working(terminal.home) as world:
        world.house.desk.correct("C-1", 1, {"priority": "P1"}, TWO)
        world.house.drain()
    result = terminal.run("approve", "C-1", "--revision", "1")
    assert result.exit_code == 1
    assert "Look at r2: triage show C-1" in result.stderr


@pytest.mark.parametrize("command", ["approve", "edit", "reject", "snooze", "pause"])
def test_a_verdict_needs_its_person_and_an_unknown_one_is_refused(terminal, command):
    words = [command] if command == "pause" else [command, "C-1"]
    nobody = Terminal(terminal.home, None).run(*words)
    assert nobody.exit_code == 2
    assert "A Verdict needs its person" in nobody.stderr
    stranger = terminal.run(*words, "--as", "somebody-else")
    assert stranger.exit_code == 2
    assert "'somebody-else' is not in team.yaml" in stranger.stderr


def test_as_wins_over_the_environment(terminal):
    terminal.run("approve", "C-1", "--revision", "1", "--as", "@second-engineer")
    (line,) = terminal.lines("show", "C-1", "--json")
    assert line["verdict"]["person"] == TWO


def test_an_approval_is_taken_back_while_nothing_has_left(terminal):
    terminal.run("approve", "C-1", "--revision", "1")
    result = terminal.run("approve", "C-1", "--undo")
    assert result.exit_code == 0
    assert "Taken back; nothing was sent. C-1 r2 is written when `triage run` does" in result.stderr
    again = terminal.run("approve", "C-1", "--undo")
    assert again.exit_code == 1


def test_an_edit_sends_the_changed_text(terminal, tmp_path):
    reply = tmp_path / "reply.txt"
    reply.write_text("Thanks, we look into it.\n")
    assert terminal.run("edit", "C-1", "--revision", "1", "--text-file", str(reply)).exit_code == 0
    (line,) = terminal.lines("show", "C-1", "--json")
    assert line["verdict"]["kind"] == "edit"
    assert line["verdict"]["text"] == "Thanks, we look into it."


def test_an_edit_reads_standard_input(terminal):
    result = terminal.run(
        "edit", "C-1", "--revision", "1", "--text-file", "-", stdin=b"\xef\xbb\xbfOn it.\r\n"
    )
    assert result.exit_code == 0, result.stderr
    assert terminal.lines("show", "C-1", "--json")[0]["verdict"]["text"] == "On it."


def test_an_empty_reply_is_not_sent(terminal):
    result = terminal.run("edit", "C-1", "--revision", "1", "--text", " \n")
    assert result.exit_code == 2
    assert "Not sent: the reply is empty." in result.stderr
    assert terminal.lines("show", "C-1", "--json")[0]["stage"] == "open"


def test_an_edit_without_a_terminal_or_a_text_says_what_to_give(terminal):
    result = terminal.run("edit", "C-1")
    assert result.exit_code == 2
    assert "`--text`" in result.stderr


def test_a_correction_alone_begins_the_next_revision_and_sends_nothing(terminal):
    result = terminal.run("edit", "C-1", "--revision", "1", "--set", "priority=P1")
    assert result.exit_code == 0, result.stderr
    assert "Set priority P1; nothing was sent. C-1 r2 is written" in result.stderr


def test_a_correction_that_changes_what_leaves_is_explained(terminal):
    result = terminal.run("approve", "C-1", "--revision", "1", "--set", "type=feature")
    assert result.exit_code == 0, result.stderr
    assert "Nothing was sent: your correction changes what would leave" in result.stderr
    assert "C-1 r2" in result.stderr


@pytest.mark.parametrize("said", ["priority", "=P1", "priority=P9", "colour=red", "duplicate=nothing#1"])
def test_a_correction_that_cannot_be_is_wrong_use(terminal, said):
    result = terminal.run("approve", "C-1", "--revision", "1", "--set", said)
    assert result.exit_code == 2
    assert terminal.lines("show", "C-1", "--json")[0]["stage"] == "open"


def test_a_step_is_left_out_by_its_number(terminal):
    plan = terminal.lines("show", "C-1", "--json")[0]["proposal"]["plan"]
    assert len(plan) >= 2
    assert terminal.run("approve", "C-1", "--revision", "1", "--leave-out", "9").exit_code == 2


def test_a_rejection_needs_one_of_five_reasons(terminal):
    assert "`--reason`" in terminal.run("reject", "C-1", "--revision", "1").stderr
    result = terminal.run("reject", "C-1", "--revision", "1", "--reason", "noise")
    assert result.exit_code == 0
    assert terminal.lines("inbox", "--screened", "--json")[0]["case"] == "C-1"


def test_a_snooze_goes_and_comes_back(terminal):
    assert terminal.run("snooze", "C-1", "--until", "2h").exit_code == 0
    assert [line["case"] for line in terminal.lines("inbox", "--snoozed", "--json")] == ["C-1"]
    assert terminal.run("snooze", "C-1", "--wake").exit_code == 0
    assert len(terminal.lines("inbox", "--json")) == 2


def test_a_snooze_ends_in_the_future_at_a_time_that_is_one(terminal):
    assert terminal.run("snooze", "C-1", "--until", "soon").exit_code == 2
    assert terminal.run("snooze", "C-1", "--until", "2020-01-01").exit_code == 2


def test_a_paused_approval_says_what_it_waits_for(terminal):
    assert terminal.run("pause", "slack:C-HELP").exit_code == 0
    result = terminal.run("approve", "C-1", "--revision", "1")
    assert "it waits: sending is paused by first-engineer. Next: triage resume" in result.stderr
    assert "triage sources" in terminal.run("resume", "slack:C-HELP").stderr


def test_a_source_that_is_unknown_is_not_paused(terminal):
    result = terminal.run("pause", "slack:C-HLEP")
    assert result.exit_code == 1
    assert "slack:C-HELP" in result.stderr


def test_a_case_that_is_not_there_is_said_so(terminal):
    for words in (("show", "C-99"), ("approve", "C-99", "--revision", "1"), ("show", "nonsense")):
        result = terminal.run(*words)
        assert result.exit_code == 1
        assert "triage inbox" in result.stderr


def test_a_screened_out_case_comes_back_by_hand(tmp_path):
    triaged(tmp_path, ["thanks!"])
    terminal = Terminal(tmp_path)
    (row,) = terminal.lines("inbox", "--screened", "--json")
    assert row["dropped_reason"]
    refused = terminal.run("approve", "C-1", "--revision", "1")
    assert refused.exit_code == 1
    assert terminal.run("inbox", "--restore", "C-1").exit_code == 0
    assert terminal.lines("inbox", "--screened", "--json") == []


def test_a_sentence_is_dropped_with_the_space_it_leaves():
    text = "First. The limit is 8192. Last.\n\n    code  stays"
    assert without(text, [Claim(text="The limit is 8192.")]) == "First. Last.\n\n    code  stays"


def test_the_json_of_a_case_is_one_line_of_ascii(terminal):
    result = terminal.run("show", "C-1", "--json")
    assert result.stdout.isascii()
    assert json.loads(result.stdout)["case"]["id"] == "C-1"
