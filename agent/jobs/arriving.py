"""Takes in what a place tells: rows and their jobs in the caller's transaction, each once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from agent.domain.arrivals import Arrival, Happened, Move, Turn, TurnKind
from agent.domain.cases import CaseState
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.domain.views import Fate
from agent.jobs.grouping import asked_in, follows
from agent.jobs.revising import begin_anew, take_back
from agent.policy.slack.people import mentioned
from agent.ports import Queue
from agent.settings import Settings
from agent.store import arrivals, cases, issues, messages, people

#: States of a Case from which a move alone brings nothing back.
ANSWERED = (CaseState.WAITING_ON_THEM, CaseState.SOLVED, CaseState.TRIAGED_OUT)


class Arriving:
    """The way in for places that are read or that call us. Everything that it does can be done twice."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self.queue = queue
        self.settings = settings

    def take(self, tx: sa.Connection, happened: Happened, now: datetime) -> int:
        """Take in what happened; return how many Messages are new or changed."""
        return self.take_all(tx, [happened], now)

    def take_all(self, tx: sa.Connection, given: Sequence[Happened], now: datetime) -> int:
        """Take in what happened, in order; what of it can be asked once for all is."""
        self._hold(tx, given)
        read: set[str] = set()
        rest = self._open(tx, given, read, now)
        new = len(given) - len(rest) + sum(self._take(tx, happened, read, now) for happened in rest)
        for source in sorted(read):
            messages.touch_source(tx, source, now)
        return new

    def _open(
        self, tx: sa.Connection, given: Sequence[Happened], read: set[str], now: datetime
    ) -> list[Happened]:
        """Insert together what opens a Case and was never heard of; return what is taken in one by one."""
        plain = {at: each.arrivals[0] for at, each in enumerate(given) if _is_plain(each)}
        heard = arrivals.heard_of(tx, {id for each in plain.values() for _, id in _places(each)})
        heard |= _told_of(given)  # in its place among the others
        fresh = {at: each for at, each in plain.items() if not _places(each) & heard}
        seqs = messages.receive_new(tx, [(each.message, _notes(each)) for each in fresh.values()], now)
        opened: dict[int, Job] = {}
        for at, message in ((at, each.message) for at, each in fresh.items()):
            seq = seqs.pop((message.source, message.id), None)
            if seq is not None:
                opened[at] = Job.intake(message.source, message.root, seq)
                read.add(message.source)
        self.queue.enqueue_new(list(opened.values()), tx)
        return [each for at, each in enumerate(given) if at not in opened]

    def _take(self, tx: sa.Connection, happened: Happened, read: set[str], now: datetime) -> int:
        for moved in happened.moves:
            self._move(tx, moved, now)
        fates = {each.message.id: self._arrive(tx, each, read, now) for each in happened.arrivals}
        for turn in happened.turns:
            if fates.get(turn.message) is not Fate.NEW:
                self._turn(tx, turn, now)
        return sum(fate in (Fate.NEW, Fate.CHANGED) for fate in fates.values())

    def _hold(self, tx: sa.Connection, given: Sequence[Happened]) -> None:
        """Let nobody else take in anything of these threads: what is known of them is asked before it is written."""
        threads = {place for happened in given for each in happened.arrivals for place in _places(each)}
        for turn in (each for happened in given for each in happened.turns):
            threads |= {
                (turn.source, turn.message),
                (turn.source, arrivals.thread_of(tx, turn.source, turn.message)),
            }
        messages.hold_threads(tx, threads)

    def gone(self, tx: sa.Connection, issue: str, moved_to: str | None, now: datetime) -> None:
        """Take in that an Issue is no longer where it was, as its tracker's own list shows."""
        source = _source_of(issue)
        if moved_to:
            to = {"to_source": _source_of(moved_to), "to_thread": moved_to}
            self._move(tx, Move(source=source, thread=issue, at=now, **to), now)
            return
        messages.hold_threads(tx, [(source, issue)])
        if arrivals.knows_thread(tx, source, issue):
            turn = Turn(kind=TurnKind.DELETED, source=source, message=issue, at=now)
            self._turn(tx, turn, now)

    def _arrive(self, tx: sa.Connection, arrival: Arrival, read: set[str], now: datetime) -> Fate:
        message = _named(tx, arrival.message)
        heard = arrivals.turns_of(tx, message.source, message.id, message.root)
        fate = Fate.SAME
        if self._counts(tx, arrival, heard):
            seq, fate = messages.receive(tx, message, now, _notes(arrival))
            read.add(message.source)
            if fate is not Fate.SAME:
                self.queue.enqueue(Job.intake(message.source, message.root, seq), tx)
            if arrival.is_asked_for and fate is not Fate.NEW:
                self._ask_for(tx, seq, arrival.who, now)
        self._note_state(tx, arrival, heard, now)
        return fate

    def _counts(self, tx: sa.Connection, arrival: Arrival, heard: Sequence[Turn]) -> bool:
        """Tell whether it opens a Case or belongs to one. What begins a thread is known itself or it opens."""
        message = arrival.message
        if any(turn.kind is TurnKind.DELETED for turn in heard):  # nothing comes back from there
            return False
        if arrival.opens:
            return True
        if message.thread is None:
            is_known = arrivals.knows(tx, message.source, message.id)
            return is_known or follows(tx, message, self.settings)
        is_known = arrivals.knows_thread(tx, message.source, message.thread)
        return is_known or asked_in(tx, message.thread) is not None

    def _ask_for(self, tx: sa.Connection, seq: int, who: str, now: datetime) -> None:
        """Work on a Message that is here already, also where it was dropped."""
        messages.ask_for(tx, seq)
        for number in messages.cases_of(tx, seq):
            if cases.by_number(tx, number).dropped_reason:
                take_back(tx, self.queue, number, who, now)

    def _note_state(self, tx: sa.Connection, arrival: Arrival, heard: Sequence[Turn], now: datetime) -> None:
        """Make a Turn of a state that is not the one last heard of; an older one is not heard."""
        message, kinds = arrival.message, {"closed": TurnKind.CLOSED, "open": TurnKind.REOPENED}
        before, as_of = _state(heard, message.id)
        is_news = arrival.state in kinds and arrival.state != before
        if not is_news or (as_of and arrival.changed_at < as_of):
            return
        if arrivals.knows_thread(tx, message.source, message.id):
            turn = Turn(
                kind=kinds[arrival.state],
                source=message.source,
                message=message.id,
                at=arrival.changed_at,
                who=arrival.who,
            )
            self._turn(tx, turn, now)

    def _turn(self, tx: sa.Connection, turn: Turn, now: datetime) -> None:
        """Remember a Turn; that something is gone for good is told once."""
        if turn.kind is TurnKind.DELETED and arrivals.is_deleted(tx, turn.source, turn.message):
            return
        seq = arrivals.add_turn(tx, turn, now)
        thread = arrivals.thread_of(tx, turn.source, turn.message)
        self.queue.enqueue(Job.turn(turn.source, thread, seq), tx)

    def _move(self, tx: sa.Connection, moved: Move, now: datetime) -> None:
        """Follow a thread to its new place; what is not answered begins anew, for that place."""
        messages.hold_thread(tx, moved.source, moved.thread)
        if not arrivals.knows_thread(tx, moved.source, moved.thread):
            return
        project = self.settings.source(moved.to_source).project
        for number in arrivals.move(tx, moved, project):
            because = f"{moved.thread} was moved to {moved.to_thread}"
            cases.record(tx, number, now, "moved", moved.who or "triage", because)
            if cases.by_number(tx, number).state not in ANSWERED:
                begin_anew(tx, self.queue, number, because, now)
        issues.remove(tx, moved.thread, moved.to_thread)


