"""Opens what a command needs: the settings, the desk, the house; says who is signed in.

The heavy half of the product is imported in here, when a command is run, and not at start.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import HomeLocked

if TYPE_CHECKING:
    from datetime import tzinfo

    from agent.desk import Desk
    from agent.domain.shifts import Person
    from agent.domain.views import Run
    from agent.house import House
    from agent.settings import Settings
    from agent.wiring_github import Syncing

LOG = "triage.log"


def settings() -> "Settings":
    """Read the configuration; raises ConfigFaults."""
    from agent.settings import from_process

    return from_process()


def desk(of: "Settings | None" = None, *, serves: bool = False) -> "Desk":
    """Open the store alone: works beside a running process."""
    from agent.wiring import open_desk

    given = of or settings()
    opened = open_desk(given)
    log(given, serves=serves)
    return opened


@contextmanager
def house(of: "Settings", command: str, *, serves: bool = False) -> Iterator["House"]:
    """Open everything under the home's lock; raises HomeLocked."""
    from agent.wiring import open_house

    log(of, serves=serves)
    with open_house(of, command=command) as opened:
        yield opened


@contextmanager
def worker(of: "Settings") -> Iterator["House"]:
    """Open everything beside other workers; raises Misuse where the store is for one process."""
    from agent.wiring import open_worker

    log(of, serves=True)
    with open_worker(of) as opened:
        yield opened


@contextmanager
def syncing(of: "Settings", waiting: Callable[[float], object]) -> Iterator["Syncing"]:
    """Open what reads Issues from GitHub: works beside a running process. `waiting` is told of limits."""
    from agent.wiring import open_sync

    log(of)
    with open_sync(of, waiting=waiting) as opened:
        yield opened


@contextmanager
def house_or_runner(of: "Settings", command: str) -> Iterator["House | Run"]:
    """Open the house, or give the process that serves this home; raises HomeLocked for any other."""
    from agent.wiring import running

    with ExitStack() as entered:
        try:
            found: House | Run = entered.enter_context(house(of, command))
        except HomeLocked:
            runner = running(of)
            if runner is None:
                raise
            found = runner
        yield found


def signed_in(at: "Desk", named: str | None) -> "Person":
    """Return the person of `--as` or TRIAGE_PERSON; raises UnknownPerson."""
    return at.person(named or at.settings.person)


def zone_of(at: "Desk") -> "tzinfo":
    """Return the zone of who is signed in, or the team's."""
    given = at.settings
    return given.person_named(given.person).zone if given.person else given.rotation.zone


def log(of: "Settings", *, serves: bool = False) -> None:
    """Write the log to a file of the home; as JSON, what serves or works writes it to stderr."""
    from agent.doors import logs

    of.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if of.logs_json and serves:
        logs.to_stderr()
    else:
        logs.to_file(of.home / LOG, as_json=of.logs_json)


def log_file() -> Path | None:
    """Return the file that the log goes to, once a home is known."""
    from agent.doors import logs

    return logs.file_in_use()
