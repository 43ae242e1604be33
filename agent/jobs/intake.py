"""A Message in the inbox becomes a Case, joins one, or is an edit of one. Judging is the journey's."""

from datetime import datetime

import sqlalchemy as sa

from agent.domain.cases import COLLEAGUE, NEWS
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.jobs.belonging import belongs_to
from agent.jobs.revising import begin_anew
from agent.policy.clocks import first_due
from agent.policy.screening import screen
from agent.policy.shifts import holder
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store import cases, messages
from agent.store.database import Store

#: How much of a Message without a title names its Case.
TITLE = 80


class Intake:
    """Works the inbox. Everything a Message changes is one transaction."""

    def __init__(self, store: Store, queue: Queue, settings: Settings, now: Now) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.now = now

    def take(self, seq: int) -> None:
        """Open, join or re-begin the Cases of a Message; taken twice, the second time changes nothing."""
        now = self.now()
        with self.store.write() as tx:
            messages.hold_thread(tx, *messages.thread_key(tx, seq))
            message = messages.by_seq(tx, seq)
            linked = messages.cases_of(tx, seq)
            joins = messages.case_of_thread(tx, message, seq)
            edited = messages.take_edits(tx, seq)
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
        elif found.is_echo:
            cases.link(tx, found.case, seq)
            messages.drop(tx, [seq], found.why)
            cases.record(tx, found.case, now, "linked", "triage", f"{message.id}: {found.why}")
        else:
            cases.record(tx, found.case, now, "grouped", "triage", f"{message.id}: {found.why}")
            self._join(tx, found.case, seq, message, now)

    def _open(self, tx: sa.Connection, seq: int, message: Message, now: datetime) -> None:
        source = self.settings.source(message.source)
        shift = holder(self.settings.rotation, now)
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
        )
        where = f"Message from {message.author or 'nobody named'} in {source.name}"
        cases.record(
            tx, number, now, "opened", "triage", f"{where}, Case opened, {shift.holder} holds the shift"
        )
        self.queue.enqueue(Job.triage(cases.id_of(number), 1), tx)

    def _join(self, tx: sa.Connection, number: int, seq: int, message: Message, now: datetime) -> None:
        cases.link(tx, number, seq)
        messages.meet(tx, message.source, message.author, now)
        if not self._dropped(tx, number, seq, message, now):
            is_ours = message.author in self.settings.team.names
            because = f"{COLLEAGUE}, {message.author}, answered" if is_ours else f"{NEWS} {message.author}"
            self._begin(tx, number, because, message, now)

    def _dropped(self, tx: sa.Connection, number: int, seq: int, message: Message, now: datetime) -> bool:
        """Drop what says nothing to work on, visibly; what a Case was opened with is the journey's."""
        dropped = screen(message, self.settings.team.own_accounts, self.settings.team.bots)
        messages.drop(tx, [seq], dropped)
        if dropped:
            cases.record(tx, number, now, "dropped", "triage", f"A Message of {message.author}: {dropped}")
        return bool(dropped)

    def _edited(
        self, tx: sa.Connection, seq: int, message: Message, linked: list[int], now: datetime
    ) -> None:
        for number in linked:
            is_only = len(messages.of_case(tx, number)) == 1
            if is_only or not self._dropped(tx, number, seq, message, now):
                self._begin(tx, number, f"an edit by {message.author}", message, now)

    def _begin(self, tx: sa.Connection, number: int, because: str, message: Message, now: datetime) -> None:
        case = cases.by_number(tx, number)
        last = max(message.sent_at, case.last_message_at)
        begin_anew(tx, self.queue, number, because, now, last_message_at=last)


def title_of(message: Message) -> str:
    """Return the title of a Message, or its first words."""
    text = message.title.strip() or next((line for line in message.text.splitlines() if line.strip()), "")
    words = " ".join(text.split())
    return words if len(words) <= TITLE else words[:TITLE].rsplit(" ", 1)[0] + " …"
