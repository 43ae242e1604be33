"""The embedded home as a whole: backed up while it runs, and put back. PostgreSQL has its own tools for both."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path

import sqlalchemy as sa

from agent.domain.backups import BackedUp, Manifest, PutBack
from agent.errors import Misuse, Refused, Unavailable
from agent.ports import Now
from agent.prompts import Prompts, prompts_dir
from agent.settings import Settings
from agent.store import backup, restored, views
from agent.store.database import HEAD, Store, address_of
from agent.store.home import SET_ASIDE, Home
from agent.store.tables import cases, issues, messages
from agent.wiring import clock

DISTRIBUTION = "triage-agent"
#: Begins the name of the folder that a backup is unpacked into.
SCRATCH = ".restore-"


def back_up(settings: Settings, to: Path, now: Now = clock) -> BackedUp:
    """Write a backup of the home beside whatever runs there; `to` is a folder, or a file that is not there yet.

    Raises Misuse where the state is not in SQLite, where there is none, and for a file that exists, Unavailable
    where it cannot be written.
    """
    files, as_of = _files(settings), now()
    if not backup.is_there(files):
        raise Misuse(f"There is nothing to back up: {files.store} does not exist.")
    file = to / f"triage-{as_of:%Y%m%d-%H%M%S}.tar" if to.suffix != ".tar" else to
    if file.exists():
        raise Misuse(f"{file} exists, and a backup replaces nothing. Give another name.")
    with _written_to(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".triage-", dir=file.parent) as folder:
            parts = backup.copy(files, Path(folder))
            manifest = backup.pack(parts, _described(settings, parts[backup.STORE], as_of), file)
    return BackedUp(path=str(file), bytes=file.stat().st_size, manifest=manifest)


@contextmanager
def _written_to(file: Path) -> Iterator[None]:
    """Say what a full disk, or a place that takes no file, means for a backup."""
    try:
        yield
    except (OSError, sqlite3.OperationalError, sa.exc.OperationalError) as error:
        why = error.strerror if isinstance(error, OSError) else getattr(error, "orig", error)
        raise Unavailable(
            f"No backup was written to {file}: {why}. Nothing of it was left there, and the home is as it was. "
            "Make room, or name another place with --to."
        ) from error


def put_back(settings: Settings, file: Path, who: str, now: Now = clock, *, force: bool = False) -> PutBack:
    """Put a home back to a backup, under its lock.

    Raises Misuse where there is a home and no `force`, Refused where another process has it open; what was
    there is moved aside, nothing of it is deleted.
    """
    files, home = _files(settings), Home(settings.home)
    if backup.is_there(files) and not force:
        raise Misuse(
            f"{files.store} exists. Restore into another TRIAGE_HOME, or say --force: what is here is moved aside then."
        )
    with home.locked("triage restore", now()), _scratch(settings.home) as unpacked:
        folder = Path(unpacked)
        manifest = backup.unpack(file, folder)
        waiting, to_look_for = _made_aware(folder / backup.STORE, manifest, now(), who)
        aside = _moved_aside(settings, files, now())
        backup.put_in_place(files, folder)
    differs = tuple(_differs(settings, manifest))
    return PutBack(
        manifest=manifest, waiting=waiting, to_look_for=to_look_for, differs=differs, set_aside=aside
    )


def came_back(settings: Settings, as_of: datetime, who: str, now: Now = clock) -> int:
    """Say that another tool put the store back to how it was; return how many steps are looked for first."""
    if as_of > now():
        raise Misuse(f"--as-of is a moment in the past, and {as_of.isoformat()} is not.")
    store = Store(settings.database_url)
    try:
        with store.write() as tx:
            return restored.begin(tx, as_of, now(), who)
    finally:
        store.close()


def _files(settings: Settings) -> backup.HomeFiles:
    address = address_of(settings.database_url)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise Misuse(
            "The state is in PostgreSQL, which has its own tools, consistent while everything runs:\n"
            '  pg_dump --format=custom --file=triage.dump "$DATABASE_URL"\n'
            "and back, with every worker and door stopped:\n"
            '  pg_restore --clean --if-exists --dbname="$DATABASE_URL" triage.dump\n'
            "  triage restore --as-of 2026-01-31T10:00+00:00   when the dump was begun: what has left since is "
            "looked for first"
        )
    return backup.HomeFiles(home=settings.home, store=Path(address.database), outbox=settings.outbox_file)


@contextmanager
def _scratch(home: Path) -> Iterator[str]:
    """Give a folder in the home, whose lock is held; what a killed restore left of its own goes."""
    for left in home.glob(f"{SCRATCH}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=home) as folder:
        yield folder


def _described(settings: Settings, store: Path, as_of: datetime) -> Manifest:
    copied = Store(f"sqlite:///{store}")  # the copy, brought up to this version's schema
    try:
        with copied.read() as tx:
            counts = [
                tx.scalar(sa.select(sa.func.count()).select_from(each)) for each in (cases, messages, issues)
            ]
    finally:
        copied.close()
    return Manifest(
        format=backup.FORMAT,
        as_of=as_of,
        version=metadata.version(DISTRIBUTION),
        schema=HEAD,
        cases=counts[0] or 0,
        messages=counts[1] or 0,
        issues=counts[2] or 0,
        policy=settings.policy_hash,
        prompts=Prompts(prompts_dir()).hash,
    )


def _made_aware(store: Path, manifest: Manifest, now: datetime, who: str) -> tuple[int, int]:
    """Have an unpacked store know that it is one; return how many Cases wait, and what is looked for first."""
    if manifest.schema > HEAD:
        raise Refused(
            f"The backup was made by triage-agent {manifest.version}, which is newer than this one. Upgrade first."
        )
    copied = Store(f"sqlite:///{store}")
    try:
        with copied.write() as tx:
            to_look_for = restored.begin(tx, manifest.as_of, now, who)
            return views.counts(tx).inbox, to_look_for
    finally:
        copied.close()


def _moved_aside(settings: Settings, files: backup.HomeFiles, now: datetime) -> str:
    if backup.is_there(files):
        backup.close_down(files.store)
    folder = settings.home / f"{SET_ASIDE}{now:%Y%m%d-%H%M%S}"
    return str(folder) if backup.set_aside(files, folder) else ""


def _differs(settings: Settings, manifest: Manifest) -> Iterator[str]:
    if manifest.policy != settings.policy_hash:
        yield "the policy files"
    if manifest.prompts != Prompts(prompts_dir()).hash:
        yield "the prompts"
