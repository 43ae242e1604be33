"""The file channel: what would be sent, a JSON line each, for a team without accounts.

The file is the destination. Nothing lies between the call and it, so what `find` does not see
did not happen and cannot arrive later.
"""

import fcntl
import json
import os
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from agent.domain.actions import Action, Notice, Outcome, Receipt, Unknown
from agent.ports import Now


class FileChannel:
    """Implements `ports.Channel` by appending to one file."""

    listing_is_final = True

    def __init__(self, path: Path, now: Now) -> None:
        self.path = path
        self.now = now

    def carry_out(self, action: Action | Notice) -> Outcome:
        at = self.now()
        line = _one_line({"key": action.key, "at": at.isoformat(), **_content(action)})
        try:
            with self.path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                # A process that was held up since its claim may come after the one that took over.
                known = self.find(action)
                number = 0 if known else self._append(file, line)
        except OSError as error:
            return Unknown(key=action.key, why=f"{self.path.name} could not be written: {error.strerror}")
        return known or self._receipt(action.key, number, at.isoformat())

    def find(self, action: Action | Notice) -> Receipt | None:
        for number, line in enumerate(self._lines(), start=1):
            if line.get("key") == action.key:
                return self._receipt(action.key, number, str(line["at"]))
        return None

    def _append(self, file: BinaryIO, line: str) -> int:
        number = sum(1 for _ in self._lines()) + 1
        if os.fstat(file.fileno()).st_size and _last_byte(file.fileno()) != b"\n":
            line = f"\n{line}"  # a line torn by a kill stays alone and is no effect
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
        return number

    def _lines(self) -> Iterator[dict[str, object]]:
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                yield _parsed(line)

    def _receipt(self, key: str, number: int, at: str) -> Receipt:
        return Receipt(
            key=key,
            destination_id=f"{self.path.name}:{number}",
            url=self.path.absolute().as_uri(),
            at=datetime.fromisoformat(at),
        )


def without_words(path: Path, case_ids: Collection[str]) -> int:
    """Blank the texts of these Cases' lines where they stand; keys and Receipts stay true. Return how many.

    Bytes are replaced one for one, so that a line that another process appends meanwhile is not lost.
    """
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        return sum(_blanked(file, line, at, case_ids) for at, line in _with_places(file))


def _with_places(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    at, lines = 0, file.readlines()
    for line in lines:
        yield at, line
        at += len(line)


def _blanked(file: BinaryIO, line: bytes, at: int, case_ids: Collection[str]) -> bool:
    found = _parsed(line.decode("utf-8", "replace"))
    is_meant = str(found.get("key", "")).partition(":")[0] in case_ids
    text = found.get("text")
    if not is_meant or not isinstance(text, str) or not text.strip():
        return False
    old = _one_line({"text": text})[1:-1].encode()  # `"text": "…"`, as it was written
    place = line.rfind(old)
    if place < 0:
        return False
    head = len(b'"text": "')
    file.seek(at + place + head)
    file.write(b" " * (len(old) - head - 1))
    file.flush()
    os.fsync(file.fileno())
    return True


def _parsed(line: str) -> dict[str, object]:
    """Read a line; one that was torn, or is none of ours, is empty."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _one_line(content: dict[str, object]) -> str:
    """Write JSON that a person can read and that no reader breaks apart."""
    text = json.dumps(content, ensure_ascii=False)
    for breaks in ("\u2028", "\u2029", "\x85"):
        text = text.replace(breaks, f"\\u{ord(breaks):04x}")
    return text.encode("utf-8", "replace").decode()


def _content(action: Action | Notice) -> dict[str, object]:
    if isinstance(action, Notice):
        return {"kind": action.kind, "to": action.to, "text": action.text}
    return {
        "kind": action.kind,
        "to": action.destination,
        "thread": action.thread,
        "case": action.case_id,
        "revision": action.revision,
        "text": action.body,
    }


def _last_byte(descriptor: int) -> bytes:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1)
