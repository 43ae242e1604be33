"""Starts the product as its users do: `triage` in processes of its own, on a home of the test's.

Nothing of the product is replaced here: engine, index, queue and web door are the real ones.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from agent.desk import Desk
from agent.settings import Settings, load
from agent.wiring import open_desk
from tests.builders import REPOSITORY

TRIAGE = Path(sys.executable).with_name("triage")
#: How long a process may take to serve, with its model and its index to load on a busy machine.
START_SECONDS = 60
#: How long it may take to end: open requests, and the job that is being worked.
END_SECONDS = 10
LOOK = 0.05

T = TypeVar("T")


def until(found: Callable[[], T], what: str, seconds: float = 30) -> T:
    """Look again until something true is found, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(LOOK)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass(frozen=True)
class Place:
    """A home and the configuration that goes with it; without an address the store is in the home."""

    home: Path
    config: Path
    database_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a process started here reads; the cache is the machine's, so that built weights are reused."""
        of_the_machine = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TRIAGE_", "SLACK_", "GITHUB_", "ANTHROPIC_", "COV_"))
            and key not in ("DATABASE_URL", "CHROMA_URL")
        }
        here = {"TRIAGE_HOME": str(self.home), "TRIAGE_CONFIG": str(self.config)}
        here |= {"DATABASE_URL": self.database_url} if self.database_url else {}
        return {**of_the_machine, **here, "NO_COLOR": "1", "COLUMNS": "160"}

    def triage(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [TRIAGE, *words],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env=self.environment,
            cwd=self.home.parent,
        )

    def lines(self, *words: str, stdin: str | None = None) -> list[dict[str, object]]:
        """Run a command that must end well, and return its JSON lines."""
        done = self.triage(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @property
    def settings(self) -> Settings:
        return load(self.environment, self.home.parent)

    def desk(self) -> Desk:
        """Open the store beside whatever runs, as each command of the terminal does."""
        return open_desk(self.settings)

    def outbox(self) -> list[dict[str, object]]:
        """Return what left through the file channel."""
        path = self.home / "outbox.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def replies(self, case_id: str) -> list[str]:
        """Return the texts that left as replies of a Case."""
        sent = [line for line in self.outbox() if line.get("case") == case_id and line["kind"] == "reply"]
        return [str(line["text"]) for line in sent]


def place_in(folder: Path, *, hold_seconds: int = 0) -> Place:
    """Make a place whose team is the example's, with another time to take an approval back."""
    config = folder / "config"
    shutil.copytree(REPOSITORY / "config", config)
    team = config / "team.yaml"
    text, changed = re.subn(r"(?m)^hold_seconds: \d+", f"hold_seconds: {hold_seconds}", team.read_text())
    assert changed == 1
    team.write_text(text)
    return Place(folder / "home", config)


@dataclass(frozen=True)
class Serving:
    """A `triage run` that serves."""

    place: Place
    process: subprocess.Popen[str]
    address: str
    token: str

    @property
    def link(self) -> str:
        """The link that it printed: it signs a browser in."""
        return f"{self.address}/?token={self.token}"

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """Open the link as a browser without scripts does, and keep its cookie."""
        with httpx.Client(base_url=self.address, trust_env=False, follow_redirects=True) as client:
            assert client.get(self.link).status_code == 200
            yield client


@contextmanager
def serving(place: Place, *words: str, **environment: str) -> Iterator[Serving]:
    """Start `triage run`, wait until it serves, and end it and nothing else."""
    errors = place.home.parent / "triage-run.stderr"
    with errors.open("a+") as stderr:
        process = subprocess.Popen(
            [TRIAGE, "run", "--port", "0", *words],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
            env={**place.environment, **environment},
            cwd=place.home.parent,
        )
        try:
            address, token = _announced(place, process, errors)
            yield Serving(place, process, address, token)
        finally:
            end(process)


def _announced(place: Place, process: subprocess.Popen[str], errors: Path) -> tuple[str, str]:
    """Return address and token once this very process answers at them."""

    def answers() -> dict[str, str]:
        assert process.poll() is None, f"triage run ended with {process.returncode}: {errors.read_text()}"
        try:
            run: dict[str, str] = json.loads((place.home / "run.json").read_text())
            if int(run["pid"]) != process.pid:  # left by one that was killed
                return {}
            httpx.get(f"{run['address']}/readyz", trust_env=False).raise_for_status()
        except (FileNotFoundError, httpx.HTTPError):
            return {}
        return run

    run = until(answers, "triage run serves", START_SECONDS)
    return run["address"], run["token"]


def end(process: subprocess.Popen[str]) -> int:
    """Ask a process to end, and end it where it does not; return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def send(requests: Sequence[tuple[str, bytes, dict[str, str]]], seconds: float) -> list[tuple[int, float]]:
    """Post each (address, body, headers) at its moment, whether the one before is answered or not.

    Returns status and seconds of each.
    """

    async def all_of_them() -> list[tuple[int, float]]:
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def post(client: httpx.AsyncClient, at: int) -> tuple[int, float]:
            await asyncio.sleep(max(0.0, began + at * seconds / len(requests) - loop.time()))
            address, body, headers = requests[at]
            asked = time.perf_counter()
            answer = await client.post(address, content=body, headers=headers)
            return answer.status_code, time.perf_counter() - asked

        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return list(await asyncio.gather(*(post(client, at) for at in range(len(requests)))))

    return asyncio.run(all_of_them())
