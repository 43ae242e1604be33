"""P0 to P3 by the example team's table, with reasons (T23, T25, A6, A9, A10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.assessments import CaseType, Factor, FactorKind
from agent.domain.proposals import Priority, Status
from agent.policy.priority import prioritise, status_of
from tests.policy.given import factor, rubric

RUBRIC = rubric()
BUG = CaseType.COMPLEX
K = FactorKind
kinds = st.lists(st.sampled_from(FactorKind).filter(lambda each: each is not K.SEVERE), max_size=8)


def ranked(kind: CaseType, *found: FactorKind) -> Priority:
    return prioritise(kind, [factor(each) for each in found], RUBRIC).priority


@pytest.mark.parametrize(
    ("found", "priority"),
    [
        ([], Priority.P2),
        ([K.COSMETIC], Priority.P3),
        ([K.WORKAROUND], Priority.P3),
        ([K.CRASH], Priority.P2),
        ([K.CRASH, K.REGRESSION], Priority.P1),
        ([K.BLOCKED], Priority.P1),
        ([K.BLOCKED, K.WORKAROUND], Priority.P2),
        ([K.BLOCKED, K.REGRESSION, K.MANY_AFFECTED, K.WORKAROUND, K.NO_DATA_LOSS], Priority.P1),
        ([K.BLOCKED, K.CRASH, K.REGRESSION, K.NO_WORKAROUND, K.MANY_AFFECTED], Priority.P0),
    ],
)
def test_the_handbook_rubric_for_bugs(found: list[FactorKind], priority: Priority) -> None:  # A10
    assert ranked(BUG, *found) is priority


@given(st.sampled_from(CaseType), kinds)
def test_data_loss_is_never_below_p1(kind: CaseType, others: list[FactorKind]) -> None:  # T23
    assert ranked(kind, K.DATA_LOSS, *others) in (Priority.P0, Priority.P1)


@given(st.sampled_from(CaseType), kinds)
def test_a_security_problem_is_p0_whatever_it_was_taken_for(
    kind: CaseType, others: list[FactorKind]
) -> None:  # A9
    assert ranked(kind, K.SECURITY, *others) is Priority.P0


def test_an_outage_is_p0_and_a_wish_about_outages_is_not() -> None:  # A9
    assert ranked(BUG, K.OUTAGE) is Priority.P0
    assert ranked(CaseType.QUESTION, K.OUTAGE) is Priority.P0
    assert ranked(CaseType.FEATURE, K.OUTAGE) is Priority.P1


def test_p0_needs_words_or_a_record_to_rest_on() -> None:
    hearsay = Factor(kind=K.SECURITY)
    recorded = Factor(kind=K.OUTAGE, record="the status page since 10:05")
    assert prioritise(BUG, [hearsay], RUBRIC).priority is Priority.P1
    assert prioritise(BUG, [recorded], RUBRIC).priority is Priority.P0


def test_points_alone_do_not_make_a_p0_and_the_card_says_why() -> None:
    heavy = [K.BLOCKED, K.CRASH, K.REGRESSION, K.NO_WORKAROUND, K.KEY_CUSTOMER]
    answer = prioritise(BUG, [*map(factor, heavy), factor(K.SEVERE, probability=1.0)], RUBRIC)
    assert answer.points >= RUBRIC.thresholds[Priority.P0]
    assert answer.priority is Priority.P1
    assert answer.reasons[-1].finding.startswith("P0 needs")


@given(st.sampled_from(CaseType), kinds)
def test_reasons_add_up_and_the_heaviest_comes_first(kind: CaseType, found: list[FactorKind]) -> None:
    answer = prioritise(kind, [factor(each) for each in found], RUBRIC)
    sizes = [abs(reason.points) for reason in answer.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(reason.points for reason in answer.reasons) == answer.points
    assert answer.reasons


@given(st.sampled_from(CaseType), kinds, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(kind: CaseType, found: list[FactorKind], chance: object) -> None:
    shuffled = sorted(found, key=lambda _: chance.random()) + found  # type: ignore[attr-defined]
    assert ranked(kind, *shuffled) is ranked(kind, *found)


def test_what_speaks_against_is_shown_with_its_quote() -> None:
    answer = prioritise(BUG, [factor(K.BLOCKED), factor(K.NO_DATA_LOSS, "Nothing is lost")], RUBRIC)
    raising, lowering = answer.reasons
    assert raising.raises
    assert not lowering.raises
    assert lowering.quote is not None
    assert lowering.quote.text == "Nothing is lost"


def test_learned_severity_is_one_row_that_raises_or_lowers() -> None:
    high = prioritise(BUG, [factor(K.SEVERE, "", 0.95)], RUBRIC).reasons[0]
    low = prioritise(BUG, [factor(K.SEVERE, "", 0.05)], RUBRIC).reasons[0]
    assert (high.raises, high.record) == (True, "very likely severe, 95%")
    assert (low.raises, low.record) == (False, "very unlikely severe, 5%")
    assert low.finding != high.finding
    assert prioritise(BUG, [factor(K.SEVERE, "", RUBRIC.neutral)], RUBRIC).points == 0


def test_learned_severity_alone_never_reaches_p1() -> None:
    assert prioritise(BUG, [factor(K.SEVERE, "", 1.0)], RUBRIC).priority is Priority.P2


def test_nothing_found_is_said() -> None:
    (only,) = prioritise(BUG, [], RUBRIC).reasons
    assert only.finding == "nothing found that raises or lowers it"


def test_a_feature_that_blocks_somebody_is_medium() -> None:
    assert ranked(CaseType.FEATURE) is Priority.P3
    assert ranked(CaseType.FEATURE, K.BLOCKED) is Priority.P2


@pytest.mark.parametrize("priority", Priority)
def test_a_feature_is_always_backlog(priority: Priority) -> None:  # A6
    assert status_of(CaseType.FEATURE, priority, RUBRIC) is Status.BACKLOG


def test_the_two_urgent_priorities_of_bugs_are_prioritized() -> None:
    given_status = [status_of(BUG, each, RUBRIC) for each in Priority]
    assert given_status == [Status.PRIORITIZED, Status.PRIORITIZED, Status.BACKLOG, Status.BACKLOG]
