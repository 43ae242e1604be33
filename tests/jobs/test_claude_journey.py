"""A Case on Claude, over a real socket: the whole way, without Claude half-way, and with Claude again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.proposals import Proposal
from agent.engines.embedded import EmbeddedEngine
from agent.errors import Failure, Refused
from agent.prompts import Prompts, prompts_dir
from agent.settings import Settings
from agent.store import calls, proposals
from agent.store.database import Store
from agent.store.home import Home
from agent.wiring import House
from agent.wiring_claude import engine_of
from agent.wording import engines as wording
from tests.builders import ONE, Clock, issue, message, ports_with, settings_in
from tests.engines.conftest import SilentEmbedder
from tests.fakes.claude import KEY, OVERLOADED, Claude, Fault, Reply, standing
from tests.fakes.claude import faults as wrong
from tests.fakes.claude.scripts import SENSIBLE

TEXT = (
    "Since the upgrade to 2.8.2 the sync stops. inotify limit reached, falling back to poll. "
    "The whole team is blocked."
)


@contextmanager
def house(home: Path, claude: Claude, clock: Clock, **models: object) -> Iterator[House]:
    """Open a house whose engine is Claude at the stand-in, with the embedded engine behind it."""
    given = settings_in(home)
    keys = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.address}
    quick = {"timeout_seconds": 2.0, "tries": 1, **models}
    settings: Settings = replace(
        given,
        external={**given.external, **dict.fromkeys(keys, True)},
        models=replace(given.models, **quick),  # type: ignore[arg-type]
        _secrets=keys,
    )
    place = Home(settings.home)
    place.prepare()
    store = Store(settings.database_url)
    prompts = Prompts(prompts_dir())
    embedded = EmbeddedEngine(
        SilentEmbedder(), prompts.below("embedded"), settings.areas, duplicate_share=settings.duplicate_share
    )
    engine, close = engine_of(settings, store, clock, prompts, embedded)
    ports = replace(ports_with(settings, store, clock, engine), close=close)
    opened = House(settings, store, place, ports, clock)
    claude.script = dict(SENSIBLE)
    try:
        yield opened
    finally:
        opened.close()


def judged(here: House, number: int) -> Proposal:
    with here.store.read() as tx:
        found = proposals.newest(tx, number)
    assert found is not None
    return found


def receive(here: House, id: str) -> Proposal:
    here.desk.receive([message(TEXT, id=id)])
    here.drain()
    return judged(here, int(id.removeprefix("m-")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_case_goes_the_whole_way_on_claude(tmp_path: Path, clock: Clock) -> None:
    with standing() as claude, house(tmp_path, claude, clock) as here:
        here.add_issues([issue(412, "Sync stops at the inotify limit")])
        found = receive(here, "m-1")
        with here.store.read() as tx:
            made = calls.of_case(tx, "C-1")
        history = here.desk.case("C-1").history
    assert found.provenance.engine == "claude", found.provenance
    assert found.provenance.instead is None
    assert found.provenance.model == "claude-haiku-5-5, claude-sonnet-5-5"
    assert {"assess", "match", "draft"} <= set(found.provenance.prompts)
    assert found.provenance.tokens == sum((each.tokens for each in made[1:]), made[0].tokens)
    assert found.provenance.microdollars == sum(each.microdollars for each in made) > 0
    assert any("by claude-haiku-5-5" in event.text for event in history)
    assert {each.source for each in made} == {"slack:C-HELP"}


def test_without_claude_half_way_it_is_the_embedded_engines_and_says_so(tmp_path: Path, clock: Clock) -> None:
    with standing() as claude, house(tmp_path, claude, clock) as here:
        claude.fails(wrong.DROPPED, times=99, skip=1)
        found = receive(here, "m-1")
        assert found.provenance.engine == "embedded"
        assert found.provenance.instead is not None
        assert found.provenance.instead.why == Failure.NO_ANSWER.value
        assert found.draft
        assert "no connection" not in found.draft.text
        claude.recovers()
        clock.pass_by(seconds=here.settings.models.rest_seconds + 1)
        assert receive(here, "m-2").provenance.engine == "claude"


def test_while_it_rests_claude_is_not_asked(tmp_path: Path, clock: Clock) -> None:
    with standing() as claude, house(tmp_path, claude, clock) as here:
        claude.fails(OVERLOADED, times=99)
        receive(here, "m-1")
        assert len(claude.calls) == 1


FAILURES: dict[str, tuple[Fault | Reply, Failure]] = {
    "overload": (OVERLOADED, Failure.OVERLOADED),
    "rate limit": (wrong.rate_limited(retry_after=400), Failure.RATE_LIMITED),
    "no credit": (wrong.NO_CREDIT, Failure.NO_CREDIT),
    "bad key": (wrong.BAD_KEY, Failure.BAD_KEY),
    "not allowed": (wrong.NOT_ALLOWED, Failure.NOT_ALLOWED),
    "no model": (wrong.NO_MODEL, Failure.NO_MODEL),
    "too large": (wrong.TOO_LARGE, Failure.TOO_LARGE),
    "bad request": (wrong.BAD_REQUEST, Failure.BAD_REQUEST),
    "broken": (wrong.BROKEN, Failure.BROKEN),
    "dropped half-way": (wrong.DROPPED_HALF_WAY, Failure.NO_ANSWER),
    "a proxy's page": (wrong.PROXY_PAGE, Failure.BROKEN),
    "too slow": (wrong.late(3), Failure.TOO_SLOW),
    "refusal": (Reply("I will not.", stop_reason="refusal"), Failure.REFUSED),
    "cut short": (Reply('{"ty', stop_reason="max_tokens"), Failure.CUT_SHORT),
    "truncated JSON": (Reply('{"type": "quick_'), Failure.WRONG_SHAPE),
    "no JSON": (Reply("Error 529: overloaded"), Failure.WRONG_SHAPE),
}


@pytest.mark.parametrize("case", FAILURES)
def test_each_failure_ends_with_a_proposal_and_a_person_who_is_told(
    case: str, tmp_path: Path, clock: Clock
) -> None:
    wanted, kind = FAILURES[case]
    with standing() as claude, house(tmp_path, claude, clock) as here:
        if isinstance(wanted, Fault):
            claude.fails(wanted, times=99)
        else:
            every = ("Assessed", "Compared", "Drafted", "Described")
            claude.script = {name: lambda asked, said=wanted: said for name in every}
        found = receive(here, "m-1")
        view = here.desk.case("C-1")
    made = found.provenance
    assert (made.engine, made.instead and made.instead.why) == ("embedded", kind.value)
    assert view.case.open_revision == 1
    assert not view.case.trouble
    assert made.instead
    told = wording.stood_in(made.instead, clock.at, here.settings.rotation.zone)
    assert told.startswith(f"Written by the embedded engine: Claude did not answer ({kind.value}")
    said = " ".join([found.draft.text if found.draft else "", *(step.body for step in found.plan)])
    for word in ("529", "overloaded", "I will not", "Sign in", "Error", kind.value):
        assert word not in said


def test_over_the_days_cap_the_embedded_engine_answers_and_the_health_line_says_so(
    tmp_path: Path, clock: Clock
) -> None:
    with standing() as claude, house(tmp_path, claude, clock, daily_cap=1) as here:
        receive(here, "m-1")
        asked = len(claude.calls)
        found = receive(here, "m-2")
        health = here.desk.engine()
        assert len(claude.calls) == asked
        assert found.provenance.instead
        assert found.provenance.instead.why == "the day's spend cap is reached"
        assert health
        assert "off until midnight UTC" in wording.health(health, clock.at, here.settings.rotation.zone)
        clock.pass_by(days=1)
        assert receive(here, "m-3").assessment.made.engine == "claude"


def test_a_person_has_claude_asked_again_and_their_text_is_kept(tmp_path: Path, clock: Clock) -> None:
    with standing() as claude, house(tmp_path, claude, clock) as here:
        claude.fails(OVERLOADED, times=99)
        receive(here, "m-1")
        claude.recovers()
        clock.pass_by(minutes=1)
        assert here.desk.ask_again("C-1", 1, ONE, typed="My own words.") == 2
        here.drain()
        view = here.desk.case("C-1")
        assert view.proposal
        assert view.proposal.provenance.engine == "claude"
        assert view.typed == "My own words."
        with pytest.raises(Refused, match="No engine stood in"):
            here.desk.ask_again("C-1", 2, ONE)


def test_no_key_and_no_secret_is_in_what_was_sent(tmp_path: Path, clock: Clock) -> None:
    with standing() as claude, house(tmp_path, claude, clock) as here:
        here.desk.receive([message(f"{TEXT} My key is {KEY}0123456789abcdefghij", id="m-1")])
        here.drain()
    assert claude.calls
    assert KEY not in claude.sent
