"""A Chroma server as it is run: a process of its own, over a real socket."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

PATIENCE = 30  #: seconds until it answers


@pytest.fixture(scope="session")
def chroma_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run one for all tests of this process; yield its address and it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma")
    program = [sys.executable, "-c", "from chromadb.cli.cli import app; app()"]
    command = [*program, "run", "--path", folder / "data", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/v2/heartbeat", process)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chroma_server(chroma_process: tuple[str, object]) -> Iterator["ClientAPI"]:
    """Reach it; each test uses a collection of its own."""
    with reached(chroma_process[0]) as client:
        yield client


@contextmanager
def reached(address: str, *patience: float) -> Iterator["ClientAPI"]:
    """Reach a server, and give the sockets back: the client's own `close` forgets them."""
    from agent.index.chroma import server_client

    client = server_client(address, *patience)
    yield client
    for each in (client, client._admin_client):  # type: ignore[attr-defined]
        each._server._session.close()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "chroma ended"
        try:
            httpx.get(address, timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("chroma does not answer")
