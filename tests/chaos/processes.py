"""Real processes of the product and of what it stands on, started, killed and started again.

Every one of them ends with the test's own process (`leash.py`). Starts are made in the main thread: the
leash is held by the thread that started it.
"""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.builders import REPOSITORY

LEASH = [sys.executable, "-m", "tests.chaos.leash"]
TRIAGE = [sys.executable, "-c", "from agent.doors.cli.app import main; main()"]
CHROMA = [sys.executable, "-c", "from chromadb.cli.cli import app; app()"]
LOOK = 0.05


@dataclass
class Running:
    """A process by its name, which may be another one after each death."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    ready: str = ""  #: what it says when it works
    process: subprocess.Popen[bytes] | None = None
    deaths: list[int] = field(default_factory=list)  #: how each ended: a signal is negative
    is_stopped: bool = False

    @property
    def said(self) -> Path:
        """What it wrote to stdout and stderr since its last start."""
        return self.folder / f"{self.name}-{len(self.deaths)}.said"

    def start(self) -> None:
        """Start it; nothing is waited for."""
        self.is_stopped = False
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [*LEASH, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self.environment,
                cwd=self.folder,
            )

    @property
    def is_ready(self) -> bool:
        """Tell whether it has said so since its start."""
        return self.said.exists() and self.ready in self.said.read_text()

    @property
    def lives(self) -> bool:
        """Tell whether it runs; one that ended is counted here."""
        if self.process is not None and self.process.poll() is not None:
            self.deaths.append(self.process.returncode)
            self.process = None
        return self.process is not None

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Let it stand still: it neither works nor ends."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)
            self.is_stopped = True

    def go_on(self) -> None:
        """Let it go on where it stood."""
        if self.process is not None and self.is_stopped:
            self.process.send_signal(signal.SIGCONT)
        self.is_stopped = False


@dataclass(frozen=True)
class Entrance:
    """A door as browsers and webhooks reach it. Another start has another token."""

    running: Running
    port: int
    webhook_port: int

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def hook(self) -> str:
        """Where GitHub's deliveries go."""
        return f"http://127.0.0.1:{self.webhook_port}/hooks/github"

    @property
    def token(self) -> str:
        """What the link that it printed last opens with; "" while it has not printed one."""
        found = (
            re.search(r"\?token=(\S+)", self.running.said.read_text()) if self.running.said.exists() else None
        )
        return found[1] if found else ""


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def ended(processes: Sequence[Running]) -> Iterator[None]:
    """End all of them with the block."""
    try:
        yield
    finally:
        for each in processes:
            each.go_on()
            each.kill()


def environment_of(given: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return an environment in which the code beside this file runs."""
    return {**given, "PYTHONPATH": str(REPOSITORY), **more}


def wait_for(address: str, running: Running, seconds: float) -> None:
    """Wait until something answers at an address; it may die and be started again meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not running.lives:
            running.start()
        with suppress(httpx.HTTPError):  # nothing answers yet
            if httpx.get(address, timeout=2, trust_env=False).status_code < 500:
                return
        time.sleep(LOOK)
    raise AssertionError(
        f"{running.name} does not answer within {seconds} s: {running.said.read_text()[-2000:]}"
    )
