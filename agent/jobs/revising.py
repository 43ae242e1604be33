"""Begins a Case's next revision. What makes it necessary is for the callers to know."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.cases import CaseState
from agent.domain.jobs import Job
from agent.ports import Queue
from agent.store import cases, messages


def begin_anew(
    tx: sa.Connection, queue: Queue, number: int, because: str, now: datetime, **changes: Any
) -> None:
    """Begin the next revision, and have it judged; what waited for a Verdict no longer does."""
    waits = {"state": CaseState.WAITING_ON_US, "snoozed_until": None, "dropped_reason": ""}
    revision = cases.begin_revision(tx, number, because, **waits, **changes)
    cases.record(tx, number, now, "begun", "triage", f"r{revision} begins: {because}")
    queue.enqueue_new([Job.triage(cases.id_of(number), revision)], tx)


def take_back(tx: sa.Connection, queue: Queue, number: int, who: str, now: datetime) -> None:
    """Take a Case out of the dropped ones and have it judged; `screen` lets it pass from now on."""
    messages.drop(tx, [row.seq for row in messages.of_case(tx, number)], "")
    state = {"state": CaseState.WAITING_ON_US, "dropped_reason": "", "kept": True}
    revision = cases.begin_revision(tx, number, f"restored by {who}", **state)
    cases.record(tx, number, now, "restored", who, "Restored from the dropped ones")
    queue.enqueue(Job.triage(cases.id_of(number), revision), tx)
