"""How a process ends: what is under way ends, what is new is refused and told when to come back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from agent.doors.cli.serve import HOST, listening, until_signal

SOON = 10


@contextmanager
def ending(
    patience: float = SOON,
) -> Iterator[tuple[httpx.Client, threading.Event, threading.Event, list[bool]]]:
    """Serve a door beside one worker that ends when told, and one that has a job under way.

    Yields a caller, what makes the process end, what lets the job end, and whether all of it ended.
    """
    told, job_done, ended = threading.Event(), threading.Event(), list[bool]()

    def page(request: Request) -> PlainTextResponse:
        time.sleep(float(request.query_params.get("seconds", 0)))
        return PlainTextResponse("here\n")

    app = Starlette(
        routes=[Route(path, page, methods=["GET", "POST"]) for path in ("/", "/healthz", "/readyz")]
    )

    def job(_until: threading.Event) -> None:
        job_done.wait(60)

    def signal(_until: threading.Event) -> None:
        told.wait(60)

    with listening(HOST, 0) as bound:

        def run() -> None:
            ended.append(until_signal([(app, bound)], [job, signal], lambda: None, patience=patience))

        process = threading.Thread(target=run)
        process.start()
        address = f"http://{HOST}:{bound.getsockname()[1]}"
        with httpx.Client(base_url=address, trust_env=False, timeout=SOON) as caller:
            assert caller.get("/").text == "here\n"
            try:
                yield caller, told, job_done, ended
            finally:
                told.set()
                job_done.set()
                process.join(SOON)


def refused(caller: httpx.Client) -> httpx.Response:
    """Ask until the process is ending."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        answer = caller.post("/", content=b"{}")
        if answer.status_code == 503:
            return answer
    raise AssertionError("nothing was refused")


def test_while_a_job_ends_the_doors_refuse_and_say_when_to_come_back() -> None:
    with ending() as (caller, told, job_done, ended):
        told.set()
        answer = refused(caller)
        assert answer.headers["retry-after"] == "30"
        assert "Nothing of this request was taken in" in answer.text
        assert caller.get("/healthz").status_code == 200
        ready = caller.get("/readyz")
        assert (ready.status_code, ready.text) == (503, "process failed: it is being stopped\n")
        assert not ended
        job_done.set()
    assert ended == [True]


def test_what_was_under_way_is_answered() -> None:
    answers: list[str] = []
    with ending() as (caller, told, job_done, ended):
        address = str(caller.base_url)
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{address}?seconds=1.5", trust_env=False).text)
        )
        asking.start()
        time.sleep(0.5)
        told.set()
        job_done.set()
        asking.join(SOON)
    assert answers == ["here\n"]
    assert ended == [True]


def test_a_job_that_does_not_end_in_its_time_does_not_keep_the_process() -> None:
    with ending(patience=0.2) as (_, told, _, ended):
        told.set()
        deadline = time.monotonic() + SOON
        while not ended and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ended == [False]
