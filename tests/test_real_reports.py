"""Real Issues and real reports go through as they are. Skipped where TRIAGE_DATA has none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY, TRY_KEYS

DATA = REPOSITORY / os.environ.get("TRIAGE_DATA", "../shared/data")
TRIAGE = Path(sys.executable).with_name("triage")

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.exists(), reason=f"no real reports: {DATA} is absent (TRIAGE_DATA)"),
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, object], dict[str, object]]]:
    """Index a project's Issues, try its marked duplicates; return (report, answer) pairs."""
    home = tmp_path_factory.mktemp("home")
    first = home / "first.jsonl"
    project = DATA / "issues" / "monero-gui.jsonl"
    first.write_text("".join(project.read_text().splitlines(keepends=True)[:400]))
    asked = DATA / "duplicates" / "monero-gui.dev.jsonl"
    _triage(home, "index", str(first))
    answers = _triage(home, "try", "--json", "--candidates", "10", "--file", str(asked))
    reports = [json.loads(line) for line in asked.read_text().splitlines()]
    return list(zip(reports, [json.loads(line) for line in answers.splitlines()], strict=True))


def _triage(home: Path, *words: str) -> str:
    environment = {
        **os.environ,
        "TRIAGE_HOME": str(home / "home"),
        "TRIAGE_CONFIG": str(REPOSITORY / "config"),
    }
    done = subprocess.run(
        [TRIAGE, *words], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout


def test_each_report_is_answered_in_order_with_the_frozen_keys(
    lines: list[tuple[dict[str, object], dict[str, object]]],
) -> None:
    assert [answer["id"] for _, answer in lines] == [report["id"] for report, _ in lines]
    assert all(set(answer) == set(TRY_KEYS) for _, answer in lines)


def test_no_candidate_is_newer_than_its_report_nor_the_report_itself(
    lines: list[tuple[dict[str, object], dict[str, object]]],
) -> None:
    created = {
        row["id"]: row["created_at"]
        for row in map(json.loads, (DATA / "issues" / "monero-gui.jsonl").read_text().splitlines())
    }
    for report, answer in lines:
        for candidate in answer["candidates"]:  # type: ignore[attr-defined]
            assert candidate["issue"] != report["id"]
            assert created[candidate["issue"]] < report["sent_at"]


def test_most_known_duplicates_are_among_the_candidates(
    lines: list[tuple[dict[str, object], dict[str, object]]],
) -> None:
    indexed = {f"monero-project/monero-gui#{number}" for number in range(1, 700)}
    found = asked = 0
    for report, answer in lines:
        gold = set(report["label"]["duplicate_of"]) & indexed  # type: ignore[index]
        shown = [candidate["issue"] for candidate in answer["candidates"]]  # type: ignore[attr-defined]
        if gold and any(name in indexed for name in shown):
            asked += 1
            found += bool(gold & set(shown))
    assert asked
    assert found / asked >= 0.5
