"""Nobody acts but the outbox: what was approved leaves here, once, and leaves a Receipt.

A row is claimed before the call and settled after it. What a process that died had claimed is
looked for at its destination before anything is written again; what cannot be known is left
to a person.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeGuard

import sqlalchemy as sa
import structlog

from agent.domain.actions import (
    NOT_KNOWN,
    Action,
    ActionKind,
    Later,
    Notice,
    NoticeKind,
    OutboxState,
    Outcome,
    Receipt,
    Refusal,
    Unknown,
)
from agent.domain.issues import Issue
from agent.domain.messages import ReplyBy, TrackerKind
from agent.errors import TriageError, Unavailable
from agent.jobs.leaving import Held, as_bound, as_it_leaves
from agent.jobs.showing import Cards, NoCards
from agent.policy.clocks import update_due
from agent.ports import Channel, Now, Tracker
from agent.settings import Settings
from agent.store import cases, issues, outbox, proposals, surfaces
from agent.store.database import Store
from agent.wording.names import NOTICES

log = logging.getLogger(__name__)

#: Time between the two looks at a destination whose answer never came.
SETTLE = timedelta(seconds=30)
HELD_UP = "This process was held up for too long before it wrote anything."
#: How long a row rests that waits for another one; where a person must decide about that one they wake it.
AGAIN, LATER = timedelta(seconds=2), timedelta(minutes=1)
#: How long after a claim its destination may be out of sight before a person decides.
UNSEEN = timedelta(hours=1)
#: How often a destination may ask to come back before a person hears of it.
TRIES = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that this process took, as it may leave; `attempt` tells this claim from every other one.

    `doubted_at`: an earlier try may have had an effect, and was looked for in vain then.
    """

    record: Action | Notice
    attempt: int
    at: datetime
    doubted_at: datetime | None = None


