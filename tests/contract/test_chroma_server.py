"""A Chroma server that does not answer: it is said, and not waited for without end."""

import os
import signal
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from agent.errors import Unavailable
from agent.index.chroma import ChromaShelf, server_client
from agent.index.meaning import Entry
from tests.contract.conftest import reached

PATIENCE = 1.0


def test_a_server_that_takes_a_call_and_says_nothing_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unavailable, match="Start it, or unset CHROMA_URL"):
            server_client(f"http://127.0.0.1:{port}", 0.3)


def test_a_server_that_stops_later_is_unavailable_and_goes_on_where_it_was(
    chroma_process: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address, process = chroma_process
    with reached(address, PATIENCE) as client:
        shelf = ChromaShelf(client, "a recipe", 2, tmp_path.name)
        vector = np.asarray([1.0, 0.0], np.float32)
        noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
        shelf.put([Entry(id="acme/app#1", project="acme/app", created_at=noon, generation=1, vector=vector)])
        shelf.note_loaded(1)
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)  # on a busy machine not at once
        try:
            with pytest.raises(Unavailable, match="Chroma does not answer"):
                shelf.loaded()
        finally:
            process.send_signal(signal.SIGCONT)
        assert shelf.loaded() == 1


@pytest.mark.parametrize("url", ["http://u:hunter2@127.0.0.1:1", "http://u:hunter2@127.0.0.1:port"])
def test_a_server_that_is_not_there_is_named_without_its_password(url: str) -> None:
    with pytest.raises(Unavailable, match="does not answer") as told:
        server_client(url, 0.3)
    assert "hunter2" not in str(told.value)
