"""The example's configuration in a folder of the test's own."""

import shutil
from pathlib import Path

import pytest

from tests.settings.given import CONFIG, Edit


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A directory with the example's configuration, to be spoiled."""
    (tmp_path / "config").mkdir()
    for file in CONFIG.glob("*.yaml"):
        shutil.copy(file, tmp_path / "config")
    return tmp_path


@pytest.fixture
def edit(team: Path) -> Edit:
    """Replace a text of one file, which must be there."""

    def replace(file: str, old: str, new: str) -> None:
        path = team / "config" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
