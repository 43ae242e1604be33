"""`triage worker`: works what comes in, beside as many others as are wanted, on PostgreSQL."""

from agent.doors.cli import opening
from agent.doors.cli.output import say
from agent.doors.cli.serve import leave, until_signal


def worker() -> None:
    """Be one more worker, until Ctrl+C. Needs PostgreSQL by DATABASE_URL; the doors are elsewhere.

    \b
    triage worker
    triage run --no-worker      the doors alone, beside it
    """
    settings = opening.settings()
    with opening.worker(settings) as house:
        said = "A worker beside others. Ctrl+C ends it within half a minute; nothing is lost."
        until_signal([], [house.work, house.read, house.read_slack], lambda: say(said))
        leave(house.is_stuck, "triage worker")
