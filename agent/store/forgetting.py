"""Finds all that a store has of one Contact, and takes it out. Files beside the store are the desk's."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import FOR_A_PERSON, OutboxState
from agent.domain.cases import CaseState
from agent.domain.forgetting import Traces
from agent.domain.proposals import Proposal
from agent.policy.removal import ON_REQUEST, rests_on, without_quotes_of
from agent.store import issues as issue_rows
from agent.store import outbox as outbox_rows
from agent.store import removing
from agent.store.cases import begin_revision, hold, id_of, record
from agent.store.codec import from_json, to_json
from agent.store.issues import LOCAL, containing
from agent.store.tables import (
    case_messages,
    cases,
    contacts,
    events,
    findings,
    issues,
    messages,
    notes,
    outbox,
    people,
    proposals,
    reporters,
    turns,
    vectors,
)

#: Begins what a name is replaced by.
ALIAS = "removed-"
TITLE = "Removed on request"
#: The step whose finding quotes Issues.
MATCHED = "match"
LEAVING = (OutboxState.PENDING, OutboxState.SENDING)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The same as `Traces`, as rows."""

    names: list[str]
    called: list[str]  #: how places call them, where a name is an id
    ids: list[str]
    seqs: list[int]
    own: list[int]
    beside: list[int]
    issues: list[str]
    notes: list[str]  #: keys of those that the local tracker keeps


def find(tx: sa.Connection, contact: str) -> Traces:
    """Return what there is of a Contact, by the name or id that a place gives; nothing is changed."""
    return _traces(tx, contact, _rows(tx, contact))


def forget(tx: sa.Connection, contact: str, now: datetime, who: str) -> Traces:
    """Take a Contact out of the store; return what there was. Cases of `beside` that were open need judging again."""
    found = _rows(tx, contact)
    traces = _traces(tx, contact, found)
    for number in found.own:
        _end(tx, number)
        _decide(tx, number)
        removing.of_case(tx, number, ON_REQUEST, now, who)
    removing.of_messages(tx, found.seqs, ON_REQUEST)
    _take_quotes(tx, found.issues)
    for number in found.beside:
        _decide(tx, number)
        removing.derived(tx, number)
        record(tx, number, now, "removed", who, f"The words of {traces.alias}: {ON_REQUEST}")
    _rename(tx, found, traces.alias)
    _forget_issues(tx, found)
    text = f"{traces.alias} was forgotten: {traces.messages} Messages, {len(traces.cases)} Cases"
    record(tx, None, now, "forgotten", who, text)
    return traces


def _rows(tx: sa.Connection, contact: str) -> _Rows:
    named = sa.or_(_is(people.c.name, contact), _is(people.c.id, contact))
    known = {row.id: row.name for row in tx.execute(sa.select(people.c.id, people.c.name).where(named))}
    ids = sorted(known)
    names = _names(tx, contact, ids)
    seqs = list(tx.scalars(sa.select(messages.c.seq).where(messages.c.author.in_(names))))
    own = list(tx.scalars(sa.select(cases.c.number).where(cases.c.author.in_(names))))
    of_them = sa.select(case_messages.c.case).where(case_messages.c.message.in_(seqs)).distinct()
    written_in = [number for number in tx.scalars(of_them) if number not in own]
    _hold(tx, [*own, *written_in])
    since = {number: _wrote_first(tx, number, seqs) for number in written_in}
    theirs = _issues(tx, names, own, since)
    resting = _resting_on(tx, theirs) - {*own, *since}
    _hold(tx, resting)
    beside = {*since, *resting}
    called = sorted({*known.values()} - {""})
    return _Rows(names, called, ids, seqs, sorted(own), sorted(beside), theirs, _notes(tx, own, since))


def _hold(tx: sa.Connection, numbers: Iterable[int]) -> None:
    """Hold Cases: nothing of them is approved between what is asked of them and their end."""
    for number in sorted(numbers):
        hold(tx, number)


def _wrote_first(tx: sa.Connection, number: int, seqs: Sequence[int]) -> datetime:
    """Return when the first of these Messages came into a Case: what was made of it before has none of their words."""
    query = (
        sa.select(messages.c.received_at)
        .join(case_messages, case_messages.c.message == messages.c.seq)
        .where(case_messages.c.case == number, messages.c.seq.in_(seqs))
    )
    first: datetime = min(tx.scalars(query))
    return first


