"""What becomes of a job that failed, in every queue: tried again later, by the kind of its error, or given up.

`later` are rows of the store, so that what waits for its time holds up nothing else of its key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from agent.domain.jobs import Job

#: A job that failed this often is given up and told.
ATTEMPTS = 5
#: Seconds before a failed job is tried again, doubled each time.
BACK_OFF = 2.0

Failed = Callable[[Job, Exception], None]

#: Beside the facts. The local queue keeps all of its jobs here, that of many workers those that wait.
jobs = sa.table(
    "jobs",
    sa.column("seq", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("key", sa.String),
    sa.column("payload", sa.JSON),
    sa.column("owner", sa.String),
    sa.column("attempts", sa.Integer),
    sa.column("due_at", sa.DateTime),
    sa.column("trouble", sa.Text),
)


def is_given_up(job: Job, attempts: int, error: Exception) -> bool:
    """Log a failure, the one after `attempts` others; tell whether trying again can help no more."""
    given_up = attempts + 1 >= ATTEMPTS or not getattr(error, "retry", True)
    structlog.get_logger("queue").error(
        "job failed",
        job=job.kind.value,
        case=job.case_id,
        key=job.key,
        attempt=attempts + 1,
        given_up=given_up,
        exc_info=error,
    )
    return given_up


def due_again(now: datetime, attempts: int) -> datetime:
    """Return when a job is tried again that failed after `attempts` others, as the column has it."""
    return utc(now) + timedelta(seconds=BACK_OFF * 2**attempts)


def utc(now: datetime) -> datetime:
    """Return a time in UTC as the column has it: it knows no zones."""
    return now.replace(tzinfo=None)
