"""Whether a model's grades may vote: kappa with people, on enough replies."""

from math import isnan
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from agent.errors import Misuse
from evals.agreement import LEAST, Agreement, agreement, entitled, keep
from evals.datasets import OURS, Kind, Sheet, Shelf
from evals.grades import Graded
from evals.judging import rubric
from evals.running.records import Answer, Case, Outcome
from evals.running.runs import Run, Setup
from evals.scorers.flags import kappa
from evals.scorers.intervals import Interval

CRITERIA = [each["name"] for each in rubric()]
MARKS = ("good", "poor", "fails")


def setup(judge: str = "a model") -> Setup:
    return Setup(
        engine="e",
        model="",
        prompts="p",
        prompts_from="",
        policy="",
        embedder="",
        code="",
        parameters={"judge": judge} if judge else {},
    )


def run(marks: list[str]) -> Run:
    """Return a run whose judge said these of one criterion, and good of all others."""
    outcomes = {}
    for place, mark in enumerate(marks):
        given = {name: {"grade": mark if name == "grounded" else "good", "reason": "r"} for name in CRITERIA}
        answer = Answer(said={}, evidence={"reply": {"text": f"reply {place}"}, "judge": given})
        outcomes[f"c{place}", 1] = Outcome(case=f"c{place}", repeat=1, answer=answer)
    cases = [Case(id=name, dataset="draft", input={}, expected={}, cluster=name) for name, _ in outcomes]
    return Run(name="r", datasets=("draft",), repeats=1, setup=setup(), cases=tuple(cases), outcomes=outcomes)


def people(marks: list[str], by: str = "one") -> list[Graded]:
    return [
        Graded(
            case=f"c{at}",
            reply=f"reply {at}",
            by=by,
            grades=dict.fromkeys(CRITERIA, "good") | {"grounded": mark},
        )
        for at, mark in enumerate(marks)
    ]


def test_kappa_is_that_of_scikit_learn() -> None:
    ours = [MARKS[at % 3] for at in range(60)]
    theirs = [MARKS[at % 3 if at % 5 else 0] for at in range(60)]
    found = agreement(run(ours), people(theirs))["grounded"]
    assert found.kappa.value == pytest.approx(cohen_kappa_score(ours, theirs))
    assert found.kappa.low < found.kappa.value < found.kappa.high
    assert (found.replies, found.may_vote) == (60, True)


def test_under_the_bar_or_on_too_few_replies_a_judge_only_informs() -> None:
    ours = [MARKS[at % 2] for at in range(40)]
    none = agreement(run(ours), people([MARKS[at // 2 % 2] for at in range(40)]))["grounded"]
    assert (none.may_vote, "is under 0.6" in none.why()) == (False, True)
    few = agreement(run(ours[: LEAST - 1]), people(ours[: LEAST - 1]))["grounded"]
    assert (few.kappa.value, few.may_vote, f"{LEAST} are needed" in few.why()) == (1.0, False, True)


def test_grades_that_are_all_alike_say_nothing() -> None:
    assert isnan(kappa(["good"] * 9, ["good"] * 9).value)
    found = agreement(run(["good"] * 40), people(["good"] * 40))["grounded"]
    assert (found.may_vote, "nothing is known" in found.why()) == (False, True)


def test_a_grade_of_another_reply_does_not_count() -> None:
    marks = [MARKS[at % 2] for at in range(40)]
    other = [each.model_copy(update={"reply": "as it was before"}) for each in people(marks)]
    found = agreement(run(marks), [*people(marks)[:10], *other[10:]])["grounded"]
    assert found.replies == 10
    with pytest.raises(Misuse, match="no reply was graded by its judge and by people"):
        agreement(run(marks), other)


def sheet(vote: str) -> Sheet:
    given = {"purpose": "p", "kind": Kind.DRAFT, "source": "s", "licence": "l", "labelled": "l", "split": "s"}
    return Sheet(name="draft", folder=OURS, clusters="c", vote=vote, cases="draft.jsonl", **given)  # type: ignore[arg-type]


def test_a_vote_is_withdrawn_unless_this_very_judge_was_measured_and_agrees(tmp_path: Path) -> None:
    fine = Agreement(kappa=Interval(0.8, 0.7, 0.9), replies=40, agreed=0.9)
    keep(
        tmp_path,
        "a model",
        {"grounded": fine, "discreet": Agreement(kappa=Interval(0.4, 0.2, 0.6), replies=40, agreed=0.7)},
    )
    keep(tmp_path, "another", {"grounded": fine})
    assert entitled(sheet("graded grounded"), setup(), [tmp_path]) == (sheet("graded grounded"), "")
    for vote, judge, told in (
        ("graded discreet", "a model", "kappa 0.40 is under 0.6"),
        ("graded grounded", "a newer model", "nobody measured how the judge a newer model"),
        ("graded grounded", "", "no judge graded the run"),
    ):
        given, why = entitled(sheet(vote), setup(judge), [tmp_path])
        assert (given.vote, told in why) == ("", True)
    assert entitled(sheet("kept"), setup(""), [tmp_path]) == (sheet("kept"), "")


def test_no_dataset_that_is_shipped_loses_its_vote_without_a_judge(tmp_path: Path) -> None:
    ours = Shelf(folders=(OURS,), data=tmp_path, sample=tmp_path, home=tmp_path)
    votes = [ours.sheet(name) for name in ours.names()]
    assert any("judged" in each.vote for each in votes)  # of an engine's final order, which no model graded
    for each in votes:
        assert entitled(each, setup(""), [tmp_path]) == (each, "")
