"""The home directory: who holds its lock, and how the running process is reached."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from agent.domain.views import Run
from agent.errors import HomeLocked

#: Begins the name of the folder that a restore moves what was there before into.
SET_ASIDE = "before-restore-"


class Home:
    """Files of one home. The lock is for the worker and Chroma alone; the store needs none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_file = path / "run.json"
        self.holder_file = path / "lock.json"

    def prepare(self) -> None:
        """Make the directory; nobody else on the machine may read it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def set_aside(self) -> tuple[str, ...]:
        """Return the folders of earlier states that a restore moved aside; nobody reads or changes them again."""
        return tuple(sorted(str(each) for each in self.path.glob(f"{SET_ASIDE}*")))

    @contextmanager
    def locked(self, command: str, now: datetime) -> Iterator[None]:
        """Hold the home's lock; raises HomeLocked, naming the holder and what to do."""
        self.prepare()
        lock = FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise HomeLocked(self._held()) from error
        try:
            _write(self.holder_file, {"pid": os.getpid(), "command": command, "since": now.isoformat()})
            yield
        finally:
            lock.release()

    def _held(self) -> str:
        holder = _read(self.holder_file)
        who = f"`{holder.get('command', 'another process')}` (process {holder.get('pid', 'unknown')})"
        since = f" since {holder['since']}" if "since" in holder else ""
        return (
            f"{self.path} is in use by {who}{since}. Wait until it ends, stop it, "
            "or give this command a home of its own with TRIAGE_HOME."
        )

    def announce(self, address: str, now: datetime) -> Run:
        """Say how this process is reached; readable by its owner alone."""
        run = Run(address, secrets.token_urlsafe(24), os.getpid(), now.isoformat())
        _write(self.run_file, asdict(run))
        return run

    def withdraw(self) -> None:
        """Say that nothing serves this home any more."""
        self.run_file.unlink(missing_ok=True)

    def running(self) -> Run | None:
        """Return the process that serves this home, if it is alive."""
        found = _read(self.run_file)
        if not {"address", "token", "pid", "started_at"} <= set(found):
            return None
        run = Run(found["address"], found["token"], int(found["pid"]), found["started_at"])
        return run if _is_alive(run.pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write(path: Path, content: dict[str, object]) -> None:
    written = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
    written.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}
