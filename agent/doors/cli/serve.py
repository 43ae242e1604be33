"""`triage run`: doors, worker and schedule in one process; the same end serves the demo.

The main thread waits for a signal; the doors and the workers run beside it and are all told to stop.
"""

import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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
BACKLOG = 128

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
NoWorker = Annotated[bool, typer.Option("--no-worker", help="The pages alone, beside a process that works.")]


def run(
    host: Host = HOST, port: Port = PORT, webhook_port: WebhookPort = None, no_worker: NoWorker = False
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
        bound = entered.enter_context(listening(host, port))
        called = None if webhook_port is None else entered.enter_context(listening(host, webhook_port))
        if no_worker:
            _serve_doors(bound, host, called, sign_in)
            return
        house = entered.enter_context(opening.house(settings, "triage run"))
        serve_house(house, bound, host, person=settings.person, called=called, sign_in=sign_in)


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
        work = [house.work, house.read, house.read_slack, lambda until: _listen(house.desk, until)]
        _until_signal(served, f"{address}/?token={run.token}", work)
    finally:
        house.home.withdraw()


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
    bound: socket.socket, host: str, called: socket.socket | None, sign_in: "SignIn | None"
) -> None:
    from agent.doors.web.app import build_app

    desk = opening.desk()
    token = secrets.token_urlsafe(24)
    who = desk.person(desk.settings.person).id if desk.settings.person else None
    app = build_app(desk, token=token, person=who, hosts=_names(host, sign_in), sign_in=sign_in)
    say("The pages alone: what is approved here goes out when a process with a worker runs.")
    served = _with_hooks(app, desk, bound, called, host)
    _until_signal(served, f"{_address(bound, host)}/?token={token}", [])


def _with_hooks(
    pages: "ASGIApp", desk: "Desk", bound: socket.socket, called: socket.socket | None, host: str
) -> list[tuple["ASGIApp", socket.socket]]:
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


def _until_signal(
    served: Sequence[tuple["ASGIApp", socket.socket]],
    link: str,
    work: Sequence[Callable[[threading.Event], None]],
) -> None:
    """Run the doors and the worker in threads until a signal, or until one of them ends."""
    stop = threading.Event()
    servers = [(_server(app), bound) for app, bound in served]
    all_at_once = len(servers) + len(work)  # by itself the pool has fewer threads on a small machine
    with _signals(stop), ThreadPoolExecutor(all_at_once, thread_name_prefix="triage") as threads:
        running = [threads.submit(server.run, sockets=[bound]) for server, bound in servers]
        running += [threads.submit(each, stop) for each in work]
        for each in running:
            each.add_done_callback(lambda _: stop.set())
        put(link)
        say("The inbox is open at this link. Ctrl+C ends it; nothing is lost.")
        stop.wait()
        for server, _ in servers:
            server.should_exit = True
    for each in running:
        each.result()
    say("Ended. Next: triage run")


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
