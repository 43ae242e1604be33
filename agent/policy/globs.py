"""Names against the patterns of the configuration. Files and paths are not meant here."""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=512)
def pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob in which only `*` and `?` are special, so that `*[bot]` means what it says."""
    first, *rest = (
        "".join("." if char == "?" else re.escape(char) for char in part) for part in glob.split("*")
    )
    # Each part is taken where it stands first, for good: to try the later places too takes ages.
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    body = rf"\A{first}{between}.*{rest[-1]}" if rest else first
    return re.compile(body, re.IGNORECASE | re.DOTALL)


def matches(name: str, globs: Iterable[str]) -> bool:
    """Tell whether the whole name, upper or lower case, is meant by any of the globs."""
    return any(pattern(glob).fullmatch(name) for glob in globs)