def _named(tx: sa.Connection, message: Message) -> Message:
    """Return a Message with the names that are known; with a name learned since, its words are the same words."""
    if not mentioned(message.text):
        return message
    text, here = people.named(tx, message), messages.text_of(tx, message.source, message.id)
    if here is not None and people.named(tx, replace(message, text=here)) == text:
        text = here
    return replace(message, text=text)


def _is_plain(happened: Happened) -> bool:
    """Tell whether it is one Message that opens, and nothing else; with no names to be looked up."""
    if len(happened.arrivals) != 1 or happened.moves or happened.turns:
        return False
    arrival = happened.arrivals[0]
    return arrival.opens and arrival.state in ("", "open") and not mentioned(arrival.message.text)


def _places(arrival: Arrival) -> set[tuple[str, str]]:
    """Return under what something may have been heard of a Message: itself, and what begins its thread."""
    message = arrival.message
    return {(message.source, message.id), (message.source, message.root)}


def _told_of(given: Sequence[Happened]) -> set[tuple[str, str]]:
    """Return what these say became of something, each by its Source and id."""
    turned = {(turn.source, turn.message) for each in given for turn in each.turns}
    moves = [moved for each in given for moved in each.moves]
    left = {(moved.source, moved.thread) for moved in moves}
    return turned | left | {(moved.to_source, moved.to_thread) for moved in moves}


def _state(heard: Sequence[Turn], message: str) -> tuple[str, datetime | None]:
    """Return "open" or "closed" as last heard, and as of when; what was never heard of is open."""
    of_state = (TurnKind.CLOSED, TurnKind.REOPENED)
    said = [turn for turn in heard if turn.message == message and turn.kind in of_state]
    newest = max(reversed(said), key=lambda turn: turn.at, default=None)
    if newest is None:
        return "open", None
    return ("closed" if newest.kind is TurnKind.CLOSED else "open"), newest.at


def _notes(arrival: Arrival) -> dict[str, object]:
    notes: dict[str, object] = {
        messages.CHANGED_AT: arrival.changed_at.astimezone(UTC).isoformat(timespec="seconds")
    }
    if arrival.dropped:
        notes[messages.DROPPED] = arrival.dropped
    if arrival.is_asked_for:
        notes[messages.ASKED_FOR] = True
    return notes


def _source_of(issue: str) -> str:
    return f"github:{issue.rpartition('#')[0]}"
