"""The stand-in on a port of this machine: messages, counting, batches, and the list of models."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from anthropic._constants import ANTHROPIC_API_VERSION

from tests.fakes.claude import judging, messages
from tests.fakes.claude.batches import begin, look, results
from tests.fakes.claude.faults import Fault
from tests.fakes.claude.state import Asked, Call, Claude

_TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    claude: Claude

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what is no client that went away: the stand-in itself is wrong then."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            self.claude.refused.append(f"the stand-in failed: {error!r}")


@contextmanager
def standing(port: int = 0) -> Iterator[Claude]:
    """Serve a stand-in for the time of a block; raises what the API would have refused meanwhile."""
    claude = Claude()
    with _Server(("127.0.0.1", port), Door) as server:
        server.claude = claude
        claude.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield claude
        finally:
            server.shutdown()
            thread.join(timeout=10)
    assert not claude.refused, "The Messages API refuses:\n" + "\n".join(claude.refused)


class Refused(Exception):
    """The API says no, in its own shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = error(_TYPES[status], message)


def error(kind: str, message: str) -> dict[str, Any]:
    """Return the API's error shape."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_stand_in"}


class Door(BaseHTTPRequestHandler):
    """One connection: reads a request, judges it, says what the script says."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: `calls` has it all."""

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            self._serve(json.loads(raw) if raw else {})
        except json.JSONDecodeError:
            self._answer(400, error("invalid_request_error", "The request body is not valid JSON"))

    def _serve(self, body: Any) -> None:
        claude = self.server.claude
        asked = Asked(body, {name.lower(): value for name, value in self.headers.items()})
        fault = claude.fault_for(asked.wants if isinstance(body, dict) else "")
        if wait := (fault.seconds if fault else 0.0) or claude.seconds:
            time.sleep(wait)
        if fault and not (fault.half or fault.seconds or fault.drip):
            self._note(fault.status, asked)
            self._fail(fault)
            return
        half = bool(fault and fault.half)
        try:
            status, answer = 200, self._answered(claude, asked)
        except Refused as refusal:
            status, answer = refusal.status, refusal.body
        self._note(0 if half else status, asked)
        self._answer(status, answer, half=half, drip=fault.drip if fault else 0.0)

    def _note(self, status: int, asked: Asked) -> None:
        """Remember a call before its answer leaves: who has the answer finds it among the calls."""
        with self.server.claude.lock:
            self.server.claude.calls.append(Call(self.path, status, asked))

    def _answered(self, claude: Claude, asked: Asked) -> Any:
        self._let_in(claude, asked)
        parts = self.path.partition("?")[0].strip("/").split("/")
        match (self.command, parts):
            case ("POST", ["v1", "messages"]):
                self._judged(judging.of_message(asked.body, paused=claude.paused), asked)
                return messages.answer(claude, asked)
            case ("POST", ["v1", "messages", "count_tokens"]):
                self._judged(judging.of_count(asked.body), asked)
                return {"input_tokens": messages.tokens_of(asked.body)}
            case ("GET", ["v1", "models"]):
                return {
                    "data": [_model(name) for name in claude.models],
                    "has_more": False,
                    "first_id": None,
                    "last_id": None,
                }
            case ("GET", ["v1", "models", name]):
                if name not in claude.models:
                    raise Refused(404, f"model: {name}")
                return _model(name)
            case ("POST", ["v1", "messages", "batches"]):
                for each in asked.body["requests"]:
                    self._judged(judging.of_message(each["params"]), Asked(each["params"]))
                return begin(claude, asked.body["requests"])
            case ("GET", ["v1", "messages", "batches", id]):
                return look(claude, id)
            case ("GET", ["v1", "messages", "batches", id, "results"]):
                return results(claude, id)
        raise Refused(404, f"{self.command} {self.path}: no such endpoint")

    def _let_in(self, claude: Claude, asked: Asked) -> None:
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in claude.keys:
            raise Refused(401, "invalid authentication credentials")
        if asked.headers.get("anthropic-version") != ANTHROPIC_API_VERSION:
            self._judged([f"anthropic-version: {asked.headers.get('anthropic-version')}"], asked)

    def _judged(self, faults: list[str], asked: Asked) -> None:
        if faults:
            with self.server.claude.lock:
                self.server.claude.refused += [f"{self.path}: {each}" for each in faults]
            raise Refused(400, faults[0])
        model = asked.body.get("model")
        if model is not None and model not in self.server.claude.models:
            raise Refused(404, f"model: {model}")

    def _fail(self, fault: Fault) -> None:
        if fault.page:
            self._raw(200, fault.page.encode(), {"content-type": "text/html"})
        elif fault.status:
            told = error(fault.type, fault.message)
            told["error"] |= {"details": fault.details} if fault.details else {}
            self._answer(fault.status, told, fault.headers)
        else:
            self.close_connection = True

    def _answer(
        self,
        status: int,
        body: Any,
        headers: dict[str, str] | None = None,
        *,
        half: bool = False,
        drip: float = 0.0,
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        kind = "application/x-jsonl" if isinstance(body, bytes) else "application/json"
        told = {"content-type": kind, "request-id": "req_stand_in", **(headers or {})}
        self._raw(status, content, told, half=half, drip=drip)

    def _raw(
        self,
        status: int,
        content: bytes,
        headers: dict[str, str],
        *,
        half: bool = False,
        drip: float = 0.0,
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        for byte in content if drip else b"":
            self.wfile.write(bytes([byte]))
            time.sleep(drip)
        if not drip:
            self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = self.close_connection or half


def _model(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2026-10-07T00:00:00Z"}
