"""The part of the composition root that is about Claude: the engine behind its key, and what doctor asks of it."""

import time
from collections.abc import Callable
from datetime import timedelta

from agent.domain.models import Tier
from agent.engines.claude.service import API_URL, Service
from agent.errors import EngineFailed
from agent.ports import Engine, Now
from agent.prompts import Prompts
from agent.settings import Settings
from agent.store.calls import StoreLedger
from agent.store.database import Store

#: Seconds that `triage doctor` waits for an answer.
CHECK_SECONDS = 10.0


def engine_of(
    settings: Settings, store: Store, now: Now, prompts: Prompts, embedded: Engine
) -> tuple[Engine, Callable[[], None]]:
    """Return Claude with the embedded engine standing in, and what gives its connections back.

    Without a key it is the embedded engine alone.
    """
    key = settings.secret("ANTHROPIC_API_KEY")
    if not key:
        return embedded, lambda: None
    from agent.engines.claude.calls import Calls, Clockwork
    from agent.engines.claude.engine import ClaudeEngine
    from agent.engines.claude.guidance import Guidance
    from agent.engines.claude.pace import Pace
    from agent.engines.standing_in import StandingIn

    models = settings.models
    service = _service(settings, key)
    calls = Calls(
        service,
        prompts,
        models,
        StoreLedger(store),
        Pace(models.at_once, models.tokens_a_minute, time.monotonic, time.sleep),
        Clockwork(now=now, seconds=time.monotonic, sleep=time.sleep),
    )
    guidance = Guidance(
        product=settings.team.product,
        tone=settings.team.tone,
        areas=settings.areas,
        findings={kind: weight.finding for kind, weight in settings.rubric.weights.items()},
        private=settings.private,
        duplicate_share=settings.duplicate_share,
        max_searches=models.max_searches,
    )
    engine = ClaudeEngine(asks=calls, beside=embedded, layout=prompts.below("embedded"), guidance=guidance)
    return StandingIn(engine, embedded, now, timedelta(seconds=models.rest_seconds)), service.close


def claude_trouble(settings: Settings, tier: Tier) -> EngineFailed | None:
    """Return why the model of a tier would not answer; None where it would. Costs nothing."""
    service = _service(settings, settings.secret("ANTHROPIC_API_KEY") or "")
    try:
        service.check(settings.models.tiers[tier].name, CHECK_SECONDS)
    except EngineFailed as failure:
        return failure
    finally:
        service.close()
    return None


def _service(settings: Settings, key: str) -> Service:
    return Service(key, settings.secret("ANTHROPIC_BASE_URL") or API_URL)
