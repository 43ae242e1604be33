"""`triage worker`: works what comes in, beside as many others as are wanted, on PostgreSQL."""

import os

from agent.doors.cli import opening
from agent.doors.cli.output import say
from agent.doors.cli.serve import HOST, HealthHost, HealthPort, health_on, leave, until_signal

#: How far a worker steps back where processes want more than the machine has: whoever calls a door waits for
#: its answer, and nobody waits for a job by the second.
NICENESS = 5


def worker(*, health_port: HealthPort = None, health_host: HealthHost = HOST) -> None:
    """Be one more worker, until Ctrl+C. Needs PostgreSQL by DATABASE_URL; the doors are elsewhere.

    \b
    triage worker
    triage run --no-worker      the doors alone, beside it
    """
    settings = opening.settings()
    os.nice(NICENESS)
    with health_on(settings, health_host, health_port) as health, opening.worker(settings) as house:
        said = "A worker beside others. Ctrl+C ends it within half a minute; nothing is lost."
        served = [health.served(house.desk, house)] if health else []
        has_ended = until_signal(served, [house.work, house.read, house.read_slack], lambda: say(said))
        leave("triage worker", has_ended=has_ended and not house.is_stuck)
