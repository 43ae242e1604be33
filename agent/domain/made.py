"""Who made what an engine returned, and what it took: of one call, of a step, of a whole Proposal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """What a model read and wrote. The four are apart: each has a price of its own."""

    input: int = 0  #: read, and not from the cache
    output: int = 0
    cache_write: int = 0  #: read, and kept for the next call
    cache_read: int = 0

    @property
    def read(self) -> int:
        """All that the model was sent."""
        return self.input + self.cache_write + self.cache_read

    @property
    def is_any(self) -> bool:
        """Whether anything was sent or written, and so paid for."""
        return bool(self.read or self.output)

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_write=self.cache_write + other.cache_write,
            cache_read=self.cache_read + other.cache_read,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StoodIn:
    """Why the embedded engine answered where another was asked."""

    engine: str  #: the one that was asked
    why: str  #: in words that go into a sentence: "overloaded"
    tries: int  #: how often it was asked; 0 where it was not, as over the day's cap
    until: datetime  #: when it was given up


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """Which engine made a value, with which model and prompts, and what that took."""

    engine: str = ""  #: "" is not said: it was stored before this was kept
    model: str = ""
    prompts: dict[str, str] = field(default_factory=dict)  #: name → content hash
    seconds: float = 0.0
    tokens: Tokens = field(default_factory=Tokens)
    microdollars: int = 0
    instead: StoodIn | None = None


def together(parts: Sequence[Made]) -> Made:
    """Return what parts made together; it is called one engine's only where each part is.

    Where one stood in for another, the whole is the stand-in's: the least that all of it is worth.
    """
    said = [part for part in parts if part.engine]
    instead = next((part.instead for part in said if part.instead), None)
    stood_in = [part for part in said if part.instead]
    engines = list(dict.fromkeys(part.engine for part in stood_in or said))
    models = dict.fromkeys(part.model for part in stood_in or said)
    return Made(
        engine=" and ".join(engines),
        model=", ".join(models),
        prompts={name: each for part in said for name, each in part.prompts.items()},
        seconds=sum(part.seconds for part in said),
        tokens=sum((part.tokens for part in said), Tokens()),
        microdollars=sum(part.microdollars for part in said),
        instead=instead,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of a model, as the ledger keeps it. `case` and `source` are "" outside of a Case."""

    at: datetime
    case: str
    source: str
    prompt: str
    prompt_hash: str
    model: str
    tokens: Tokens
    microdollars: int
    seconds: float
    outcome: str  #: "answered", "corrected", or a `Failure`
