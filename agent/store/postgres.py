"""What PostgreSQL needs of a connection: which driver, which limits, what it cannot keep."""

from select import POLLIN, poll
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    import psycopg

#: SQLAlchemy's name of the one backend that many processes share.
SHARED = "postgresql"
#: A process that was stopped in the middle of a transaction loses it after this, and its locks with it.
IDLE_MS = 15_000
#: How long a row is waited for that another process holds.
LOCK_MS = 30_000
#: How soon the server notices that a machine is gone, and with it what it held, in seconds and tries.
ALIVE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
#: Connections a process keeps, and those it may open beyond.
POOL, MORE = 8, 8
#: Seconds that a server may take to answer the first time.
CONNECT_SECONDS = 10
#: A deadlock, and what could not be put in order.
_AGAIN = ("40P01", "40001")


def set_up(address: sa.URL) -> sa.Engine:
    """Return an engine whose connections are looked at before they are used: a server may have ended them."""
    limits = {
        "idle_in_transaction_session_timeout": IDLE_MS,
        "lock_timeout": LOCK_MS,
        **ALIVE,
        "TimeZone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # they hold what users wrote, and errors end in logs
        pool_size=POOL,
        max_overflow=MORE,
        connect_args={"options": options, "connect_timeout": CONNECT_SECONDS},
    )
    sa.event.listen(engine, "connect", _without_nul)
    sa.event.listen(engine, "checkout", _still_open)
    return engine


def keywords(db: sa.Engine) -> dict[str, Any]:
    """Return what psycopg is called with for this database; it holds the password."""
    _, given = db.dialect.create_connect_args(db.url)
    return {"connect_timeout": CONNECT_SECONDS, **given}


def is_to_begin_again(error: sa.exc.DBAPIError) -> bool:
    """Tell whether another transaction's locks ended this one, or the server its connection."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _AGAIN


def _still_open(connection: "psycopg.Connection[Any]", _record: object, _lent: object) -> None:
    """Refuse a connection that the server ended while it rested; the pool then opens another one.

    The server's last word, or the end of the line, lies at the socket by then. To ask instead, as
    `pool_pre_ping` does, is a round trip for every transaction.
    """
    import psycopg

    news = poll()
    try:
        news.register(connection, POLLIN)
        if news.poll(0):  # it may be a notice: so here it is asked
            connection.execute("")
            connection.rollback()
    except psycopg.Error as error:
        raise sa.exc.InvalidatePoolError from error


def _without_nul(connection: "psycopg.Connection[Any]", _record: object) -> None:
    """Let a NUL, which no text of PostgreSQL can hold, come in as a space."""
    from psycopg.types.string import StrDumperUnknown

    class Clean(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", " "))

    connection.adapters.register_dumper(str, Clean)
