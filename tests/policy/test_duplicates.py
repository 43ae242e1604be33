"""A target is older, canonical, open or fixed, and links never run in circles (T14, N3)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.assessments import DuplicateVerdict
from agent.domain.issues import Issue
from agent.domain.proposals import Duplicate
from agent.policy.duplicates import (
    Thresholds,
    canonical,
    chain,
    judge,
    may_be_target,
    probabilities,
    would_cycle,
)
from tests.policy.given import DAY, NOON, issue, likeness, report

LIMITS = Thresholds(duplicate=0.66, related=0.34)
numbers = st.integers(1, 12)
pairs = st.lists(st.tuples(numbers, numbers), max_size=30)


def judged(
    *issues: Issue,
    links: dict[str, str] | None = None,
    version: str | None = None,
    probability: float = 0.91,
    report_id: str = "m-1",
) -> Duplicate | None:
    """Judge the first Issue as the one candidate."""
    known = {each.id: each for each in issues}
    found = [likeness(int(issues[0].number[1:]), probability)]
    return judge(found, known, links or {}, LIMITS, report(report_id), version)


def guarded(wanted: list[tuple[int, int]]) -> dict[str, str]:
    """Link what may be linked, as a person would one after the other."""
    links: dict[str, str] = {}
    for child, target in wanted:
        one, other = f"o/r#{child}", f"o/r#{target}"
        if one not in links and not would_cycle(links, one, other):
            links[one] = other
    return links


@given(pairs)
def test_cycles_cannot_be_built(wanted: list[tuple[int, int]]) -> None:
    links = guarded(wanted)
    assert all(canonical(each, links) not in links for each in links)


@given(pairs, numbers)
def test_links_from_elsewhere_that_run_in_circles_still_end(
    wanted: list[tuple[int, int]], start: int
) -> None:
    links = {f"o/r#{child}": f"o/r#{target}" for child, target in wanted}
    end = canonical(f"o/r#{start}", links)
    assert canonical(end, links) == end
    assert all(canonical(each, links) == end for each in chain(f"o/r#{start}", links))


@given(
    pairs,
    st.lists(st.tuples(numbers, st.integers(-5, 5), st.floats(0, 1)), min_size=1, max_size=8),
    numbers,
)
def test_a_target_is_never_newer_than_the_report_and_never_the_report_itself(
    wanted: list[tuple[int, int]], found: list[tuple[int, int, float]], own: int
) -> None:
    ages = dict.fromkeys(range(1, 13), 0) | {number: age for number, age, _ in found}
    issues = {f"o/r#{number}": issue(number, age=age * DAY) for number, age in ages.items()}
    likenesses = [likeness(number, probability) for number, _, probability in found]
    answer = judge(likenesses, issues, guarded(wanted), LIMITS, report(f"o/r#{own}"), None)
    if answer is not None:
        assert issues[answer.issue_id].created_at < NOON
        assert answer.issue_id != f"o/r#{own}"


@given(pairs, numbers, numbers)
def test_confirming_what_is_proposed_never_closes_a_circle(
    wanted: list[tuple[int, int]], candidate: int, own: int
) -> None:
    links = guarded(wanted)
    issues = {f"o/r#{number}": issue(number) for number in range(1, 13)}
    answer = judge([likeness(candidate, 0.9)], issues, links, LIMITS, report(f"o/r#{own}"), None)
    if answer is not None:
        assert not would_cycle(links, f"o/r#{own}", answer.issue_id)


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [
        (0.66, DuplicateVerdict.DUPLICATE),
        (0.65, DuplicateVerdict.RELATED),
        (0.34, DuplicateVerdict.RELATED),
        (0.33, DuplicateVerdict.NONE),
    ],
)
def test_the_verdict_follows_the_thresholds(probability: float, verdict: DuplicateVerdict) -> None:
    answer = judged(issue(412), probability=probability)
    assert answer is not None
    assert answer.verdict is verdict


@pytest.mark.parametrize(
    ("target", "version", "says"),
    [
        (issue(412), None, "Very likely the same problem as #412, 91%; open"),
        (issue(412, closed=-DAY, fixed_in="1.8.3"), "1.8.1", "; open"),
        (issue(412, closed=timedelta(1), fixed_in="1.8.3"), "v1.8.1", "; fixed in 1.8.3, they have v1.8.1"),
        (issue(412, closed=DAY, fixed_in="1.8.0"), "1.8.1", "but they have 1.8.1: a regression"),
        (
            issue(412, closed=DAY, fixed_in="1.8.0"),
            None,
            "fixed in 1.8.0, and whether theirs has it is not known",
        ),
        (issue(412, closed=DAY), "1.8.1", "; closed without a release known"),
    ],
)
def test_the_reason_says_how_the_target_stood_at_that_moment(  # N3
    target: Issue, version: str | None, says: str
) -> None:
    older = replace(target, created_at=NOON - 9 * DAY)
    answer = judged(older, version=version)
    assert answer is not None
    assert says in answer.reason


def test_links_are_followed_and_the_reason_names_what_was_found() -> None:
    answer = judged(issue(500), issue(412, age=5 * DAY), links={"o/r#500": "o/r#412"})
    assert answer is not None
    assert (answer.issue_id, answer.found_as) == ("o/r#412", "o/r#500")
    assert answer.reason.endswith("found as #500, a duplicate of it")


def test_a_link_to_what_did_not_exist_yet_is_not_followed() -> None:
    answer = judged(issue(3), issue(900, age=-DAY), links={"o/r#3": "o/r#900"})
    assert answer is not None
    assert (answer.issue_id, answer.found_as) == ("o/r#3", None)


def test_an_issue_of_another_project_is_no_target() -> None:
    elsewhere = Issue(id="o/other#1", title="x", created_at=NOON - DAY)
    assert judge([], {elsewhere.id: elsewhere}, {}, LIMITS, report(), None) is None
    answer = judged(issue(3), elsewhere, links={"o/r#3": "o/other#1"})
    assert answer is not None
    assert answer.issue_id == "o/r#3"


def test_of_equals_the_open_one_is_proposed() -> None:
    known = {each.id: each for each in (issue(1, age=2 * DAY, closed=DAY), issue(2))}
    answer = judge([likeness(1, 0.8), likeness(2, 0.8)], known, {}, LIMITS, report(), None)
    assert answer is not None
    assert answer.issue_id == "o/r#2"


def test_below_ten_percent_the_number_is_not_shown() -> None:
    answer = judged(issue(412), probability=0.09)
    assert answer is not None
    assert answer.reason == "Nothing close; the nearest is #412"


def test_an_issue_is_never_its_own_target() -> None:
    assert not may_be_target(issue(7), report("o/r#7"))
    assert may_be_target(issue(7), report("o/r#8"))


def test_issues_confirmed_to_be_one_problem_add_up() -> None:
    known = {"o/r#1": issue(1, age=9 * DAY), "o/r#2": issue(2, age=8 * DAY), "o/r#3": issue(3, age=7 * DAY)}
    found = [likeness(3, 0.35), likeness(2, 0.25), likeness(1, 0.2)]
    made = judge(found, known, {"o/r#2": "o/r#1"}, LIMITS, report(), None)
    assert made is not None
    assert (made.issue_id, made.found_as) == ("o/r#1", "o/r#2")
    assert made.probability == pytest.approx(0.45)


scores = st.lists(st.floats(-20, 20), max_size=12)


@given(scores, st.floats(0.01, 0.98))
def test_probabilities_and_that_of_none_add_up_to_one(found: list[float], share: float) -> None:
    chances = probabilities(found, share)
    assert all(0 <= each <= 1 for each in chances)
    assert sum(chances) <= 1 + 1e-9
    assert sorted(found) == [each for _, each in sorted(zip(chances, found, strict=True))]


def test_a_score_is_the_log_odds_where_half_of_all_reports_are_duplicates() -> None:
    assert probabilities([0.0], 0.5) == [pytest.approx(0.5)]
    assert probabilities([2.0], 0.5) == [pytest.approx(0.8808, abs=1e-4)]


@given(scores, st.floats(0.01, 0.48))
def test_a_higher_share_of_duplicates_raises_every_probability(found: list[float], share: float) -> None:
    rare, common = probabilities(found, share), probabilities(found, share + 0.5)
    assert all(low <= high for low, high in zip(rare, common, strict=True))
