"""A house whose engine is Claude at the stand-in, with the embedded engine behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent.domain.proposals import Proposal
from agent.domain.reports import Answer
from agent.engines.embedded import EmbeddedEngine
from agent.house import House
from agent.prompts import Prompts, prompts_dir
from agent.settings import Settings
from agent.store import proposals
from agent.store.database import Store
from agent.store.records import StoreRecords
from agent.wiring_claude import candidate_of, engine_of
from tests.builders import Clock, home_of, ports_with, settings_in
from tests.engines.conftest import SilentEmbedder
from tests.fakes.claude import KEY, Claude
from tests.fakes.claude.scripts import SENSIBLE
from tests.fakes.index import WordIndex


@contextmanager
def house(
    home: Path, claude: Claude, clock: Clock, *, answers: tuple[Answer, ...] | None = None, **models: object
) -> Iterator[House]:
    """Open a house whose engine is Claude at the stand-in, with the embedded engine behind it."""
    given = settings_in(home) if answers is None else settings_in(home, answers=answers)
    keys = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.address}
    quick = {"timeout_seconds": 2.0, "tries": 1, **models}
    settings: Settings = replace(
        given,
        external={**given.external, **dict.fromkeys(keys, True)},
        models=replace(given.models, **quick),  # type: ignore[arg-type]
        _secrets=keys,
    )
    place = home_of(settings)
    store = Store(settings.database_url)
    prompts = Prompts(prompts_dir())
    embedded = EmbeddedEngine(
        SilentEmbedder(), prompts.below("embedded"), settings.areas, duplicate_share=settings.duplicate_share
    )
    engine, close = engine_of(settings, store, clock, prompts, embedded)
    candidate, give_back = candidate_of(settings, store, clock, lambda _: embedded)
    index = WordIndex(StoreRecords(store), given.answers if answers else ())
    ports = replace(ports_with(settings, store, clock, engine), close=close, index=index, candidate=candidate)
    opened = House(settings, store, place, ports, clock)
    claude.script = dict(SENSIBLE)
    try:
        yield opened
    finally:
        opened.close()
        give_back()


def judged(here: House, number: int) -> Proposal:
    """Return the newest Proposal of a Case."""
    with here.store.read() as tx:
        found = proposals.newest(tx, number)
    assert found is not None
    return found
