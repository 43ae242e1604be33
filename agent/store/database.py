"""Opens the database: connection settings, transactions, migrations. Holds no queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

import sqlalchemy as sa

from agent.errors import Unavailable
from agent.store.line import InLine, Line

#: The newest migration; checked before Alembic is loaded, because loading it takes longer than a command.
HEAD = "0007"
#: How long a writer waits for another one before it gives up.
BUSY_MS = 30_000
#: Memory a connection may keep pages in: the words of 16,000 Issues are searched a fifth faster.
CACHE_KIB = 65_536


class Store:
    """The one place where facts live. `write` and `read` hand out the transactions.

    Raises Unavailable when it does not open.
    """

    def __init__(self, url: str) -> None:
        self.db = _engine(url)
        try:
            _migrate(self.db)
        except sa.exc.DBAPIError as error:
            where = self.db.url.render_as_string(hide_password=True)
            raise Unavailable(f"The store at {where} does not open: {error.orig}.") from error

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that may write; it commits when the block ends well."""
        with self.db.connect().execution_options(writes=True) as tx, tx.begin():
            yield tx

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that sees one moment of the store."""
        with self.db.connect() as tx, tx.begin():
            yield tx

    def close(self) -> None:
        """Give all connections back."""
        self.db.dispose()


def _engine(url: str) -> sa.Engine:
    # Parameters hold what users wrote, and errors end in logs.
    own = {"check_same_thread": False, "factory": InLine} if _is_sqlite(url) else {}
    engine = sa.create_engine(url, hide_parameters=True, connect_args=own)
    if _is_sqlite(url):
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", partial(_begin_sqlite, Line()))
    return engine


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _set_up_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late for a consistent read
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        f"cache_size = -{CACHE_KIB}",
        f"busy_timeout = {BUSY_MS}",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(line: Line, connection: sa.Connection) -> None:
    # A reader that turns writer can only fail when another wrote meanwhile; writers queue from the start.
    if connection.get_execution_options().get("writes"):
        own = connection.connection.dbapi_connection
        assert isinstance(own, InLine)
        own.take_turn(line)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:  # another process holds it, for longer than we wait
            own.end_turn()
            raise
    else:
        connection.exec_driver_sql("BEGIN")


def _migrate(db: sa.Engine) -> None:
    if _current(db) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with db.connect().execution_options(writes=True) as tx, tx.begin():
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def _current(db: sa.Engine) -> str | None:
    with db.connect() as tx:
        if not sa.inspect(tx).has_table("alembic_version"):
            return None
        version: str | None = tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return version