def _is(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == name, sa.func.lower(column) == name.lower())


def _names(tx: sa.Connection, contact: str, ids: Sequence[str]) -> list[str]:
    """Return every spelling under which somebody wrote: the name, an id, an id with where it comes from."""
    spellings = set()
    for column in (messages.c.author, cases.c.author, contacts.c.name, reporters.c.author, issues.c.author):
        is_theirs = [_is(column, contact)]
        is_theirs += [sa.or_(column == id, column.startswith(f"{id} (", autoescape=True)) for id in ids]
        spellings |= set(tx.scalars(sa.select(column).where(sa.or_(*is_theirs)).distinct()))
    return sorted(spellings - {""})


def _issues(
    tx: sa.Connection, names: Sequence[str], own: Sequence[int], since: Mapping[int, datetime]
) -> list[str]:
    """Return what they wrote, what was filed of theirs, and what the local tracker alone has of others' with theirs."""
    written = set(tx.scalars(sa.select(issues.c.id).where(issues.c.author.in_(names))))
    filed = {id for number in own for id in _filed(tx, number)}
    beside = {id: moment for number, moment in since.items() for id in _filed(tx, number)}
    kept = issue_rows.by_ids(tx, [*filed, *beside])
    with_theirs = {
        id for id, moment in beside.items() if id in kept and _is_local(id) and kept[id].created_at >= moment
    }
    return sorted(written | (filed & set(kept)) | with_theirs)


def _filed(tx: sa.Connection, number: int) -> set[str]:
    return {
        row.receipt.destination_id
        for row in outbox_rows.of_case(tx, number)
        if row.receipt and row.record.key.endswith(":issue")
    }


def _is_local(issue_id: str) -> bool:
    return f"#{LOCAL}" in issue_id


def _notes(tx: sa.Connection, own: Sequence[int], since: Mapping[int, datetime]) -> list[str]:
    """Return the keys of the local tracker's notes that are of their Cases, or of others' since they wrote there."""
    found = []
    for number, moment in [*((number, None) for number in own), *since.items()]:
        of_case = [notes.c.key.startswith(f"{id_of(number)}:", autoescape=True)]
        of_case += [] if moment is None else [notes.c.at >= moment]
        found += list(tx.scalars(sa.select(notes.c.key).where(*of_case)))
    return found


def _compared(tx: sa.Connection, issue_ids: Collection[str]) -> dict[tuple[int, int], Proposal]:
    """Return the Proposals whose reports were compared with one of these Issues, by Case and revision."""
    found = {}
    for id in issue_ids:
        names_it = proposals.c.payload.contains(_named_as(id), autoescape=True)
        for row in tx.execute(sa.select(proposals).where(names_it)):
            found[row.case, row.revision] = from_json(Proposal, row.payload)
    return found


def _resting_on(tx: sa.Connection, issue_ids: Collection[str]) -> set[int]:
    compared = _compared(tx, issue_ids)
    return {number for (number, _), proposal in compared.items() if rests_on(proposal, issue_ids)}


def _take_quotes(tx: sa.Connection, issue_ids: Collection[str]) -> None:
    """Take what Proposals of others quote of these Issues out of them; what is being judged finds it anew."""
    for (number, revision), proposal in _compared(tx, issue_ids).items():
        here = (proposals.c.case == number, proposals.c.revision == revision)
        bare = to_json(without_quotes_of(proposal, issue_ids))
        tx.execute(proposals.update().where(*here).values(payload=bare))
    for id in issue_ids:
        names_it = findings.c.found.contains(_named_as(id), autoescape=True)
        tx.execute(findings.delete().where(findings.c.step == MATCHED, names_it))


def _named_as(issue_id: str) -> str:
    """Return how a record names an Issue that a report was compared with."""
    return f'"issue_id":{to_json(issue_id)}'


def _traces(tx: sa.Connection, contact: str, found: _Rows) -> Traces:
    going = sa.select(outbox.c.case).where(
        outbox.c.case.in_([*found.own, *found.beside]), outbox.c.state.in_(LEAVING)
    )
    return Traces(
        contact=contact,
        alias=_alias(tx, found),
        names=tuple(found.names),
        ids=tuple(found.ids),
        called=tuple(found.called),
        messages=len(found.seqs),
        cases=tuple(map(id_of, found.own)),
        beside=tuple(map(id_of, found.beside)),
        issues=tuple(found.issues),
        mentioned=_mentioned(tx, found),
        leaving=tuple(id_of(number) for number in sorted(set(tx.scalars(going)))),
        left=_left(tx, found),
    )


