"""Versions as people write them, compared. Which versions exist is not known here."""

import re
from dataclasses import dataclass
from itertools import zip_longest

_VERSION = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+){0,5})"
    r"(?:[-_.+~]?(dev|nightly|snapshot|alpha|beta|preview|pre|rc|a|b)(?![a-z])[-_.]?(\d*))?",
    re.IGNORECASE,
)
_WHOLE_NUMBER = re.compile(r"v?\d+", re.IGNORECASE)
_BEFORE_RELEASE = ("dev", "nightly", "snapshot", "alpha", "a", "beta", "b", "preview", "pre", "rc")
_RELEASE = len(_BEFORE_RELEASE)


@dataclass(frozen=True, slots=True)
class Version:
    """`numbers` as written, the stage before a release (or that of a release), and its count."""

    numbers: tuple[int, ...]
    stage: int = _RELEASE
    count: int = 0


def read_version(text: str) -> Version | None:
    """Read the first version in `v1.8.2-rc1`, `ferry 1.8`, …; None where there is none.

    A lone number counts only when it is all there is.
    """
    found = next((each for each in _VERSION.finditer(text) if "." in each[1]), None)
    if found is None and _WHOLE_NUMBER.fullmatch(text.strip()):
        found = _VERSION.search(text)
    if found is None:
        return None
    numbers = tuple(int(part) for part in found[1].split("."))
    if not found[2]:
        return Version(numbers)
    return Version(numbers, _BEFORE_RELEASE.index(found[2].lower()), int(found[3] or 0))


def is_at_least(version: Version, other: Version) -> bool:
    """Tell whether `version` is `other` or later; 1.8 and 1.8.0 are the same."""
    for mine, theirs in zip_longest(version.numbers, other.numbers, fillvalue=0):
        if mine != theirs:
            return mine > theirs
    return (version.stage, version.count) >= (other.stage, other.count)


def has_fix(reported: str | None, fixed_in: str | None) -> bool | None:
    """Tell whether the reported version carries the fix (N3); None where that cannot be told.

    "1.8" may be any 1.8.x, so beside a fix in 1.8.2 it tells nothing.
    """
    mine, fixed = read_version(reported or ""), read_version(fixed_in or "")
    if mine is None or fixed is None:
        return None
    if is_at_least(mine, fixed):
        return True
    is_vague = len(mine.numbers) < len(fixed.numbers) and mine.stage == _RELEASE
    if is_vague and fixed.numbers[: len(mine.numbers)] == mine.numbers:
        return None
    return False
