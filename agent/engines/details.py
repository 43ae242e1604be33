"""The facts of a report: its version and systems, and what a bug report still lacks."""

import re
from functools import lru_cache

from agent.domain.reports import Report
from agent.engines.cues import cues, plain
from agent.engines.reading import as_read, machine_lines, prose

VERSION = re.compile(
    r"(?<![\w./:-])v?(\d{1,4}\.\d{1,4}(?:\.\d{1,6}){0,2}(?:-?(?:rc|beta|alpha|pre|dev)[.-]?\d*)?)(?![\w:/]|\.\d|,\d|%)"
)
_STATED = re.compile(r"(?:version|release|build|v)\W{0,3}(?:is\W|number\W)?\s{0,40}$", re.IGNORECASE)
_RUNNING = re.compile(
    r"(?:\b(?:to|on|using|running|run|in|with|auf|mit|à|en|a la|para|version|v|have|latest)\b\W{0,40}(?:\w{1,40}\W{1,40})?|=|:)\s{0,40}$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:\b(?:from|was|before|until|in the docs of|than|von|de la|depuis la|works? (?:on|in|with)|worked (?:on|in|with|until)|fine (?:on|in|with)|back to|downgrad\w+ to|rolled back to|reverting to)\b\W{0,40})$",
    re.IGNORECASE,
)
_WORKED = re.compile(
    r"^\s*(?:worked|works|was fine|is fine|did not|didn't|lief|ging|funcionaba|fonctionnait)", re.IGNORECASE
)

#: A command shown is a step shown.
COMMAND = re.compile(r"`[\w./-]+ [^`\n]+`|^[ \t]*[$#>] ?\w", re.MULTILINE)
ASKS = {
    "version": "the version",
    "steps": "the steps that lead to it",
    "log": "the exact error message or log lines",
    "expected": "what you expected to happen instead",
    "os": "the operating system",
}


def versions(words: str) -> tuple[str, ...]:
    """Return the product versions named, likeliest to be the reporter's first, each once."""
    text, scored = plain(as_read(words)), dict[str, tuple[int, int]]()
    for match in VERSION.finditer(text):
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 20]
        score = _version_score(match.group(), before, after)
        if score is not None:
            scored[match[1]] = max(scored.get(match[1], (-9, 0)), (score, -match.start()))
    return tuple(sorted(scored, key=lambda version: scored[version], reverse=True))


def _version_score(written: str, before: str, after: str) -> int | None:
    """Rate how likely a number is the version in use; None where it is none of this product."""
    stated = written.startswith("v") or _STATED.search(before) is not None
    dots = written.count(".")
    if cues().other_products.search(before):
        return None
    if (not stated and dots < 2 and not _RUNNING.search(before)) or (dots > 2 and not stated):
        return None
    worse = _OTHER.search(before) is not None or _WORKED.match(after) is not None
    return 2 * stated + 2 * (_RUNNING.search(before) is not None) + (dots == 2) - 4 * worse


def version_of(words: str) -> str | None:
    """Return the version that the reporter runs, as written."""
    found = versions(words)
    return found[0] if found else None


@lru_cache(maxsize=256)
def systems(words: str) -> tuple[str, ...]:
    """Return the names of operating systems and platforms that the text names."""
    text = plain(as_read(words))
    return tuple(name for name, pattern in cues().os_names.items() if pattern.search(text))


def missing(report: Report, version: str | None) -> tuple[str, ...]:
    """Return what to ask of the reporter of a bug, as the things asked for."""
    present, whole = cues().present, plain(as_read(report.words))
    own = plain(prose(report.words))
    has_log = bool(machine_lines(report.words)) or present["log"].search(whole) is not None
    has = {
        "version": version is not None,
        "steps": present["steps"].search(own) is not None or COMMAND.search(whole) is not None,
        "log": has_log,
        "expected": present["symptom"].search(own) is not None,
        "os": has_log
        or present["os"].search(whole) is not None
        or present["hosted"].search(whole) is not None,
    }
    return tuple(asked for name, asked in ASKS.items() if not has[name])
