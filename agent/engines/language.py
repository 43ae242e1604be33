"""Which language a text is in: by script, then by its commonest words. The word lists are in `cues.yaml`."""

import re
from collections.abc import Mapping

WORD = re.compile(r"[^\W\d_]+")
SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
}
#: A script decides when this share of the letters is written in it; names and code are Latin anyway.
SCRIPT_SHARE = 0.2
#: Another language needs this many of its own words, and more than English has.
ENOUGH_WORDS = 2


def language_of(prose: str, stop_words: Mapping[str, frozenset[str]]) -> str:
    """Return an ISO 639-1 code; `en` where nothing speaks for another."""
    words = [word.lower() for word in WORD.findall(prose[:4000])]
    letters = sum(map(len, words))
    for code, script in SCRIPTS.items():
        if letters and len(script.findall(prose[:4000])) >= SCRIPT_SHARE * letters:
            return code
    hits = {code: sum(word in known for word in words) for code, known in stop_words.items()}
    best = max(hits, key=lambda code: (hits[code], code == "en"))
    return best if hits[best] >= ENOUGH_WORDS and hits[best] > hits.get("en", 0) else "en"
