"""A candidate prompt set beside the live one: it sees the same words, nobody sees it, and it decides nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.assessments import Assessment, CaseType, Factor, FactorKind, Matched, Quote
from agent.domain.cases import VerdictKind
from agent.domain.jobs import Job, JobKind
from agent.domain.models import Shadow
from agent.domain.reports import Report
from agent.domain.shadows import Shadowed
from agent.errors import EngineFailed, Failure
from agent.policy.shadows import is_drawn
from agent.store import calls, removing, shadows
from agent.triage.shadow import Candidate
from tests.builders import ONE, Clock, World, issue, message, settings_in, world
from tests.fakes.claude import standing
from tests.fakes.claude.scripts import assessed
from tests.fakes.engine import ScriptedEngine
from tests.jobs.claude_house import house, judged

ALL = Shadow(prompts="next", share=1.0, daily_cap=1_000_000)
DOWN = (Factor(kind=FactorKind.OUTAGE, quote=Quote("down", 0, 4)),)


class Acting(ScriptedEngine):
    """A candidate during whose reading something else happens."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(CaseType.FEATURE)
        self.act = act

    def assess(self, report: Report, matched: Matched) -> Assessment:
        self.act()
        return super().assess(report, matched)


@contextmanager
def shadowed(home: Path, engine: ScriptedEngine, shadow: Shadow | None = ALL) -> Iterator[World]:
    models = replace(settings_in(home).models, shadow=shadow)
    with world(home, candidate=Candidate(engine=engine, prompts="abc"), models=models) as here:
        yield here


def answers(here: World) -> list[Shadowed]:
    with here.house.store.read() as tx:
        return shadows.everything(tx)


def judge_again(here: World, revision: int = 1) -> None:
    with here.house.store.write() as tx:
        here.house.ports.queue.enqueue(Job.shadow("C-1", revision), tx)
    here.house.drain()


def test_the_candidate_is_asked_after_the_proposal_and_nobody_is_shown(tmp_path: Path) -> None:
    with shadowed(tmp_path / "one", ScriptedEngine(CaseType.FEATURE, DOWN)) as here:
        here.house.add_issues([issue(4, "sync stops")])
        here.house.desk.receive([message("it is down")])
        here.house.drain()
        (said,), view, sent = answers(here), here.house.desk.case("C-1"), here.sent()
    with world(tmp_path / "other") as plain:
        plain.house.add_issues([issue(4, "sync stops")])
        plain.house.desk.receive([message("it is down")])
        plain.house.drain()
        assert plain.house.desk.case("C-1") == view
    assert (said.fields["type"], said.revision, said.prompts, said.trouble) == ("feature", 1, "abc", "")
    assert said.reply
    assert sent == []


def test_no_alert_and_nothing_else_leaves_for_what_a_candidate_says(tmp_path: Path) -> None:
    with shadowed(tmp_path, ScriptedEngine(CaseType.COMPLEX, DOWN)) as here:
        here.house.desk.receive([message("it is down")])
        here.house.drain()
        assert answers(here)[0].fields["priority"] == "P0"
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        assert [line["text"] for line in here.sent()] == ["A new_bug reply. example/millrace#L1"]


def test_without_a_candidate_nothing_is_asked(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    with shadowed(tmp_path, engine, None) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        assert (answers(here), engine.asked) == ([], [])


@pytest.mark.usefixtures("each_database")
def test_a_case_that_somebody_answers_meanwhile_is_late_and_says_nothing(tmp_path: Path) -> None:
    decide = lambda: here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)  # noqa: E731
    with shadowed(tmp_path, Acting(decide)) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        (said,) = answers(here)
    assert (said.is_late, said.fields, said.reply) == (True, {}, "")
    assert said.provenance is not None


