"""The P0 alert: on-call is told at once, without waiting for anybody, and once a Case (A9)."""

from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import Notice, NoticeKind
from agent.domain.cases import Case
from agent.domain.jobs import Job
from agent.ports import Queue
from agent.store import outbox


def alert(tx: sa.Connection, queue: Queue, case: Case, finding: str, on_call: str, now: datetime) -> None:
    """Book the alert of a Case to the on-call place; a second one changes nothing. It quotes nobody."""
    notice = Notice(
        key=f"{case.id}:alert",
        case_id=case.id,
        kind=NoticeKind.ALERT,
        to=on_call,
        text=f"P0 in {case.source}: {case.id}. {finding}. triage show {case.id}",
    )
    if outbox.add(tx, notice, case.source, now):
        queue.enqueue(Job.send(case.id), tx)
