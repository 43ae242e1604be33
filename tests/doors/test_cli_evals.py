"""`triage eval`: a change of a prompt is run, compared and gated, from the terminal."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from agent.prompts import prompts_dir
from tests.builders import REPOSITORY
from tests.doors.cli import Terminal, environment
from tests.evals.test_prompt_sets import git, repository_with_prompts
from tests.fakes import asks

SHEET = {
    "purpose": "p",
    "kind": "priority",
    "source": "s",
    "licence": "l",
    "labelled": "l",
    "split": "none",
    "clusters": "a case each",
    "vote": "exact",
}
#: What the shipped prompt says, what a careless hand made of it, and what it says in other words.
OUTAGE = "`outage` is a running service that is down for its users"
SWAPPED = {OUTAGE: "`crash` is a running service that is down for its users"}
REWORDED = {
    "You read what users write to the team": "You read the texts that users write to the team",
    "A colleague decides what\nfollows; you only read.": "What follows\nis a colleague's to decide; you only read.",
}
HARDLY = {"You read what users write to the team": "You skim what users write to the team"}


def finding(kind: str, quote: str) -> dict[str, object]:
    return {"findings": [{"kind": kind, "quote": quote}]}


NOTHING = asks.assessed(type="complex", hours_low=4, hours_high=16)
#: A model that takes the prompt at its word.
SCRIPT = [
    {"question": "assess", "says": NOTHING},
    {
        "question": "assess",
        "text_has": ["is down"],
        "prompt_has": [OUTAGE],
        "says": finding("outage", "is down for all"),
    },
    {
        "question": "assess",
        "text_has": ["is down"],
        "prompt_has": [SWAPPED[OUTAGE]],
        "says": finding("crash", "is down for all"),
    },
    {
        "question": "assess",
        "text_has": ["is down", "plant 1"],
        "prompt_has": [HARDLY["You read what users write to the team"]],
        "says": {"findings": []},
    },
]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Give a team its repository, and cases and a script in its home; what is committed is all there is."""
    here = repository_with_prompts(tmp_path / "repository")
    home = tmp_path / "home"
    folder = home / "evals" / "datasets"
    folder.mkdir(parents=True)
    for name, count in (("forty", 40), ("twenty", 20)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({**SHEET, "cases": f"{name}.jsonl"}))
        (folder / f"{name}.jsonl").write_text("".join(case(number) for number in range(count)))
    (tmp_path / "script.yaml").write_text(yaml.safe_dump(SCRIPT))
    monkeypatch.chdir(here)
    return Terminal(home)


def case(number: int) -> str:
    """Return a case: half of them tell of an outage, of which two of twenty are of plants 10 to 19."""
    text = (
        f"The console of plant {number} is down for all of us." if number % 2 else f"A typo in page {number}."
    )
    said = {"id": f"m-{number}", "source": "slack:C-HELP", "text": text, "sent_at": "2026-11-20T10:00:00Z"}
    expected = {"priority": "P0" if number % 2 else "P2"}
    return (
        json.dumps({"id": str(number), "input": {"said": [said], "index": ""}, "expected": expected}) + "\n"
    )


def prompts_with(folder: Path, changes: dict[str, str]) -> str:
    """Return a copy of the shipped prompts with the first question changed."""
    shutil.copytree(prompts_dir(), folder)
    text = (folder / "assess.md").read_text()
    for was, now in changes.items():
        assert was in text
        text = text.replace(was, now)
    (folder / "assess.md").write_text(text)
    return str(folder)


def scripted(tmp_path: Path, *more: str) -> tuple[str, ...]:
    return ("--engine", "scripted", "--script", str(tmp_path / "script.yaml"), *more)


def blessed(team: Terminal, tmp_path: Path, dataset: str) -> str:
    """Run a dataset, make the run the baseline, and return the baseline's file."""
    file = str(tmp_path / "baseline.json")
    done = team.run("eval", "run", dataset, "--name", "first", *scripted(tmp_path))
    assert done.exit_code == 0, done.stderr
    result = team.run("eval", "bless", "first", "--baseline", file)
    assert result.exit_code == 0, result.stderr
    return file


def test_a_prompt_that_swaps_two_priorities_turns_the_gate_red(team: Terminal, tmp_path: Path) -> None:
    file = blessed(team, tmp_path, "forty")
    swapped = prompts_with(tmp_path / "swapped", SWAPPED)
    result = team.run("eval", "gate", "--baseline", file, "--prompts", swapped, *scripted(tmp_path))
    assert result.exit_code == 1, result.stderr
    assert result.stdout.startswith("Worse: forty exact \N{MINUS SIGN}")
    assert "20 cases broken, 0 fixed" in result.stdout
    assert "(A said type complex, priority P0; B said type complex, priority P" in result.stdout
    assert "The gate is red." in result.stderr