def test_a_case_that_is_answered_already_is_not_asked_about(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    with shadowed(tmp_path, engine, None) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        judge_again(here)
        (said,) = answers(here)
    assert (engine.asked, said.is_late, said.fields) == ([], True, {})


def test_a_job_that_comes_twice_asks_once(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    with shadowed(tmp_path, engine) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        judge_again(here)
        assert len(answers(here)) == 1
    assert engine.asked.count("assess") == 1


def test_a_candidate_that_does_not_answer_is_an_answer_that_is_missing(tmp_path: Path) -> None:
    def fail() -> None:
        raise EngineFailed(Failure.OVERLOADED)

    with shadowed(tmp_path, Acting(fail)) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        (said,), case = answers(here), here.house.desk.case("C-1").case
    assert "overloaded" in said.trouble
    assert (said.fields, case.trouble, case.open_revision) == ({}, "", 1)


def test_a_prompt_that_wants_what_there_is_not_is_an_answer_that_is_missing(tmp_path: Path) -> None:
    with shadowed(tmp_path, Acting(lambda: {}["mood"])) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        (said,) = answers(here)
        assert here.house.ports.queue.depth() == 0
    assert said.trouble == "the candidate's prompts cannot be filled in: 'mood'"


def test_a_candidate_that_breaks_troubles_no_case(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("a fault of ours")

    with shadowed(tmp_path, Acting(fail)) as here:
        here.house.desk.receive([message()])
        for _ in range(6):
            here.house.drain()
            here.clock.pass_by(minutes=5)
        view = here.house.desk.case("C-1")
        assert here.house.ports.queue.depth() == 0
    assert view.case.trouble == ""
    assert not [event for event in view.history if event.what == "stuck"]


def test_what_a_person_corrected_is_not_asked_about_again(tmp_path: Path) -> None:
    with shadowed(tmp_path, ScriptedEngine()) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.correct("C-1", 1, {"type": "feature"}, ONE)
        here.house.drain()
        assert [each.revision for each in answers(here)] == [1]


def test_a_shadow_stands_in_the_way_of_no_approval_and_takes_one_thread() -> None:
    assert JobKind.SHADOW.may_take_minutes
    assert Job.shadow("C-1", 1).key == Job.shadow("C-2", 1).key != "C-1"


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_a_share_of_the_cases_is_drawn_and_always_the_same(share: float) -> None:
    names = [f"C-{number}" for number in range(10_000)]
    drawn = [name for name in names if is_drawn(name, "next", share)]
    assert abs(len(drawn) / len(names) - share) < 0.02
    assert drawn == [name for name in names if is_drawn(name, "next", share)]
    if share < 1:
        assert drawn != [name for name in names if is_drawn(name, "other", share)]


@pytest.mark.usefixtures("each_database")
def test_calls_of_a_candidate_stand_apart_and_belong_to_no_page(tmp_path: Path) -> None:
    clock = Clock()
    with standing() as claude, house(tmp_path, claude, clock, shadow=replace(ALL, prompts="")) as here:
        here.desk.receive([message("Sync stops.", id="m-1")])
        here.drain()
        live = judged(here, 1).provenance
        with here.store.read() as tx:
            (said,) = shadows.everything(tx)
            of_case, sums = calls.of_case(tx, "C-1"), calls.sums(tx, clock.at.date(), clock.at.date())
            last = calls.newest(tx)
    assert sum(each.microdollars for each in of_case) == live.microdollars
    assert {each.prompt for each in sums} >= {"assess", "shadow assess"}
    assert said.provenance is not None
    assert said.provenance.microdollars > 0
    assert last is not None
    assert not last.prompt.startswith("shadow")


def test_a_candidate_stops_at_its_own_cap_and_the_live_engine_goes_on(tmp_path: Path) -> None:
    small = Shadow(prompts="", share=1.0, daily_cap=1)
    with standing() as claude, house(tmp_path, claude, Clock(), shadow=small) as here:
        claude.script["Assessed"] = assessed
        for number in (1, 2):
            here.desk.receive([message(f"Sync stops in plant {number}.", id=f"m-{number}")])
            here.drain()
        with here.store.read() as tx:
            told = [each.trouble for each in shadows.everything(tx)]
        assert judged(here, 2).provenance.instead is None
    assert all("the day's spend cap is reached" in each for each in told)


def test_a_candidate_never_asks_over_the_cap_of_all(tmp_path: Path) -> None:
    whole = {"shadow": Shadow(prompts="", share=1.0, daily_cap=10_000_000), "daily_cap": 1}
    with standing() as claude, house(tmp_path, claude, Clock(), **whole) as here:
        here.desk.receive([message("Sync stops.", id="m-1")])
        here.drain()
        with here.store.read() as tx:
            (said,) = shadows.everything(tx)
            asked = [each.prompt for each in calls.sums(tx, here.now().date(), here.now().date())]
    assert "the day's spend cap is reached" in said.trouble
    assert not [prompt for prompt in asked if prompt.startswith("shadow")]


@pytest.mark.usefixtures("each_database")
def test_what_a_candidate_said_goes_with_the_words_of_its_case(tmp_path: Path) -> None:
    with shadowed(tmp_path, ScriptedEngine()) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        assert answers(here)[0].reply
        with here.house.store.write() as tx:
            removing.of_case(tx, 1, "after 90 days", here.clock())
        assert answers(here) == []
