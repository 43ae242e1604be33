"""Where the graph's own progress is kept: a SQLite file beside the store, or PostgreSQL where the store is there.

It holds nothing that the store does not know; a thread can be rebuilt at any time.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

#: Connections of one process: its threads, and one to spare.
POOL = 4
#: Seconds between two looks whether another process has made the tables.
PATIENCE = 0.1


def open_saver(path: Path) -> "SqliteSaver":
    """Open the checkpoints of one process."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(path, check_same_thread=False)
    saver = SqliteSaver(connection, serde=_serializer())
    saver.setup()
    connection.execute("PRAGMA synchronous = FULL")
    return saver


def open_shared_saver(
    keywords: Mapping[str, Any], alone: Callable[[], AbstractContextManager[bool]]
) -> "PostgresSaver":
    """Open the checkpoints that many processes share; `keywords` is what psycopg is called with.

    `alone` tells whether no other process makes the tables now: two at once would fail, and one that
    waited inside the database would be waited for.
    """
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg import Connection
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import ConnectionPool

    pool: ConnectionPool[Connection[DictRow]] = ConnectionPool(
        kwargs={**keywords, "autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=POOL,
        open=True,
        check=ConnectionPool.check_connection,  # a server may have ended them
    )
    saver = PostgresSaver(pool, serde=_serializer())
    while not _is_set_up(saver, alone):
        sleep(PATIENCE)
    return saver


def _is_set_up(saver: "PostgresSaver", alone: Callable[[], AbstractContextManager[bool]]) -> bool:
    with alone() as is_alone:
        if is_alone:
            saver.setup()
        return is_alone


def _serializer() -> "JsonPlusSerializer":
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    # An explicit None: nothing but safe types. The default would run code out of a tampered row.
    return JsonPlusSerializer(allowed_msgpack_modules=None)
