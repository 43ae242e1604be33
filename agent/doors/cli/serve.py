"""`triage run`: doors, worker and schedule in one process; the same end serves the demo.

The main thread waits for a signal; the doors and the workers run beside it and are all told to stop.
"""

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from agent.doors.cli import opening
from agent.doors.cli.output import put, say
from agent.errors import Misuse, Unavailable

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from agent.clients.slack_sign_in import SignIn
    from agent.desk import Desk
    from agent.house import House
    from agent.settings import Settings

HOST, PORT = "127.0.0.1", 8765
#: Names of this machine for itself: nobody else reaches what listens there.
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: How long a browser's open request may hold up the end.
GRACE_SECONDS = 3
#: How long the work may take to end; the queue's own jobs have less, and readers end within a call.
WORK_SECONDS = 26
BACKLOG = 128

Work = Callable[[threading.Event], None]  #: goes on until the event is set
Served = tuple["ASGIApp", socket.socket]  #: an application and where it listens

Host = Annotated[
    str, typer.Option("--host", help="Where to listen. Anything but this machine needs Sign in with Slack.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free one.")]
WebhookPort = Annotated[
    int | None,
    typer.Option(
        "--webhook-port", min=0, max=65535, help="Take webhooks there alone; else beside the pages."
    ),
]
HealthPort = Annotated[
    int | None,
    typer.Option("--health-port", min=0, max=65535, help="Answer /healthz, /readyz and /metrics there, too."),
]
HealthHost = Annotated[
    str,
    typer.Option(
        "--health-host", help="Where that port listens. Anything but this machine needs TRIAGE_METRICS_TOKEN."
    ),
]
NoWorker = Annotated[bool, typer.Option("--no-worker", help="The doors alone, beside a process that works.")]


def run(
    *,
    host: Host = HOST,
    port: Port = PORT,
    webhook_port: WebhookPort = None,
    no_worker: NoWorker = False,
    health_port: HealthPort = None,
    health_host: HealthHost = HOST,
) -> None:
    """Serve the inbox and work what comes in, until Ctrl+C. Prints the link that opens it.

    \b
    triage run
    triage run --port 0
    triage run --webhook-port 8766
    """
    settings = opening.settings()
    if settings.person:
        settings.person_named(settings.person)  # an unknown one is told before anything is loaded
    if webhook_port is not None:
        _can_tell_who_calls(settings)
    sign_in = _sign_in(settings, host)
    with ExitStack() as entered:
        health = entered.enter_context(health_on(settings, health_host, health_port))
        bound = entered.enter_context(listening(host, port))
        called = None if webhook_port is None else entered.enter_context(listening(host, webhook_port))
        if no_worker:
            _serve_doors(bound, host, called, sign_in, health)
            return
        house = entered.enter_context(opening.house(settings, "triage run", serves=True))
        serve_house(house, bound, host, person=settings.person, called=called, sign_in=sign_in, health=health)


@contextmanager
def health_on(settings: "Settings", host: str, port: int | None) -> Iterator["HealthDoor | None"]:
    """Bind the port of `/healthz` and its like; None where none is wanted. Raises Misuse, Unavailable."""
    from agent.doors.health.app import TOKEN

    if port is None:
        yield None
        return
    is_local = host in LOOPBACK
    if not is_local and not settings.external[TOKEN]:
        raise Misuse(f"--health-host {host} lets others read the figures, so it needs {TOKEN}.")
    with listening(host, port) as bound:
        say(f"Health and figures are at {_address(bound, host)}/readyz and /metrics.")
        yield HealthDoor(bound, is_local)


@dataclass(frozen=True, slots=True)
class HealthDoor:
    """The port of `/healthz` and its like, and whether this machine alone reaches it."""

    bound: socket.socket
    is_local: bool

    def served(self, desk: "Desk", house: "House | None") -> Served:
        """Return what answers there."""
        from agent.doors.health.app import build_health

        return build_health(desk, house, is_local=self.is_local), self.bound


