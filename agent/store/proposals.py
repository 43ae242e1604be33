"""Findings of the steps, Proposals (immutable) and the Verdicts on them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from agent.domain.cases import Verdict
from agent.domain.proposals import Proposal
from agent.store.cases import number_of
from agent.store.codec import from_json, to_json
from agent.store.locks import insert_new, insert_one
from agent.store.tables import findings, proposals, shown, verdicts

#: The step under which a person's typed text waits on the revision after the one it was typed on.
TYPED = "typed"


def keep_finding(tx: sa.Connection, number: int, revision: int, step: str, found: object) -> None:
    """Keep what a step found; a step that runs again keeps its newest answer. The caller holds the Case."""
    here = _finding(number, revision, step)
    tx.execute(findings.delete().where(*here))
    tx.execute(findings.insert().values(case=number, revision=revision, step=step, found=to_json(found)))


def findings_of(tx: sa.Connection, number: int, revision: int) -> dict[str, str]:
    """Return what is kept of a revision's steps, as JSON by step."""
    here = (findings.c.case == number, findings.c.revision == revision)
    return {row.step: row.found for row in tx.execute(sa.select(findings).where(*here))}


def _finding(number: int, revision: int, step: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (findings.c.case == number, findings.c.revision == revision, findings.c.step == step)


def typed(tx: sa.Connection, number: int) -> str | None:
    """Return what a person typed and nobody has sent: the newest since the last Verdict."""
    answered = newest_verdict(tx, number)
    query = sa.select(findings.c.found).where(
        findings.c.case == number,
        findings.c.step == TYPED,
        findings.c.revision > (answered.revision if answered else 0),
    )
    text = tx.scalar(query.order_by(findings.c.revision.desc()).limit(1))
    return None if text is None else from_json(str, text)


def prune_findings(tx: sa.Connection, number: int, revision: int) -> None:
    """Forget the findings up to a revision, but for what a person typed."""
    tx.execute(
        findings.delete().where(
            findings.c.case == number, findings.c.revision <= revision, findings.c.step != TYPED
        )
    )


def write_proposal(tx: sa.Connection, proposal: Proposal) -> bool:
    """Write a Proposal once; False where a step that runs again wrote it before: the first one stays.

    The caller holds the Case.
    """
    made_by = proposal.provenance
    row = {
        "case": number_of(proposal.case_id),
        "revision": proposal.revision,
        "created_at": proposal.created_at,
        "type": proposal.type,
        "priority": proposal.priority,
        "engine": made_by.engine,
        "model": made_by.model,
        "prompt": made_by.prompt,
        "embedder": made_by.embedder,
        "policy": made_by.policy,
        "payload": to_json(proposal),
    }
    return insert_one(tx, proposals, row)


def is_written(tx: sa.Connection, number: int, revision: int) -> bool:
    """Tell whether a revision has its Proposal."""
    here = (proposals.c.case == number, proposals.c.revision == revision)
    return tx.scalar(sa.select(proposals.c.case).where(*here)) is not None


def by_revision(tx: sa.Connection, number: int, revision: int) -> Proposal | None:
    """Return the Proposal of a revision."""
    here = (proposals.c.case == number, proposals.c.revision == revision)
    text = tx.scalar(sa.select(proposals.c.payload).where(*here))
    return None if text is None else from_json(Proposal, text)


def of_case(tx: sa.Connection, number: int) -> dict[int, Proposal]:
    """Return the Proposals of a Case by their revision, oldest first."""
    query = sa.select(proposals.c.payload).where(proposals.c.case == number).order_by(proposals.c.revision)
    found = (from_json(Proposal, text) for text in tx.scalars(query))
    return {each.revision: each for each in found}


def newest(tx: sa.Connection, number: int) -> Proposal | None:
    """Return the newest Proposal of a Case."""
    return newest_of(tx, [number]).get(number)


def newest_of(tx: sa.Connection, numbers: Sequence[int]) -> dict[int, Proposal]:
    """Return the newest Proposal of each Case."""
    last = (
        sa.select(proposals.c.case, sa.func.max(proposals.c.revision).label("revision"))
        .where(proposals.c.case.in_(numbers))
        .group_by(proposals.c.case)
        .subquery()
    )
    query = sa.select(proposals.c.case, proposals.c.payload).join(
        last, sa.and_(last.c.case == proposals.c.case, last.c.revision == proposals.c.revision)
    )
    return {row.case: from_json(Proposal, row.payload) for row in tx.execute(query)}


def show(tx: sa.Connection, number: int, revision: int, person: str, now: datetime) -> None:
    """Remember when a person first had a revision on a screen."""
    insert_new(tx, shown, [{"case": number, "revision": revision, "person": person, "at": now}])


def shown_at(tx: sa.Connection, number: int, revision: int, person: str) -> datetime | None:
    """Return when a person first saw a revision."""
    return tx.scalar(
        sa.select(shown.c.at).where(
            shown.c.case == number, shown.c.revision == revision, shown.c.person == person
        )
    )


def write_verdict(tx: sa.Connection, verdict: Verdict) -> None:
    """Insert a Verdict; the primary key refuses a second one on the same revision."""
    tx.execute(
        verdicts.insert().values(
            case=number_of(verdict.case_id),
            revision=verdict.revision,
            kind=verdict.kind,
            person=verdict.person,
            at=verdict.at,
            payload=to_json(verdict),
        )
    )


def verdict_on(tx: sa.Connection, number: int, revision: int) -> Verdict | None:
    """Return the Verdict on a revision, unless it was taken back."""
    return _verdict(tx, sa.and_(verdicts.c.case == number, verdicts.c.revision == revision))


def standing_verdicts(tx: sa.Connection) -> list[Verdict]:
    """Return every Verdict that was not taken back, oldest first."""
    query = sa.select(verdicts.c.payload).where(verdicts.c.undone_at.is_(None))
    texts = tx.scalars(query.order_by(verdicts.c.at, verdicts.c.case, verdicts.c.revision))
    return [from_json(Verdict, text) for text in texts]


def newest_verdict(tx: sa.Connection, number: int) -> Verdict | None:
    """Return a Case's newest Verdict that was not taken back."""
    return _verdict(tx, verdicts.c.case == number)


def _verdict(tx: sa.Connection, which: sa.ColumnElement[bool]) -> Verdict | None:
    query = (
        sa.select(verdicts.c.payload)
        .where(which, verdicts.c.undone_at.is_(None))
        .order_by(verdicts.c.revision.desc())
        .limit(1)
    )
    text = tx.scalar(query)
    return None if text is None else from_json(Verdict, text)


def take_back(tx: sa.Connection, number: int, revision: int, now: datetime) -> None:
    """Mark a Verdict as taken back; it stays for the record."""
    tx.execute(
        verdicts.update()
        .where(verdicts.c.case == number, verdicts.c.revision == revision)
        .values(undone_at=now)
    )
