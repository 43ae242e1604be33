"""The stand-in for Claude as a process of its own, killed in the middle of a Case and started again."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.errors import Failure
from tests.builders import REPOSITORY, Clock, issue
from tests.fakes.claude import Claude
from tests.jobs.test_claude_journey import house, receive

pytestmark = pytest.mark.processes


@contextmanager
def process(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the stand-in; yields it and its address."""
    command = [sys.executable, "-m", "tests.fakes.claude", "--port", str(port)]
    command += ["--script", "tests.fakes.claude.scripts:SENSIBLE", "--seconds", "0.3"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def test_a_case_goes_on_when_claude_is_killed_and_the_next_is_claudes_again(tmp_path: Path) -> None:
    clock = Clock()
    with process() as (running, address):
        port = int(re.sub(r".*:", "", address))
        with house(tmp_path, Claude(address), clock) as here:
            here.add_issues([issue(412, "Sync stops at the inotify limit")])
            assert receive(here, "m-1").provenance.engine == "claude"
            threading.Timer(0.5, running.kill).start()
            found = receive(here, "m-2")
            assert found.provenance.engine == "embedded"
            assert found.provenance.instead is not None
            assert found.provenance.instead.why == Failure.NO_ANSWER.value
            assert found.draft
            running.wait(10)
            clock.pass_by(seconds=here.settings.models.rest_seconds + 1)
            with process(port):
                assert receive(here, "m-3").provenance.engine == "claude"
