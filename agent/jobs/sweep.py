"""The net: what is due becomes a job, and what lost its job gets another one."""

from datetime import timedelta

from agent.domain.cases import CaseState
from agent.domain.jobs import Job
from agent.jobs.outbox import Outbox
from agent.ports import Now, Queue
from agent.store import arrivals, cases, messages, outbox
from agent.store.database import Store

#: A Message without a Case, or a revision without a Proposal, is left to its own job this long.
GRACE = timedelta(seconds=30)
#: How long a Case rests whose judging was given up, twice as long each time, and how often it is tried by itself.
REST, TIMES = timedelta(minutes=5), 8


class Sweep:
    """Looks at the due times in the store; everything it does can be done twice."""

    def __init__(
        self, store: Store, queue: Queue, sender: Outbox, now: Now, grace: timedelta = GRACE
    ) -> None:
        self.store = store
        self.queue = queue
        self.sender = sender
        self.now = now
        self.grace = grace

    def once(self) -> None:
        """Make jobs of all that is due now."""
        recovered = self.sender.recover()
        with self.store.read() as tx:  # to look needs no write lock, and almost always there is nothing
            is_due = outbox.due_cases(tx, self.now()) or cases.due_snoozes(tx, self.now())
        if not (recovered or is_due):
            return
        with self.store.write() as tx:
            for number in {*recovered, *outbox.due_cases(tx, self.now())}:
                self.queue.enqueue(Job.send("" if number is None else cases.id_of(number)), tx)
            for number in cases.due_snoozes(tx, self.now()):
                if cases.wake(tx, number, self.now(), state=CaseState.WAITING_ON_US):
                    cases.record(tx, number, self.now(), "woken", "triage", "The snooze is over")

    def lost(self) -> None:
        """Give jobs to what has none: after a crash in the wrong moment, or a job given up.

        What a place was away for is judged when it is back; until then the Case says why it is not.
        """
        with self.store.write() as tx:
            for seq, message in messages.untaken(tx, self.now() - self.grace):
                self.queue.enqueue(Job.intake(message.source, message.root, seq), tx)
            for seq, turn in arrivals.untaken_turns(tx, self.now() - self.grace):
                thread = arrivals.thread_of(tx, turn.source, turn.message)
                self.queue.enqueue(Job.turn(turn.source, thread, seq), tx)
            for number, revision in cases.unfinished(tx, self.now() - self.grace):
                self.queue.enqueue(Job.triage(cases.id_of(number), revision), tx)
            for number, revision in cases.stuck(tx, self.now(), REST, TIMES):
                self.queue.enqueue(Job.triage(cases.id_of(number), revision), tx)
