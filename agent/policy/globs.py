"""Names against the patterns of the configuration. Files and paths are not meant here."""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=512)
def pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob in which only `*` and `?` are special, so that `*[bot]` means what it says."""
    wild = {"*": ".*", "?": "."}
    body = "".join(wild.get(char, re.escape(char)) for char in glob)
    return re.compile(body, re.IGNORECASE | re.DOTALL)


def matches(name: str, globs: Iterable[str]) -> bool:
    """Tell whether the whole name, upper or lower case, is meant by any of the globs."""
    return any(pattern(glob).fullmatch(name) for glob in globs)
