"""Texts from outside made fit to show, cut at a word, and counts in words. No record is known here."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

QUOTE_LENGTH = 80

_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t\r"} | {0x7F: 0x2421}
_SENTENCE_END = re.compile(r"(?<=[.!?:]) ")
_SURROGATES = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Make every character one that can be shown and encoded: NUL becomes "␀"."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text.translate(_CONTROLS))


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen: spaces, controls and zero-width characters only."""
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text[:10_000])


def one_line(text: str) -> str:
    """Fold all white space into single spaces."""
    return " ".join(visible(text).split())


def cut(text: str, length: int = QUOTE_LENGTH) -> str:
    """Give one line of at most `length` characters, cut at a word, with "…" where it was cut."""
    line = one_line(text[: length * 8])
    if len(line) <= length and len(text) <= length * 8:
        return line
    short = line[: length - 1]
    at_word = short.rpartition(" ")[0]
    return (at_word if len(at_word) > length // 2 else short).rstrip(" ,.;:") + "…"


def quoted(text: str) -> str:
    """Put exact words into “ ”, cut to the length of a quote."""
    return f"“{cut(text)}”"


def sentences_changed(before: str, after: str) -> int:
    """Count the sentences of one text that are not those of the other, the longer count of both."""
    was, now = (Counter(_SENTENCE_END.split(one_line(text))) for text in (before, after))
    return max((was - now).total(), (now - was).total())


def count(number: int, one: str, many: str = "") -> str:
    """Count in words: "1 message", "2,318 Issues"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Join as people do: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
