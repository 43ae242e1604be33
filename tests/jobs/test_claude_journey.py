"""A Case on Claude, over a real socket: the whole way, without Claude half-way, and with Claude again."""

from pathlib import Path

import pytest

from agent.domain.proposals import Proposal
from agent.errors import Failure, Refused
from agent.house import House
from agent.store import calls
from agent.wording import engines as wording
from tests.builders import ONE, Clock, issue, message
from tests.fakes.claude import KEY, OVERLOADED, Fault, Reply, standing
from tests.fakes.claude import faults as wrong
from tests.jobs.claude_house import house, judged

TEXT = (
    "Since the upgrade to 2.8.2 the sync stops. inotify limit reached, falling back to poll. "
    "The whole team is blocked."
)


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
