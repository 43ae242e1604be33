"""`triage eval harvest` and `impact`: from a correction in the inbox to what a change of prompts does to it (N6)."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.doors.cli import Terminal, triaged
from tests.doors.test_cli_evals import OUTAGE, REWORDED, SCRIPT, SWAPPED, prompts_with
from tests.fakes.asks import assessed

#: Beside what the script of the gate answers, the other questions of a journey.
REST = [
    {"question": "match", "says": {"compared": []}},
    {
        "question": "draft",
        "says": {"reply": "Thanks, we look into it. {issue.url}", "translation": "", "claims": []},
    },
    {
        "question": "issue",
        "says": {
            "title": "It is down",
            "what_happened": "It is down.",
            "expected": "",
            "steps": [],
            "systems": [],
            "impact": [],
            "workaround": "",
            "evidence": [],
        },
    },
]


@pytest.fixture
def corrected(tmp_path: Path) -> Terminal:
    """Two Cases of a team: an outage that was taken for P2, and a typo whose priority was wrong too."""
    home = tmp_path / "home"
    triaged(home, ["The console of plant 1 is down for all of us.", "A typo in page 2."])
    terminal = Terminal(home)
    for case, priority in (("C-1", "P0"), ("C-2", "P3")):
        done = terminal.run("approve", case, "--revision", "1", "--set", f"priority={priority}")
        assert done.exit_code == 0, done.stderr
    (tmp_path / "script.yaml").write_text(yaml.safe_dump([*SCRIPT, *REST]))
    return terminal


def scripted(tmp_path: Path, *more: str) -> tuple[str, ...]:
    return ("--engine", "scripted", "--script", str(tmp_path / "script.yaml"), *more)


def test_a_correction_is_shown_whole_before_it_is_accepted(corrected: Terminal) -> None:
    shown = corrected.run("eval", "harvest")
    assert "C-1:1 · first-engineer, 2026-" in shown.stdout
    assert "priority: P2 was proposed, it is P0" in shown.stdout
    assert "let stand: type quick_fix" in shown.stdout
    assert "| The console of plant 1 is down for all of us." in shown.stdout
    assert "2 corrections wait to be accepted" in shown.stderr
    assert not (corrected.home / "evals" / "harvest.jsonl").exists()


def test_accepting_names_who_accepted_and_a_case_that_is_not_there_is_refused(corrected: Terminal) -> None:
    away = corrected.run("eval", "harvest", "--accept", "C-9:1", "--accept", "C-1:1")
    assert (away.exit_code, "No correction C-9:1 waits" in away.stderr) == (1, True)
    nobody = Terminal(corrected.home, person=None).run("eval", "harvest", "--accept", "C-1:1")
    assert nobody.exit_code == 2
    assert not (corrected.home / "evals" / "harvest.jsonl").exists()
    done = corrected.run("eval", "harvest", "--accept", "C-1:1", "--refuse", "C-2:1")
    assert "1 correction" in done.stderr
    (line, other) = sorted(
        map(json.loads, (corrected.home / "evals" / "harvest.jsonl").read_text().splitlines()),
        key=lambda each: each["id"],
    )
    assert line["accepted"]["by"] == "first-engineer"
    assert "refused" in other
    assert corrected.lines("eval", "harvest", "--json") == []


def test_a_change_that_fixes_a_correction_and_one_that_breaks_it(
    corrected: Terminal, tmp_path: Path
) -> None:  # N6
    corrected.run("eval", "harvest", "--accept", "C-1:1", "--accept", "C-2:1")
    swapped = prompts_with(tmp_path / "swapped", SWAPPED)
    broken = corrected.run("eval", "impact", "--prompts", swapped, *scripted(tmp_path))
    assert broken.exit_code == 1, broken.stderr
    assert broken.stdout.startswith("Fixes 0 of 1 corrections that A gets wrong, breaks 1")
    assert "breaks C-1:1 priority: A P0, B P" in broken.stdout
    assert "a person said P0 · The console of plant 1 is down" in broken.stdout
    assert "still wrong C-2:1 priority: A P2, B P2, a person said P3" in broken.stdout
    fixed = corrected.run("eval", "impact", "--against", swapped, "--prompts", "prompts", *scripted(tmp_path))
    assert fixed.exit_code == 0, fixed.stderr
    assert fixed.stdout.startswith("Fixes 1 of 2 corrections that A gets wrong, breaks 0")


def test_a_harmless_rewording_changes_nothing_of_them(corrected: Terminal, tmp_path: Path) -> None:
    corrected.run("eval", "harvest", "--accept", "C-1:1")
    reworded = prompts_with(tmp_path / "reworded", REWORDED)
    result = corrected.run("eval", "impact", "--prompts", reworded, "--json", *scripted(tmp_path))
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert {each["effect"] for each in told["fields"] if each["field"] == "priority"} == {"still right"}


def test_a_correction_without_an_answer_is_an_error_and_not_a_label(
    corrected: Terminal, tmp_path: Path
) -> None:
    corrected.run("eval", "harvest", "--accept", "C-1:1")
    (tmp_path / "script.yaml").write_text(yaml.safe_dump(REST))
    result = corrected.run(
        "eval", "impact", "--prompts", prompts_with(tmp_path / "same", {}), *scripted(tmp_path)
    )
    assert result.exit_code == 1
    assert result.stdout.startswith("Fixes 0 of 0")
    assert "corrections:C-1:1: no answer: EngineFailed" in result.stderr


def test_corrections_are_a_dataset_like_any_other_and_more_of_them_are_another_run(
    corrected: Terminal,
) -> None:
    away = corrected.run("eval", "run", "corrections")
    assert (away.exit_code, "Next: triage eval harvest" in away.stderr) == (2, True)
    corrected.run("eval", "harvest", "--accept", "C-1:1")
    first = corrected.run("eval", "run", "corrections")
    corrected.run("eval", "harvest", "--accept", "C-2:1")
    second = corrected.run("eval", "run", "corrections")
    assert (first.exit_code, second.exit_code) == (0, 0), second.stderr
    assert "as decided*" in second.stdout
    runs = [line for line in corrected.lines("eval", "list", "--json") if "run" in line]
    assert len(runs) == 2


def test_all_that_is_kept_of_a_correction_names_its_case_so_that_it_can_be_removed(
    corrected: Terminal,
) -> None:
    corrected.run("eval", "harvest", "--accept", "C-1:1", "--refuse", "C-2:1")
    corrected.run("eval", "run", "corrections", "--name", "one")
    evals = corrected.home / "evals"
    files = [file for file in evals.rglob("*.jsonl") if file.parent.name != "issues"]
    kept = [line for file in files for line in file.read_text().splitlines()]
    kept += [file.read_text() for file in (evals / "answers").rglob("*.json")]
    assert len(kept) == 5
    assert all(re.search(r'"case": "C-[12]"', line) for line in kept)


def test_the_script_of_these_tests_is_a_models_answer() -> None:
    assert set(assessed()) == set(SCRIPT[0]["says"])  # type: ignore[call-overload]
    assert OUTAGE in SWAPPED