class Outbox:
    """Carries out what is due. `owner` is this process; `lease` how long another's claim holds."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[ReplyBy, Channel],
        trackers: Mapping[TrackerKind, Tracker],
        settings: Settings,
        now: Now,
        owner: str,
        lease: timedelta,
        cards: Cards | None = None,
    ) -> None:
        self.store = store
        self.channels = channels
        self.trackers = trackers
        self.settings = settings
        self.now = now
        self.owner = owner
        self.lease = lease
        self.settle = SETTLE / settings.haste
        self.cards = cards or NoCards()
        self.log = structlog.get_logger("outbox")
        #: Keys whose call this process may be in the middle of, each as often as threads are at it.
        self.flying: list[str] = []
        self.unseen: dict[str, datetime] = {}  #: keys whose destination could not be looked at, and when

    def send(self, number: int | None) -> None:
        """Carry out the due rows of a Case in the order of their plan; None has those of no Case."""
        with self.store.read() as tx:
            rows = outbox.of_case(tx, number)
        for key in [row.record.key for row in rows if row.state is OutboxState.PENDING]:
            self.flying.append(key)
            try:
                self._send(number, key)
            finally:
                self.flying.remove(key)

    def _send(self, number: int | None, key: str) -> None:
        claim = self._claim(number, key)
        if claim is None:
            return
        outcome = self._looked_up(claim) if claim.attempt > 1 else None
        if outcome is None:
            claim = replace(claim, doubted_at=None)  # whatever was tried, it is not there
            outcome = self._carried_out(claim)
        self._settle(number, claim, outcome)

    def _looked_up(self, claim: Claim) -> Outcome | None:
        """Look for what was tried before by its key; None where it is not there."""
        record = claim.record
        try:
            return self._destination(record).find(record)  # type: ignore[arg-type]
        except Unavailable as error:
            why = f"Whether it is there could not be looked up. {error}"
            if claim.attempt >= TRIES:  # an earlier try may have had an effect: that is no failure
                return Unknown(key=record.key, why=why)
            return Later(key=record.key, why=why, seconds=self.settle.total_seconds())
        except TriageError as error:
            # What may have had an effect is not over because it cannot be looked for.
            return (Unknown if claim.doubted_at else Refusal)(key=record.key, why=str(error))

    def _carried_out(self, claim: Claim) -> Outcome:
        """Do it, unless this process was held up so long that others may be looking for it.

        It is put off then, unless one of them has gone on: that claim is a newer one.
        """
        record = claim.record
        if self.lease and self.now() - claim.at >= self.lease / 2:
            return Later(key=record.key, why=HELD_UP, seconds=0)
        return self._destination(record).carry_out(record)  # type: ignore[arg-type]

    def _claim(self, number: int | None, key: str) -> Claim | None:
        """Claim a row for this process, as it stands now; None when it may not leave."""
        now = self.now()
        with self.store.write() as tx:
            cases.hold(tx, number)  # no revision begins between what is asked here and the claim
            row = outbox.by_key(tx, key)
            if row is None or row.state is not OutboxState.PENDING or row.due_at > now:
                return None
            is_alert = row.record.kind is NoticeKind.ALERT  # no pause holds what on-call hears (A9)
            if not is_alert and outbox.paused_by(tx, row.source):
                return None
            record = as_it_leaves(tx, self.settings, number, row.record)
            if isinstance(record, Held):
                self._hold(tx, number, row, record, now)
                return None
            if self._is_by_hand(record):
                outbox.hand(tx, record)
                cases.record(
                    tx, number, now, "by hand", "triage", f"{_what(record)} waits to be copied by hand"
                )
                return None
            is_mine = outbox.claim(tx, key, self.owner, now)
            return Claim(record, row.attempts + 1, now, row.looked_at) if is_mine else None

    def _is_by_hand(self, record: Action | Notice) -> TypeGuard[Action]:
        if not isinstance(record, Action) or record.kind is not ActionKind.REPLY:
            return False
        return self.settings.source(record.destination).reply_by is ReplyBy.HAND

    def _hold(
        self, tx: sa.Connection, number: int | None, row: outbox.Row, held: Held, now: datetime
    ) -> None:
        """Let a row wait, or end it; what stands there in part, or may stand there, is a person's to know."""
        key, state, why = row.record.key, held.state, held.why
        if state is OutboxState.PENDING:
            outbox.postpone(tx, key, now + (LATER if held.is_for_a_person else AGAIN))
            return
        if row.receipt is not None:
            state, why = OutboxState.FAILED, f"{why} {row.trouble}"
        elif row.looked_at is not None:
            state, why = OutboxState.UNKNOWN, f"{NOT_KNOWN} before. {why}"
        if outbox.hold(tx, key, state, why):
            cases.record(tx, number, now, "held back", "triage", why)

    def _destination(self, record: Action | Notice) -> Channel | Tracker | Cards | NoCards:
        if isinstance(record, Action) and record.kind is not ActionKind.REPLY:
            project = record.destination.partition("#")[0]
            return self.trackers[record.tracker or self.settings.tracker_of(project)]
        if isinstance(record, Action):
            return self.channels[self.settings.source(record.destination).reply_by]
        if record.kind is NoticeKind.CARD:
            return self.cards
        return self.channels[ReplyBy.SLACK if record.to.startswith("slack:") else ReplyBy.FILE]

    def _settle(self, number: int | None, claim: Claim, outcome: Outcome) -> None:
        now, key = self.now(), claim.record.key
        with self.store.write() as tx:
            cases.hold(tx, number)
            if isinstance(outcome, Receipt):
                self._sent(tx, number, claim, outcome, now)
            elif isinstance(outcome, Refusal):
                if self._ended(tx, claim, OutboxState.FAILED, outcome):
                    cases.record(tx, number, now, "failed", "triage", outcome.why)
            elif isinstance(outcome, Later):
                self._put_off(tx, number, claim, outcome, now)
            elif outbox.disown(tx, key, outcome.why, claim.attempt):
                # Claimed by nobody: `recover` looks for it, twice.
                cases.record(tx, number, now, "unclear", "triage", f"{_what(claim.record)}: {outcome.why}")
        log.info("call ended", extra={"what": claim.record.kind.value, "how": type(outcome).__name__.lower()})

    def _sent(
        self, tx: sa.Connection, number: int | None, claim: Claim, receipt: Receipt, now: datetime
    ) -> None:
        record = claim.record
        sent = OutboxState.SENT
        if not outbox.settle(
            tx, record.key, sent, receipt=receipt, attempt=claim.attempt, took=_took(record, now)
        ):
            return
        if isinstance(record, Notice):
            if record.kind is NoticeKind.CARD:
                _stands(tx, cases.number_of(record.case_id), receipt, now)
            cases.record(tx, number, now, "told", "triage", _what(record))
            return
        cases.record(tx, number, now, "sent", "triage", f"{_what(record)}: {receipt.destination_id}")
        took_effect(tx, self.settings, cases.number_of(record.case_id), record, receipt, now)

    def _put_off(
        self, tx: sa.Connection, number: int | None, claim: Claim, outcome: Later, now: datetime
    ) -> None:
        """Let a row wait that the destination did not take now; a person hears of it when that goes on."""
        key, tries = claim.record.key, claim.attempt
        if tries >= TRIES:
            if self._ended(tx, claim, OutboxState.FAILED, outcome):
                cases.record(tx, number, now, "failed", "triage", f"{outcome.why} Tried {tries} times.")
        elif self._ended(tx, claim, OutboxState.PENDING, outcome):
            outbox.postpone(tx, key, now + timedelta(seconds=outcome.seconds))
            cases.record(tx, number, now, "put off", "triage", f"{_what(claim.record)}: {outcome.why}")

    def _ended(self, tx: sa.Connection, claim: Claim, state: OutboxState, outcome: Refusal | Later) -> bool:
        why, begun = outcome.why, outcome.begun
        return outbox.settle(
            tx,
            claim.record.key,
            state,
            trouble=why,
            receipt=begun,
            looked_at=claim.doubted_at,
            attempt=claim.attempt,
        )

    def recover(self) -> list[int | None]:
        """Look for what was claimed and never settled; return the Cases that have something due again."""
        again: list[int | None] = []
        with self.store.read() as tx:
            rows = [row for row in outbox.sending(tx) if self._is_abandoned(row)]
        for row in rows:
            number = cases.number_of(row.record.case_id) if row.record.case_id else None
            if self._recover(number, row):
                again.append(number)
        return again

    def _is_abandoned(self, row: outbox.Row) -> bool:
        """Tell whether nobody is at it: not this process now, and no other within its lease."""
        if row.claimed_by == self.owner:
            return row.record.key not in self.flying
        return row.claimed_by is None or row.claimed_at is None or row.claimed_at <= self.now() - self.lease

    def _recover(self, number: int | None, row: outbox.Row) -> bool:
        looked_at = max(filter(None, (row.looked_at, self.unseen.get(row.record.key))), default=None)
        if looked_at and self.now() - looked_at < self.settle:
            return False
        record = self._as_bound(row.record)
        destination = self._destination(record)
        try:
            receipt = destination.find(record)  # type: ignore[arg-type]
        except Unavailable as error:
            return self._not_looked(number, row, str(error))
        except TriageError as error:
            return self._give_up(number, row, f"It cannot be looked for: {error}")
        except Exception as error:  # whatever it is, the other rows are looked for
            self.log.error("could not be looked for", key=record.key, exc_info=error)
            return self._not_looked(number, row, "What is shown there cannot be read.")
        self.unseen.pop(record.key, None)
        now = self.now()
        with self.store.write() as tx:
            cases.hold(tx, number)
            if receipt is not None:
                self._sent(tx, number, Claim(record, row.attempts, now), receipt, now)
            elif destination.listing_is_final:
                return outbox.settle(tx, record.key, OutboxState.PENDING, attempt=row.attempts)
            elif row.looked_at is None:
                outbox.look(tx, record.key, now, row.attempts)
            else:
                self._unknown(tx, number, row, "Looked twice and found nothing.", now)
        return False

    def _not_looked(self, number: int | None, row: outbox.Row, why: str) -> bool:
        """Look again later; where that goes on for too long, a person decides."""
        self.unseen[row.record.key] = now = self.now()
        if row.claimed_at and now - row.claimed_at >= UNSEEN:
            return self._give_up(number, row, f"It could not be looked for. {why}")
        return False

    def _give_up(self, number: int | None, row: outbox.Row, found: str) -> bool:
        with self.store.write() as tx:
            cases.hold(tx, number)
            self._unknown(tx, number, row, found, self.now())
        return False

    def _unknown(
        self, tx: sa.Connection, number: int | None, row: outbox.Row, found: str, now: datetime
    ) -> None:
        """Leave it to a person."""
        why = (row.trouble or "the process that sent it died before the answer came").rstrip(".")
        text = f"{NOT_KNOWN}: {why}. {found}"
        key, attempt = row.record.key, row.attempts
        if outbox.settle(tx, key, OutboxState.UNKNOWN, trouble=text, looked_at=now, attempt=attempt):
            cases.record(tx, number, now, "unknown", "triage", text)

    def _as_bound(self, record: Action | Notice) -> Action | Notice:
        """Return the record with the Issue that it changes: the row names the one that its plan filed."""
        if isinstance(record, Notice):
            return record
        with self.store.read() as tx:
            bound = as_bound(tx, cases.number_of(record.case_id), record)
        return record if isinstance(bound, Held) else bound


