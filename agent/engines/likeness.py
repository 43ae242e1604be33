"""What two texts can have in common: words, names from code, error lines, versions.

Only evidence is taken from here: how likely two texts are the same problem is the index's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.engines.details import versions
from agent.engines.reading import machine_lines
from agent.lexicon import BODY_CHARACTERS, TITLE_CHARACTERS, names, read_once

_QUOTED = re.compile(r"[`\"“«]([^`\"”»\n]{12,160})[`\"”»]")
ERRORLIKE = re.compile(
    r"\b(?:error|exception|panic|fatal|failed|fail|cannot|can't|unable|denied|refused|timed? ?out|limit|invalid|unexpected|assert\w*|abort\w*)\b|Error|Exception",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"0x[0-9a-f]+|\d+|/[\w./-]+|[a-z]:\\\\\S+|'[^']*'", re.IGNORECASE)


def error_lines(text: str) -> frozenset[str]:
    """Return lines and quoted strings that look like errors, with what varies taken out."""
    shown = [line.text for line in machine_lines(text)] + _QUOTED.findall(text)
    wanted = (line for line in shown if ERRORLIKE.search(line) and len(line.split()) > 2)
    return frozenset(normal_line(line) for line in wanted)


def normal_line(line: str) -> str:
    """Take numbers, paths and quoted names out of a line, so that two runs compare equal."""
    return " ".join(_VARIABLE.sub("#", line.lower()).split()).strip(" .:")


@dataclass(frozen=True, slots=True)
class Text:
    """A text taken apart once: the report's, or an Issue's."""

    every: frozenset[str]
    names: frozenset[str]
    errors: frozenset[str]
    versions: tuple[str, ...]


@lru_cache(maxsize=512)
def taken_apart(title: str, body: str) -> Text:
    """Take a title and a body apart."""
    whole = f"{title[:TITLE_CHARACTERS]}\n\n{body[:BODY_CHARACTERS]}"
    return Text(
        every=read_once(title, body).every,
        names=frozenset(names(whole)),
        errors=error_lines(whole),
        versions=versions(whole),
    )
