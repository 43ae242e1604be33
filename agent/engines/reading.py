"""What of a text is the reporter's own prose, what is log or code, and what somebody else wrote.

Offsets are characters of the text as given. Nothing here says what the words mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from agent.domain.assessments import Quote

#: A longer text is read at its two ends: what happened is said first, what is asked for last, and
#: what a log holds between them would cost seconds and add nothing. All of it is kept and shown.
HEAD_CHARACTERS, TAIL_CHARACTERS = 20_000, 5_000
QUOTE_CHARACTERS = 80

_WORD_CHARACTER = re.compile(r"\w")
FENCE = re.compile(r"^\s*(?:```|~~~)")
ATTRIBUTION = re.compile(
    r"^\s*(?:(?:On|Am|Le|El|Em|Il)\b.{4,120}(?:wrote|schrieb|écrit|escribió|escreveu|scritto)\b.{0,60}:"
    r"|-{2,}\s*(?:Original|Forwarded|Weitergeleitete|Ursprüngliche).{0,40}-{2,})\s*$"
)
LOG = re.compile(
    r"""^\s*(?:
      \[?\d{4}[-/]\d\d[-/]\d\d[T\s]\d\d:\d\d        # a date and time
    | \[?\d\d:\d\d:\d\d                             # a time
    | (?:Traceback\s\(|File\s"|Caused\sby:|goroutine\s\d|panic:|thread\s'|SIG[A-Z]{3,})
    | at\s[\w.$<>/\\-]+\s?\(                        # a stack frame
    | [\[(]?(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|ERR)\b[\])]?[:\s]
    | (?:error|fatal|warning|[\w.]*(?:Error|Exception))(?:\[\w+\])?:\s
    | [$#>%]\s\w.*\s--?\w                          # a command with options
    | [a-z][\w.-]*(?:\[\d+\])?:\s.*(?:=|0x|errno|\d:\d)
    )""",
    re.VERBOSE,
)
SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|(?<=[。！？])")
BULLET = re.compile(r"^\s*(?:[-*•+]|\d+[.)])\s")
CONJUNCTION = r"(?:but|and|aber|und|pero|mais|mas)\s"
CLAUSE_EDGE = re.compile(
    rf"(?:[.!?…;:,()]{{1,9}}(?:\s|$)|[\n。！？，]|\s\(|\s[-–—]\s)(?:{CONJUNCTION})?|\s{CONJUNCTION}"
)


class Voice(Enum):
    """Who speaks in a line."""

    OWN = "own"
    MACHINE = "machine"  #: a log, code, a command's output
    OTHER = "other"  #: quoted from somebody else, a template's instructions, or not read


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: `words[start:end]`."""

    start: int
    end: int
    voice: Voice


def quote(words: str, start: int, end: int) -> Quote:
    """Return `words[start:end]` as a Quote without the white space at its edges."""
    text = words[start:end]
    start += len(text) - len(text.lstrip())
    return Quote(text.strip(), start, start + len(text.strip()))


def clause_quote(words: str, start: int, end: int) -> Quote:
    """Quote the clause around a match where it is short, else the match alone."""
    left = 0
    for edge in CLAUSE_EDGE.finditer(words, max(0, start - QUOTE_CHARACTERS), start):
        left = edge.end()
    left = left or (0 if start <= QUOTE_CHARACTERS else start)
    edge_after = CLAUSE_EDGE.search(words, end, end + QUOTE_CHARACTERS)
    right = edge_after.start() if edge_after else min(len(words), end + QUOTE_CHARACTERS)
    whole = quote(words, left, right)
    return whole if len(whole.text) <= QUOTE_CHARACTERS else quote(words, start, end)


def opens_with(pattern: re.Pattern[str], text: str) -> bool:
    """Tell whether a text matches from its first letter or digit on."""
    first = _WORD_CHARACTER.search(text)
    return first is not None and pattern.match(text, first.start()) is not None


def ends(words: str) -> tuple[tuple[int, int], ...]:
    """Return start and end of the parts that are read: all of it, or the two ends of a long text."""
    whole = len(words)
    if whole <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return ((0, whole),)
    return (0, HEAD_CHARACTERS), (whole - TAIL_CHARACTERS, whole)


def as_read(words: str) -> str:
    """Return what is read of a text; offsets in it are the text's own up to `HEAD_CHARACTERS` alone."""
    return "\n".join(words[start:end] for start, end in ends(words))


def _written_lines(words: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is read, with its offset."""
    for start, end in ends(words):
        at = start
        for line in words[start:end].splitlines(keepends=True):
            yield at, line
            at += len(line)


@lru_cache(maxsize=64)
def lines(words: str) -> tuple[Span, ...]:
    """Split into lines, each with the voice that speaks in it; what is not read is nobody's."""
    spans: list[Span] = []
    fenced = comment = quoted = False
    for start, line in _written_lines(words):
        end = start + len(line)
        if spans and spans[-1].end < start:
            spans.append(Span(spans[-1].end, start, Voice.OTHER))
        comment = comment or line.lstrip().startswith("<!--")
        if FENCE.match(line):
            fenced, voice = not fenced, Voice.MACHINE
        else:
            quoted = quoted or ATTRIBUTION.match(line) is not None
            voice = _voice(line, first=not spans, fenced=fenced, other=comment or quoted)
        comment = comment and "-->" not in line
        spans.append(Span(start, end, voice))
    return tuple(spans)


def _voice(line: str, *, first: bool, fenced: bool, other: bool) -> Voice:
    if other or line.lstrip().startswith((">", "&gt;")):
        return Voice.OTHER
    if fenced or (not first and (LOG.match(line) or line.startswith(("\t", "    ")))):
        return Voice.MACHINE
    return Voice.OWN


def _blocks(words: str, voice: Voice) -> Iterator[tuple[int, int]]:
    """Yield runs of lines of one voice; blank lines and list items begin a new run."""
    begin = last = -1
    for span in lines(words):
        line = words[span.start : span.end]
        breaks = span.voice is not voice or not line.strip()
        if begin >= 0 and (breaks or BULLET.match(line) or not _runs_on(words[begin:last])):
            yield begin, last
            begin = -1
        if not breaks:
            begin, last = (span.start if begin < 0 else begin), span.end
    if begin >= 0:
        yield begin, last


def _runs_on(text: str) -> bool:
    """Tell whether the last line was wrapped by a mail program rather than ended."""
    return len(text.rstrip().rpartition("\n")[2]) >= 50


@lru_cache(maxsize=64)
def sentences(words: str) -> tuple[Quote, ...]:
    """Return the reporter's own sentences, in order."""
    found: list[Quote] = []
    for begin, end in _blocks(words, Voice.OWN):
        at = begin
        for stop in SENTENCE_END.finditer(words, begin, end):
            found.append(quote(words, at, stop.end()))
            at = stop.end()
        found.append(quote(words, at, end))
    return tuple(sentence for sentence in found if sentence.text)


@lru_cache(maxsize=64)
def machine_lines(words: str) -> tuple[Quote, ...]:
    """Return the lines of logs, code and output, without fences and blank ones."""
    found = (quote(words, s.start, s.end) for s in lines(words) if s.voice is Voice.MACHINE)
    return tuple(line for line in found if line.text.strip("`~ \t"))


def prose(words: str) -> str:
    """Return the reporter's own sentences alone, a line each."""
    return "\n".join(sentence.text for sentence in sentences(words))
