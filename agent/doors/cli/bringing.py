"""Files and texts that people bring, as records; what is wrong with a line is told on stderr.

Formats are `reading`'s and `lines`'s; what is done with the records is each command's.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar, cast

from agent.domain.messages import Message, Visibility
from agent.doors.cli.lines import Bytes, lines
from agent.doors.cli.output import say
from agent.doors.cli.reading import PASTED, LineError, Parsed, message_from, whole
from agent.errors import Misuse
from agent.wording.texts import count

T = TypeVar("T")
#: How a file is called that is the standard input.
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Brought(Generic[T]):
    """A readable line; `where` is how a sentence about it begins."""

    where: str
    parsed: Parsed[T]


class Bringing(Generic[T]):
    """Reads files in order. `read` and `skipped` count lines; blank ones count as neither."""

    def __init__(self, files: Sequence[str], parse: Callable[[str], Parsed[T]]) -> None:
        self.files = files
        self.parse = parse
        self.read = 0
        self.skipped = 0

    def __iter__(self) -> Iterator[Brought[T]]:
        """Yield what can be read; every file is opened before the first is read."""
        with ExitStack() as open_files:
            for name, stream in [(name, _open(name, open_files)) for name in self.files]:
                yield from self._of(name, stream)

    def _of(self, name: str, stream: Bytes) -> Iterator[Brought[T]]:
        prefix = f"{name} " if len(self.files) > 1 else ""
        for line in lines(stream):
            where = f"{prefix}line {line.number}"
            try:
                if line.fault:
                    raise LineError(line.fault)
                parsed = self.parse(line.text)
            except LineError as fault:
                self.skipped += 1
                say(f"{where}: {fault}; skipped")
                continue
            self.read += 1
            for note in parsed.notes:
                say(f"{where}: {note}")
            yield Brought(where, parsed)

    def end(self) -> None:
        """End stderr with the count of skipped lines; raises Misuse when nothing could be read."""
        words = f"{count(self.skipped, 'line')} skipped."
        if self.skipped and not self.read:
            raise Misuse(f"Nothing could be read: {words}")
        say(words)


def _open(name: str, open_files: ExitStack) -> Bytes:
    if name == STDIN:
        return cast("Bytes", sys.stdin.buffer)
    try:
        return cast("Bytes", open_files.enter_context(Path(name).open("rb")))
    except OSError as error:
        raise Misuse(f"{name} cannot be read: {error.strerror}.") from error


def messages_of(
    text: str | None,
    file: str | None,
    *,
    source: str | None,
    now: datetime,
    visibility_of: Callable[[str], Visibility],
    as_json: bool = False,
) -> "Bringing[Message] | Given":
    """Return what a command was given: a text, a Message line, or a file of them."""
    where = source or PASTED
    if (text is None) == (file is None):
        raise Misuse(
            "Give either a TEXT in quotes or `--file F.jsonl` (`--file -` reads standard input), not both."
        )
    if file is not None:
        return Bringing([file], lambda line: message_from(line, now, visibility_of, where))
    assert text is not None
    if as_json:
        return Given(_line(text, now, visibility_of, where))
    return Given(Parsed(_pasted(text, where, now, visibility_of(where)), (), {}))


class Given:
    """One Message from the command line, in the shape of a file's."""

    def __init__(self, parsed: Parsed[Message]) -> None:
        self.parsed = parsed

    def __iter__(self) -> Iterator[Brought[Message]]:
        """Yield it."""
        for note in self.parsed.notes:
            say(f"TEXT: {note}")
        yield Brought("TEXT", self.parsed)

    def end(self) -> None:
        """Say nothing: there were no lines."""


def _line(
    text: str, now: datetime, visibility_of: Callable[[str], Visibility], where: str
) -> Parsed[Message]:
    try:
        return message_from(text, now, visibility_of, where)
    except LineError as fault:
        raise Misuse(f"TEXT: {fault}.") from fault


def _pasted(text: str, where: str, now: datetime, visibility: Visibility) -> Message:
    body = whole(text)
    name = hashlib.sha256(f"{now.isoformat()} {body}".encode()).hexdigest()[:16]
    return Message(
        id=f"pasted-{name}",
        source=where,
        author="",
        title="",
        text=body,
        sent_at=now,
        thread=None,
        visibility=visibility,
    )


def read_text(name: str) -> str:
    """Return a whole text from a file or standard input; raises Misuse when it cannot be read."""
    with ExitStack() as open_files:
        stream, read = _open(name, open_files), bytearray()
        while chunk := stream.read1(1024 * 1024):
            read += chunk
    try:
        return read.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError as error:
        raise Misuse(f"{name} is not UTF-8: byte {error.start + 1}.") from error
