"""The stand-in as a process of its own prints what to set, and answers there."""

import subprocess
import sys

import pytest
from slack_sdk import WebClient

from tests.builders import REPOSITORY


@pytest.mark.processes
def test_the_stand_in_serves_alone_by_what_it_prints() -> None:
    command = [sys.executable, "-m", "tests.fakes.slack"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(5)]
            said = dict(line.split("=", 1) for line in lines[:4])
            client = WebClient(said["SLACK_BOT_TOKEN"], base_url=said["SLACK_API_URL"])
            assert client.auth_test()["user"] == "triage"
            here = lines[4].rpartition(" ")[2]
            assert client.chat_postMessage(channel=here, text="hello")["ok"]
        finally:
            process.kill()
