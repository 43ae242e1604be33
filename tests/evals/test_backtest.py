"""N9, S9: the team's own closed Issues as if new, and nothing that came later is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.domain.issues import Issue, IssueState
from agent.policy.tracking import TrackerRule
from evals.backtest import history
from evals.backtest.results import results, sentence
from evals.datasets import Kind
from evals.report.page import past_page
from evals.running.records import Answer, Case, Outcome
from evals.running.runs import Run
from tests.evals.made_runs import SETUP, judged, sheet

DAY = datetime(2026, 3, 1, tzinfo=UTC)
RULE = TrackerRule(
    type_labels={"quick_fix": "bug", "complex": "bug", "feature": "enhancement"},
    priority_labels={"P0": "critical", "P1": "High"},
)


def issue(number: int, day: int, **changes: object) -> Issue:
    made = Issue(
        id=f"acme/ferry#{number}",
        title=f"Report {number}",
        body="It stops.",
        created_at=DAY + timedelta(days=day),
        closed_at=DAY + timedelta(days=day + 5),
        state=IssueState.CLOSED,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


FIRST = issue(1, 0, labels=("bug", "high"))
SECOND = issue(2, 2, duplicate_of="acme/ferry#1", labels=("bug",))
THIRD = issue(3, 4, duplicate_of="acme/ferry#2", fixed_in="1.4", comments=7)
OPEN = issue(4, 5, closed_at=None, state=IssueState.OPEN)


def test_only_closed_issues_written_since_are_tried_the_oldest_first() -> None:
    chosen = history.chosen([THIRD, OPEN, SECOND, FIRST], DAY + timedelta(days=1))
    assert [each.id for each in chosen] == [SECOND.id, THIRD.id]


def test_what_is_searched_knows_nothing_that_came_later() -> None:
    assert set(history.as_it_was(THIRD)) == {"id", "title", "body", "url", "state", "created_at", "closed_at"}


def test_any_earlier_issue_of_the_same_problem_is_right_and_no_later_one() -> None:
    became = history.became([FIRST, SECOND, THIRD], RULE)
    assert became[THIRD.id].duplicate_of == (FIRST.id, SECOND.id)
    assert became[SECOND.id].duplicate_of == (FIRST.id,)
    assert became[FIRST.id].duplicate_of == ()


def test_links_that_run_in_a_circle_are_one_problem() -> None:
    circle = replace(FIRST, duplicate_of=SECOND.id)
    became = history.became([circle, SECOND], RULE)
    assert (became[circle.id].duplicate_of, became[SECOND.id].duplicate_of) == ((), (FIRST.id,))


def test_reports_of_one_problem_are_one_cluster() -> None:
    lines = list(history.cases([FIRST, SECOND, THIRD, OPEN], DAY, RULE, "past", "github:acme/ferry"))
    assert {line["cluster"] for line in lines} == {FIRST.id}
    assert [line["input"]["said"][0]["sent_at"] for line in lines] == [
        each.created_at.isoformat() for each in (FIRST, SECOND, THIRD)
    ]


@pytest.mark.parametrize(
    ("labels", "type", "priority"),
    [
        (("Bug", "critical"), "bug", "P0"),
        (("enhancement",), "feature", None),
        (("bug", "enhancement"), None, None),
        (("critical", "high"), None, None),
        ((), None, None),
    ],
)
def test_labels_say_what_they_say_alone(labels: tuple[str, ...], type: str, priority: str) -> None:
    became = history.became([replace(FIRST, labels=labels)], RULE)[FIRST.id]
    assert (became.type, became.priority) == (type, priority)


def past_case(number: int, *, right: str | None = None, priority: str | None = None) -> Case:
    return Case(
        id=f"past:acme/ferry#{number}",
        dataset="backtest",
        input={"said": [{"title": f"Report {number}"}]},
        expected={"type": "bug", "priority": priority, "duplicate_of": [right] if right else []},
        cluster=f"{number}",
    )


def lived(
    case: Case, *, flagged: str | None = None, first: str | None = None, priority: str = "P2"
) -> Outcome:
    return Outcome(
        case=case.id,
        repeat=1,
        answer=Answer(
            said={"type": "bug", "priority": priority, "duplicate": flagged, "first": first, "chance": 0.4},
            evidence={
                "reasons": [
                    {"finding": "data is lost", "points": 60, "quote": "rows are <gone>"},
                    {"finding": "a workaround exists", "points": -10, "record": "their own words"},
                ]
            },
            seconds=6.0,
            cents=2.0,
        ),
    )


def past_run() -> Run:
    cases = [
        past_case(1, right="acme/ferry#7"),
        past_case(2, right="acme/ferry#8", priority="P3"),
        past_case(3, priority="P2"),
        past_case(4, priority="P0"),
        past_case(5),
    ]
    outcomes = [
        lived(cases[0], flagged="acme/ferry#7", first="acme/ferry#7"),
        lived(cases[1], first="acme/ferry#8", priority="P1"),
        lived(cases[2], flagged="acme/ferry#9", first="acme/ferry#9"),
        lived(cases[3], priority="P1"),
        Outcome(case=cases[4].id, repeat=1, error="EngineFailed: no answer"),
    ]
    return Run(
        name="past",
        datasets=("backtest",),
        repeats=1,
        setup=SETUP,
        cases=tuple(cases),
        outcomes={(each.case, 1): each for each in outcomes},
    )


def test_flagged_missed_and_first_are_counted_apart() -> None:
    found = results(past_run())
    assert (found.recall.hits, found.recall.of) == (1, 2)
    assert (found.first.hits, found.first.of) == (2, 2)
    assert (found.precision.hits, found.precision.of) == (1, 2)
    assert [each.right for each in found.missed] == ["acme/ferry#8"]
    assert sentence(found) == (
        "2 duplicates marked by the team: 1 flagged, 2 with the right Issue first; 2 flags: 1 right by the labels"
    )


def test_an_error_is_counted_and_takes_part_in_nothing() -> None:
    found = results(past_run())
    assert (found.tried, found.errors) == (4, 1)
    assert (found.minutes, found.cents) == (pytest.approx(0.4), 8.0)


def test_past_choices_that_contradict_the_rubric_are_shown_the_furthest_first() -> None:  # S9
    found = results(past_run())
    assert [(each.case.id, each.theirs, each.rubric, each.steps) for each in found.contradictions] == [
        ("past:acme/ferry#2", "P3", "P1", 2),
        ("past:acme/ferry#4", "P0", "P1", -1),
    ]
    assert (found.rated, found.higher) == (3, 1)
    assert found.findings == (("data is lost", 1),)


def test_a_past_without_marks_says_that_recall_is_not_known() -> None:
    whole = past_run()
    none = replace(whole, cases=whole.cases[2:], outcomes=dict(list(whole.outcomes.items())[3:]))
    found = results(none)
    assert found.recall.interval is None
    assert "recall is not known" in sentence(found)


def test_the_page_of_a_backtest_quotes_words_and_names_records() -> None:
    run = past_run()
    html = past_page(judged(run, sheets={"backtest": sheet(Kind.BACKTEST, vote="decided")}), results(run))
    assert "“rows are &lt;gone&gt;”" in html
    assert "a workaround exists: their own words" in html
    assert "1 had an error" in html
    assert "Gate:" not in html
