"""An application on a port of this machine, for the time of a block: how every stand-in is served over ASGI."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

BACKLOG = 128


@contextmanager
def serving(app: Any, port: int = 0, **config: Any) -> Iterator[str]:
    """Serve an application; yield its address. It ends with the block and waits for no open request."""
    with socket.create_server(("127.0.0.1", port), backlog=BACKLOG) as bound:
        quiet = {"log_config": None, "access_log": False, "lifespan": "off"}
        server = uvicorn.Server(uvicorn.Config(app, **{**quiet, **config}))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)


async def body_of(receive: Any) -> bytes:
    """Return the whole body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
