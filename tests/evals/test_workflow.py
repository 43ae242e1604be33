"""The example of a gate in a team's own repository names what there is."""

import re

import yaml
from typer.testing import CliRunner

from agent.doors.cli.app import app
from evals.report.comment import MARKER
from tests.builders import REPOSITORY

FILE = REPOSITORY / "docs" / "evals-workflow.yml"
STEPS = yaml.safe_load(FILE.read_text(encoding="utf-8"))["jobs"]["gate"]["steps"]


def test_the_commands_of_the_example_take_their_options() -> None:
    typed = [
        line for step in STEPS for line in step.get("run", "").splitlines() if line.startswith("triage ")
    ]
    assert typed
    for line in typed:
        words = line.split()[1:]
        verbs = [word for word in words[:2] if not word.startswith("-")]
        help = CliRunner().invoke(app, [*verbs, "--help"], env={"COLUMNS": "120", "NO_COLOR": "1"}).stdout
        options = set(re.findall(r"--[a-z-]+", help))
        assert {word for word in words if word.startswith("--")} <= options


def test_the_example_finds_the_comment_by_the_mark_that_is_written() -> None:
    (step,) = [each for each in STEPS if "MARK" in each.get("env", {})]
    assert step["env"]["MARK"] == MARKER


def test_the_comment_is_written_though_the_gate_is_red_and_no_value_of_a_pull_request_is_code() -> None:
    gate = next(place for place, each in enumerate(STEPS) if "triage eval gate" in each.get("run", ""))
    assert all(each["if"].startswith("always()") for each in STEPS[gate + 1 :])
    assert not [each for each in STEPS if "${{" in each.get("run", "")]


def test_the_report_is_kept_only_where_the_repository_is_private() -> None:
    (upload,) = [each for each in STEPS if "upload-artifact" in each.get("uses", "")]
    assert "github.event.repository.private" in upload["if"]
