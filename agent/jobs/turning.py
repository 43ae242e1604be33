"""Tells the Cases of a Message what became of it where it was written: closed, reopened, deleted."""

from datetime import datetime

import sqlalchemy as sa

from agent.domain.arrivals import Turn, TurnKind
from agent.domain.cases import Case, CaseState
from agent.errors import Unavailable
from agent.jobs.arriving import ANSWERED
from agent.jobs.revising import begin_anew
from agent.policy.globs import matches
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store import arrivals, cases, issues, messages, outbox
from agent.store.database import Store


class Turning:
    """Works Turns. Everything that one changes is one transaction."""

    def __init__(self, store: Store, queue: Queue, settings: Settings, now: Now) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.now = now

    def take(self, seq: int) -> None:
        """Tell each Case; told twice, the second time changes nothing."""
        now = self.now()
        with self.store.write() as tx:
            messages.hold_thread(tx, *arrivals.thread_key(tx, seq))
            turn, is_taken = arrivals.turn_by_seq(tx, seq)
            if is_taken:
                return
            if turn.kind in (TurnKind.DELETED, TurnKind.WITHDRAWN):
                self._end(tx, turn, now)
            else:
                for number in self._cases(tx, turn):
                    self._change_state(tx, number, turn, now)
            arrivals.take_turn(tx, seq, now)

    def _cases(self, tx: sa.Connection, turn: Turn) -> list[int]:
        """Return the Cases of the Message; while it waits to be taken in, they cannot be told."""
        found = arrivals.cases_of_thread(tx, turn.source, turn.message)
        if not found and arrivals.knows_thread(tx, turn.source, turn.message):
            raise Unavailable(f"{turn.message} is not taken in yet; its end waits.")
        return found

    def _change_state(self, tx: sa.Connection, number: int, turn: Turn, now: datetime) -> None:
        """Begin anew where it was reopened, or was closed while a Verdict waits; else show it."""
        case = cases.by_number(tx, number)
        text = _said(turn)
        cases.record(tx, number, now, turn.kind.value, turn.who or "triage", text)
        if turn.kind is TurnKind.REOPENED:
            rows = arrivals.rows_of_thread(tx, turn.source, turn.message)
            messages.drop(tx, [row.seq for row in rows if row.id == turn.message], "")
        if not self._is_ours(turn) and _matters(case, turn):
            begin_anew(tx, self.queue, number, text, now)

    def _is_ours(self, turn: Turn) -> bool:
        return matches(turn.who, self.settings.team.own_accounts)

    def _end(self, tx: sa.Connection, turn: Turn, now: datetime) -> None:
        """Work no longer on what is gone. Its words stay readable on the Case, and can be taken back."""
        numbers = self._cases(tx, turn)
        rows = [row for row in arrivals.rows_of_thread(tx, turn.source, turn.message) if _ends(turn, row.id)]
        messages.drop(tx, [row.seq for row in rows if not row.dropped_reason], _said(turn))
        for number in numbers:
            text = _said(turn)
            cases.record(tx, number, now, turn.kind.value, turn.who or "triage", f"{turn.message}: {text}")
            if any(not row.dropped_reason for row in messages.of_case(tx, number)):
                if not _is_answered(tx, number):
                    begin_anew(tx, self.queue, number, f"a Message was {text}", now)
            else:
                cases.begin_revision(tx, number, text, state=CaseState.TRIAGED_OUT, dropped_reason=text)
        if turn.kind is TurnKind.DELETED:
            issues.remove(tx, turn.message, None)


def _ends(turn: Turn, message: str) -> bool:
    """Tell whether a Message is gone with another: where the id of what is below it begins with its own."""
    return message == turn.message or message.startswith(f"{turn.message}/")


def _is_answered(tx: sa.Connection, number: int) -> bool:
    """Tell whether a Case was answered, and the answer has left: what is gone then asks for no other one."""
    return cases.by_number(tx, number).state in ANSWERED and not outbox.waits(tx, number)


def _said(turn: Turn) -> str:
    by = f" by {turn.who}" if turn.who else ""
    return f"{turn.kind.value}{by} where it was written"


def _matters(case: Case, turn: Turn) -> bool:
    """Tell whether it changes what to do. What was screened out stays so, unless it was taken back only."""
    if turn.kind is TurnKind.REOPENED:
        return not case.dropped_reason or case.dropped_reason.startswith(TurnKind.WITHDRAWN)
    return case.open_revision is not None
