"""A model that grades drafts: it is measured against people, and votes only where it agrees with them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.judging import rubric
from tests.builders import REPOSITORY
from tests.doors.cli import Terminal
from tests.evals.test_datasets import SHEET
from tests.evals.test_prompt_sets import repository_with_prompts

CRITERIA = [each["name"] for each in rubric()]


def grades(**marks: str) -> dict[str, Any]:
    told = [(name, marks.get(name, "good")) for name in CRITERIA]
    return {
        "grades": [{"criterion": name, "grade": mark, "quote": "", "reason": "so"} for name, mark in told]
    }


#: A judge that finds fault with every reply that asks for a +1.
SCRIPT = [
    {"question": "judge", "says": grades()},
    {"question": "judge", "text_has": ["+1"], "says": grades(asks_well="poor")},
]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Give a team a dataset of drafts that votes by its judge, and a script for one."""
    folder = tmp_path / "home" / "evals" / "datasets"
    folder.mkdir(parents=True)
    sheet = {**SHEET, "kind": "draft", "vote": "graded asks_well", "cases": "graded.jsonl"}
    (folder / "graded.yaml").write_text(yaml.safe_dump(sheet))
    (folder / "graded.jsonl").write_text((REPOSITORY / "evals" / "datasets" / "draft.jsonl").read_text())
    (tmp_path / "script.yaml").write_text(yaml.safe_dump(SCRIPT))
    monkeypatch.chdir(repository_with_prompts(tmp_path / "repository"))
    return Terminal(tmp_path / "home")


def judged(tmp_path: Path) -> tuple[str, ...]:
    return ("--judge", "scripted", "--script", str(tmp_path / "script.yaml"))


def people_say(terminal: Terminal, tmp_path: Path, mark: dict[bool, str]) -> Path:
    """Have a person grade every reply of the run: `mark` by whether it asks for a +1."""
    file = tmp_path / "grades.yaml"
    done = terminal.run("eval", "judge", "one", "--to-grade", str(file))
    assert done.exit_code == 0, done.stderr
    sheet = {
        **yaml.safe_load(file.read_text()),
        "graded_by": "two engineers",
        "how": "blind",
        "licence": "ours",
    }
    file.write_text(yaml.safe_dump(sheet))
    rows = [json.loads(line) for line in file.with_suffix(".jsonl").read_text().splitlines()]
    for row in rows:
        row["by"] = "first-engineer"
        row["grades"] = dict.fromkeys(CRITERIA, "good") | {"asks_well": mark["+1" in row["reply"]]}
    file.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_a_judge_that_agrees_with_people_votes_and_one_that_does_not_informs(
    team: Terminal, tmp_path: Path
) -> None:
    words = ("eval", "run", "graded", "--name", "one", *judged(tmp_path))
    run = team.run(*words)
    assert run.exit_code == 0, run.stderr
    assert "graded: graded asks_well has no vote: nobody measured how the judge scripted" in run.stderr
    assert "graded asks_well*" not in run.stdout
    baseline = str(tmp_path / "baseline.json")
    assert team.run("eval", "bless", "one", "--baseline", baseline).exit_code == 0
    gate = ("eval", "gate", "--baseline", baseline, *judged(tmp_path))
    unmeasured = team.run(*gate)
    assert unmeasured.exit_code == 2
    assert "graded votes by 'graded asks_well'" in unmeasured.stderr
    assert "nothing was gated" in unmeasured.stderr

    against = people_say(team, tmp_path, {True: "good", False: "poor"})
    low = team.run("eval", "judge", "one", "--grades", str(against))
    assert low.exit_code == 0, low.stderr
    (line,) = [line for line in low.stdout.splitlines() if line.startswith("asks_well")]
    assert "is under 0.6" in line
    assert "nothing is known" in next(each for each in low.stdout.splitlines() if each.startswith("grounded"))
    assert team.run(*gate).exit_code == 2

    against.unlink()
    against.with_suffix(".jsonl").unlink()
    same = people_say(team, tmp_path, {True: "poor", False: "good"})
    (told,) = team.lines("eval", "judge", "one", "--grades", str(same), "--json")
    assert told["criteria"]["asks_well"]["kappa"] == 1.0  # type: ignore[index]
    assert told["criteria"]["asks_well"]["may_vote"] is True  # type: ignore[index]
    assert told["criteria"]["grounded"]["kappa"] is None  # type: ignore[index]
    green = team.run(*gate)
    assert green.exit_code == 0, green.stderr
    assert "graded graded asks_well*" in green.stdout

    harsh = [*SCRIPT, {"question": "judge", "text_has": ["Thanks"], "says": grades(asks_well="fails")}]
    (tmp_path / "script.yaml").write_text(yaml.safe_dump(harsh))
    for file in (tmp_path / "home" / "evals" / "answers").rglob("*.json"):
        file.unlink()
    (tmp_path / "home" / "evals" / "runs").rename(tmp_path / "runs")
    red = team.run(*gate)
    assert red.exit_code == 1, red.stderr
    assert red.stdout.startswith("Worse: graded graded asks_well")


def test_replies_are_given_to_people_without_what_the_model_said_and_nothing_is_written_over(
    team: Terminal, tmp_path: Path
) -> None:
    team.run("eval", "run", "graded", "--name", "one", *judged(tmp_path))
    file = tmp_path / "grades.yaml"
    assert team.run("eval", "judge", "one", "--to-grade", str(file)).exit_code == 0
    rows = [json.loads(line) for line in file.with_suffix(".jsonl").read_text().splitlines()]
    assert len(rows) == 32
    assert {mark for row in rows for mark in row["grades"].values()} == {""}
    assert "poor" not in file.with_suffix(".jsonl").read_text()
    assert all(name in file.read_text() for name in CRITERIA)
    again = team.run("eval", "judge", "one", "--to-grade", str(file))
    assert (again.exit_code, "Nothing was written over it" in again.stderr) == (2, True)
    empty = team.run("eval", "judge", "one", "--grades", str(file))
    assert empty.exit_code == 2
    assert "graded_by" in empty.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "graded", "--judge", "embedded"), "the embedded engine grades nothing"),
        (("run", "graded", "--judge", "oracle"), "--judge oracle: is none of"),
        (("run", "graded", "--judge", "claude"), "Set ANTHROPIC_API_KEY"),
        (("judge", "one"), "Either --to-grade"),
        (("judge", "away", "--grades", "g.yaml"), "See the runs: triage eval list"),
    ],
)
def test_what_cannot_be_judged_says_why(team: Terminal, words: tuple[str, ...], said: str) -> None:
    result = team.run("eval", *words)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
