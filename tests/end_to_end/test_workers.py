"""Workers and doors as processes of their own on PostgreSQL, and one of the workers killed."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from agent.desk import Desk
from agent.domain.cases import VerdictKind
from agent.index import weights
from tests.builders import HELP, ONE, REPOSITORY
from tests.databases import address
from tests.end_to_end.running import START_SECONDS, TRIAGE, Place, end, place_in, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        weights.describe().startswith("not here"), reason="the embedder's weights are not installed"
    ),
]

ISSUES = str(REPOSITORY / "config" / "demo" / "issues.jsonl")
MESSAGES = 12
#: Seconds that a worker may take to end: what it works then, and half a minute at the most.
END_OF_WORK = 40


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with address("postgresql", tmp_path) as url:
        yield replace(place_in(tmp_path), database_url=url)


@contextmanager
def started(place: Place, *words: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start a process of the product; yield it and the file of all that it said."""
    said = place.home.parent / f"{'-'.join(words)}.said"
    with said.open("a+") as file:
        process = subprocess.Popen(
            [TRIAGE, *words], stdout=file, stderr=file, text=True, env=place.environment, cwd=said.parent
        )
        try:
            yield process, said
        finally:
            end(process)


def receive(place: Place, first: int) -> None:
    lines = [
        json.dumps(
            {"id": f"m-{at}", "source": HELP, "author": f"user-{at}", "text": f"sync {at} stops and hangs"}
        )
        for at in range(first, first + MESSAGES // 2)
    ]
    done = place.triage("receive", "--file", "-", stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr


def waiting(desk: Desk, many: int) -> bool:
    return len(desk.inbox()) >= many


def test_a_worker_beside_others_is_refused_where_the_store_is_for_one_process(tmp_path: Path) -> None:
    done = place_in(tmp_path).triage("worker")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr


@pytest.mark.chaos
def test_what_comes_in_is_judged_by_workers_and_leaves_once_though_one_is_killed(place: Place) -> None:
    assert place.lines("index", "--json", ISSUES)[0]["new"] == 183
    desk = place.desk()
    with closing(desk.store), started(place, "worker") as (killed, _):
        receive(place, 0)
        with started(place, "worker") as (left, said):
            until(lambda: waiting(desk, 1), "a first Case waits", START_SECONDS)
            receive(place, MESSAGES // 2)
            killed.send_signal(signal.SIGKILL)
            until(lambda: waiting(desk, MESSAGES), "every Case waits", START_SECONDS)
            rows = desk.inbox()
            assert len(rows) == len({row.case.id for row in rows}) == MESSAGES
            for row in rows:
                desk.decide(row.case.id, row.case.revision, VerdictKind.APPROVE, ONE)
            until(lambda: len(replied(place)) >= MESSAGES, "every reply left", START_SECONDS)
            assert left.poll() is None, said.read_text()
            left.send_signal(signal.SIGTERM)
            assert left.wait(END_OF_WORK) == 0
            assert "Ended." in said.read_text()
    assert sorted(replied(place)) == sorted(set(replied(place)))


def replied(place: Place) -> list[str]:
    return [str(line["case"]) for line in place.outbox() if line["kind"] == "reply"]


def test_the_doors_alone_serve_what_workers_judged(place: Place) -> None:
    with started(place, "run", "--no-worker", "--port", "0") as (_, said), started(place, "worker"):
        found = until(
            lambda: re.search(r"(http://\S+)/\?token=(\S+)", said.read_text()), "a link", START_SECONDS
        )
        receive(place, 0)
        with httpx.Client(base_url=found[1], trust_env=False, follow_redirects=True) as browser:
            assert browser.get(f"/?token={found[2]}").status_code == 200
            until(lambda: "C-1" in browser.get("/").text, "the Case is on the page", START_SECONDS)
