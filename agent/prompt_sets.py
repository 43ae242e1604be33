"""A prompt set to try: the shipped one, a folder, or what a git revision holds. Nothing is checked out."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.errors import Misuse
from agent.prompts import Prompts, prompts_dir

IN_REPOSITORY = "prompts"


@dataclass(frozen=True, slots=True)
class PromptSet:
    """A folder of prompts, and what a person calls it."""

    folder: Path
    named: str

    def hash(self, below: str = "") -> str:
        """Return the hash of all that is in it, or in one of its folders. Raises ConfigFaults where it has faults."""
        prompts = Prompts(self.folder)
        return (prompts.below(below) if below else prompts).hash[:12]


@contextmanager
def open_prompts(named: str, repository: Path) -> Iterator[PromptSet]:
    """Open a prompt set by folder or revision; "" is the shipped one. Raises Misuse where it is neither."""
    if not named:
        yield PromptSet(prompts_dir(), IN_REPOSITORY)
    elif Path(named).is_dir():
        yield PromptSet(Path(named), named)
    else:
        with TemporaryDirectory(prefix="triage-prompts-") as scratch:
            _unpack(_archive(named, repository), Path(scratch))
            yield PromptSet(Path(scratch) / IN_REPOSITORY, named)


def _archive(revision: str, repository: Path) -> bytes:
    """Return the prompts of a revision as a tar."""
    # A revision cannot be an option: what begins with a dash is refused before git sees it.
    if revision.startswith("-"):
        raise Misuse(f"--prompts {revision}: is neither a folder nor a git revision.")
    command = ["git", "-C", str(repository), "archive", "--format=tar", revision, IN_REPOSITORY]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # a revision and no option
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Misuse(
            f"--prompts {revision}: is neither a folder nor a git revision with {IN_REPOSITORY}/ here "
            f"({said[-1] if said else 'git said nothing'})."
        )
    return done.stdout


def _unpack(tar: bytes, into: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.extractall(into, filter="data")
