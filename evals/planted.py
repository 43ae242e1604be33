"""Reports with a secret in each, written by us and drawn from a seed: what must never leave, in 200 ways.

The secrets are random characters in the shapes that services document; none was ever valid.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_LETTERS, _DIGITS = string.ascii_letters, string.digits
_UPPER, _HEX = string.ascii_uppercase + _DIGITS, "0123456789abcdef"
_ANY = _LETTERS + _DIGITS


@dataclass(frozen=True, slots=True)
class Planted:
    """A report, the words in it that must not leave, and what they are."""

    text: str
    secret: str
    what: str


def _some(chance: random.Random, count: int, of: str = _ANY) -> str:
    """Return random characters; a digit and a letter are always among those that may hold both."""
    drawn = [chance.choice(of) for _ in range(count)]
    if of is _ANY:
        drawn[:2] = [chance.choice(_LETTERS), chance.choice(_DIGITS)]
    return "".join(drawn)


Shape = Callable[[random.Random], str]
#: What a service's own keys look like. The parts are put together here, so that no scanner takes this file for a leak.
KEYS: Mapping[str, Shape] = {
    "cloud key": lambda chance: "AKIA" + _some(chance, 16, _UPPER),
    "maps key": lambda chance: "AIza" + _some(chance, 35),
    "GitHub token": lambda chance: "ghp" + "_" + _some(chance, 36),
    "fine-grained token": lambda chance: "github" + "_pat_" + _some(chance, 60),
    "GitLab token": lambda chance: "glpat" + "-" + _some(chance, 20),
    "chat token": lambda chance: "xoxb" + "-" + _some(chance, 12, _DIGITS) + "-" + _some(chance, 24),
    "model key": lambda chance: "sk" + "-" + _some(chance, 40),
    "payment key": lambda chance: "sk" + "_live_" + _some(chance, 24),
    "package token": lambda chance: "npm" + "_" + _some(chance, 36),
    "signed token": lambda chance: ".".join(
        ("eyJ" + _some(chance, 20), "eyJ" + _some(chance, 40), _some(chance, 43))
    ),
    "private key": lambda chance: "\n".join(
        (f"-----BEGIN {_KEY}-----", *(_some(chance, 64) for _ in range(3)), f"-----END {_KEY}-----")
    ),
}
_KEY = "RSA PRIVATE" + " KEY"
#: What surrounds words that are secret only where they stand.
SAID: Mapping[str, str] = {
    "password of a database": "postgres://millrace:{}@db-1.internal.example:5432/mill",
    "password that is set": "password={}",
    "password in a file": 'MILL_DB_PASSWORD: "{}"',
    "password in a variable": "PGPASSWORD={} mill db copy",
    "password that is told": "my password is {}",
    "key that is set": "api_key = {}",
    "option of a command": "mill login --token {}",
    "header": "Authorization: Bearer {}",
    "cookie": "Cookie: mill_session={}",
}
#: Reports that a secret can stand in. `{}` is a line of its own, in a log, a configuration or the text.
REPORTS = (
    "The scheduler does not start after the upgrade to 2.9.1. This is the start of the log:\n\n{}\n\nIt ends there, without an error.",
    "The sftp connector fails since this morning, nothing was changed. Config:\n\n```\nhost: files.example\n{}\nretries: 3\n```\n\nExpected: it connects as before.",
    'mill deploy prints "permission denied" on 2.9.0. What I ran, with what it needs:\n\n    {}\n    mill deploy --all\n\nIt worked on 2.8.2.',
    "Feature request: let us rotate credentials without a restart. Today we do it by hand, like this: {} and then restart everything.",
    "How do I hand this to a worker without it showing up in the log? I have {} and a step that reads it.",
    "Two runs of one pipeline started at the same minute on 2.8.2.\n\n2026-11-20T10:00:01Z INFO worker: starting\n2026-11-20T10:00:01Z DEBUG env: {}\n2026-11-20T10:00:02Z ERROR worker: lease lost",
    "The console is blank after login. The request from my browser:\n\nGET /api/runs\n{}\n\nThe answer is 200 with an empty body.",
    "Worker crashes with exit code 137 when the step is large. Our file:\n\n{}\nmemory: 2g\n\nWe need this by tonight, the whole team is blocked.",
)


def reports(count: int, seed: int) -> Iterator[Planted]:
    """Yield as many reports; the same seed gives the same ones."""
    chance = random.Random(seed)
    shapes = [*KEYS, *SAID]
    for number in range(count):
        what = shapes[number % len(shapes)]
        secret = KEYS[what](chance) if what in KEYS else _some(chance, chance.randint(12, 24))
        line = secret if what in KEYS else SAID[what].format(secret)
        yield Planted(text=chance.choice(REPORTS).format(line), secret=secret, what=what)