def test_a_model_that_varies_is_tried_several_times_and_its_means_are_compared(
    team: Terminal, tmp_path: Path
) -> None:
    file = blessed(team, tmp_path, "twenty")
    lines = team.lines("eval", "run", "twenty", "--repeat", "3", "--json", *scripted(tmp_path))
    assert (lines[-1]["missing"], lines[0]["cases"]) == (0, 20)
    gated = team.run("eval", "gate", "--baseline", file, "--repeat", "2", *scripted(tmp_path))
    assert gated.exit_code == 0, gated.stderr
    assert gated.stdout.startswith("The same: none of 20 cases changed")
    runs = {line["run"]: line for line in team.lines("eval", "list", "--json") if "run" in line}
    assert len(runs) == 3


def test_a_harmless_rewording_does_not(team: Terminal, tmp_path: Path) -> None:
    file = blessed(team, tmp_path, "forty")
    reworded = prompts_with(tmp_path / "reworded", REWORDED)
    result = team.run("eval", "gate", "--baseline", file, "--prompts", reworded, *scripted(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("The same: none of 40 cases changed")


def test_two_changed_cases_of_twenty_tell_nothing_and_the_gate_says_how_many_would(
    team: Terminal, tmp_path: Path
) -> None:  # N7
    file = blessed(team, tmp_path, "twenty")
    (tmp_path / "home" / "evals" / "answers").rename(tmp_path / "elsewhere")
    script = [
        *SCRIPT[:3],
        {**SCRIPT[3], "text_has": ["plant 1 is"]},
        {**SCRIPT[3], "text_has": ["plant 3 is"]},
    ]
    (tmp_path / "script.yaml").write_text(yaml.safe_dump(script))
    hardly = prompts_with(tmp_path / "hardly", HARDLY)
    result = team.run("eval", "gate", "--baseline", file, "--prompts", hardly, *scripted(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Cannot tell: 2 of 20 changed in twenty exact; about 2")
    assert "more cases would tell a loss of 5 points" in result.stdout


def test_a_branch_is_compared_with_main_without_checking_anything_out(team: Terminal, tmp_path: Path) -> None:
    here = tmp_path / "repository"
    git(here, "checkout", "--quiet", "-b", "swap")
    text = (here / "prompts" / "assess.md").read_text()
    (here / "prompts" / "assess.md").write_text(text.replace(OUTAGE, SWAPPED[OUTAGE]))
    git(here, "commit", "--quiet", "--all", "-m", "Swap")
    for name in ("main", "swap"):
        done = team.run("eval", "run", "forty", "--name", name, *scripted(tmp_path, "--prompts", name))
        assert done.exit_code == 0, done.stderr
    (found,) = team.lines("eval", "compare", "main", "swap", "--json")
    assert (found["verdict"], found["red"]) == ("worse", True)
    assert len(found["changed"]) == 20  # type: ignore[arg-type]
    back = team.run("eval", "compare", "swap", "main")
    assert back.stdout.startswith("Better: forty exact +")
    assert git(here, "branch", "--show-current") == "swap"


def test_a_run_is_not_blessed_while_something_is_not_committed(team: Terminal, tmp_path: Path) -> None:
    team.run("eval", "run", "twenty", "--name", "first", *scripted(tmp_path))
    (tmp_path / "repository" / "prompts" / "new.md").write_text("x")
    file = tmp_path / "baseline.json"
    result = team.run("eval", "bless", "first", "--baseline", str(file))
    assert result.exit_code == 1
    assert "Not committed: prompts/new.md. Nothing was blessed" in result.stderr
    assert not file.exists()


def test_cases_without_an_answer_are_errors_and_are_neither_blessed_nor_green(
    team: Terminal, tmp_path: Path
) -> None:
    file = blessed(team, tmp_path, "twenty")
    (tmp_path / "script.yaml").write_text(yaml.safe_dump([{**SCRIPT[0], "text_has": ["typo"]}]))
    done = team.run("eval", "run", "twenty", "--name", "second", *scripted(tmp_path))
    assert done.exit_code == 1
    assert "twenty:1: no answer: EngineFailed: Claude did not answer" in done.stderr
    assert team.run("eval", "bless", "second", "--baseline", file).exit_code == 1
    gated = team.run("eval", "gate", "--baseline", file, *scripted(tmp_path))
    assert (gated.exit_code, "The gate is red." in gated.stderr) == (1, True)


def test_what_must_never_happen_ends_the_run_badly(team: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "evals" / "datasets"
    sheet = {**SHEET, "must_never": "exact", "cases": "twenty.jsonl"}
    (folder / "never.yaml").write_text(yaml.safe_dump(sheet))
    swapped = prompts_with(tmp_path / "swapped", SWAPPED)
    result = team.run("eval", "run", "never", *scripted(tmp_path, "--prompts", swapped))
    assert result.exit_code == 1
    assert "never:1: must never happen: said P" in result.stderr


def test_a_baseline_holds_scores_and_labels_and_no_text(team: Terminal, tmp_path: Path) -> None:
    file = Path(blessed(team, tmp_path, "twenty"))
    assert "down" not in file.read_text()
    told = json.loads(file.read_text())
    assert told["datasets"]["twenty"]["cases"][1][3:5] == [
        [1.0, 1.0, 1.0],
        {"priority": "P0", "type": "complex"},
    ]


def test_a_file_that_is_no_baseline_says_how_to_make_one(team: Terminal, tmp_path: Path) -> None:
    file = Path(blessed(team, tmp_path, "twenty"))
    file.write_text(file.read_text().replace('"P0"', '"P0", "P1"', 1).replace('["twenty:1",', "[", 1))
    result = team.run("eval", "gate", "--baseline", str(file), *scripted(tmp_path))
    assert result.exit_code == 2
    assert "is no baseline" in result.stderr


def test_a_gate_is_not_green_over_what_it_cannot_read(team: Terminal, tmp_path: Path) -> None:
    file = blessed(team, tmp_path, "twenty")
    (tmp_path / "home" / "evals" / "datasets" / "twenty.jsonl").unlink()
    result = team.run("eval", "gate", "--baseline", file, *scripted(tmp_path))
    assert result.exit_code == 2
    assert "twenty: what it reads is not here, so nothing was gated" in result.stderr


def test_the_list_tells_datasets_and_runs(team: Terminal, tmp_path: Path) -> None:
    assert "No runs are kept yet. Next: triage eval run draft" in team.run("eval", "list").stdout
    team.run("eval", "run", "twenty", "--name", "first", *scripted(tmp_path))
    told = team.lines("eval", "list", "--json")
    named = {line.get("dataset") or line["run"] for line in told}
    assert {"draft", "injection", "journey", "secrets", "twenty", "first"} <= named


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "poems"), "No dataset 'poems'"),
        (("run", "twenty", "--engine", "oracle"), "none of embedded, claude, scripted, replay"),
        (("run", "twenty", "--engine", "scripted"), "--engine scripted needs --script FILE"),
        (("run", "twenty", "--engine", "replay"), "--engine replay needs --recordings FILE"),
        (("run", "twenty", "--engine", "claude"), "Set ANTHROPIC_API_KEY"),
        (("run", "twenty", "--engine", "claude", "--model", "m-1"), "config/models.yaml has claude-"),
        (("compare", "one", "other"), "See the runs: triage eval list"),
        (("compare", "../one", "other"), "is no name of a run"),
        (("gate", "--baseline", "away.json"), "triage eval bless RUN"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(team: Terminal, words: tuple[str, ...], said: str) -> None:
    result = team.run("eval", *words)
    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_without_the_extra_the_way_to_it_is_told(tmp_path: Path) -> None:
    program = "import sys; sys.modules['pydantic_evals'] = None\nfrom agent.doors.cli.app import main; main()"
    done = started(tmp_path, program, "eval", "run", "draft")
    _, said = done.communicate(timeout=120)
    assert done.returncode == 2
    assert "pip install 'triage-agent[evals]'" in said


MAIN = "from agent.doors.cli.app import main; main()"


def started(home: Path, program: str, *words: str) -> subprocess.Popen[str]:
    given = {name: value for name, value in environment(home).items() if value is not None}
    plain = {name: value for name, value in os.environ.items() if name not in environment(home)}
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**plain, **given, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


@pytest.mark.processes
def test_a_run_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    words = ("eval", "run", "draft", "injection", "--name", "one", "--at-once", "2")
    home = tmp_path / "home"
    killed = started(home, MAIN, *words)
    answers = home / "evals" / "answers"
    deadline = time.monotonic() + 240
    while len(list(answers.rglob("*.json"))) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = {path: path.stat().st_mtime_ns for path in answers.rglob("*.json")}
    cases = len(own("draft")) + len(own("injection"))
    assert 10 <= len(before) < cases
    assert started(home, MAIN, *words).communicate(timeout=240)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    calm = tmp_path / "calm"
    assert started(calm, MAIN, *words).communicate(timeout=240)
    assert timeless(home) == timeless(calm)
    assert len(timeless(home)) == cases


def own(name: str) -> list[str]:
    """Return the lines of a dataset of ours."""
    folder = REPOSITORY / "evals" / "datasets"
    return (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


def timeless(home: Path) -> list[dict[str, object]]:
    """Return the outcomes of the run without how long they took."""
    file = home / "evals" / "runs" / "one" / "outcomes.jsonl"
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return [{**line, "answer": {**line["answer"], "seconds": 0}} for line in found]
