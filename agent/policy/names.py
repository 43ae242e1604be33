"""Where a private name stands in a text, however it is written. Which names are private is configuration's.

Compared are the letters: compatible forms (NFKD), upper and lower case and invisible characters make
no difference, and one separator is as good as another: `customer-a`, `CUSTOMER_A`, `customer\u2011a`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

_SEPARATOR = r"[\s_\-\u2010-\u2015]"
#: Parts of this length are told when nothing stands between them, as in `CardSettlement`.
_TELLING = 3


def name_spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each name in the text, for one name after the other.

    A name inside a longer word does not count (`acmeist`), beside a capital, a digit or a sign it does
    (`AcmeProd`, `acme2`, `acme_prod`).
    """
    letters, offsets = _letters(text)
    for name in names:
        for found in _pattern(name).finditer(letters):
            if _begins(text, offsets, found.start()) and _ends(text, offsets, found.start(), found.end()):
                yield offsets[found.start()], offsets[found.end() - 1] + 1


def _letters(text: str) -> tuple[str, Sequence[int]]:
    """Return what is compared, and for each of its characters the offset that it is from."""
    if text.isascii():
        return text.lower(), range(len(text))
    plain = [_plain(char) for char in text]
    offsets = [at for at, letters in enumerate(plain) for _ in letters]
    return "".join(plain), offsets


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """Return a character as it is compared; "" for one that shows nothing."""
    if unicodedata.category(char) == "Cf":
        return ""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


@lru_cache(maxsize=512)
def _pattern(name: str) -> re.Pattern[str]:
    parts = [part for part in re.split(_SEPARATOR, "".join(map(_plain, name))) if part]
    least = "*" if min(map(len, parts), default=0) >= _TELLING else "+"
    return re.compile((_SEPARATOR + least).join(map(re.escape, parts)) or r"(?!)")


def _begins(text: str, offsets: Sequence[int], start: int) -> bool:
    """Tell whether a word begins here: anything does after a sign, and a capital after any letter."""
    before, first = _at(text, offsets, start - 1), _at(text, offsets, start)
    is_acronym = before.isupper() and _at(text, offsets, start - 2).isupper()
    return not (first.islower() and _is_cased(before)) or is_acronym


def _ends(text: str, offsets: Sequence[int], start: int, end: int) -> bool:
    """Tell whether a word ends here: not before a small letter or an accent, but for `ACMEprod`."""
    after = _at(text, offsets, end)
    if not after.islower():
        return not (after and unicodedata.combining(after))
    name = text[offsets[start] : offsets[end - 1] + 1]
    return not name[-1].isalpha() or (len(name) > 1 and name.isupper())


def _is_cased(char: str) -> bool:
    return char.islower() or char.isupper()


def _at(text: str, offsets: Sequence[int], place: int) -> str:
    return text[offsets[place]] if 0 <= place < len(offsets) else ""