def _stands(tx: sa.Connection, number: int, receipt: Receipt, now: datetime) -> None:
    """Have a posted card drawn from now on; its Case's owner has the open revision before them."""
    case = cases.by_number(tx, number)
    surfaces.stand(tx, surfaces.CARD, receipt.destination_id, number)
    if case.open_revision is not None and case.owner:
        proposals.show(tx, number, case.open_revision, case.owner, now)


def took_effect(
    tx: sa.Connection, settings: Settings, number: int, action: Action, receipt: Receipt, now: datetime
) -> None:
    """Record what an Action's effect means: the Case's clocks, who reported which Issue, and a new Issue."""
    case = cases.by_number(tx, number)
    if action.kind is ActionKind.REPLY:
        due = update_due(now, settings.source(case.source), settings.rotation.hours)
        cases.change(tx, number, first_response_at=case.first_response_at or now, update_due_at=due)
    elif action.kind in (ActionKind.CREATE_ISSUE, ActionKind.NOTE_ISSUE):
        issues.report(tx, receipt.destination_id, case.source, case.author, number, now)
    if action.kind is ActionKind.CREATE_ISSUE:
        issues.hold(tx)  # a sync may be reading it just now, and knows more of it
        if not issues.by_ids(tx, [receipt.destination_id]):
            issues.upsert(tx, [_filed(action, receipt)])


