"""What keeps writers of several processes apart where their statements alone would not.

A row that is there is held by reading it `FOR UPDATE`. What has no row of its own (a thread before its
Case, the count of an Issue's number) is held by its name. On SQLite all of this is nothing: there a
writing transaction is alone. Names come first, then a Message, then a Case, then the Issues, so that two
transactions do not wait for each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from agent.store.postgres import SHARED

Query = TypeVar("Query", bound=sa.Select[Any])


def hold(tx: sa.Connection, *names: str) -> None:
    """Wait until no other transaction holds a name, and hold it until this one ends."""
    if names and tx.dialect.name == SHARED:
        each = sa.func.unnest(sa.cast(sorted(set(names)), postgresql.ARRAY(sa.Text))).column_valued("name")
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_number(each))))


def held(tx: sa.Connection, query: Query) -> Query:
    """Return the query; where the transaction writes, the rows that it finds are held until it ends.

    Rows that refer to them can still be added.
    """
    is_writing = tx.dialect.name == SHARED and bool(tx.get_execution_options().get("writes"))
    return query.with_for_update(key_share=True) if is_writing else query


def try_for_session(kept: sa.Connection, name: str, seconds: float) -> bool:
    """Hold a name as long as the connection lives, unless another one does.

    The database ends the connection where its process is not heard of for so many seconds.
    """
    is_held = bool(kept.scalar(sa.select(sa.func.pg_try_advisory_lock(_number(name)))))
    if is_held:
        _end_when_idle(kept, seconds)
    return is_held


def give_back(kept: sa.Connection, name: str) -> None:
    """End what `try_for_session` began, unless the database did."""
    try:
        _end_when_idle(kept, 0)
        kept.execute(sa.select(sa.func.pg_advisory_unlock(_number(name))))
    except sa.exc.DBAPIError:
        kept.invalidate()


def _end_when_idle(kept: sa.Connection, seconds: float) -> None:
    milliseconds = str(round(seconds * 1000))
    kept.execute(sa.select(sa.func.set_config("idle_session_timeout", milliseconds, False)))


def _number(name: "str | sa.ColumnElement[str]") -> sa.ColumnElement[int]:
    return sa.func.hashtextextended(name, 0)


def insert_new(tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows whose keys are not there.

    One that another transaction is inserting is waited for.
    """
    if rows:
        tx.execute(_unless_there(tx, table), list(rows))


def insert_one(tx: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False where its key is there already."""
    inserted = _unless_there(tx, table).values(**row).returning(*table.primary_key)
    return tx.execute(inserted).first() is not None


def insert_for(tx: sa.Connection, table: sa.Table, row: Mapping[str, Any], key: sa.Column[int]) -> int | None:
    """Insert a row and return its number; None where its unique key is there already."""
    return tx.scalar(_unless_there(tx, table).values(**row).returning(key))


def insert_all(
    tx: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    unique: tuple[sa.Column[str], sa.Column[str]],
    key: sa.Column[int],
) -> dict[tuple[str, str], int]:
    """Insert those rows whose keys are not there; return the numbers of these by what is unique of them."""
    found = tx.execute(_unless_there(tx, table).returning(*unique, key), list(rows))
    return {(row[0], row[1]): row[2] for row in found}


def _unless_there(tx: sa.Connection, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
    if tx.dialect.name == SHARED:
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
