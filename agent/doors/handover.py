"""The other side of `/api/try` and `/api/index`: a process without the home's lock asks the one with it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.domain.views import IndexReport
from agent.doors.wire import issue_line, message_line
from agent.errors import IndexMismatch, Misuse, Rejected, TriageError, Unavailable, WeightsMissing
from agent.ports import Progress, no_progress

if TYPE_CHECKING:
    import httpx

#: One request carries no more than this, or one line where that alone is longer.
BATCH_BYTES = 4 * 1024 * 1024
CONNECT_SECONDS = 5.0
#: Embedding a batch of Issues reports its progress; silence longer than this is a fault.
READ_SECONDS = 600.0

#: Errors of the other process that are told here as what they are.
_TOLD: Mapping[str, type[TriageError]] = {
    kind.__name__: kind
    for kind in (IndexMismatch, Misuse, Rejected, TriageError, Unavailable, WeightsMissing)
} | {"ValueError": Misuse}


def remote_try(
    run: Mapping[str, object], messages: Sequence[Message], candidates: int
) -> Iterator[dict[str, object]]:
    """Triage Messages in the running process and yield its lines, as `trial_line` gives them.

    `run` is what `run.json` holds. Raises `Unavailable` when that process does not answer, and
    what it raised itself where that was one of our errors.
    """
    for batch in _batches(message_line(message) for message in messages):
        yield from _ask(run, f"/api/try?candidates={candidates}", batch)


def remote_index(
    run: Mapping[str, object], issues: Iterable[Issue], progress: Progress = no_progress
) -> IndexReport:
    """Add Issues to the running process's index; progress counts Issues of all of them."""
    lines = [issue_line(issue) for issue in issues]
    total, begun = len(lines), 0
    done = IndexReport(read=0, new=0, changed=0, embedded=0, seconds=0.0)
    for batch in _batches(lines):
        for line in _ask(run, "/api/index", batch):
            if isinstance(told := line.get("progress"), list):
                progress(begun + len(batch) * told[0] // max(1, told[1]), total)
            if isinstance(report := line.get("report"), dict):
                done = IndexReport(**{name: getattr(done, name) + value for name, value in report.items()})
        begun += len(batch)
        progress(begun, total)
    return done


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield batch


def _ask(run: Mapping[str, object], path: str, lines: list[str]) -> Iterator[dict[str, object]]:
    """Post lines and yield those that come back; an answer without its last line broke off."""
    with _post(run, path, "\n".join(lines)) as answers:
        for text in answers.iter_lines():
            line: dict[str, object] = json.loads(text)
            if "error" in line:
                raise _translated(line["error"])
            if isinstance(end := line.get("done"), dict):
                if path == "/api/index":
                    yield {"report": end}
                return
            yield line
    raise Unavailable("The running triage broke off in the middle. Look at its terminal, then try again.")


@contextmanager
def _post(run: Mapping[str, object], path: str, body: str) -> Iterator["httpx.Response"]:
    import httpx

    headers = {"authorization": f"Bearer {run['token']}", "content-type": "application/jsonl"}
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        # The environment's proxies are for the network, not for this machine.
        with (
            httpx.Client(base_url=str(run["address"]), timeout=timeout, trust_env=False) as client,
            client.stream("POST", path, content=body.encode(), headers=headers) as answer,
        ):
            yield answer
    except httpx.HTTPError as error:
        raise Unavailable(
            f"The running triage (process {run.get('pid', '?')}) does not answer at {run['address']}: {error}"
        ) from error


def _translated(told: object) -> TriageError:
    """Give the other process's error as our own, where the class takes a message alone."""
    said = told if isinstance(told, dict) else {}
    message = str(said.get("message", "the running triage failed"))
    return _TOLD.get(str(said.get("kind")), TriageError)(message)
