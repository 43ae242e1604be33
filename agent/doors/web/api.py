"""What other processes of this machine hand over: `try` and `index`, JSON lines in and out.

The last line of an answer is `{"done": …}`, or `{"error": {"kind", "message"}}` where it broke off.
"""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from queue import SimpleQueue

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.doors.trial_line import trial_line
from agent.doors.web.door import door_of
from agent.doors.wire import read_issue, read_message
from agent.errors import TriageError
from agent.house import House

Line = dict[str, object]
Worker = Callable[[House, Request, str], Iterator[Line]]
MOST_CANDIDATES = 1000


def handed_over(work: Worker) -> Callable[[Request], Awaitable[Response]]:
    """Let in who holds the token, read the lines, and stream what becomes of them."""

    async def take(request: Request) -> Response:
        door = door_of(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not door.keys.opens(token.strip()):
            return _refuse(401, "the token of run.json is needed")
        if request.state.too_large:
            return _refuse(413, "hand over fewer lines at a time")
        if door.house is None:
            return _refuse(503, "this process has neither index nor engine")
        body = (await request.body()).decode(errors="replace")
        lines = _guarded(work, door.house, request, body)
        return StreamingResponse((json.dumps(line) + "\n" for line in lines), media_type="application/jsonl")

    return take


def _refuse(status: int, why: str) -> Response:
    return JSONResponse({"error": {"kind": "Unavailable", "message": why}}, status)


def _guarded(work: Worker, house: House, request: Request, body: str) -> Iterator[Line]:
    try:
        yield from work(house, request, body)
    except (TriageError, ValueError) as error:
        yield {"error": {"kind": type(error).__name__, "message": str(error)}}


def try_(house: House, request: Request, body: str) -> Iterator[Line]:
    """Triage Messages without side effects, a line each, in order."""
    asked = request.query_params.get("candidates", "10")
    candidates = min(int(asked), MOST_CANDIDATES)
    messages = [read_message(line) for line in body.splitlines() if line]
    count = 0
    for trial in house.trials(messages, candidates):
        count += 1
        yield trial_line(trial)
    yield {"done": {"messages": count}}


def index(house: House, _request: Request, body: str) -> Iterator[Line]:
    """Add Issues to the index; progress as `{"progress": [done, total]}` while it lasts."""
    issues = [read_issue(line) for line in body.splitlines() if line]
    told: SimpleQueue[Line | None] = SimpleQueue()

    def work() -> None:
        try:
            report = house.add_issues(issues, lambda done, total: told.put({"progress": [done, total]}))
            told.put({"done": asdict(report)})
        except TriageError as error:
            told.put({"error": {"kind": type(error).__name__, "message": str(error)}})
        finally:
            told.put(None)

    thread = threading.Thread(target=work, name="handed-over index", daemon=True)
    thread.start()
    yield from iter(told.get, None)
    thread.join()
