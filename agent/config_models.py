"""The shape of `models.yaml`, and the record that it becomes. Where the file lies is settings' to know."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictInt

from agent.config_files import Shape
from agent.config_values import Name
from agent.domain.models import CacheSpan, Effort, Model, Models, Price, Shadow, Tier

MODELS_FILE = "models.yaml"
_MICRO = 1_000_000

Dollars = Annotated[float, Field(ge=0)]
Count = Annotated[StrictInt, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class PricesShape(Shape):
    """US dollars for a million tokens."""

    input: Dollars
    output: Dollars
    cache_write: Dollars
    cache_read: Dollars


class LongShape(PricesShape):
    """The prices of a call that reads more than `from` tokens."""

    starts: Count = Field(alias="from")


class TierShape(Shape):
    """One model."""

    model: Name
    effort: Effort = Effort.LOW
    thinking: Annotated[StrictInt, Field(ge=0)] = 0
    prices: PricesShape
    long: LongShape | None = None


class ShadowShape(Shape):
    """A candidate prompt set, which share of the Cases it is asked about, and what it may cost a day."""

    prompts: Name
    share: Annotated[float, Field(gt=0, le=1)]
    daily_cap: Dollars | None = None


class ModelsFile(Shape):
    """`models.yaml`."""

    tiers: dict[Tier, TierShape]
    daily_cap: Dollars
    max_searches: Annotated[StrictInt, Field(ge=0)]
    timeout: Seconds
    patience: Seconds
    tries: Count
    rest: Annotated[float, Field(ge=0)]
    at_once: Count
    tokens_a_minute: Count
    cache_for: CacheSpan
    batch_share: Annotated[float, Field(gt=0, le=1)]
    shadow: ShadowShape | None = None


def models_file(*places: Path) -> Path:
    """Return the file of the first place that has one: the team's, else the shipped one."""
    found = (place / MODELS_FILE for place in places if (place / MODELS_FILE).exists())
    return next(found, places[0] / MODELS_FILE)


def models_faults(shape: ModelsFile | None) -> list[str]:
    """Return which tiers are missing."""
    missing = [tier for tier in Tier if tier not in shape.tiers] if shape else []
    return [f"{MODELS_FILE}: tiers.{tier}: is missing" for tier in missing]


def models_of(shape: ModelsFile) -> Models:
    """Return the record; money becomes microdollars."""
    return Models(
        tiers={tier: _model(each) for tier, each in shape.tiers.items()},
        daily_cap=round(shape.daily_cap * _MICRO),
        max_searches=shape.max_searches,
        timeout_seconds=shape.timeout,
        patience_seconds=shape.patience,
        tries=shape.tries,
        rest_seconds=shape.rest,
        at_once=shape.at_once,
        tokens_a_minute=shape.tokens_a_minute,
        cache_for=shape.cache_for,
        batch_share=shape.batch_share,
        shadow=_shadow(shape.shadow, shape.daily_cap) if shape.shadow else None,
    )


def _shadow(shape: ShadowShape, whole_cap: float) -> Shadow:
    """Return the record; where no cap is given it is its share of the whole."""
    cap = shape.share * whole_cap if shape.daily_cap is None else shape.daily_cap
    return Shadow(prompts=shape.prompts, share=shape.share, daily_cap=round(cap * _MICRO))


def _model(shape: TierShape) -> Model:
    return Model(
        name=shape.model,
        effort=shape.effort,
        thinking=shape.thinking,
        price=_price(shape.prices),
        long_from=shape.long.starts if shape.long else 0,
        long_price=_price(shape.long) if shape.long else None,
    )


def _price(shape: PricesShape) -> Price:
    return Price(
        input=shape.input,
        output=shape.output,
        cache_write=shape.cache_write,
        cache_read=shape.cache_read,
    )
