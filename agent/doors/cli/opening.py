"""Opens what a command needs: the settings, the desk, the house; says who is signed in.

The heavy half of the product is imported in here, when a command is run, and not at start.
"""

import logging
import logging.handlers
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
LOG_BYTES = 5 * 1024 * 1024


def settings() -> "Settings":
    """Read the configuration; raises ConfigFaults."""
    from agent.settings import from_process

    return from_process()


def desk(of: "Settings | None" = None) -> "Desk":
    """Open the store alone: works beside a running process."""
    from agent.wiring import open_desk

    given = of or settings()
    opened = open_desk(given)
    log_to(given.home / LOG)
    return opened


@contextmanager
def house(of: "Settings", command: str) -> Iterator["House"]:
    """Open everything under the home's lock; raises HomeLocked."""
    from agent.wiring import open_house

    of.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_to(of.home / LOG)
    with open_house(of, command=command) as opened:
        yield opened


@contextmanager
def worker(of: "Settings") -> Iterator["House"]:
    """Open everything beside other workers; raises Misuse where the store is for one process."""
    from agent.wiring import open_worker

    of.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_to(of.home / LOG)
    with open_worker(of) as opened:
        yield opened


@contextmanager
def syncing(of: "Settings", waiting: Callable[[float], object]) -> Iterator["Syncing"]:
    """Open what reads Issues from GitHub: works beside a running process. `waiting` is told of limits."""
    from agent.wiring import open_sync

    of.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_to(of.home / LOG)
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


def log_to(file: Path) -> None:
    """Write the log to a file of the home: stdout is for data and stderr for the person."""
    import structlog

    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _LogFile)]:
        root.removeHandler(handler)
        handler.close()
    handler = _LogFile(file, maxBytes=LOG_BYTES, backupCount=1, delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "procrastinate"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def log_file() -> Path | None:
    """Return the file that the log goes to, once a home is known."""
    files = [each.baseFilename for each in logging.getLogger().handlers if isinstance(each, _LogFile)]
    return Path(files[-1]) if files else None


class _LogFile(logging.handlers.RotatingFileHandler):
    """Ours among whatever handlers there are."""