def _can_tell_who_calls(settings: "Settings") -> None:
    from agent.doors.hooks.app import SECRETS

    names = SECRETS.values()
    if not any(settings.external[each] for each in names):
        raise Misuse(f"--webhook-port needs {' or '.join(names)}: without it nobody can tell who calls.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Bind first, so that a port in use is told before anything is loaded; raises Unavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen(BACKLOG)
        except OSError as error:
            raise Unavailable(
                f"{host}:{port} cannot be listened on: {error.strerror or error}. "
                "Give another one: --port 0 takes any that is free."
            ) from error
        yield bound


def serve_house(
    house: "House",
    bound: socket.socket,
    host: str,
    *,
    person: str | None,
    called: socket.socket | None = None,
    sign_in: "SignIn | None" = None,
    health: HealthDoor | None = None,
) -> None:
    """Serve and work until a signal comes; then end what runs and withdraw the address."""
    from agent.doors.web.app import build_app

    address = _address(bound, host)
    run = house.home.announce(address, house.now())
    try:
        who = house.settings.person_named(person).id if person else None
        hosts = _names(host, sign_in)
        app = build_app(house.desk, token=run.token, person=who, house=house, hosts=hosts, sign_in=sign_in)
        served = _with_hooks(app, house.desk, bound, called, host)
        served += [health.served(house.desk, house)] if health else []
        work: list[Work] = [house.work, house.read, house.read_slack, partial(_listen, house.desk)]
        has_ended = until_signal(served, work, _opened_at(address, run.token))
    finally:
        house.home.withdraw()
    leave("triage run", has_ended=has_ended and not house.is_stuck)


def _listen(desk: "Desk", until: threading.Event) -> None:
    """Take in what comes through Slack's socket; Bolt is loaded only where there is a key for it."""
    if desk.settings.external["SLACK_APP_TOKEN"]:
        from agent.doors.slack.socket import listen

        listen(desk, until)
    else:
        until.wait()


def _sign_in(settings: "Settings", host: str) -> "SignIn | None":
    """Return how people sign in where others can reach the inbox; raises Misuse where that is not set up."""
    if host in LOOPBACK:
        return None
    place, secret = settings.team.slack.sign_in, settings.secret("SLACK_CLIENT_SECRET")
    if place is None or not secret:
        raise Misuse(
            f"--host {host} lets others reach the inbox, so it needs Sign in with Slack: slack.sign_in in "
            "team.yaml, and SLACK_CLIENT_SECRET. Without --host this machine alone reaches it."
        )
    from agent.clients.slack import api_url
    from agent.clients.slack_sign_in import SignIn
    from agent.doors.web.sign_in import BACK

    return SignIn(
        client_id=place.client_id,
        secret=secret,
        workspace=place.workspace,
        back=f"{place.url.rstrip('/')}{BACK}",
        api_url=api_url(settings.secret("SLACK_API_URL")),
    )


def _serve_doors(
    bound: socket.socket,
    host: str,
    called: socket.socket | None,
    sign_in: "SignIn | None",
    health: HealthDoor | None,
) -> None:
    from agent.doors.web.app import build_app

    desk = opening.desk(serves=True)
    token = secrets.token_urlsafe(24)
    who = desk.person(desk.settings.person).id if desk.settings.person else None
    app = build_app(desk, token=token, person=who, hosts=_names(host, sign_in), sign_in=sign_in)
    say("The doors alone: what is approved here goes out when a process with a worker runs.")
    served = _with_hooks(app, desk, bound, called, host)
    served += [health.served(desk, None)] if health else []
    work = [partial(_listen, desk)]
    leave("triage run", has_ended=until_signal(served, work, _opened_at(_address(bound, host), token)))


def _with_hooks(
    pages: "ASGIApp", desk: "Desk", bound: socket.socket, called: socket.socket | None, host: str
) -> list[Served]:
    """Give the webhook door its own port, or, without one, its path on the only port there is."""
    from agent.doors.hooks.app import Beside, build_hooks, paths_of

    hooks = build_hooks(desk)
    if hooks is None:
        return [(pages, bound)]
    if called is None:
        return [(Beside(pages, hooks), bound)]
    paths = " and ".join(f"{_address(called, host)}{path}" for path in paths_of(hooks))
    say(f"Webhooks are taken at {paths}, and nothing else is there.")
    return [(pages, bound), (hooks, called)]


def _opened_at(address: str, token: str) -> Callable[[], None]:
    def tell() -> None:
        put(f"{address}/?token={token}")
        say("The inbox is open at this link. Ctrl+C ends it; nothing is lost.")

    return tell


def until_signal(
    served: Sequence[Served],
    work: Sequence[Work],
    tell: Callable[[], None],
    patience: float = WORK_SECONDS,
) -> bool:
    """Run the doors and the worker in threads until a signal, or until one of them ends.

    From then on the doors refuse what is new, until the work has ended or had its time. Return whether all
    of it ended; what did not must not keep the process.
    """
    from agent.doors.health.draining import Draining

    stop = threading.Event()
    servers = [(_server(Draining(app, stop)), bound) for app, bound in served]
    all_at_once = len(servers) + len(work)  # by itself the pool has fewer threads on a small machine
    threads = ThreadPoolExecutor(all_at_once, thread_name_prefix="triage")
    with _signals(stop):
        working = [threads.submit(each, stop) for each in work]
        serving = [threads.submit(server.run, sockets=[bound]) for server, bound in servers]
        for each in [*working, *serving]:
            each.add_done_callback(lambda _: stop.set())
        tell()
        stop.wait()
        wait(working, patience)
        for server, _ in servers:
            server.should_exit = True
        _, running = wait([*working, *serving], GRACE_SECONDS + 1)
        threads.shutdown(wait=False)
    for each in {*working, *serving} - running:
        each.result()
    return not running


def leave(command: str, *, has_ended: bool) -> None:
    """Say that it ended; what did not end in its time is left to the next process, as after a crash."""
    if has_ended:
        say(f"Ended. Next: {command}")
        return
    say(f"Ended before a job did; it is worked again. Next: {command}")
    sys.stdout.flush()
    os._exit(0)


def _server(app: "ASGIApp") -> "uvicorn.Server":
    import uvicorn

    # The log is the home's; uvicorn would write its own to stderr.
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=GRACE_SECONDS
    )
    return uvicorn.Server(config)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Set the event on SIGINT and SIGTERM; elsewhere than in the main thread signals are not ours."""

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _address(bound: socket.socket, host: str) -> str:
    port = bound.getsockname()[1]
    everywhere = {"0.0.0.0": HOST, "::": "[::1]"}  # noqa: S104
    shown = everywhere.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _names(host: str, sign_in: "SignIn | None" = None) -> tuple[str, ...]:
    """Give the names besides loopback under which pages may be asked for."""
    shown = (urlsplit(sign_in.back).hostname or "",) if sign_in else ()
    return () if host in LOOPBACK else (host, socket.gethostname(), socket.getfqdn(), *shown)
