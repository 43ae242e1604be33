"""Opens the database: connection settings, transactions, migrations. Holds no queries.

SQLite or PostgreSQL, by the URL. On SQLite one writer at a time is let in, which makes every write safe;
on PostgreSQL writers meet (READ COMMITTED), and what may not is held in order: see `locks.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import TypeVar

import sqlalchemy as sa

from agent.errors import Misuse, Unavailable
from agent.store import locks
from agent.store.line import InLine, Line
from agent.store.postgres import SHARED, is_to_begin_again, set_up

T = TypeVar("T")

#: The newest migration; checked before Alembic is loaded, because loading it takes longer than a command.
HEAD = "0010"
#: How long a writer waits for another one before it gives up.
BUSY_MS = 30_000
#: Memory that each connection may keep pages in. The words of 11,000 Issues are searched no faster with four times it.
CACHE_KIB = 16_384
#: What to do about a file that does not open.
RESTORE = "Mend TRIAGE_HOME or its disk; a backup is put back by: triage restore FILE --force"
#: How often a transaction is begun again that another one's locks ended.
TRIES = 5


class Store:
    """The one place where facts live. `write` and `read` hand out the transactions.

    Raises Unavailable when it does not open, Misuse when the address cannot be one.
    """

    def __init__(self, url: str) -> None:
        self.db = _engine(url)
        self.is_shared = self.db.dialect.name == SHARED  #: other processes write, too
        self._writing = self.db.execution_options(writes=True)
        # One moment for all statements of a reader, as SQLite gives it anyway.
        one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self.db.execution_options(**one_moment) if self.is_shared else self.db
        try:
            _migrate(self._writing)
        except sa.exc.DBAPIError as error:
            where = self.db.url.set(query={}).render_as_string(hide_password=True)
            why = " ".join(str(error.orig).split()).rstrip(".")
            next_ = "Start PostgreSQL there, or mend DATABASE_URL" if self.is_shared else RESTORE
            raise Unavailable(
                f"The store at {where} does not open: {why}. Nothing was done. {next_}."
            ) from error
        except Misuse:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that may write; it commits when the block ends well."""
        with self._writing.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that sees one moment of the store."""
        with self._reading.connect() as tx, tx.begin():
            yield tx

    def written(self, act: Callable[[sa.Connection], T]) -> T:
        """Return what `act` does in a transaction; it is run again where another one's locks end it.

        So it is where the connection is cut. That may have been after it was committed, so what `act` does
        may be done twice, and has no effects elsewhere.
        """
        for _ in range(TRIES - 1):
            try:
                with self.write() as tx:
                    return act(tx)
            except sa.exc.OperationalError as error:
                if not is_to_begin_again(error):
                    raise
        with self.write() as tx:
            return act(tx)

    def erased(self, act: Callable[[sa.Connection], T]) -> T:
        """Return what `act` does in a transaction that overwrites what it deletes; run again as by `written`.

        PostgreSQL lets go of deleted rows by itself, in its own time.
        """

        def overwriting(tx: sa.Connection) -> T:
            if self.is_shared:
                return act(tx)
            tx.exec_driver_sql("PRAGMA secure_delete = ON")
            try:
                return act(tx)
            finally:
                tx.exec_driver_sql("PRAGMA secure_delete = OFF")

        return self.written(overwriting)

    def leave_no_trace(self) -> None:
        """Have the files hold what the tables hold: no deleted rows, no older pages, no old words of Issues.

        Writers wait meanwhile; on PostgreSQL this is nothing.
        """
        if self.is_shared:
            return
        with self.write() as tx:
            tx.exec_driver_sql("INSERT INTO issues_words(issues_words) VALUES ('optimize')")
        with closing(self.db.raw_connection()) as alone:  # in no transaction, as VACUUM wants it
            alone.cursor().execute("VACUUM")
            alone.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def alone(self, what: str, seconds: float = 15.0) -> Iterator[bool]:
        """Yield whether no other process does this now; none begins it before the block ends.

        A process that is stopped or gone is no longer alone after some seconds, so nothing rests on it.
        Where one process has the home to itself, it is alone.
        """
        if not self.is_shared:
            yield True
            return
        with self.db.connect().execution_options(isolation_level="AUTOCOMMIT") as kept:
            is_alone = locks.try_for_session(kept, what, seconds)
            try:
                yield is_alone
            finally:
                if is_alone:
                    locks.give_back(kept, what)

    def is_current(self) -> bool:
        """Tell whether the tables are those of this version; raises Unavailable where the store does not answer."""
        try:
            return _current(self.db) == HEAD
        except sa.exc.SQLAlchemyError as error:
            raise Unavailable("The store does not answer.") from error

    def close(self) -> None:
        """Give all connections back."""
        self.db.dispose()


def address_of(url: str) -> sa.URL:
    """Read the address of a store; raises Misuse, without a word of it, for one that cannot be read."""
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        address = None
    # Without its cause: that shows the address, and the address may hold a password. An @ in one that is not
    # spelled %40 ends it, and the rest of it would be the host's name.
    if address is None or "@" in (address.host or ""):
        raise Misuse(
            "DATABASE_URL cannot be read. It looks like postgresql://user@host:5432/name; in a password @ is "
            "written %40, : is %3A and % is %25. Nothing was done."
        )
    return address


def _engine(url: str) -> sa.Engine:
    address = address_of(url)
    if address.get_backend_name() == SHARED:
        return set_up(address)
    # Parameters hold what users wrote, and errors end in logs.
    own = {"check_same_thread": False, "factory": InLine}
    engine = sa.create_engine(address, hide_parameters=True, connect_args=own)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", partial(_begin_sqlite, Line()))
    return engine


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
    current = _current(db)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise Misuse(
            f"A newer version of triage changed this store ({current}; this one knows {HEAD}). "
            "Nothing was done. Start the newer version, or set another home or DATABASE_URL."
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with db.connect() as tx, tx.begin():
        # Several processes may start at once: the second one finds nothing to do.
        locks.hold(tx, "migrations")
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def _current(db: sa.Engine) -> str | None:
    with db.connect() as tx:
        if not sa.inspect(tx).has_table("alembic_version"):
            return None
        version: str | None = tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return version