def _filed(action: Action, receipt: Receipt) -> Issue:
    """Return what was filed, so that the next report is compared with it before any sync reads it."""
    return Issue(
        id=receipt.destination_id,
        title=action.title,
        body=action.body,
        created_at=receipt.at,
        url=receipt.url,
        visibility=action.visibility,
    )


def _took(record: Action | Notice, now: datetime) -> float | None:
    """Return how many seconds passed since a person approved it; None for what nobody had to."""
    approved_at = record.approved_at if isinstance(record, Action) else None
    return None if approved_at is None else (now - approved_at).total_seconds()


def _what(record: Action | Notice) -> str:
    if isinstance(record, Notice):
        return NOTICES[record.kind]
    if record.is_acknowledgement:
        return f"Acknowledgement to {record.destination}"
    return {
        ActionKind.REPLY: "Reply",
        ActionKind.CREATE_ISSUE: "Issue filed",
        ActionKind.NOTE_ISSUE: "Note",
        ActionKind.LABEL_ISSUE: "Label added",
        ActionKind.UNLABEL_ISSUE: "Label removed",
        ActionKind.TYPE_ISSUE: "Issue type",
        ActionKind.ASSIGN_ISSUE: "Assignee",
        ActionKind.BOARD_ISSUE: "Board",
        ActionKind.FIELD_ISSUE: "Field of the board",
        ActionKind.ESTIMATE_ISSUE: "Estimate",
        ActionKind.CLOSE_DUPLICATE: "Closed as a duplicate",
        ActionKind.OPEN_ADVISORY: "Private advisory",
    }[record.kind] + f" to {record.destination}"
