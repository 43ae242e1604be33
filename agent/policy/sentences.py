"""A reply cut into its sentences, each exactly as it stands there. What they say is not looked at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a line between fences."""

    text: str
    is_code: bool = False


#: What begins a line that is no part of the sentence before it: a list, a quote, a heading, a table.
_BEGINS = re.compile(r"[ \t]{0,9}(?:[-*•+]\s|\d{1,3}[.)]\s|>|#{1,6}\s|\|)")
_MARKER = re.compile(r"[ \t]{0,9}(?:(?:[-*•+]|\d{1,3}[.)]|#{1,6})\s{1,9}|(?:>\s?){1,9})")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
#: The link that is put in when an Issue is filed ends one too, where a capital follows: no point stands behind a link.
_END = re.compile(
    r"[.!?…。！？]{1,9}[\"'”’»)\]*_]{0,4}(?=\s)|(?:(?<![A-Za-z0-9])。|。(?![A-Za-z0-9])|[！？])|\{issue\.url\}(?=\s[A-ZÀ-Þ])"
)
_CODE_SPAN = re.compile(r"`[^`\n]{1,300}`")
#: Words that end with a point and end no sentence.
_SHORT = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|no|nr|fig|cf|resp|incl|min|max|z\.B|d\.h|bzw|ca|usw|p\.ex|p\.ej)\.$",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences in order, without white space at their edges; a line of code is one each."""
    return tuple(each for stretch, is_code in _stretches(text) for each in _cut(stretch, is_code=is_code))


def _stretches(text: str) -> Iterator[tuple[str, bool]]:
    """Yield runs of lines that sentences may run through; lines between fences one by one."""
    run: list[str] = []
    is_code = False
    for line in text.splitlines(keepends=True):
        is_fence = _FENCE.match(line) is not None
        if is_code or is_fence or not line.strip() or _BEGINS.match(line):
            yield "".join(run), False
            run = []
        if is_fence:
            is_code = not is_code
        elif is_code:
            yield line, True
        else:
            run.append(line)
    yield "".join(run), False


def _cut(stretch: str, *, is_code: bool) -> Iterator[Sentence]:
    marker = None if is_code else _MARKER.match(stretch)
    at = marker.end() if marker else 0
    ends = () if is_code else _ends(stretch, at)
    for end in (*ends, len(stretch)):
        if text := stretch[at:end].strip():
            yield Sentence(text, is_code)
        at = end


def _ends(stretch: str, at: int) -> Iterator[int]:
    spans = [span.span() for span in _CODE_SPAN.finditer(stretch)]
    for end in _END.finditer(stretch, at):
        is_inside = any(start < end.start() < stop for start, stop in spans)
        if not is_inside and not _is_short(stretch, at, end):
            yield end.end()


def _is_short(stretch: str, at: int, end: re.Match[str]) -> bool:
    return end[0] == "." and _SHORT.search(stretch[max(at, end.end() - 12) : end.end()]) is not None
