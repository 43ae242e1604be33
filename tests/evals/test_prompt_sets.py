"""A prompt set is a folder or a revision; a revision is read without checking anything out."""

import shutil
import subprocess
from pathlib import Path

import pytest

from agent.errors import ConfigFaults, Misuse
from agent.prompt_sets import open_prompts
from agent.prompts import prompts_dir


def git(repository: Path, *words: str) -> str:
    named = ("-c", "user.name=dev-one", "-c", "user.email=dev-one@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(repository), *named, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def repository_with_prompts(folder: Path) -> Path:
    """Return a repository whose branch main has the shipped prompts."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    shutil.copytree(prompts_dir(), folder / "prompts")
    git(folder, "add", "prompts")
    git(folder, "commit", "--quiet", "-m", "The prompts")
    return folder


def test_a_revision_is_read_as_it_was_while_the_folder_holds_something_else(tmp_path: Path) -> None:
    here = repository_with_prompts(tmp_path / "repository")
    known = here / "prompts" / "embedded" / "replies" / "known.md"
    known.write_text(known.read_text() + "One more line.\n")
    with open_prompts("main", here) as before, open_prompts(str(here / "prompts"), here) as now:
        assert before.hash() != now.hash()
        assert before.named == "main"
        scratch = before.folder
        with open_prompts("", here) as shipped:
            assert before.hash() == shipped.hash()
    assert not scratch.exists()
    assert "One more line." in known.read_text()
    assert git(here, "status", "--porcelain") == "M prompts/embedded/replies/known.md"


@pytest.mark.parametrize("named", ["no-such-branch", "--output=x"])
def test_what_is_neither_folder_nor_revision_is_refused(named: str, tmp_path: Path) -> None:
    here = repository_with_prompts(tmp_path / "repository")
    with pytest.raises(Misuse, match="neither a folder nor a git revision"), open_prompts(named, here):
        pass


def test_a_prompt_with_a_fault_is_told_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text("no head")
    with open_prompts(str(tmp_path), tmp_path) as broken, pytest.raises(ConfigFaults, match="has no head"):
        broken.hash()
