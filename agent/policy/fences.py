"""The lines between which Markdown sets code. What becomes of the code, and of what is around it, is the callers'."""

import re

#: A line that may open or close one, in a text or alone.
FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)


def opens(fence: re.Match[str]) -> bool:
    """Tell whether a FENCE may open code: behind backticks no further one may stand."""
    return fence["mark"][0] == "~" or "`" not in fence["info"]


def closes(fence: re.Match[str], mark: str) -> bool:
    """Tell whether a FENCE closes what this mark has opened: the same sign, as often, and nothing behind it."""
    return fence["mark"].startswith(mark) and not fence["info"].strip()
