"""What a test started ends with it, whatever ends the test."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY
from tests.chaos.processes import LEASH
from tests.end_to_end.running import until

pytestmark = pytest.mark.processes

STARTER = """
import subprocess, sys, time
print(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(60)
"""


def test_what_is_on_the_leash_ends_with_its_killed_starter() -> None:
    command = [sys.executable, "-c", STARTER, *LEASH, sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        until(
            lambda: "time.sleep" in _command_of(pid) and "leash" not in _command_of(pid), "the command runs"
        )
        starter.kill()
    until(lambda: not _command_of(pid), "the command ended")


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")  # empty for one that is dead
    except (FileNotFoundError, ProcessLookupError):
        return ""
