"""What several files start from: the demo, prepared once a run and copied for each."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from agent.index import weights
from tests.end_to_end.browser import launched
from tests.end_to_end.running import Place, place_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@dataclass(frozen=True)
class Demo:
    """What `triage demo --once` left and printed."""

    place: Place
    printed: str

    def copied_to(self, folder: Path) -> Place:
        """Give the same home to whoever changes something in it."""
        place = place_in(folder)
        shutil.copytree(self.place.home, place.home)
        return place


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Demo:
    """Run the demo once, whichever process of the test run comes first."""
    if weights.describe().startswith("not here"):
        pytest.skip("the embedder's weights are not installed")
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demo"
    with FileLock(f"{folder}.lock"):
        ended = folder / "ended.json"
        if not ended.exists():
            folder.mkdir()
            done = place_in(folder).triage("demo", "--once")
            ended.write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
        code, printed, told = json.loads(ended.read_text())
        assert code == 0, told
        return Demo(Place(folder / "home", folder / "config"), printed)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    pytest.importorskip("playwright", reason="playwright is not installed")
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return a directory of the module's own."""
    return tmp_path_factory.mktemp(request.module.__name__.rpartition(".")[2])
