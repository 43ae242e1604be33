"""Takes the words out of what the store keeps; who did what, when and of what kind stays.

Words lie in: Messages and what they said before, a Case's title, findings, Proposals, what candidates said beside
them, Verdicts, the outbox, what the history quotes, and in the notes and Issues that the local tracker keeps.
Checkpoints, jobs, calls and deliveries hold ids, counts and hashes alone.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import FOR_A_PERSON, Action, Notice, NoticeKind, OutboxState
from agent.domain.cases import CaseState, Verdict
from agent.domain.proposals import Proposal
from agent.policy.removal import (
    action_without_words,
    fingerprint,
    notice_without_words,
    proposal_without_words,
    typed_out,
    typed_unsaid,
    verdict_without_words,
)
from agent.store.cases import BEGINS
from agent.store.codec import from_json, to_json
from agent.store.locks import held
from agent.store.messages import ASKED_FOR, CHANGED_AT, DROPPED
from agent.store.tables import (
    case_messages,
    cases,
    earlier_texts,
    events,
    findings,
    messages,
    outbox,
    proposals,
    shadows,
    verdicts,
)

#: What a Message keeps of its `extra`: what the inbox itself goes by.
OURS = (CHANGED_AT, DROPPED, ASKED_FOR)
#: Events whose text quotes what somebody wrote, or what a destination answered.
QUOTING = ("asked", "answered", "failed", "unclear", "unknown", "put off", "held back", "stuck", "not drawn")
#: States in which a Case is somebody's work. One that waits on them is nobody's when it is old enough.
OPEN = (CaseState.NEW, CaseState.WAITING_ON_US, CaseState.SNOOZED)
#: What may still leave, or needs a person.
UNDECIDED = (OutboxState.PENDING, OutboxState.SENDING, *FOR_A_PERSON)


def ended_before(tx: sa.Connection, moment: datetime, limit: int) -> list[int]:
    """Return Cases that have words, are nobody's work, and had their last event before a moment; oldest first.

    A transaction that writes holds them."""
    newest = sa.select(sa.func.max(events.c.at)).where(events.c.case == cases.c.number).scalar_subquery()
    undecided = sa.exists().where(
        outbox.c.case == cases.c.number,
        outbox.c.state.in_(UNDECIDED),
        outbox.c.kind != NoticeKind.CARD,
    )
    query = (
        sa.select(cases.c.number)
        .where(cases.c.removed == "", cases.c.open_revision.is_(None), cases.c.trouble == "")
        .where(cases.c.state.not_in(OPEN), ~undecided, newest < moment, cases.c.last_message_at < moment)
    )
    query = query.order_by(cases.c.number)
    found = list(tx.scalars(held(tx, query.limit(limit))))
    # Asked again of those that are held now: one that was waited for may have something that is to leave.
    return list(tx.scalars(query.where(cases.c.number.in_(found))))


def of_case(tx: sa.Connection, number: int, why: str, now: datetime, who: str = "triage") -> None:
    """Take the words out of a Case and of its Messages; those that another Case still has go with that one."""
    seqs = _only_of(tx, number)
    of_messages(tx, seqs, why)
    corrected = typed_out(tx.scalars(sa.select(cases.c.corrected).where(cases.c.number == number)).one())
    bare = {"title": "", "corrected": corrected, "removed": why}
    tx.execute(cases.update().where(cases.c.number == number).values(bare))
    derived(tx, number)
    text = f"{_counted(len(seqs))} and all that was made of them: {why}"
    tx.execute(events.insert().values(case=number, at=now, what="removed", who=who, text=text))


def _counted(messages_: int) -> str:
    return "The words of 1 Message" if messages_ == 1 else f"The words of {messages_} Messages"


def _only_of(tx: sa.Connection, number: int) -> list[int]:
    other, its = case_messages.alias(), cases.alias()
    elsewhere = (
        sa.exists()
        .where(other.c.message == case_messages.c.message, other.c.case != number)
        .where(its.c.number == other.c.case, its.c.removed == "")
    )
    query = sa.select(case_messages.c.message).where(case_messages.c.case == number, ~elsewhere)
    return list(tx.scalars(query))


def of_messages(tx: sa.Connection, seqs: Sequence[int], why: str) -> None:
    """Take the words out of Messages; the hash of what each said stays."""
    query = sa.select(messages.c.seq, messages.c.title, messages.c.text, messages.c.extra)
    for row in tx.execute(query.where(messages.c.seq.in_(seqs), messages.c.removed == "")).all():
        values = {
            "title": "",
            "text": "",
            "trouble": "",
            "removed": why,
            "digest": fingerprint(f"{row.title}\n\n{row.text}"),
            "extra": {key: row.extra[key] for key in OURS if key in row.extra},
        }
        tx.execute(messages.update().where(messages.c.seq == row.seq).values(values))
    # The rows stay: how many there are says which edits are taken in.
    tx.execute(earlier_texts.update().where(earlier_texts.c.message.in_(seqs)).values(title="", text=""))


def derived(tx: sa.Connection, number: int) -> None:
    """Take the words out of all that was made of a Case's Messages."""
    tx.execute(findings.delete().where(findings.c.case == number))
    tx.execute(shadows.delete().where(shadows.c.case == number))
    for row in tx.execute(sa.select(proposals).where(proposals.c.case == number)).all():
        bare = proposal_without_words(from_json(Proposal, row.payload))
        here = (proposals.c.case == number, proposals.c.revision == row.revision)
        tx.execute(proposals.update().where(*here).values(payload=to_json(bare)))
    for row in tx.execute(sa.select(verdicts).where(verdicts.c.case == number)).all():
        answer = verdict_without_words(from_json(Verdict, row.payload))
        mine = (verdicts.c.case == number, verdicts.c.revision == row.revision)
        tx.execute(verdicts.update().where(*mine).values(payload=to_json(answer)))
    for row in tx.execute(sa.select(outbox).where(outbox.c.case == number)).all():
        key = outbox.c.key == row.key
        tx.execute(outbox.update().where(key).values(payload=_bare(row.is_notice, row.payload), trouble=""))
    quoting = (events.c.case == number, events.c.what.in_(QUOTING))
    tx.execute(events.update().where(*quoting).values(text=""))
    _unsay_typed(tx, number)


def _unsay_typed(tx: sa.Connection, number: int) -> None:
    """Take the values that a person typed out of why revisions began; that they were set stays."""
    begun = sa.select(events.c.seq, events.c.text).where(events.c.case == number, events.c.what.in_(BEGINS))
    for row in tx.execute(begun).all():
        if (bare := typed_unsaid(row.text)) != row.text:
            tx.execute(events.update().where(events.c.seq == row.seq).values(text=bare))
    because = tx.scalars(sa.select(cases.c.because).where(cases.c.number == number)).one()
    if (bare := typed_unsaid(because)) != because:
        tx.execute(cases.update().where(cases.c.number == number).values(because=bare))


def _bare(is_notice: bool, payload: str) -> str:
    if is_notice:
        return to_json(notice_without_words(from_json(Notice, payload)))
    return to_json(action_without_words(from_json(Action, payload)))
