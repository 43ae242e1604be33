"""A draft is graded on every criterion, and a bad mark rests on the draft's own words."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.domain.assessments import CaseType
from agent.domain.messages import Visibility
from agent.domain.proposals import Draft
from agent.domain.reports import Brief, Intent, Report
from agent.engines.claude.guidance import Guidance
from agent.errors import EngineFailed
from agent.policy.plans import PrivateNames
from evals.judging import grade, rubric
from tests.fakes.asks import ScriptedAsks

PUBLIC = Visibility.parse("public")
GUIDANCE = Guidance(
    product="Ferry",
    tone="",
    areas=(),
    findings={},
    private=PrivateNames(),
    duplicate_share=0.2,
    max_searches=0,
)


def graded(**marks: tuple[str, str]) -> dict[str, object]:
    told = [(each["name"], *marks.get(each["name"], ("good", ""))) for each in rubric()]
    return {"grades": [{"criterion": n, "grade": g, "quote": q, "reason": "so"} for n, g, q in told]}


@pytest.fixture
def judge() -> Callable[[dict[str, object], str], dict[str, str]]:
    def run(answer: dict[str, object], text: str) -> dict[str, str]:
        report = Report(
            id="m",
            project="o/r",
            source="slack:C1",
            author="user-1",
            title="",
            text="It stops",
            sent_at=datetime(2026, 3, 2, tzinfo=UTC),
            visibility=PUBLIC,
        )
        brief = Brief(
            intent=Intent.ASK,
            type=CaseType.COMPLEX,
            destination="slack:C1",
            destination_name="#help",
            visibility=PUBLIC,
            report=report,
        )
        asks = ScriptedAsks({"judge": answer})
        draft = Draft(destination="slack:C1", visibility=PUBLIC, text=text)
        marks = grade(asks, GUIDANCE, brief, draft)
        sent = asks.questions[0].sent
        assert text not in sent.system
        assert "It stops" in sent.user
        return {name: str(each.grade) for name, each in marks.items()}

    return run


def test_each_criterion_has_its_mark(judge: Callable[..., dict[str, str]]) -> None:
    marks = judge(graded(promises_nothing=("fails", "will be fixed soon")), "It will be fixed soon.")
    assert marks["promises_nothing"] == "fails"
    assert set(marks) == {each["name"] for each in rubric()}


def test_a_bad_mark_without_words_of_the_draft_does_not_count(judge: Callable[..., dict[str, str]]) -> None:
    assert judge(graded(grounded=("poor", "version 9")), "Thanks.")["grounded"] == "good"
    assert judge(graded(grounded=("poor", "")), "Thanks.")["grounded"] == "poor"


def test_a_criterion_that_is_left_out_or_made_up_is_no_answer(judge: Callable[..., dict[str, str]]) -> None:
    with pytest.raises(EngineFailed, match="not answered"):
        judge({"grades": []}, "Thanks.")