def _alias(tx: sa.Connection, found: _Rows) -> str:
    first = tx.scalar(sa.select(sa.func.min(contacts.c.id)).where(contacts.c.name.in_(found.names)))
    return f"{ALIAS}{first or min(found.seqs, default=0)}"


def _mentioned(tx: sa.Connection, found: _Rows) -> int:
    if not found.names:
        return 0
    names = (*found.names, *found.called)
    holds = sa.or_(*(messages.c.text.ilike(containing(name), escape="\\") for name in names))
    query = sa.select(sa.func.count()).where(holds, messages.c.seq.not_in(found.seqs))
    return tx.scalar(query) or 0


def _left(tx: sa.Connection, found: _Rows) -> tuple[str, ...]:
    """Return links to what is elsewhere: their Issues, and what we wrote about them."""
    urls = {
        row.receipt.url
        for number in (*found.own, *found.beside)
        for row in outbox_rows.of_case(tx, number)
        if row.receipt and row.receipt.url.startswith("http")
    }
    kept = issue_rows.by_ids(tx, found.issues)
    urls |= {each.url for id, each in kept.items() if each.url and not _is_local(id)}
    return tuple(sorted(urls))


def _end(tx: sa.Connection, number: int) -> None:
    """Let a Case wait for nothing; the revision that is being judged just now is none any more."""
    ended = {"state": CaseState.TRIAGED_OUT, "snoozed_until": None, "dropped_reason": ON_REQUEST}
    begin_revision(tx, number, ON_REQUEST, **ended)


def _decide(tx: sa.Connection, number: int) -> None:
    """Leave out what waits for a person: tried again, it would leave without its words."""
    waits = (outbox.c.case == number, outbox.c.state.in_(FOR_A_PERSON))
    tx.execute(outbox.update().where(*waits).values(state=OutboxState.CANCELLED))


def _rename(tx: sa.Connection, found: _Rows, alias: str) -> None:
    numbers = [*found.own, *found.beside]
    for name in found.names:
        for column in (messages.c.author, cases.c.author, turns.c.who, events.c.who, issues.c.author):
            table = column.table
            tx.execute(sa.update(table).where(column == name).values({column: alias}))
        _report_as(tx, name, alias)
        tx.execute(contacts.delete().where(contacts.c.name == name))
    for name in (*found.names, *found.called):
        for said in (cases.c.because, cases.c.withdrawn_by, cases.c.trouble, cases.c.dropped_reason):
            here = sa.update(cases).where(cases.c.number.in_(numbers))
            tx.execute(here.values({said: sa.func.replace(said, name, alias)}))
        why = sa.func.replace(messages.c.dropped_reason, name, alias)
        tx.execute(messages.update().where(messages.c.seq.in_(found.seqs)).values(dropped_reason=why))
        told = events.update().where(events.c.case.in_(numbers))
        tx.execute(told.values(text=sa.func.replace(events.c.text, name, alias)))
    tx.execute(people.delete().where(people.c.id.in_(found.ids)))


def _report_as(tx: sa.Connection, name: str, alias: str) -> None:
    """Count a reporter on under the alias; one who had two names there is one by now."""
    known = sa.select(reporters.c.issue, reporters.c.source).where(reporters.c.author == alias)
    twice = sa.tuple_(reporters.c.issue, reporters.c.source).in_(known)
    tx.execute(reporters.delete().where(reporters.c.author == name, twice))
    tx.execute(reporters.update().where(reporters.c.author == name).values(author=alias))


def _forget_issues(tx: sa.Connection, found: _Rows) -> None:
    """Empty Issues here: a new generation of each has every index take the empty one in."""
    kept = issue_rows.by_ids(tx, found.issues)
    empty = [replace(each, title=TITLE, body="", extra={}) for each in kept.values()]
    issue_rows.upsert(tx, empty)
    tx.execute(notes.update().where(notes.c.key.in_(found.notes)).values(body=""))
    if empty:
        tx.execute(vectors.delete().where(vectors.c.content.not_in(sa.select(issues.c.content))))
