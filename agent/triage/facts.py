"""Reads from the store what a step needs: the report of a Case, and what is known of candidates."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import ActionKind
from agent.domain.assessments import Likeness, Matched
from agent.domain.cases import Case
from agent.domain.messages import Message
from agent.domain.reports import Report
from agent.policy.colleagues import is_colleagues
from agent.policy.disclosure import addressed, common
from agent.policy.duplicates import chain
from agent.store import cases, issues, messages, outbox
from agent.triage.decide import Known

#: Characters of a Case that are judged; all of it is kept and shown.
JUDGED = 200_000


def report_of(said: Sequence[Message], project: str, author: str, now: datetime) -> Report:
    """Make the report of a Case's Messages, oldest first; a date in the future counts as now."""
    first = said[0]
    return Report(
        id=first.id,
        project=project,
        source=first.source,
        author=author,
        title=first.title,
        text="\n\n".join(message.text for message in said if message.text.strip())[:JUDGED],
        sent_at=min(max(message.sent_at for message in said), now),
        visibility=common([addressed(message.visibility, message.author) for message in said]),
    )


def case_report(tx: sa.Connection, number: int, colleagues: Collection[str], now: datetime) -> Report:
    """Return the report of a Case: what was said and not dropped, without what colleagues answered."""
    case = cases.by_number(tx, number)
    rows = messages.of_case(tx, number)
    kept = [row for row in rows if not row.dropped_reason] or rows
    said = [messages.from_row(row) for row in kept]
    theirs = [each for each in said if not is_colleagues(each, case.source, case.author, colleagues)]
    return report_of(theirs or said, case.project, case.author, now)


def known(
    tx: sa.Connection,
    project: str,
    likenesses: Iterable[Likeness],
    more: Iterable[str] = (),
    *,
    holder: str,
) -> Known:
    """Return what the records say about candidates and where their links lead."""
    links = issues.links(tx, project)
    ids = {member for each in likenesses for member in chain(each.issue_id, links)} | {
        member for each in more for member in chain(each, links)
    }
    return Known(
        issues=issues.by_ids(tx, ids),
        links=links,
        reporters=issues.reporters_of(tx, ids),
        holder=holder,
    )


def known_of_case(tx: sa.Connection, case: Case, matched: Matched, more: Iterable[str] = ()) -> Known:
    """Return what the records say about a Case's candidates, its own Issue and its holder."""
    own = own_issue(tx, case)
    named = (own, case.corrected.get("duplicate"), *more)
    ids = [id for id in named if id]
    found = known(tx, case.project, matched.likenesses, ids, holder=case.owner or "")
    return replace(found, own_issue=own)


def own_issue(tx: sa.Connection, case: Case) -> str | None:
    """Return the Issue that this Case filed or was noted on, by its Receipts."""
    for row in reversed(outbox.of_case(tx, cases.number_of(case.id))):
        if row.receipt and row.record.kind in (ActionKind.CREATE_ISSUE, ActionKind.NOTE_ISSUE):
            return row.receipt.destination_id
    return None
