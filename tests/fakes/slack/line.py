"""A line in front of the stand-in, on which nothing is heard any more once the first connections stand."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from tests.fakes.slack.workspace import Workspace

HANDSHAKE = b"\r\n\r\n"


@contextmanager
def deaf(slack: Workspace, connections: int) -> Iterator[None]:
    """Let so many connections of Socket Mode stand without a word from the other side; those after them are heard."""
    to = urlsplit(slack.address)
    with socket.create_server(("127.0.0.1", 0)) as server:
        slack.line = f"http://127.0.0.1:{server.getsockname()[1]}"
        accepting = threading.Thread(target=_accept, args=(server, (to.hostname, to.port), connections))
        accepting.start()
        try:
            yield
        finally:
            slack.line = ""
            server.shutdown(socket.SHUT_RDWR)
            accepting.join(10)


def _accept(server: socket.socket, to: tuple[str, int], connections: int) -> None:
    pumps = []
    with suppress(OSError):
        while True:
            here, there = server.accept()[0], socket.create_connection(to)
            pumps += [
                threading.Thread(target=_pump, args=(here, there, None)),
                threading.Thread(target=_pump, args=(there, here, HANDSHAKE if connections > 0 else None)),
            ]
            for each in pumps[-2:]:
                each.start()
            connections -= 1
    for each in pumps:
        each.join(20)


def _pump(source: socket.socket, sink: socket.socket, until: bytes | None) -> None:
    """Pass on what comes; after the bytes that are its last word it is swallowed."""
    is_heard = True
    with source, suppress(OSError):
        while data := source.recv(65536):
            if is_heard:
                last = data.find(until) if until else -1
                is_heard = last < 0
                sink.sendall(data if is_heard else data[: last + len(until or b"")])
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
