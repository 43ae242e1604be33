"""Backups of the embedded home: its files as of one moment, in a tar, and back again.

Order makes the parts fit, for the process may run on: **checkpoints first, then the store, then what left
through the file channel.** The store decides and the graph is told, so checkpoints may be behind the store
(a thread is told again, or rebuilt from it) and never ahead: a thread that waits at a review which the
store has not reached would be waited for in vain, and one of a Case that the store does not have would be
taken for the next Case of that number. The outbox file is a destination: it may know more than the store,
which looks there before it writes again, and never less.

What is not here: what a restored store has to mind (`restored.py`); vectors, which are in the store, and the
index, which is built from them; logs; PostgreSQL, which has `pg_dump`.
"""

import errno
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from agent.domain.backups import Manifest
from agent.errors import Misuse, Refused, Unavailable
from agent.store.codec import from_json, to_json

FORMAT = 1
MANIFEST = "manifest.json"
STORE, CHECKPOINTS, OUTBOX, EVALS = "triage.db", "checkpoints.db", "outbox.jsonl", "evals"
#: What SQLite keeps beside a database that is open, or was when its process died.
BESIDE = ("-wal", "-shm", "-journal")
#: Derived, and of the store that was there before.
DERIVED = "chroma"
BLOCK = 1 << 20
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
OWNER_ONLY = 0o600


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeFiles:
    """Where the parts of a home lie; `store` is elsewhere where DATABASE_URL says so."""

    home: Path
    store: Path
    outbox: Path

    @property
    def parts(self) -> dict[str, Path]:
        """Return the files of a backup by their names in it, in the order in which they are read."""
        here = {CHECKPOINTS: self.home / CHECKPOINTS, STORE: self.store, OUTBOX: self.outbox}
        measured = sorted(path for path in (self.home / EVALS).rglob("*") if path.is_file())
        return {**here, **{path.relative_to(self.home).as_posix(): path for path in measured}}


def copy(files: HomeFiles, folder: Path) -> dict[str, Path]:
    """Copy the parts that there are into an empty folder, while others write them; return them by name."""
    copied = {}
    for name, path in files.parts.items():
        if path.exists():
            copied[name] = folder / name
            copied[name].parent.mkdir(parents=True, exist_ok=True)
            (snapshot if path.suffix == ".db" else shutil.copyfile)(path, copied[name])
    return copied


def snapshot(path: Path, to: Path) -> None:
    """Copy a SQLite database as of one moment; its writers are not held up."""
    live = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    with closing(live), closing(sqlite3.connect(to)) as copied:
        live.backup(copied)  # all pages in one step: in several, each write would begin it anew
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself


def pack(parts: Mapping[str, Path], manifest: Manifest, to: Path) -> Manifest:
    """Write the parts and what they are into a tar that its owner alone can read; return the manifest.

    It is there whole or not at all.
    """
    manifest = replace(manifest, files={name: _digest(path) for name, path in parts.items()})
    written = to.with_name(f".{to.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                _add(tar, MANIFEST, to_json(manifest).encode())
                for name, path in parts.items():
                    tar.add(path, name, filter=_plain)
            file.flush()
            os.fsync(file.fileno())
        written.replace(to)
    finally:
        written.unlink(missing_ok=True)
    return manifest


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = _plain(tarfile.TarInfo(name))
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.mode, info.uid, info.gid, info.uname, info.gname = OWNER_ONLY, 0, 0, "", ""
    return info


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(file: Path, folder: Path) -> Manifest:
    """Read a backup into an empty folder.

    Raises Misuse for what is none, Refused for what is damaged, Unavailable where there is no room for it.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest = _manifest(tar)
            for name in manifest.files:
                _take(tar, name, folder)
    except (tarfile.TarError, OSError, KeyError, ValidationError) as error:
        if getattr(error, "errno", None) in NO_ROOM:
            raise Unavailable(
                f"There is no room for what is in {file}. Nothing was changed here. Make room, then try again."
            ) from error
        raise Misuse(f"{file} is no backup that can be read: {error}. `triage backup` makes one.") from error
    for name, digest in manifest.files.items():
        if _digest(folder / name) != digest:
            raise Refused(f"{file} is damaged: {name} is not what was written. Nothing was changed here.")
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    found = tar.extractfile(MANIFEST)
    if found is None:
        raise KeyError(MANIFEST)
    manifest = from_json(Manifest, found.read(BLOCK).decode())
    if manifest.format != FORMAT:
        raise Misuse(
            f"This backup has format {manifest.format}, and this version reads {FORMAT}. Upgrade it."
        )
    return manifest


def _take(tar: tarfile.TarFile, name: str, folder: Path) -> None:
    parts = PurePosixPath(name).parts
    if (
        name.startswith("/")
        or ".." in parts
        or (name not in (STORE, CHECKPOINTS, OUTBOX) and parts[0] != EVALS)
    ):
        raise KeyError(name)
    source = tar.extractfile(name)
    if source is None:
        raise KeyError(name)
    to = folder / name
    to.parent.mkdir(parents=True, exist_ok=True)
    with source, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as written:
        shutil.copyfileobj(source, written, BLOCK)


def is_there(files: HomeFiles) -> bool:
    """Tell whether a home has a store."""
    return files.store.exists()


def close_down(store: Path) -> None:
    """Bring a store's log into its file; raises Refused while another process has it open."""
    with closing(sqlite3.connect(store, timeout=1)) as old:
        try:
            old.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            raise Refused(
                f"{store} is open in another process. Stop what serves this home (`triage run --no-worker`, "
                "too), then try again. Nothing was changed."
            ) from error
        except sqlite3.DatabaseError:
            return  # too damaged to be read: that may be why there is a restore


def set_aside(files: HomeFiles, folder: Path) -> bool:
    """Move what a home has into a folder of its own; False where it has nothing.

    What left through the file channel stays.
    """
    databases = (files.store, files.home / CHECKPOINTS)
    beside = [path.with_name(path.name + end) for path in databases for end in BESIDE]
    # The store last: without it the home is empty, and the same restore goes on.
    places = (files.home / DERIVED, files.home / EVALS, *beside, *reversed(databases))
    found = [path for path in places if path.exists()]
    if found:
        folder.mkdir(mode=0o700, parents=True)
    for path in found:
        shutil.move(path, folder / path.name)
    return bool(found)


def put_in_place(files: HomeFiles, folder: Path) -> None:
    """Move unpacked parts to where they belong, the store last."""
    with suppress(FileNotFoundError):
        join_outbox(folder / OUTBOX, files.outbox)
    if (folder / EVALS).exists():
        shutil.move(folder / EVALS, files.home / EVALS)
    for name, path in ((CHECKPOINTS, files.home / CHECKPOINTS), (STORE, files.store)):
        if (folder / name).exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(folder / name, path)
            _sync(path)


def join_outbox(backed_up: Path, here: Path) -> None:
    """Add the lines of a backup that an outbox file lacks: what is there has left, and stays."""
    missing = _lines(backed_up)
    known = set(_lines(here)) if here.exists() else set()
    with os.fdopen(os.open(here, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY), "ab") as file:
        file.writelines(line for line in missing if line not in known)
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> Iterable[bytes]:
    return [line + b"\n" for line in path.read_bytes().splitlines()]


def _sync(path: Path) -> None:
    for each in (path, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
