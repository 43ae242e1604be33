"""What follows from a store being an older state of itself: nothing that left since may leave again.

What is not here: copying files (`backup.py`), and the look at the destination itself (the outbox).

Whatever waited to leave at that time, and whatever is approved for a Case of that time, may have left since:
it counts as tried, so its key is looked for before anything is written. Cases that are opened now get numbers
well above those that may have been given since, because their numbers are in keys and links outside.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from agent.domain.actions import OutboxState
from agent.domain.backups import Restored
from agent.store.codec import from_json, to_json
from agent.store.issues import GENERATION, generation_of
from agent.store.postgres import SHARED
from agent.store.tables import cases, events, issues, marks, outbox, surfaces

#: The marks: of what was restored, and of the next Case's number.
RESTORED, NEXT_CASE = "restored", "cases.next"
#: How many Case numbers are left out at least, and how many generations of Issues.
NUMBERS, GENERATIONS = 1000, 1_000_000
#: What may be under way when a store is put back has arrived by then.
LANDED = timedelta(seconds=30)
_MAY_GO_AGAIN = [state for state in OutboxState if state is not OutboxState.SENT]


def begin(tx: sa.Connection, as_of: datetime, now: datetime, who: str) -> int:
    """Remember that this store is as it was at `as_of`; return how many rows are looked for before they leave."""
    known = of(tx)
    highest = tx.scalar(sa.select(sa.func.max(cases.c.number))) or 0
    since = min(as_of, known.as_of) if known else as_of
    _set(tx, RESTORED, to_json(Restored(as_of=since, at=now, cases=highest)))
    _number_on(tx, highest)
    _index_anew(tx)
    tx.execute(surfaces.update().values(drawn_event=0, drawn_digest=""))
    text = f"Restored as of {as_of.isoformat(timespec='seconds')}"
    tx.execute(events.insert().values(case=None, at=now, what="restored home", who=who, text=text))
    return _tried(tx, now)


def of(tx: sa.Connection) -> Restored | None:
    """Return what this store was restored to; None where it never was."""
    text = tx.scalar(sa.select(marks.c.value).where(marks.c.name == RESTORED))
    return None if text is None else from_json(Restored, text)


def may_have_left_since(tx: sa.Connection, number: int | None) -> datetime | None:
    """Return since when a step of a Case, or of none, may have left without this store knowing."""
    known = of(tx)
    if known is None or (number is not None and number > known.cases):
        return None
    return known.as_of


def take_number(tx: sa.Connection) -> dict[str, int]:
    """Return the number of the first Case after a restore, as a column; nothing for any other."""
    value = tx.scalar(sa.select(marks.c.value).where(marks.c.name == NEXT_CASE))
    if value is None:
        return {}
    tx.execute(marks.delete().where(marks.c.name == NEXT_CASE))
    return {"number": int(value)}


def _number_on(tx: sa.Connection, highest: int) -> None:
    """Leave out as many numbers as there are Cases, and a thousand at least."""
    following = highest + max(NUMBERS, highest) + 1
    if tx.dialect.name == SHARED:
        of_cases = sa.cast(sa.func.pg_get_serial_sequence("cases", "number"), REGCLASS)
        tx.execute(sa.select(sa.func.setval(of_cases, following, False)))
    else:  # SQLite goes on from the highest that there is
        _set(tx, NEXT_CASE, str(following))


def _index_anew(tx: sa.Connection) -> None:
    """Move every Issue past the generations that an index outside of the store may have seen since."""
    tx.execute(issues.update().values(generation=issues.c.generation + GENERATIONS))
    _set(tx, GENERATION, str(generation_of(tx) + GENERATIONS))


def _tried(tx: sa.Connection, now: datetime) -> int:
    """Let everything that has not left be looked for first; return how many wait to leave."""
    again: Sequence[OutboxState] = _MAY_GO_AGAIN
    tx.execute(outbox.update().where(outbox.c.state.in_(again), outbox.c.attempts == 0).values(attempts=1))
    waits = (outbox.c.state == OutboxState.PENDING, outbox.c.due_at < now + LANDED)
    tx.execute(outbox.update().where(*waits).values(due_at=now + LANDED))
    # Until it has been looked for it may have had an effect.
    actions = (outbox.c.state == OutboxState.PENDING, outbox.c.is_notice.is_(False))
    tx.execute(outbox.update().where(*actions).values(looked_at=now))
    may_go = outbox.c.state.in_([OutboxState.PENDING, OutboxState.SENDING])
    return tx.scalar(sa.select(sa.func.count()).select_from(outbox).where(may_go)) or 0


def _set(tx: sa.Connection, name: str, value: str) -> None:
    tx.execute(marks.delete().where(marks.c.name == name))
    tx.execute(marks.insert().values(name=name, value=value))
