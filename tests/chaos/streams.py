"""What users write, when, and how often each delivery comes: all of it from one seed. Nothing is sent here."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

PARTS = (
    "scheduler", "worker", "console", "postgres sink", "s3 sink", "backfill", "git sync", "login page",
    "secrets store", "mail alert", "run history", "api gateway", "cron trigger", "log viewer",
)  # fmt: skip
TROUBLES = (
    "stops after {} minutes", "exits with code {}", "hangs at step {}", "answers 502 after {} requests",
    "loses row {} of each batch", "shows page {} twice", "needs {} seconds to start", "restarts {} times a day",
)  # fmt: skip
SINCE = (
    "since the upgrade to 2.9.1",
    "behind our proxy",
    "on Windows",
    "with two replicas",
    "on ARM",
    "in Docker",
)

ISSUE, PASTED, COMMENT, EDIT = "issue", "pasted", "comment", "edit"
#: Of a hundred things that are written.
SHARES = {ISSUE: 50, PASTED: 25, COMMENT: 20, EDIT: 5}
#: How often a webhook comes, of a hundred; what never comes is found by reading.
TIMES = {1: 65, 2: 20, 3: 10, 0: 5}


@dataclass(frozen=True)
class Writing:
    """Something that a user writes. `about` picks what is commented or edited, of what stands by then."""

    what: str
    at: float  #: seconds after the beginning
    author: str
    title: str
    text: str
    about: float
    times: int
    later: tuple[float, ...]  #: seconds between its deliveries


def stream(number: int, seconds: float, seed: int) -> Iterator[Writing]:
    """Yield so many Messages in order of their time, and the edits among them."""
    chance, at = random.Random(f"stream {seed}"), 0
    while at < number:
        what = _drawn(chance, SHARES) if at >= number / 20 else ISSUE
        title = f"The {chance.choice(PARTS)} {chance.choice(TROUBLES).format(at + 2)} {chance.choice(SINCE)}"
        times = _drawn(chance, TIMES) if what != PASTED else chance.choice((1, 1, 2))
        yield Writing(
            what=what,
            at=at * seconds / number,
            author=f"user-{at}",
            title=title,
            text=f"{title}. It says error {1000 + at} in the log and nothing else. What can we do?",
            about=chance.random(),
            times=times,
            later=tuple(chance.uniform(0, 3) for _ in range(max(0, times - 1))),
        )
        at += what != EDIT


def _drawn(chance: random.Random, shares: Mapping[T, int]) -> T:
    return chance.choices(list(shares), list(shares.values()))[0]
