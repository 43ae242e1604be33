"""What calls of a model cost: the ledger, and its sums by day, prompt and model. Days are those of UTC."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from agent.domain.made import Call, Tokens
from agent.domain.views import CallSum
from agent.store.database import Store
from agent.store.tables import calls

SHADOW = "shadow "  #: begins the prompt of a call that a candidate prompt set made
ANSWERED = "answered"  #: the outcome of a call whose answer could be used


class StoreLedger:
    """Implements `ports.Ledger` on the store; each call is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def record(self, call: Call) -> None:
        with self.store.write() as tx:
            add(tx, call)

    def spent(self, day: date) -> int:
        with self.store.read() as tx:
            return spent(tx, day)


class ShadowLedger:
    """Implements `ports.Ledger` for a candidate prompt set: its calls stand apart, and have a cap of their own."""

    def __init__(self, store: Store, cap: int, daily_cap: int) -> None:
        """`cap` of its own calls and `daily_cap` of all, microdollars a day."""
        self.store = store
        self.cap = cap
        self.daily_cap = daily_cap

    def record(self, call: Call) -> None:
        with self.store.write() as tx:
            add(tx, replace(call, case="", prompt=f"{SHADOW}{call.prompt}"))

    def spent(self, day: date) -> int:
        """Return what the day cost; at its own cap that is as much as the cap of all."""
        with self.store.read() as tx:
            own, whole = spent(tx, day, calls.c.prompt.startswith(SHADOW)), spent(tx, day)
        return max(whole, self.daily_cap) if own >= self.cap else whole


def add(tx: sa.Connection, call: Call) -> None:
    """Keep a call."""
    tx.execute(
        calls.insert().values(
            at=call.at,
            case=call.case,
            source=call.source,
            prompt=call.prompt,
            prompt_hash=call.prompt_hash,
            model=call.model,
            input=call.tokens.input,
            output=call.tokens.output,
            cache_write=call.tokens.cache_write,
            cache_read=call.tokens.cache_read,
            microdollars=call.microdollars,
            seconds=call.seconds,
            outcome=call.outcome,
        )
    )


def spent(tx: sa.Connection, day: date, *which: sa.ColumnElement[bool]) -> int:
    """Return what the calls of a day cost, in microdollars; of those that are meant."""
    begins, ends = _day(day), _day(day + timedelta(days=1))
    cost = sa.func.coalesce(sa.func.sum(calls.c.microdollars), 0)
    return int(tx.scalar(sa.select(cost).where(calls.c.at >= begins, calls.c.at < ends, *which)) or 0)


def newest(tx: sa.Connection) -> Call | None:
    """Return the call that ended last, of those that people wait for."""
    live = sa.select(calls).where(~calls.c.prompt.startswith(SHADOW))
    row = tx.execute(live.order_by(calls.c.seq.desc()).limit(1)).first()
    return None if row is None else _call(row)


def of_case(tx: sa.Connection, case_id: str) -> list[Call]:
    """Return the calls that were made for a Case, oldest first."""
    rows = tx.execute(sa.select(calls).where(calls.c.case == case_id).order_by(calls.c.seq))
    return [_call(row) for row in rows]


def sums(tx: sa.Connection, since: date, until: date) -> list[CallSum]:
    """Return the sums by day, prompt and model of the days from `since` to `until`, both included."""
    day = sa.func.date(calls.c.at)
    columns = (calls.c.input, calls.c.output, calls.c.cache_write, calls.c.cache_read, calls.c.microdollars)
    totals = [sa.func.sum(column).label(column.name) for column in columns]
    failed = sa.func.sum(sa.case((calls.c.outcome == ANSWERED, 0), else_=1)).label("failed")
    query = (
        sa.select(
            day.label("day"),
            calls.c.prompt,
            calls.c.model,
            sa.func.count().label("asked"),
            sa.func.avg(calls.c.seconds).label("seconds"),
            failed,
            *totals,
        )
        .where(calls.c.at >= _day(since), calls.c.at < _day(until + timedelta(days=1)))
        .group_by("day", calls.c.prompt, calls.c.model)
        .order_by("day", calls.c.prompt, calls.c.model)
    )
    return [_sum(row) for row in tx.execute(query)]


def _day(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _sum(row: sa.Row[tuple[object, ...]]) -> CallSum:
    return CallSum(
        day=date.fromisoformat(str(row.day)),
        prompt=row.prompt,
        model=row.model,
        calls=row.asked,
        unused=row.failed,
        tokens=_tokens(row),
        microdollars=row.microdollars,
        seconds=row.seconds,
    )


def _call(row: sa.Row[tuple[object, ...]]) -> Call:
    return Call(
        at=row.at,
        case=row.case,
        source=row.source,
        prompt=row.prompt,
        prompt_hash=row.prompt_hash,
        model=row.model,
        tokens=_tokens(row),
        microdollars=row.microdollars,
        seconds=row.seconds,
        outcome=row.outcome,
    )


def _tokens(row: sa.Row[tuple[object, ...]]) -> Tokens:
    return Tokens(input=row.input, output=row.output, cache_write=row.cache_write, cache_read=row.cache_read)
