"""Processes as they are operated: asked whether they are ready, read by Prometheus, logged, and told to end."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.index import weights
from tests.builders import HELP
from tests.databases import address
from tests.end_to_end.running import START_SECONDS, TRIAGE, Place, end, place_in, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        weights.describe().startswith("not here"), reason="the embedder's weights are not installed"
    ),
]

PLANTED = "Zanzibar quarterly numbers"
#: What a process may take to end: what is under way has 25 seconds, and a test machine is slow.
END_SECONDS = 30


@contextmanager
def started(place: Place, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """Start a process with a health port; yield it, the address of that port, and the file of its stderr."""
    said = place.home.parent / f"{'-'.join(words)}.stderr"
    with said.open("a+") as file:
        process = subprocess.Popen(
            [TRIAGE, *words, "--health-port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=file,
            text=True,
            env={**place.environment, **more},
            cwd=said.parent,
        )
        try:
            found = until(lambda: _told(process, said), "it says where it can be asked", START_SECONDS)
            yield process, found, said
        finally:
            end(process)


def _told(process: subprocess.Popen[str], said: Path) -> str:
    assert process.poll() is None, said.read_text()
    found = re.search(r"Health and figures are at (http://\S+)/readyz", said.read_text())
    return found[1] if found else ""


def ready(at: str) -> bool:
    try:
        return httpx.get(f"{at}/readyz", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def figures(at: str) -> dict[str, float]:
    text = httpx.get(f"{at}/metrics", trust_env=False, timeout=START_SECONDS).text
    families = text_string_to_metric_families(text)
    return {each.name: each.value for family in families for each in family.samples if not each.labels}


def receive(place: Place) -> None:
    line = {"id": "m-1", "source": HELP, "author": "user-4821", "text": f"{PLANTED} stop after the upgrade"}
    done = place.triage("receive", "--file", "-", stdin=json.dumps(line))
    assert done.returncode == 0, done.stderr


def test_one_process_is_ready_counts_logs_and_ends(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    with started(place, "run", "--port", "0", TRIAGE_LOG="json") as (process, at, said):
        until(lambda: ready(at), "it is ready", START_SECONDS)
        receive(place)
        told = until(
            lambda: figures(at) if figures(at)["triage_waiting"] else {}, "a Case waits", START_SECONDS
        )
        assert (told["triage_received_total"], told["triage_workers"], told["triage_backlog"]) == (1, 1, 0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0
        assert time.monotonic() - began < END_SECONDS
    logged = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    done = [line for line in logged if line["event"] == "job done"]
    assert {(line["job"], line.get("case")) for line in done} >= {("intake", None), ("triage", "C-1")}
    assert "Zanzibar" not in said.read_text()
    assert (
        not (place.home / "triage.log").exists() or "Zanzibar" not in (place.home / "triage.log").read_text()
    )


def test_any_process_beside_others_tells_the_whole(tmp_path: Path) -> None:
    with address("postgresql", tmp_path) as url:
        place = replace(place_in(tmp_path), database_url=url)
        with started(place, "run", "--no-worker", "--port", "0") as (_, doors, _):
            until(lambda: ready(doors), "the doors are ready", START_SECONDS)
            assert "nobody works it" in httpx.get(f"{doors}/readyz", trust_env=False).text
            receive(place)
            assert figures(doors)["triage_backlog"] == 1
            with started(place, "worker") as (process, worker, said):
                until(lambda: ready(worker), "the worker is ready", START_SECONDS)
                until(lambda: figures(doors)["triage_waiting"] == 1, "a Case waits", START_SECONDS)
                one, other = figures(doors), figures(worker)
                assert one["triage_workers"] == 1
                ours = [name for name in one if name.startswith("triage_") and "seconds" not in name]
                assert {name: one[name] for name in ours} == {name: other[name] for name in ours}
                process.send_signal(signal.SIGTERM)
                assert process.wait(END_SECONDS) == 0, said.read_text()
            until(lambda: figures(doors)["triage_workers"] == 0, "nobody works any more", START_SECONDS)


def test_a_health_port_for_others_needs_a_token(tmp_path: Path) -> None:
    refused = place_in(tmp_path).triage(
        "run", "--port", "0", "--health-host", "0.0.0.0", "--health-port", "0"
    )
    assert refused.returncode == 2
    assert "so it needs TRIAGE_METRICS_TOKEN" in refused.stderr
