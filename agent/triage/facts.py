"""Reads from the store what a step needs: the report of a Case, and what is known of candidates."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import Action, ActionKind, OutboxState
from agent.domain.assessments import Likeness, Matched
from agent.domain.cases import Case
from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.domain.reports import Report
from agent.policy.colleagues import is_colleagues
from agent.policy.disclosure import addressed, common
from agent.store import cases, issues, messages, outbox, proposals
from agent.triage.decide import Known

#: Characters of a Case that are judged; all of it is kept and shown.
JUDGED = 200_000
BETWEEN = "\n\n"  #: two Messages
_MAY_BE_THERE = (OutboxState.SENDING, OutboxState.SENT, OutboxState.UNKNOWN)


def report_of(said: Sequence[Message], project: str, author: str, now: datetime) -> Report:
    """Make the report of a Case's Messages, oldest first; a date in the future counts as now."""
    first = said[0]
    texts = [text for message in said if (text := message.text).strip()]
    return Report(
        id=first.id,
        project=project,
        source=first.source,
        author=author,
        title=first.title,
        text=BETWEEN.join(texts)[:JUDGED],
        breaks=tuple(_breaks(texts)),
        sent_at=min(max(message.sent_at for message in said), now),
        visibility=common([addressed(message.visibility, message.author) for message in said]),
    )


def case_report(tx: sa.Connection, number: int, colleagues: Collection[str], now: datetime) -> Report:
    """Return the report of a Case: what was said and not dropped, without what colleagues answered."""
    return report_of_case(tx, cases.by_number(tx, number), messages.of_case(tx, number), colleagues, now)


def report_of_case(
    tx: sa.Connection, case: Case, rows: Sequence[Any], colleagues: Collection[str], now: datetime
) -> Report:
    """Return the report of a Case and the rows of its Messages, where they are read already."""
    here = [row for row in rows if not row.removed] or rows
    kept = [row for row in here if not row.dropped_reason] or here
    said = [messages.from_row(row) for row in kept]
    theirs = [each for each in said if not is_colleagues(each, case.source, case.author, colleagues)]
    report = report_of(theirs or said, case.project, case.author, now)
    asked = _asked(tx, cases.number_of(case.id)) if case.revision > 1 else ()
    return replace(report, case=case.id, asked=asked)


def _breaks(texts: Sequence[str]) -> Iterator[int]:
    """Yield where each text but the first begins in what is judged of them together."""
    at = 0
    for text in texts[:-1]:
        at += len(text) + len(BETWEEN)
        if at < JUDGED:
            yield at


def _asked(tx: sa.Connection, number: int) -> tuple[str, ...]:
    """Return what replies have asked that left, or may have."""
    sent = {
        row.record.revision
        for row in outbox.of_case(tx, number)
        if isinstance(row.record, Action)
        and row.record.kind is ActionKind.REPLY
        and row.state in _MAY_BE_THERE
    }
    told = (proposals.by_revision(tx, number, revision) for revision in sorted(sent))
    drafts = (proposal.draft for proposal in told if proposal is not None)
    return tuple(dict.fromkeys(each for draft in drafts if draft is not None for each in draft.asks))


def known(
    tx: sa.Connection,
    project: str,
    likenesses: Iterable[Likeness],
    more: Iterable[str] = (),
    *,
    holder: str,
) -> Known:
    """Return what the records say about candidates and where their links lead."""
    ids = {each.issue_id for each in likenesses} | set(more)
    found: dict[str, Issue] = {}
    links: dict[str, str] = {}
    asked = ids
    while asked:
        read = issues.by_ids(tx, asked)
        found |= read
        new = {
            id: each.duplicate_of
            for id, each in read.items()
            if each.duplicate_of and each.project == project
        }
        links |= new
        asked = set(new.values()) - found.keys() - ids
        ids |= asked
    return Known(issues=found, links=links, reporters=issues.reporters_of(tx, ids), holder=holder)


def known_of_case(tx: sa.Connection, case: Case, matched: Matched, more: Iterable[str] = ()) -> Known:
    """Return what the records say about a Case's candidates, its own Issue and its holder."""
    own = own_issue(tx, case) if case.revision > 1 else None
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
