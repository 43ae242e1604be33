"""When two alerts of a machine are the same alert, and when one says that it is over."""

import re

_OVER = re.compile(r"\b(?:resolved|recovered|ok again|back to normal|closed|cleared)\b", re.IGNORECASE)
_STATE = re.compile(
    r"\b(?:firing|alerting|triggered|resolved|recovered|acknowledged|open(?:ed)?|closed|cleared|critical|warning)\b",
    re.IGNORECASE,
)
#: What differs from one time to the next: addresses, hashes, moments, counts; emoji and marks around them.
_CHANGING = re.compile(
    r"https?://\S{1,2000}|\b[0-9a-f]{8,64}\b|\b[0-9a-f-]{36}\b|\d+(?:[.:,/-]\d+)*", re.IGNORECASE
)
_SIGN = re.compile(r":[a-z0-9_+-]{1,40}:|[^\w\s#]+", re.IGNORECASE)
#: The head of an alert says which one it is; what follows are values of the moment.
_LINES = 2


def fingerprint(text: str) -> str:
    """Return what the same alert has in common each time it is told; "" for a text without words.

    Its first two lines without state, numbers, hashes and addresses, in lower case.
    """
    lines = [line for line in text.splitlines() if line.strip()][:_LINES]
    plain = _SIGN.sub(" ", _CHANGING.sub(" ", _STATE.sub(" ", "\n".join(lines)[:1000])))
    return " ".join(plain.casefold().split())


def is_over(text: str) -> bool:
    """Tell whether an alert says in its first line that what it told of has ended."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return _OVER.search(head[:500]) is not None
