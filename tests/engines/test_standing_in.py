"""A Case never fails for Claude's sake: the embedded engine stands in, and what it makes says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from agent.domain.assessments import Assessment, Matched
from agent.domain.reports import Report
from agent.engines.standing_in import StandingIn
from agent.errors import EngineFailed, Failure
from tests.builders import Clock
from tests.fakes.engine import ScriptedEngine

Build = Callable[..., Report]


class Failing(ScriptedEngine):
    """Fails as long as it is told to."""

    name = "claude"
    failure: EngineFailed | None = None

    def assess(self, report: Report, matched: Matched) -> Assessment:
        if self.failure:
            self.asked.append("assess")
            raise self.failure
        return super().assess(report, matched)


@pytest.fixture
def first() -> Failing:
    return Failing()


def standing_in(first: Failing, clock: Clock) -> StandingIn:
    return StandingIn(first, ScriptedEngine(), clock, timedelta(seconds=30))


def test_what_the_first_answers_is_its_own(first: Failing, report: Build) -> None:
    made = standing_in(first, Clock()).assess(report("x"), Matched()).made
    assert made.instead is None


def test_what_the_second_answers_says_why_and_until_when(first: Failing, report: Build) -> None:
    clock = Clock()
    first.failure = EngineFailed(Failure.OVERLOADED, tries=3)
    instead = standing_in(first, clock).assess(report("x"), Matched()).made.instead
    assert instead is not None
    assert (instead.engine, instead.why, instead.tries, instead.until) == (
        "claude",
        "overloaded",
        3,
        clock.at,
    )


def test_the_first_rests_some_seconds_and_is_asked_again(first: Failing, report: Build) -> None:
    clock = Clock()
    engine = standing_in(first, clock)
    first.failure = EngineFailed(Failure.NO_ANSWER, tries=3)
    for _ in range(3):
        assert engine.assess(report("x"), Matched()).made.instead
    assert first.asked == ["assess"]
    first.failure = None
    clock.pass_by(seconds=31)
    assert engine.assess(report("x"), Matched()).made.instead is None


def test_it_rests_as_long_as_the_service_asks_for(first: Failing, report: Build) -> None:
    clock = Clock()
    engine = standing_in(first, clock)
    first.failure = EngineFailed(Failure.RATE_LIMITED, tries=1, seconds=600)
    engine.assess(report("x"), Matched())
    clock.pass_by(seconds=599)
    engine.assess(report("x"), Matched())
    assert first.asked == ["assess"]
    clock.pass_by(seconds=2)
    engine.assess(report("x"), Matched())
    assert first.asked == ["assess", "assess"]


@pytest.mark.parametrize("kind", [kind for kind in Failure if kind.is_of_one_question])
def test_what_is_wrong_with_one_question_costs_the_next_one_nothing(
    kind: Failure, first: Failing, report: Build
) -> None:
    engine = standing_in(first, Clock())
    first.failure = EngineFailed(kind)
    assert engine.assess(report("x"), Matched()).made.instead
    first.failure = None
    assert engine.assess(report("y"), Matched()).made.instead is None
