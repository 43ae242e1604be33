"""Nobody acts but the outbox: what was approved leaves here, once, and leaves a Receipt.

A row is claimed before the call and settled after it. What a process that died had claimed is
looked for at its destination before anything is written again; what cannot be known is left
to a person.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from agent.domain.actions import Action, ActionKind, Notice, OutboxState, Outcome, Receipt, Refusal
from agent.domain.messages import ReplyBy
from agent.jobs.leaving import Held, as_it_leaves
from agent.policy.clocks import update_due
from agent.ports import Channel, Now, Tracker
from agent.settings import Settings
from agent.store import cases, issues, outbox
from agent.store.database import Store

#: Time between the two looks at a destination whose answer never came.
SETTLE = timedelta(seconds=30)
#: How long a row rests that waits for another one.
AGAIN = timedelta(seconds=2)


class Outbox:
    """Carries out what is due. `owner` is this process; `lease` how long another's claim holds."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[ReplyBy, Channel],
        tracker: Tracker,
        settings: Settings,
        now: Now,
        owner: str,
        lease: timedelta,
    ) -> None:
        self.store = store
        self.channels = channels
        self.tracker = tracker
        self.settings = settings
        self.now = now
        self.owner = owner
        self.lease = lease
        self.flying: set[str] = set()  #: keys whose call this process may be in the middle of

    def send(self, number: int) -> None:
        """Carry out the due rows of a Case in the order of their plan."""
        with self.store.read() as tx:
            rows = outbox.of_case(tx, number)
        for key in [row.record.key for row in rows if row.state is OutboxState.PENDING]:
            self.flying.add(key)
            try:
                self._send(number, key)
            finally:
                self.flying.discard(key)

    def _send(self, number: int, key: str) -> None:
        record = self._claim(number, key)
        if record is not None:
            outcome = self._destination(record).carry_out(record)  # type: ignore[arg-type]
            self._settle(number, record, outcome)

    def _claim(self, number: int, key: str) -> Action | Notice | None:
        """Claim a row for this process, as it stands now; None when it may not leave."""
        now = self.now()
        with self.store.write() as tx:
            row = outbox.by_key(tx, key)
            if row is None or row.state is not OutboxState.PENDING or row.due_at > now:
                return None
            if outbox.paused_by(tx, row.source):
                return None
            record = as_it_leaves(tx, self.settings, number, row.record)
            if isinstance(record, Held):
                self._hold(tx, number, key, record, now)
                return None
            return record if outbox.claim(tx, key, self.owner, now) else None

    def _hold(self, tx: sa.Connection, number: int, key: str, held: Held, now: datetime) -> None:
        if held.state is OutboxState.PENDING:
            outbox.postpone(tx, key, now + AGAIN)
        elif outbox.hold(tx, key, held.state, held.why):
            cases.record(tx, number, now, "held back", "triage", held.why)

    def _destination(self, record: Action | Notice) -> Channel | Tracker:
        if isinstance(record, Action) and record.kind is not ActionKind.REPLY:
            return self.tracker
        source = record.destination if isinstance(record, Action) else None
        by = self.settings.source(source).reply_by if source else ReplyBy.FILE
        return self.channels[by]

    def _settle(self, number: int, record: Action | Notice, outcome: Outcome) -> None:
        now = self.now()
        with self.store.write() as tx:
            if isinstance(outcome, Receipt):
                self._sent(tx, number, record, outcome, now)
            elif isinstance(outcome, Refusal):
                outbox.settle(tx, record.key, OutboxState.FAILED, trouble=outcome.why)
                cases.record(tx, number, now, "failed", "triage", outcome.why)
            else:
                self._unclear(tx, number, record, outcome.why, now)

    def _sent(
        self, tx: sa.Connection, number: int, record: Action | Notice, receipt: Receipt, now: datetime
    ) -> None:
        if not outbox.settle(tx, record.key, OutboxState.SENT, receipt=receipt):
            return
        if isinstance(record, Notice):
            cases.record(tx, number, now, "told", "triage", f"{record.to} was told")
            return
        cases.record(tx, number, now, "sent", "triage", f"{_what(record)}: {receipt.destination_id}")
        took_effect(tx, self.settings, number, record, receipt, now)

    def _unclear(
        self, tx: sa.Connection, number: int, record: Action | Notice, why: str, now: datetime
    ) -> None:
        """Leave the row claimed by nobody; `recover` looks for it, twice."""
        outbox.disown(tx, record.key, why)
        cases.record(tx, number, now, "unclear", "triage", f"{_what(record)}: {why}")

    def recover(self) -> list[int]:
        """Look for what was claimed and never settled; return the Cases that have something due again."""
        again: list[int] = []
        with self.store.read() as tx:
            rows = [row for row in outbox.sending(tx) if self._is_abandoned(row)]
        for row in rows:
            number = cases.number_of(row.record.case_id)
            if self._recover(number, row):
                again.append(number)
        return again

    def _is_abandoned(self, row: outbox.Row) -> bool:
        """Tell whether nobody is at it: not this process now, and no other within its lease."""
        if row.claimed_by == self.owner:
            return row.record.key not in self.flying
        return row.claimed_by is None or row.claimed_at is None or row.claimed_at <= self.now() - self.lease

    def _recover(self, number: int, row: outbox.Row) -> bool:
        if row.looked_at and self.now() - row.looked_at < SETTLE:
            return False
        destination = self._destination(row.record)
        receipt = destination.find(row.record)  # type: ignore[arg-type]
        now = self.now()
        with self.store.write() as tx:
            if receipt is not None:
                self._sent(tx, number, row.record, receipt, now)
            elif destination.listing_is_final:
                return outbox.settle(tx, row.record.key, OutboxState.PENDING)
            elif row.looked_at is None:
                outbox.look(tx, row.record.key, now)
            else:
                why = row.trouble or "the process that sent it died before the answer came"
                text = f"It is not known whether it went out: {why}. Looked twice and found nothing."
                outbox.settle(tx, row.record.key, OutboxState.UNKNOWN, trouble=text, looked_at=now)
                cases.record(tx, number, now, "unknown", "triage", text)
        return False


def took_effect(
    tx: sa.Connection, settings: Settings, number: int, action: Action, receipt: Receipt, now: datetime
) -> None:
    """Record what an Action's effect means for its Case: clocks, and who reported which Issue."""
    case = cases.by_number(tx, number)
    if action.kind is ActionKind.REPLY:
        due = update_due(now, settings.source(case.source), settings.rotation.hours)
        cases.change(tx, number, first_response_at=case.first_response_at or now, update_due_at=due)
    else:
        issues.report(tx, receipt.destination_id, case.source, case.author, number, now)


def _what(record: Action | Notice) -> str:
    if isinstance(record, Notice):
        return f"Alert to {record.to}"
    return {
        ActionKind.REPLY: "Reply",
        ActionKind.CREATE_ISSUE: "Issue filed",
        ActionKind.NOTE_ISSUE: "Note",
    }[record.kind] + f" to {record.destination}"
