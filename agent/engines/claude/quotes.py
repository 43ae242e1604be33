"""Where the words that a model quotes stand in the text that it was shown. What is not found is no quote."""

from __future__ import annotations

import re
from bisect import bisect_left

from agent.domain.assessments import Quote

MOST = 300  #: characters; what is longer is no quote
#: A model was shown what redaction left: there, any few words may stand.
_TAKEN_OUT = re.compile(r"\[[a-z]{3,12}(?: [a-z]{3,12})?\]")
_SPACE = r"\s{1,20}"
GAP = 200  #: characters of one line, and at least one, that may have been taken out
MOST_GAPS = 2

Span = tuple[int, int]


def locate(words: str, quoted: str) -> Quote | None:
    """Return where these words stand, by any white space and either case; None where they do not."""
    given = " ".join(quoted.strip().strip("“”\"'").split())
    parts = [part.strip() for part in _TAKEN_OUT.split(given)]
    if len(given) > MOST or len(parts) > MOST_GAPS + 1 or not all(parts):
        return None
    spans = _spans(words, parts[-1])
    for part in reversed(parts[:-1]):
        spans = _before(words, _spans(words, part), spans)
    return Quote(words[spans[0][0] : spans[0][1]], *spans[0]) if spans else None


def _spans(words: str, part: str) -> list[Span]:
    """Return where some words stand, in order, overlapping ones too."""
    spelled = _SPACE.join(map(re.escape, part.split()))
    return [found.span(1) for found in re.finditer(f"(?=({spelled}))", words, re.IGNORECASE)]


def _before(words: str, first: list[Span], then: list[Span]) -> list[Span]:
    """Return each span of `first` with the nearest of `then` that may follow it, as one.

    One pattern with gaps would try each of their lengths at each place: minutes over a text made for it.
    """
    starts = [start for start, _ in then]
    joined = []
    for start, end in first:
        at = bisect_left(starts, end + 1)
        if at < len(then) and starts[at] <= end + GAP and "\n" not in words[end : starts[at]]:
            joined.append((start, then[at][1]))
    return joined


def said_in(text: str, quoted: str) -> str:
    """Return the words as the text has them; "" where it does not."""
    found = locate(text, quoted)
    return " ".join(found.text.split()) if found else ""
