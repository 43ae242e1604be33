"""A Message in the inbox becomes a Case, joins one, or is an edit of one. Judging is the journey's."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from agent.domain.actions import Action
from agent.domain.cases import COLLEAGUE, IT_WORKS, NEWS, CaseState
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.jobs.belonging import belongs_to
from agent.jobs.grouping import Belongs, Sort, asked_in
from agent.jobs.naming import Naming
from agent.jobs.revising import begin_anew
from agent.jobs.withdrawing import colleague_answered
from agent.policy.clocks import first_due
from agent.policy.colleagues import is_colleagues
from agent.policy.globs import matches
from agent.policy.screening import says_it_works, screen
from agent.policy.shifts import holder
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store import cases, messages, outbox, people, restored
from agent.store.database import Store

#: How much of a Message without a title names its Case.
TITLE = 80
TOLD_US = "answered what was asked"


class Intake:
    """Works the inbox. Everything a Message changes is one transaction."""

    def __init__(self, store: Store, queue: Queue, settings: Settings, now: Now, naming: Naming) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.now = now
        self.naming = naming

    def take(self, seq: int) -> None:
        """Open, join or re-begin the Cases of a Message; taken twice, the second time changes nothing."""
        self.naming.meet(seq)
        now = self.now()
        with self.store.write() as tx:
            messages.hold_thread(tx, *messages.thread_key(tx, seq))
            message = messages.by_seq(tx, seq)
            linked = messages.cases_of(tx, seq)
            edited = messages.take_edits(tx, seq)
            message = _named(tx, seq, message, is_judged=bool(linked) and not edited)
            joins = messages.case_of_thread(tx, message, seq)
            if linked and edited:
                self._edited(tx, seq, message, linked, now)
            elif not linked and joins is not None:
                self._join(tx, joins, seq, message, now)
            elif not linked:
                self._place(tx, seq, message, now)
            messages.in_trouble(tx, seq, "")

    def _place(self, tx: sa.Connection, seq: int, message: Message, now: datetime) -> None:
        """Link what begins a thread to the Case that it belongs to, or open one for it."""
        found = belongs_to(tx, message, self.settings, now)
        if found is None:
            self._open(tx, seq, message, now)
        elif found.sort in (Sort.ECHO, Sort.AGAIN):
            self._only_link(tx, seq, message, found, now)
        else:
            cases.record(tx, found.case, now, "grouped", "triage", f"{message.id}: {found.why}")
            self._join(tx, found.case, seq, message, now)

    def _only_link(
        self, tx: sa.Connection, seq: int, message: Message, found: Belongs, now: datetime
    ) -> None:
        """Show on its Case what brings nothing to judge."""
        cases.link(tx, found.case, seq)
        if found.sort is Sort.ECHO:
            messages.drop(tx, [seq], found.why)
        what = "linked" if found.sort is Sort.ECHO else "repeated"
        cases.record(tx, found.case, now, what, "triage", f"{message.id}: {found.why}")

    def _open(self, tx: sa.Connection, seq: int, message: Message, now: datetime) -> None:
        source = self.settings.source(message.source)
        shift = holder(self.settings.rotation, now)
        dropped, is_asked_for = messages.notes_of(tx, seq)
        messages.meet(tx, message.source, message.author, now)
        number = cases.open_case(
            tx,
            seq=seq,
            source=message.source,
            project=source.project,
            title=title_of(message),
            author=message.author,
            owner=shift.holder,
            opened_at=now,
            last_message_at=message.sent_at,
            first_due_at=first_due(min(message.sent_at, now), source, self.settings.rotation.hours),
            kept=is_asked_for,
            dropped_reason=dropped,
            state=CaseState.TRIAGED_OUT if dropped else CaseState.NEW,
        )
        where = f"Message from {_called(tx, message) or 'nobody named'} in {source.name}"
        cases.record(
            tx, number, now, "opened", "triage", f"{where}, Case opened, {shift.holder} holds the shift"
        )
        if dropped:
            messages.drop(tx, [seq], dropped)
            cases.record(tx, number, now, "dropped", "triage", f"Dropped: {dropped}")
        else:
            self.queue.enqueue_new([Job.triage(cases.id_of(number), 1)], tx)

    def _join(self, tx: sa.Connection, number: int, seq: int, message: Message, now: datetime) -> None:
        cases.link(tx, number, seq)
        messages.meet(tx, message.source, message.author, now)
        case = cases.by_number(tx, number)
        if asked_in(tx, message.thread) is not None:
            self._begin(tx, number, f"{COLLEAGUE}, {_called(tx, message)}, {TOLD_US}", message, now)
        elif says_it_works(message) and message.author == case.author:
            self._works(tx, number, message, now)
        elif self._dropped(tx, number, seq, message, now):
            if self._is_forgotten_answer(tx, number, message):
                colleague_answered(tx, self.settings, number, message, now)
        elif is_colleagues(message, case.source, case.author, self.settings.team.names):
            colleague_answered(tx, self.settings, number, message, now)
        else:
            self._begin(tx, number, f"{NEWS} {_called(tx, message)}", message, now)

    def _is_forgotten_answer(self, tx: sa.Connection, number: int, message: Message) -> bool:
        """Tell whether we wrote this before the store was put back to a time when it had no such Case.

        It is so where nothing of the Case was tried since: no clock is asked, for places have their own.
        """
        lost = restored.of(tx)
        is_ours = matches(message.author, self.settings.team.own_accounts)
        if lost is None or not is_ours or number <= lost.cases:
            return False
        return not any(isinstance(row.record, Action) and row.attempts for row in outbox.of_case(tx, number))

    def _works(self, tx: sa.Connection, number: int, message: Message, now: datetime) -> None:
        """Move a Case whose writer says that it works; where nothing of ours waits, it is solved (T22)."""
        cases.record(tx, number, now, "confirmed", message.author, "They say that it works")
        if cases.by_number(tx, number).state is CaseState.WAITING_ON_THEM and not outbox.waits(tx, number):
            cases.change(tx, number, state=CaseState.SOLVED, last_message_at=message.sent_at)
        else:
            self._begin(tx, number, IT_WORKS, message, now)

    def _dropped(self, tx: sa.Connection, number: int, seq: int, message: Message, now: datetime) -> bool:
        """Drop what says nothing to work on, visibly; what a Case was opened with is the journey's."""
        noted, is_asked_for = messages.notes_of(tx, seq)
        team = self.settings.team
        dropped = noted or ("" if is_asked_for else screen(message, team.own_accounts, team.bots))
        messages.drop(tx, [seq], dropped)
        if dropped:
            cases.record(
                tx, number, now, "dropped", "triage", f"A Message of {_called(tx, message)}: {dropped}"
            )
        return bool(dropped)

    def _edited(
        self, tx: sa.Connection, seq: int, message: Message, linked: list[int], now: datetime
    ) -> None:
        for number in linked:
            is_only = len(messages.of_case(tx, number)) == 1
            if is_only or not self._dropped(tx, number, seq, message, now):
                self._begin(tx, number, f"an edit by {_called(tx, message)}", message, now)

    def _begin(self, tx: sa.Connection, number: int, because: str, message: Message, now: datetime) -> None:
        case = cases.by_number(tx, number)
        last = max(message.sent_at, case.last_message_at)
        begin_anew(tx, self.queue, number, because, now, last_message_at=last)


def _named(tx: sa.Connection, seq: int, message: Message, *, is_judged: bool) -> Message:
    """Return a Message with the names that are known; what was judged stays as it was judged."""
    text = message.text if is_judged else people.named(tx, message)
    if text != message.text:
        messages.reword(tx, seq, text)
    return replace(message, text=text)


def _called(tx: sa.Connection, message: Message) -> str:
    return people.called_in(tx, [message.author]).get(message.author, message.author)


def title_of(message: Message) -> str:
    """Return the title of a Message, or its first words."""
    text = message.title.strip() or next((line for line in message.text.splitlines() if line.strip()), "")
    words = " ".join(text.split())
    return words if len(words) <= TITLE else words[:TITLE].rsplit(" ", 1)[0] + " …"
