"""What is true at the end: the store's rows beside what the world outside counted. No opinions here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from agent.domain.actions import NEW_ISSUE, Action, ActionKind, OutboxState, Receipt
from agent.domain.cases import VerdictKind
from agent.store.cases import id_of
from agent.store.codec import from_json
from agent.store.database import Store
from agent.store.proposals import by_revision
from agent.store.tables import case_messages, cases, messages, outbox, proposals, verdicts


@dataclass(frozen=True)
class Row:
    """An Action of the outbox, and what became of it."""

    action: Action
    state: OutboxState
    trouble: str
    receipt: Receipt | None


@dataclass(frozen=True)
class Effects:
    """What the world outside counted, by its own process and in the outbox file."""

    keys: Mapping[str, int]
    labels: Mapping[str, int]
    texts: Mapping[str, str]
    befell: Mapping[str, int]
    refused: tuple[str, ...]
    on_the_way: int

    def of(self, row: Row, beside: list[Row]) -> int:
        """Return how often a row's Action took place."""
        if row.action.kind is ActionKind.LABEL_ISSUE:
            return self.labels.get(label_of(row, beside), 0)
        return self.keys.get(row.action.key, 0)


def open_cases(store: Store) -> list[tuple[str, int]]:
    """Return each Case that waits for a Verdict, with its revision."""
    with store.read() as tx:
        rows = tx.execute(
            sa.select(cases.c.number, cases.c.open_revision).where(cases.c.open_revision.is_not(None))
        )
        return [(id_of(row.number), row.open_revision) for row in rows]


def cases_of_messages(store: Store) -> dict[tuple[str, str], list[int]]:
    """Return the Cases of each Message, by its Source and id."""
    query = sa.select(messages.c.source, messages.c.id, case_messages.c.case).outerjoin(
        case_messages, case_messages.c.message == messages.c.seq
    )
    found: dict[tuple[str, str], list[int]] = {}
    with store.read() as tx:
        for row in tx.execute(query):
            found.setdefault((row.source, row.id), []).extend([] if row.case is None else [row.case])
    return found


def pasted_titles(store: Store) -> Counter[str]:
    """Return how many Messages have each pasted title."""
    with store.read() as tx:
        return Counter(tx.scalars(sa.select(messages.c.title).where(messages.c.id.like("pasted-%"))))


def rows(store: Store) -> list[Row]:
    """Return every Action of the outbox."""
    with store.read() as tx:
        found = tx.execute(sa.select(outbox).where(outbox.c.is_notice.is_(False)))
        return [
            Row(
                action=from_json(Action, row.payload),
                state=OutboxState(row.state),
                trouble=row.trouble,
                receipt=from_json(Receipt, row.receipt) if row.receipt else None,
            )
            for row in found
        ]


def stuck(store: Store) -> list[str]:
    """Return the Cases whose job was given up."""
    with store.read() as tx:
        return [id_of(each) for each in tx.scalars(sa.select(cases.c.number).where(cases.c.trouble != ""))]


def lone_messages(store: Store) -> list[tuple[str, str]]:
    """Return the Messages with trouble: their intake was given up."""
    with store.read() as tx:
        query = sa.select(messages.c.id, messages.c.trouble).where(messages.c.trouble != "")
        return [(row.id, row.trouble) for row in tx.execute(query)]


def verdicts_of(store: Store) -> dict[tuple[str, int], Any]:
    """Return the Verdict of each revision that has one and keeps it."""
    with store.read() as tx:
        found = tx.execute(sa.select(verdicts).where(verdicts.c.undone_at.is_(None)))
        return {(id_of(row.case), row.revision): row for row in found}


def undone(store: Store) -> set[tuple[str, int]]:
    """Return each Case and revision whose Verdict was taken back."""
    with store.read() as tx:
        found = tx.execute(sa.select(verdicts).where(verdicts.c.undone_at.is_not(None)))
        return {(id_of(row.case), row.revision) for row in found}


def planned_replies(store: Store) -> set[str]:
    """Return the key of each reply that an approved Proposal planned; the person leaves nothing out."""
    query = sa.select(verdicts.c.case, verdicts.c.revision).where(
        verdicts.c.undone_at.is_(None), verdicts.c.kind != VerdictKind.REJECT
    )
    found = set()
    with store.read() as tx:
        for row in tx.execute(query).all():
            proposal = by_revision(tx, row.case, row.revision)
            plan = proposal.plan if proposal else ()
            if any(step.kind is ActionKind.REPLY and not step.blocked for step in plan):
                found.add(f"{id_of(row.case)}:r{row.revision}:reply")
    return found


def unjudged(store: Store) -> list[str]:
    """Return the Cases whose newest revision has neither a Proposal nor an end."""
    has_one = sa.exists().where(proposals.c.case == cases.c.number, proposals.c.revision == cases.c.revision)
    query = sa.select(cases.c.number).where(
        ~has_one, cases.c.dropped_reason == "", cases.c.withdrawn_by == ""
    )
    with store.read() as tx:
        return [id_of(each) for each in tx.scalars(query)]


def moving(found: list[Row]) -> list[str]:
    """Return the keys of what is still on its way."""
    return [row.action.key for row in found if row.state in (OutboxState.PENDING, OutboxState.SENDING)]


def label_of(row: Row, found: list[Row]) -> str:
    """Name the label that a row puts on as the world outside does: `owner/name#1 bug`."""
    return f"{_issue_of(row, found)} {row.action.fields.get('label', '')}"


def _issue_of(row: Row, found: list[Row]) -> str:
    """Return the Issue that a row changes: the row names it, or the one that its Case filed."""
    action = row.action
    if not action.destination.endswith(NEW_ISSUE):
        return action.destination
    filed = [
        each
        for each in found
        if each.action.kind is ActionKind.CREATE_ISSUE
        and each.action.case_id == action.case_id
        and each.receipt
    ]
    return filed[0].receipt.destination_id if filed and filed[0].receipt else ""
