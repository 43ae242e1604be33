"""`triage eval report` and `triage backtest`: files for people, and nothing in them that came later."""

import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.index import weights
from evals.running.runs import Run, RunFolder
from tests.doors.cli import Terminal
from tests.evals.made_runs import run


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "home")


def kept(terminal: Terminal, made: Run) -> None:
    folder = RunFolder(terminal.home / "evals" / "runs" / made.name)
    folder.begin(made.datasets, made.repeats, made.setup, made.cases)
    folder.settle(made.outcomes)


def test_a_report_is_one_file_for_its_owner_alone(terminal: Terminal, tmp_path: Path) -> None:
    kept(terminal, run("main"))
    out = tmp_path / "report.html"
    said = terminal.run("eval", "report", "main", "-o", str(out))
    assert said.exit_code == 0, said.stderr
    assert "as private as they are" in said.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "Not compared" in out.read_text(encoding="utf-8")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "report.html"]


def test_a_report_against_another_run_begins_with_the_verdict(terminal: Terminal, tmp_path: Path) -> None:
    kept(terminal, run("main"))
    kept(terminal, run("branch", broken=14, fixed=3))
    out = tmp_path / "report.html"
    said = terminal.run("eval", "report", "branch", "--against", "main", "-o", str(out))
    assert said.exit_code == 0, said.stderr
    assert "<h1>Worse: priority exact" in out.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_says_so(terminal: Terminal, tmp_path: Path) -> None:
    kept(terminal, run("main"))
    said = terminal.run("eval", "report", "main", "-o", str(tmp_path / "nowhere" / "report.html"))
    assert said.exit_code != 0
    assert "cannot be written" in said.stderr


def test_a_report_of_no_run_names_what_to_do(terminal: Terminal) -> None:
    said = terminal.run("eval", "report", "nothing")
    assert said.exit_code != 0
    assert "triage eval list" in said.stderr


#: The first and the last say the same; the last is a duplicate of the first.
PAST = [
    (
        "acme/ferry#1",
        "Sync stops at the inotify limit after the upgrade",
        "2026-01-05",
        None,
        ["bug", "high"],
    ),
    ("acme/ferry#2", "Add a dark theme to the settings page", "2026-01-09", None, ["enhancement"]),
    ("acme/ferry#3", "Upload of large files fails with a timeout", "2026-01-12", None, ["bug"]),
    (
        "acme/ferry#4",
        "Sync stops at the inotify limit after the upgrade",
        "2026-02-03",
        "acme/ferry#1",
        ["bug"],
    ),
]


def past_in(folder: Path) -> Path:
    lines = [
        {
            "id": id,
            "title": title,
            "body": f"{title}. It worked before, and now nothing happens; the log says nothing else.",
            "created_at": f"{day}T10:00:00Z",
            "closed_at": "2026-03-01T10:00:00Z",
            "state": "closed",
            "labels": labels,
            **({"duplicate_of": link} if link else {}),
        }
        for id, title, day, link, labels in PAST
    ]
    file = folder / "issues.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.fixture
def lived(terminal: Terminal, tmp_path: Path) -> Terminal:
    pytest.importorskip("pydantic_evals", reason="pydantic-evals is not installed")
    if weights.describe().startswith("not here"):
        pytest.skip("the embedder's weights are not installed")
    assert terminal.run("index", str(past_in(tmp_path))).exit_code == 0
    return terminal


def test_a_backtest_searches_what_was_there_at_the_moment_and_nothing_else(  # N9
    lived: Terminal, tmp_path: Path
) -> None:
    out = tmp_path / "backtest.html"
    said = lived.run("backtest", "--since", "2026-01-01", "-o", str(out), "--json")
    assert said.exit_code == 0, said.stderr
    told = json.loads(said.stdout)
    assert (told["tried"], told["errors"], told["marked"], told["rated"]) == (4, 0, 1, 1)
    assert told["stood_first"]["hits"] == 1
    made = RunFolder(lived.home / "evals" / "runs" / told["run"]).read()
    shown = {
        outcome.case.rpartition("#")[2]: asdict(outcome.answer)["evidence"].get("shown", [])
        for outcome in made.outcomes.values()
        if outcome.answer
    }
    assert shown["1"] == []
    assert shown["4"][0] == "acme/ferry#1"
    assert not [
        id for number, ids in shown.items() for id in ids if int(id.rpartition("#")[2]) >= int(number)
    ]
    assert "Past choices against the rubric" in out.read_text(encoding="utf-8")


def test_a_backtest_changes_nothing_and_the_same_again_asks_nothing(lived: Terminal, tmp_path: Path) -> None:
    before = lived.run("inbox", "--json").stdout
    out = str(tmp_path / "backtest.html")
    first = lived.lines("backtest", "--since", "2026-01-01", "-o", out, "--json")
    assert lived.lines("backtest", "--since", "2026-01-01", "-o", out, "--json") == first
    assert lived.run("inbox", "--json").stdout == before


def test_the_newest_of_the_past_are_tried_where_only_some_are(lived: Terminal, tmp_path: Path) -> None:
    out = str(tmp_path / "backtest.html")
    (told,) = lived.lines("backtest", "--since", "2026-01-01", "--most", "1", "-o", out, "--json")
    assert (told["tried"], told["marked"]) == (1, 1)


def test_a_backtest_of_nothing_says_what_to_do(lived: Terminal, terminal: Terminal, tmp_path: Path) -> None:
    late = lived.run("backtest", "--since", "2026-06-01")
    assert (late.exit_code != 0, "No closed Issue of acme/ferry" in late.stderr) == (True, True)
    other = lived.run("backtest", "--since", "2026-01-01", "--project", "acme/train")
    assert "triage sync" in other.stderr
    assert "is no day" in lived.run("backtest", "--since", "yesterday").stderr
