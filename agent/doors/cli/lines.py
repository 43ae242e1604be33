"""A file of bytes as numbered lines of text, in constant memory. What a line means is `reading`'s.

UTF-8 with or without a mark, UTF-16 with one or recognised by its zeros; ends of line are \\n or \\r\\n.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

CHUNK = 1024 * 1024
#: A text of 5 MB whose every character is escaped is 30 MB; nobody writes a line longer than this.
LONGEST = 64 * 1024 * 1024

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_HEAD = 4


class Bytes(Protocol):
    """What is read from: gives what is there already, at most `size` bytes, b"" at the end."""

    def read1(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, counted from 1; with a `fault` it has no text."""

    number: int
    text: str
    fault: str = ""


def lines(stream: Bytes) -> Iterator[Line]:
    """Yield the lines as they come; one that cannot be decoded, or is too long, comes as a fault."""
    head = b""
    while len(head) < _HEAD and (chunk := stream.read1(_HEAD - len(head))):
        head += chunk
    encoding, head = _sniff(head)
    for number, raw in enumerate(_raw(stream, encoding, head), start=1):
        line = _decoded(number, raw, encoding)
        if line.fault or line.text.strip():
            yield line


def _sniff(head: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, head[len(mark) :]
    # The first character of a JSON line is ASCII: in UTF-16 a zero stands beside it.
    if len(head) >= 2 and (head[0] == 0) != (head[1] == 0):
        return ("utf-16-be" if head[0] == 0 else "utf-16-le"), head
    return "utf-8", head


def _raw(stream: Bytes, encoding: str, head: bytes) -> Iterator[bytes | None]:
    """Yield the bytes of each line; None for one that was too long."""
    end = "\n".encode(encoding)
    waiting, searched, too_long = bytearray(head), 0, False
    chunk = head
    while chunk:
        while (at := _find(waiting, end, searched)) >= 0:
            yield None if too_long else bytes(waiting[:at])
            del waiting[: at + len(end)]
            searched, too_long = 0, False
        if len(waiting) > LONGEST:
            del waiting[: len(waiting) // len(end) * len(end)]
            too_long = True
        searched = len(waiting) // len(end) * len(end)
        waiting += (chunk := stream.read1(CHUNK))
    if waiting or too_long:
        yield None if too_long else bytes(waiting)


def _find(waiting: bytearray, end: bytes, start: int) -> int:
    """Find an end of line at a whole character."""
    at = waiting.find(end, start)
    while at >= 0 and at % len(end):
        at = waiting.find(end, at + 1)
    return at


def _decoded(number: int, raw: bytes | None, encoding: str) -> Line:
    if raw is None:
        return Line(number, "", f"is longer than {LONGEST // 1024**2} MB")
    try:
        return Line(number, raw.decode(encoding).removesuffix("\r"))
    except UnicodeDecodeError as error:
        byte = f"0x{raw[error.start]:02x}"
        return Line(number, "", f"is not {_NAMES[encoding]}: byte {byte} at position {error.start + 1}")
