"""`triage run` as a process: the link, the address for others, and an end within seconds."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx
import pytest

from agent.doors.cli.serve import until_signal
from agent.index import weights
from tests.builders import REPOSITORY
from tests.doors.cli import Terminal, environment, triaged
from tests.fakes.github.hooks import SECRET, hook


@contextmanager
def serving(home, *words, **more):
    env = {**os.environ, **environment(home, **more)}
    process = subprocess.Popen(
        [sys.executable, "-c", "from agent.doors.cli.app import main; main()", "run", "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={key: value for key, value in env.items() if value is not None},
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_pages_alone_serve_and_end_when_told(tmp_path, number):
    with serving(tmp_path, "--no-worker") as (process, link):
        address = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/\?token=[\w-]+", link)[1]
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            assert browser.get(f"{address}/healthz").text == "ok\n"
            assert browser.get(f"{address}/").status_code == 401
            assert "Nothing waits" in browser.get(link).text
            token = link.partition("token=")[2]
            asked = browser.post(f"{address}/api/try", headers={"authorization": f"Bearer {token}"})
            assert asked.status_code == 503
        # Others must not take the pages alone for a worker.
        assert not (tmp_path / "run.json").exists()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""
        assert "Ended." in process.stderr.read()


def test_webhooks_have_a_port_of_their_own_and_need_a_secret(tmp_path):
    refused = Terminal(tmp_path).run("run", "--webhook-port", "0")
    assert (refused.exit_code, refused.stderr) == (
        2,
        "--webhook-port needs GITHUB_WEBHOOK_SECRET or SLACK_SIGNING_SECRET: without it nobody can tell who calls.\n",
    )
    sent = hook("ping", {"zen": "Keep it logically awesome."})
    options = ("--no-worker", "--webhook-port", "0")
    with serving(tmp_path, *options, GITHUB_WEBHOOK_SECRET=SECRET) as (process, link):
        told = process.stderr.readline() + process.stderr.readline()
        hooks = re.search(r"Webhooks are taken at (http://127\.0\.0\.1:\d+)/hooks/github", told)[1]
        with httpx.Client(trust_env=False) as caller:
            answer = caller.post(f"{hooks}/hooks/github", content=sent.body, headers=sent.headers())
            assert answer.text == "ignored: GitHub asks whether somebody is there\n"
            assert caller.get(f"{hooks}/healthz").status_code == 404
            pages = link.partition("/?")[0]
            assert caller.post(f"{pages}/hooks/github", content=sent.body).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_worker_is_announced_to_its_owner_alone_and_takes_what_others_bring(tmp_path):
    if weights.describe().startswith("not here"):
        pytest.skip("the embedder's weights are not installed")
    triaged(tmp_path, ["sync stops after the upgrade"])
    terminal = Terminal(tmp_path)
    with serving(tmp_path) as (process, link):
        run = json.loads((tmp_path / "run.json").read_text())
        assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600
        assert link == f"{run['address']}/?token={run['token']}"
        received = terminal.run("receive", "the console is white", "--source", "slack:C-HELP")
        assert "The running worker triages it." in received.stderr
        approved = terminal.run("approve", "C-1", "--revision", "1")
        assert "Take it back until then" in approved.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert not (tmp_path / "run.json").exists()


def test_where_others_can_reach_the_inbox_sign_in_with_slack_is_asked_for(tmp_path):
    refused = Terminal(tmp_path).run("run", "--host", "0.0.0.0", "--port", "0")
    assert refused.exit_code == 2
    assert "--host 0.0.0.0 lets others reach the inbox, so it needs Sign in with Slack" in refused.stderr


def test_all_that_a_process_works_runs_at_once_on_the_smallest_machine(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    together = threading.Barrier(6)
    met = []

    def working(_until):
        met.append(together.wait(10))

    until_signal([], [working] * 6, lambda: None)
    assert sorted(met) == [0, 1, 2, 3, 4, 5]
