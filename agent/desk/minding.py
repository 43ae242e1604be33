"""What a person does to a Case, a step or a Source without answering a Proposal."""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from agent.desk.counter import Counter
from agent.domain.actions import Action, ActionKind, OutboxState, Receipt
from agent.domain.cases import CaseState
from agent.domain.jobs import Job
from agent.errors import Misuse, NotFound, Refused, Stale
from agent.jobs.outbox import took_effect
from agent.jobs.revising import begin_anew, take_back
from agent.store import cases, outbox, proposals, surfaces

#: What a person can say of a step that failed, whose outcome is not known, or that they carry by hand.
Choice = Literal["retry", "leave_out", "it_is_there"]


class Minding(Counter):
    """Snooze, wake, restore, judge again; decide about steps; pause sending."""

    def snooze(self, case_id: str, until: datetime, person: str, revision: int | None = None) -> None:
        """Put a Case aside until a time, or until somebody writes. Consumes nothing.

        Given the revision that was on the screen, raises Stale when another one is open.
        """
        who = self.person(person).id
        if until <= self.now():
            raise Misuse(f"A snooze ends in the future, and {until.isoformat()} is past.")
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if revision is not None and case.open_revision not in (None, revision):
                raise Stale(case.id, revision, case.revision, f"It was replaced by {case.because}.")
            if case.open_revision is None:
                raise Refused(f"{case.id} does not wait for an answer, so there is nothing to put aside.")
            cases.change(tx, number, state=CaseState.SNOOZED, snoozed_until=until)
            text = f"Snoozed until {until.isoformat(timespec='minutes')}"
            cases.record(tx, number, self.now(), "snoozed", who, text)

    def wake(self, case_id: str, person: str) -> None:
        """Bring a snoozed Case back now."""
        who = self.person(person).id
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if case.state is CaseState.SNOOZED:
                cases.change(tx, number, state=CaseState.WAITING_ON_US, snoozed_until=None)
                cases.record(tx, number, self.now(), "woken", who, "Woken")

    def restore(self, case_id: str, person: str) -> None:
        """Take a Case out of the dropped ones; `screen` lets it pass from now on."""
        who = self.person(person).id
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if not case.dropped_reason:
                raise Refused(f"{case.id} was not dropped. See it: triage show {case.id}")
            take_back(tx, self.queue, number, who, self.now())

    def resolve(self, key: str, choice: Choice, person: str) -> None:
        """Decide about a step that failed, whose outcome is not known, or that a person carries.

        Raises NotApprover: to try again is to send.
        """
        now = self.now()
        with self.store.read() as tx:
            number = outbox.case_of(tx, key)
        if number is None:
            raise NotFound(f"There is no step {key!r}.")
        who = self.approver(cases.id_of(number), person)
        with self.store.write() as tx:
            cases.hold(tx, number)
            row = outbox.by_key(tx, key)
            if row is None:
                raise NotFound(f"There is no step {key!r}.")
            if choice == "retry":
                done = outbox.decide(tx, key, OutboxState.PENDING, "")
            elif choice == "leave_out":
                done = outbox.decide(tx, key, OutboxState.CANCELLED, f"left out by {who}")
            else:
                done = self._is_there(tx, number, row, who)
            if not done:
                raise Refused(f"This step is {row.state}; nobody needs to decide about it.")
            self._wake(tx, number)
            cases.record(tx, number, now, "resolved", who, f"{choice.replace('_', ' ')}: {key}")

    def _is_there(self, tx: sa.Connection, number: int, row: outbox.Row, who: str) -> bool:
        """Take a person's word that a step took place; of an Issue the number is needed, so it is looked for."""
        record, key = row.record, row.record.key
        if record.kind is ActionKind.CREATE_ISSUE:
            if row.state is OutboxState.UNKNOWN:
                return outbox.seek(tx, key, f"{who} said that it is there")
            raise Refused("Which Issue it is cannot be said here. Try it again: nothing is filed twice here.")
        is_note = record.kind is ActionKind.NOTE_ISSUE
        said = f"{'sent' if row.state is OutboxState.BY_HAND else 'seen'} by {who}"
        place = record.destination if isinstance(record, Action) and is_note else said
        receipt = Receipt(key=key, destination_id=place, url="", at=self.now())
        if isinstance(record, Action):
            took_effect(tx, self.settings, number, record, receipt, receipt.at)
        return outbox.decide(tx, key, OutboxState.SENT, "", receipt)

    def _wake(self, tx: sa.Connection, number: int) -> None:
        """Let go what waited for a decision about another step; what can still be undone waits on."""
        now = self.now()
        for row in outbox.of_case(tx, number):
            if row.state is not OutboxState.PENDING or row.attempts or not isinstance(row.record, Action):
                continue  # what a destination put off keeps its time
            verdict = proposals.verdict_on(tx, number, row.record.revision)
            if verdict is not None and verdict.at + self.settings.team.hold <= now:
                outbox.postpone(tx, row.record.key, now)
        self.queue.enqueue(Job.send(cases.id_of(number)), tx)

    def retry(self, case_id: str, person: str) -> None:
        """Judge a Case again that got stuck."""
        who = self.person(person).id
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if not case.trouble:
                raise Refused(f"{case.id} is not stuck. See it: triage show {case.id}")
            cases.change(tx, number, trouble="")
            cases.record(tx, number, self.now(), cases.RETRIED, who, "Tried again")
            self.queue.enqueue(Job.send(case.id), tx)
            if proposals.by_revision(tx, number, case.revision) is None:
                self.queue.enqueue(Job.triage(case.id, case.revision), tx)

    def ask_again(self, case_id: str, revision: int, person: str, *, typed: str | None = None) -> int:
        """Judge a Case anew where the embedded engine stood in; what the person typed is kept. Return the revision.

        Raises Stale where another revision is open, Refused where nobody stood in.
        """
        who = self.person(person).id
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            proposal = proposals.by_revision(tx, number, revision)
            if case.open_revision != revision or proposal is None:
                raise Stale(case.id, revision, case.revision, f"It was replaced by {case.because}.")
            if proposal.provenance.instead is None:
                raise Refused(f"No engine stood in for another at {case.id} r{revision}.")
            if not self.settings.has_claude:
                raise Refused("Claude has no key. Set ANTHROPIC_API_KEY, start again, then try this again.")
            begin_anew(tx, self.queue, number, f"Claude is asked again by {who}", self.now())
            if typed and (proposal.draft is None or typed != proposal.draft.text):
                proposals.keep_finding(tx, number, case.revision + 1, proposals.TYPED, typed)
            return case.revision + 1

    def pause(self, source: str | None, person: str) -> None:
        """Let nothing leave, anywhere or through one Source."""
        who = self.person(person).id
        with self.store.write() as tx:
            outbox.pause(tx, source, who, self.now())
            surfaces.outdate_waiting(tx)
            cases.record(tx, None, self.now(), "paused", who, f"Sending paused: {source or 'everything'}")

    def resume(self, source: str | None, person: str) -> None:
        """Let it leave again."""
        who = self.person(person).id
        with self.store.write() as tx:
            outbox.resume(tx, source)
            surfaces.outdate_waiting(tx)
            cases.record(tx, None, self.now(), "resumed", who, f"Sending resumed: {source or 'everything'}")
