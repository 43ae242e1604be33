"""The floors hold, and each contract breaks when it is crossed."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

#: Contract → (a module that would cross it, what it would import).
CROSSINGS = {
    "floors": ("agent/policy/crossing.py", "agent.store.database"),
    "siblings": ("agent/jobs/crossing.py", "agent.triage.nodes"),
    "pure": ("agent/domain/crossing.py", "pydantic"),
    "langgraph": ("agent/jobs/crossing.py", "langgraph.graph"),
    "chromadb": ("agent/desk/crossing.py", "chromadb"),
    "procrastinate": ("agent/store/crossing.py", "procrastinate"),
    "anthropic": ("agent/engines/crossing.py", "anthropic"),
    "slack": ("agent/desk/crossing.py", "slack_sdk"),
    "bolt": ("agent/channels/crossing.py", "slack_bolt"),
    "github": ("agent/trackers/crossing.py", "github"),
    "doors": ("agent/doors/crossing.py", "agent.store.cases"),
}


def lint(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages of a folder."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache", *more],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("agent", "evals"):
        shutil.copytree(
            REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_has_a_crossing_here() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    assert {contract["id"] for contract in contracts} == set(CROSSINGS)


@pytest.mark.parametrize("contract", CROSSINGS)
def test_a_contract_breaks_when_it_is_crossed(contract: str, copy: Path) -> None:
    module, imported = CROSSINGS[contract]
    assert lint(copy, "--contract", contract).returncode == 0
    (copy / module).write_text(f'"""A crossing."""\n\nimport {imported}\n')
    broken = lint(copy, "--contract", contract)
    assert broken.returncode == 1, broken.stdout
    assert Path(module).stem in broken.stdout
