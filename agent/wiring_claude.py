"""The part of the composition root that is about Claude: the engine behind its key, a candidate beside it, what doctor asks."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog

from agent.domain.models import Shadow, Tier
from agent.engines.claude.asking import Asks
from agent.engines.claude.service import API_URL, Sends, Service
from agent.errors import ConfigFaults, EngineFailed, Misuse, TriageError
from agent.ports import Engine, Ledger, Now
from agent.prompt_sets import open_prompts
from agent.prompts import Prompts, prompts_dir
from agent.settings import Settings
from agent.store.calls import ShadowLedger, StoreLedger
from agent.store.database import Store
from agent.triage.shadow import Candidate

#: Seconds that `triage doctor` waits for an answer.
CHECK_SECONDS = 10.0


def engine_of(
    settings: Settings, store: Store, now: Now, prompts: Prompts, embedded: Engine
) -> tuple[Engine, Callable[[], None]]:
    """Return Claude with the embedded engine standing in, and what gives its connections back.

    Without a key it is the embedded engine alone.
    """
    if not settings.has_claude:
        return embedded, lambda: None
    from agent.engines.standing_in import StandingIn

    service = service_of(settings)
    engine = claude_over(service, settings, StoreLedger(store), now, prompts, embedded)
    return StandingIn(engine, embedded, now, timedelta(seconds=settings.models.rest_seconds)), service.close


def candidate_of(
    settings: Settings, store: Store, now: Now, embedded: Callable[[Prompts], Engine]
) -> tuple[Candidate | None, Callable[[], None]]:
    """Return the candidate prompt set of `models.yaml` as an engine, and what gives its connections back.

    One that cannot be read is off: the log and `triage doctor` say why, and the live one goes on.
    """
    shadow = settings.models.shadow
    if shadow is None:
        return None, lambda: None
    try:
        prompts, named = _candidate_prompts(shadow, "" if settings.has_claude else "embedded")
        own = embedded(prompts)
    except TriageError as error:
        structlog.get_logger("shadow").error("the candidate prompts are not read", why=str(error))
        return None, lambda: None
    if not settings.has_claude:
        return Candidate(engine=own, prompts=named), lambda: None
    service = service_of(settings)
    ledger = ShadowLedger(store, shadow.daily_cap, settings.models.daily_cap)
    engine = claude_over(service, settings, ledger, now, prompts, own)
    return Candidate(engine=engine, prompts=named), service.close


def candidate_trouble(settings: Settings) -> str:
    """Return why the candidate prompt set cannot be read; "" where it can, or there is none."""
    shadow = settings.models.shadow
    try:
        if shadow is not None:
            _candidate_prompts(shadow, "")
    except TriageError as error:
        return str(error)
    return ""


def _candidate_prompts(shadow: Shadow, below: str) -> tuple[Prompts, str]:
    """Return the candidate's prompts and the hash of those that answer. Raises ConfigFaults where some are missing."""
    with open_prompts(shadow.prompts, Path.cwd()) as opened:
        prompts, named = Prompts(opened.folder), opened.hash(below)
    lacking = set(Prompts(prompts_dir()).names()) - set(prompts.names())
    if lacking:
        raise ConfigFaults([f"{shadow.prompts}: lacks {each}.md" for each in sorted(lacking)])
    return prompts, named


def claude_over(
    service: Sends, settings: Settings, ledger: Ledger, now: Now, prompts: Prompts, embedded: Engine
) -> Engine:
    """Return Claude over the API or over what was recorded of it; nothing stands in for it."""
    from agent.engines.claude.engine import ClaudeEngine
    from agent.engines.claude.guidance import guidance_of

    return ClaudeEngine(
        asks=asks_over(service, settings, ledger, now, prompts),
        beside=embedded,
        layout=prompts.below("embedded"),
        guidance=guidance_of(settings),
    )


def asks_over(service: Sends, settings: Settings, ledger: Ledger, now: Now, prompts: Prompts) -> Asks:
    """Return what puts questions of a prompt set to Claude, within the limits of `models.yaml`."""
    from agent.engines.claude.calls import Calls, Clockwork
    from agent.engines.claude.pace import Pace

    models = settings.models
    pace = Pace(models.at_once, models.tokens_a_minute, time.monotonic, time.sleep)
    clockwork = Clockwork(now=now, seconds=time.monotonic, sleep=time.sleep)
    return Calls(service, prompts, models, ledger, pace, clockwork)


def embedded_of(engine: Engine) -> Engine:
    """Return the engine that answers without a network, of the one that is wired."""
    from agent.engines.standing_in import StandingIn

    return engine.second if isinstance(engine, StandingIn) else engine


def service_of(settings: Settings) -> Service:
    """Return the API behind the key; raises Misuse without one."""
    key = settings.secret("ANTHROPIC_API_KEY")
    if not key:
        raise Misuse("Claude is not connected. Set ANTHROPIC_API_KEY, then the same again.")
    return Service(key, settings.secret("ANTHROPIC_BASE_URL") or API_URL)


def claude_trouble(settings: Settings, tier: Tier) -> EngineFailed | None:
    """Return why the model of a tier would not answer; None where it would. Costs nothing."""
    service = service_of(settings)
    try:
        service.check(settings.models.tiers[tier].name, CHECK_SECONDS)
    except EngineFailed as failure:
        return failure
    finally:
        service.close()
    return None
