"""Long reports, cut before they are sent: what is kept, and what is said of the rest.

The rule: the first report from its start, the newest messages whole as far as they go, and every line that
tells of an error wherever it stands. Short reports pass as they are. Nothing here knows what a line means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.engines.likeness import ERRORLIKE, normal_line

CHARACTERS = 16_000  #: of a report that are sent without cutting: some 4,600 tokens
FIRST_SHARE = 0.5  #: of these for the first report; the newest messages have the rest
#: Error text comes on top of that. Repetitions that differ in numbers, paths and names alone count once.
ERROR_CHARACTERS = 24_000
PIECE = 1_000  #: a line longer than this is looked at in pieces
GAP = "[…]"
BETWEEN = "\n\n"  #: two messages

_FRAME = re.compile(
    r"^\s*(?:at\s[\w.$<>/\\-]+\s?\(|File\s\"|Caused by:|Traceback|goroutine\s\d|thread '|panic|#\d+\s+0x|\d+:\s+0x)"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What is sent of a text, and in words what is not; `left_out` is "" where all of it is."""

    text: str
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    message: int

    @property
    def tells_of_error(self) -> bool:
        return bool(ERRORLIKE.search(self.text) or _FRAME.match(self.text))


def cut(messages: Sequence[str], characters: int = CHARACTERS, errors: int = ERROR_CHARACTERS) -> Cut:
    """Return what is sent of a thread's messages, oldest first, with room for so much and for errors beside."""
    text = BETWEEN.join(messages)
    if len(text) <= characters:
        return Cut(text)
    lines = tuple(_lines(messages))
    kept = _first(lines, round(characters * FIRST_SHARE))
    kept |= _newest(lines, characters - round(characters * FIRST_SHARE), kept)
    told, beyond = _errors(lines, kept, errors)
    return Cut(_joined(lines, kept | told), _told(lines, kept | told, beyond))


def _lines(messages: Sequence[str]) -> Iterator[_Line]:
    """Yield the lines, long ones in pieces, each with the number of its message."""
    for number, message in enumerate(messages):
        whole = message if number == len(messages) - 1 else message + BETWEEN
        for line in whole.splitlines(keepends=True):
            yield from (_Line(line[start : start + PIECE], number) for start in range(0, len(line), PIECE))


def _first(lines: Sequence[_Line], room: int) -> set[int]:
    """Return which lines of the first message there is room for, from its start."""
    return _fitting([number for number, line in enumerate(lines) if line.message == 0], lines, room)


def _newest(lines: Sequence[_Line], room: int, taken: set[int]) -> set[int]:
    """Return which lines of the newest messages there is room for: whole ones, of one too long its end."""
    kept: set[int] = set()
    for message in range(lines[-1].message, -1, -1):
        own = [at for at, line in enumerate(lines) if line.message == message and at not in taken]
        size = sum(len(lines[at].text) for at in own)
        if size > room:
            return kept if kept else _fitting(own[::-1], lines, room)
        kept.update(own)
        room -= size
    return kept


def _fitting(order: Sequence[int], lines: Sequence[_Line], room: int) -> set[int]:
    kept: set[int] = set()
    for at in order:
        room -= len(lines[at].text)
        if room < 0:
            break
        kept.add(at)
    return kept


def _errors(lines: Sequence[_Line], kept: set[int], room: int) -> tuple[set[int], int]:
    """Return the error lines among the rest, each kind once, and how many kinds there was no room for."""
    seen = {normal_line(lines[at].text) for at in kept}
    found: set[int] = set()
    beyond = 0
    for at, line in enumerate(lines):
        if at in kept or not line.tells_of_error or (kind := normal_line(line.text)) in seen:
            continue
        seen.add(kind)
        room -= len(line.text)
        if room < 0:
            beyond += 1
        else:
            found.add(at)
    return found, beyond


def _joined(lines: Sequence[_Line], kept: set[int]) -> str:
    parts: list[str] = []
    last = -1
    for at in sorted(kept):
        if at > last + 1:
            parts.append(f"{GAP}\n")
        parts.append(lines[at].text)
        last = at
    if last < len(lines) - 1:
        parts.append(GAP)
    return "".join(parts)


def _told(lines: Sequence[_Line], kept: set[int], beyond: int) -> str:
    rest = [line for at, line in enumerate(lines) if at not in kept]
    characters = sum(len(line.text) for line in rest)
    messages = len({line.message for line in rest})
    where = f" of {messages} messages" if lines[-1].message else ""
    errors = (
        f"of their error lines {beyond} kinds too" if beyond else "every kind of error line in them is kept"
    )
    return f"{characters:,} characters{where}; {errors}"
