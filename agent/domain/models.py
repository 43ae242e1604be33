"""The models that may be called, what they cost, and how far a day may go. The numbers are `config/models.yaml`'s."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.domain.made import Tokens


class Tier(StrEnum):
    SMALL = "small"  #: for what is asked of every Case
    LARGE = "large"  #: for what a person reads word by word


class Effort(StrEnum):
    """How much a model thinks before it answers, in the API's own words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class CacheSpan(StrEnum):
    """How long a cached prefix is kept, in the API's own words."""

    MINUTES = "5m"
    HOUR = "1h"


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """US dollars for a million tokens of each kind; so a token's price is in millionths of a dollar."""

    input: float
    output: float
    cache_write: float
    cache_read: float

    def microdollars(self, tokens: Tokens) -> int:
        """Return what these cost, rounded up."""
        return math.ceil(
            self.input * tokens.input
            + self.output * tokens.output
            + self.cache_write * tokens.cache_write
            + self.cache_read * tokens.cache_read
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One tier: the model's name at the API, how hard it thinks, and its price."""

    name: str
    effort: Effort
    thinking: int  #: tokens that it may think, on top of what an answer may take
    price: Price
    long_from: int = 0  #: a call that reads more tokens than this costs `long_price`; 0 is never
    long_price: Price | None = None

    def microdollars(self, tokens: Tokens) -> int:
        """Return what a call cost, all of it by the price that its length has."""
        is_long = self.long_price is not None and 0 < self.long_from < tokens.read
        price = self.long_price if is_long and self.long_price else self.price
        return price.microdollars(tokens)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadow:
    """A candidate prompt set that is asked beside the live one and shown to nobody."""

    prompts: str  #: a folder, or a git revision
    share: float  #: of the Cases, from 0 to 1
    daily_cap: int  #: microdollars a day (UTC) of its own, within the cap of all


@dataclass(frozen=True, kw_only=True, slots=True)
class Models:
    """`config/models.yaml`: everything about calls that is a number or a name."""

    tiers: Mapping[Tier, Model]
    daily_cap: int  #: microdollars a day (UTC), over which nothing is asked any more
    max_searches: int  #: how often the engine may search again in one Case
    timeout_seconds: float  #: of one try
    patience_seconds: float  #: of all tries of one call, waits included
    tries: int
    rest_seconds: (
        float  #: that the service is left alone after it failed; the embedded engine answers meanwhile
    )
    at_once: int  #: calls under way at the same time
    tokens_a_minute: int
    cache_for: CacheSpan
    batch_share: float  #: of the price, for what is sent as a batch
    shadow: Shadow | None = None
