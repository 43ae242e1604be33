"""Where the words that a model quotes stand in the text that it was shown. What is not found is no quote."""

from __future__ import annotations

import re

from agent.domain.assessments import Quote

MOST = 300  #: characters; what is longer is no quote
#: A model was shown what redaction left: there, any few words may stand.
_TAKEN_OUT = re.compile(r"\[[a-z]{3,12}(?: [a-z]{3,12})?\]")
_GAP, _SPACE = r"[^\n]{1,200}?", r"\s{1,20}"
MOST_GAPS = 2  #: more would make a pattern that takes long over a text made for it


def locate(words: str, quoted: str) -> Quote | None:
    """Return where these words stand, by any white space and either case; None where they do not."""
    given = " ".join(quoted.strip().strip("“”\"'").split())
    parts = [part.strip() for part in _TAKEN_OUT.split(given)]
    if len(given) > MOST or len(parts) > MOST_GAPS + 1 or not all(parts):
        return None
    spelled = (_SPACE.join(map(re.escape, part.split())) for part in parts)
    found = re.search(_GAP.join(spelled), words, re.IGNORECASE)
    return Quote(found[0], found.start(), found.end()) if found else None


def said_in(text: str, quoted: str) -> str:
    """Return the words as the text has them; "" where it does not."""
    found = locate(text, quoted)
    return " ".join(found.text.split()) if found else ""
