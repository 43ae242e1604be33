"""The statistics of a comparison: they agree with scipy and statsmodels, and say what they mean."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap, permutation_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from evals import simulation
from evals.comparison.holm import adjusted
from evals.comparison.mcnemar import Changed, p_better, p_different, p_worse
from evals.comparison.planning import LEVEL, cases_needed, power_of
from evals.comparison.resampling import difference
from evals.comparison.verdict import Finding, Pairs, Verdict, findings, overall, sentence

COUNTS = st.integers(0, 400)
CHANCE = np.random.default_rng(3)


def pairs(
    before: Sequence[float], after: Sequence[float], metric: str = "priority", *, gates: bool = True
) -> Pairs:
    return Pairs(metric=metric, before=before, after=after, clusters=range(len(before)), gates=gates)


def one(before: Sequence[float], after: Sequence[float]) -> Finding:
    return findings([pairs(before, after)])[0]


@given(broken=COUNTS, fixed=COUNTS)
def test_mcnemars_test_is_that_of_statsmodels_and_of_scipy(broken: int, fixed: int) -> None:
    table = [[0, broken], [fixed, 0]]
    changed = Changed(broken, fixed)
    if broken + fixed:
        assert p_different(changed) == pytest.approx(mcnemar(table, exact=True).pvalue)
        one_sided = binomtest(broken, broken + fixed, 0.5, alternative="greater")
        assert p_worse(changed) == pytest.approx(one_sided.pvalue)
    assert p_better(changed) == p_worse(Changed(fixed, broken))


@settings(max_examples=30)
@given(st.dictionaries(st.text(min_size=1), st.floats(0, 1), min_size=1, max_size=12))
def test_holms_correction_is_that_of_statsmodels(p_values: dict[str, float]) -> None:
    theirs = multipletests(list(p_values.values()), method="holm")[1]
    assert list(map(adjusted(p_values).get, p_values)) == pytest.approx(list(theirs))


def test_the_interval_of_a_difference_is_scipys_percentile_bootstrap() -> None:
    before, after = CHANCE.random(200), CHANCE.random(200) + 0.03
    theirs = bootstrap((after - before,), np.mean, method="percentile", n_resamples=5_000).confidence_interval
    ours = difference(before.tolist(), after.tolist()).interval
    assert ours.value == pytest.approx((after - before).mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_the_chance_of_a_loss_is_scipys_permutation_of_signs() -> None:
    before, after = CHANCE.random(60), CHANCE.random(60) - 0.05
    theirs = permutation_test(
        (after, before),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        alternative="less",
        n_resamples=20_000,
        vectorized=True,
    )
    assert difference(before.tolist(), after.tolist()).p_worse == pytest.approx(theirs.pvalue, abs=0.02)


def test_what_rises_and_falls_together_counts_once() -> None:
    before, after = [0.5] * 40, [0.4] * 20 + [0.5] * 20
    assert difference(before, after).p_worse < 0.001
    assert difference(before, after, [0] * 20 + list(range(1, 21))).p_worse > 0.3


def test_a_comparison_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        difference([], [])


@pytest.mark.parametrize(("discordance", "loss"), [(0.1, 0.05), (0.2, 0.05), (0.15, 0.1), (0.05, 0.05)])
def test_as_many_cases_as_are_needed_have_the_power_they_were_counted_for(
    discordance: float, loss: float
) -> None:
    needed = cases_needed(discordance, loss)
    assert power_of(needed, discordance, loss) == pytest.approx(0.8, abs=0.07)  # the exact test wastes some


def test_the_exact_power_is_what_simulated_runs_show() -> None:
    assert simulation.alarms(0.10, 0.05, 1, comparisons=400) == pytest.approx(power_of(300, 0.10), abs=0.05)


def test_a_loss_of_five_points_in_300_cases_of_which_a_tenth_change_is_seen() -> None:
    assert power_of(300, 0.10, 0.05) >= 0.7


@pytest.mark.parametrize("discordance", [0.05, 0.10, 0.20])
def test_answers_that_flip_at_random_turn_the_gate_red_in_under_one_of_twenty(discordance: float) -> None:
    assert simulation.alarms(discordance, 0.0, 1) < LEVEL
    assert simulation.alarms(discordance, 0.0, 3) < LEVEL


def test_two_changed_cases_of_twenty_tell_nothing_and_how_many_more_would_is_said() -> None:  # N7
    found = one([1.0] * 20, [0.0] * 2 + [1.0] * 18)
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.more == cases_needed(0.1) - 20
    assert sentence([found]) == (
        f"Cannot tell: 2 of 20 changed in priority; about {found.more} more cases would tell a loss of 5 points"
    )


def test_eleven_broken_and_three_fixed_are_worse() -> None:
    found = one([1.0] * 11 + [0.0] * 3 + [1.0] * 86, [0.0] * 11 + [1.0] * 3 + [1.0] * 86)
    assert found.verdict is Verdict.WORSE
    said = sentence([found])
    assert said.startswith("Worse: priority \N{MINUS SIGN}8.0 points (")
    assert said.endswith("11 cases broken, 3 fixed")


def test_the_same_the_other_way_round_is_better() -> None:
    found = one([0.0] * 11 + [1.0] * 89, [1.0] * 100)
    assert (found.verdict, overall([found])) == (Verdict.BETTER, Verdict.BETTER)


def test_three_changed_scores_of_twenty_are_no_loss_yet() -> None:
    assert one([0.5] * 20, [0.3] * 3 + [0.5] * 17).verdict is Verdict.CANNOT_TELL


def test_runs_that_answer_alike_are_the_same() -> None:
    found = findings([pairs([1.0, 0.0], [1.0, 0.0])])
    assert (overall(found), sentence(found)) == (Verdict.SAME, "The same: none of 2 cases changed")


def test_what_only_informs_has_no_vote_and_costs_the_others_nothing() -> None:
    lost = pairs([1.0] * 9 + [1.0] * 91, [0.0] * 9 + [1.0] * 91, "length", gates=False)
    calm = pairs([1.0] * 100, [1.0] * 100)
    found = findings([calm, lost])
    assert overall(found) is Verdict.SAME
    assert found[1].verdict is Verdict.WORSE


def test_one_metric_that_gets_worse_outweighs_one_that_gets_better() -> None:
    worse, better = ([1.0] * 20 + [0.0] * 20), ([0.0] * 20 + [1.0] * 20)
    found = findings([pairs(worse, [0.0] * 40), pairs(better, [1.0] * 40, "type")])
    assert overall(found) is Verdict.WORSE
    assert sentence(found).startswith("Worse: priority")
