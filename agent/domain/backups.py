"""What a backup says of itself, and what a store remembers of being an older state of itself."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The first file of a backup. `as_of` is before everything in it: nothing that it lacks left earlier."""

    format: int
    as_of: datetime
    version: str  #: of the product
    schema: str  #: the migration that the store stands at
    cases: int
    messages: int
    issues: int
    policy: str  #: content hash of the policy files
    prompts: str  #: content hash of the prompts
    files: dict[str, str] = field(default_factory=dict)  #: name → sha256


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """That a store was put back to how it was at `as_of`: what has left since then is not in it."""

    as_of: datetime
    at: datetime
    cases: int  #: the highest number of a Case then; a higher one was opened afterwards


@dataclass(frozen=True, kw_only=True, slots=True)
class BackedUp:
    """A backup that was made: where, and how large."""

    path: str
    bytes: int
    manifest: Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class PutBack:
    """A backup that was restored, what is different here, and where the home's files of before are."""

    manifest: Manifest
    waiting: int  #: Cases that wait for a Verdict
    to_look_for: int  #: steps that may have left since, and are looked for before they are sent
    differs: tuple[str, ...] = ()  #: "the policy files", "the prompts"
    set_aside: str = ""
