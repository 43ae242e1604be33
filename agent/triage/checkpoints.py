"""Where the graph's own progress is kept: a SQLite file beside the store, never in it.

It holds nothing that the store does not know; a thread can be rebuilt at any time.
"""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver


def open_saver(path: Path) -> "SqliteSaver":
    """Open the checkpoints of one process."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(path, check_same_thread=False)
    # An explicit None: nothing but safe types. The default would run code out of a tampered row.
    saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    saver.setup()
    connection.execute("PRAGMA synchronous = FULL")
    return saver
