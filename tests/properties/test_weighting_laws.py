"""What holds of weighting, balancing, matching and adjusted contrasts whatever the cohorts."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.errors import MethodError
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.balance import balance, overlap
from equipoise.stats.matching import match_nearest
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights import propensity_weights
from equipoise.stats.weights_entropy import entropy_balance
from laws import examples

TARGETS = ["ATT", "ATE", "overlap"]
NAMES = ["age", "pain", "smoker"]
LINEAR = OutcomeRegression("linear")


@st.composite
def cohorts(draw):
    """Who was treated, three covariates in whole units (so with ties), an outcome."""
    n, m = draw(st.integers(8, 30)), draw(st.integers(8, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arm = rng.permutation(np.arange(n + m) < n)
    age = np.rint(rng.normal(50 + 4 * arm, 10))
    pain = np.rint(rng.normal(6, 2, n + m))
    smoker = (rng.random(n + m) < 0.3 + 0.2 * arm).astype(float)
    for of in (arm, ~arm):  # else no regression within a cohort could tell what smoking does
        smoker[np.flatnonzero(of)[:2]] = 0.0, 1.0
    outcome = 2 * pain + 0.1 * age + 3 * arm + rng.normal(0, 3, n + m)
    return arm, np.column_stack([age, pain, smoker]), outcome


def fitted(arm, x, **how):
    """A score every target can weigh by; no overlap and too few effective cases are refused, by tests of their own."""
    try:
        fit = fit_propensity(arm, x, NAMES, **how)
        for target in TARGETS:
            propensity_weights(fit, target=target)
            propensity_weights(fit_propensity(~arm, x, NAMES, **how), target=target)
    except MethodError:
        assume(False)
    return fit


@settings(max_examples=examples(30))
@given(cohorts())
def test_the_treated_weigh_1_for_the_att(data):
    arm, x, _ = data
    weights = propensity_weights(fitted(arm, x, penalty="firth"), target="ATT")
    assert (weights.weight[arm] == 1.0).all()
    assert weights.effective_treated == pytest.approx(arm.sum())
    assert weights.effective_comparator <= (~arm).sum() + 1e-9


@settings(max_examples=examples(30))
@given(cohorts())
def test_overlap_weights_balance_means_exactly(data):  # Li, Morgan and Zaslavsky (2018), theorem 3
    arm, x, _ = data
    fit = fitted(arm, x)
    table = balance(fit.design, propensity_weights(fit, target="overlap"))
    assert table.largest_after == pytest.approx(0, abs=1e-7)


@settings(max_examples=examples(30))
@given(cohorts(), st.sampled_from(["ATT", "ATE"]))
def test_entropy_balancing_balances_exactly(data, target):
    arm, x, _ = data
    try:
        found = entropy_balance(arm, x, NAMES, target=target)
    except MethodError:
        assume(False)
    weight = found.weights.weight
    aim = x[arm].mean(axis=0) if target == "ATT" else x.mean(axis=0)
    for of in (arm, ~arm):
        assert np.average(x[of], axis=0, weights=weight[of]) == pytest.approx(aim, abs=1e-8)
        assert weight[of].sum() == pytest.approx(of.sum())
    assert (weight > 0).all()


@settings(max_examples=examples(30))
@given(cohorts(), st.sampled_from(TARGETS), st.sampled_from(["none", "firth", "ridge"]))
def test_units_of_the_covariates_do_not_matter(data, target, penalty):
    arm, x, outcome = data
    how = {"penalty": penalty, "ridge": 1.0}
    here, there = fitted(arm, x, **how), fitted(arm, x * [365.25, -0.01, 1] + [0, 7, 1e3], **how)
    assert there.logit == pytest.approx(here.logit, abs=1e-6)
    answers = [propensity_contrast(outcome, fit, target=target).difference for fit in (here, there)]
    assert answers[1].estimate == pytest.approx(answers[0].estimate, rel=1e-6, abs=1e-6)
    assert answers[1].standard_error == pytest.approx(answers[0].standard_error, rel=1e-6)


@settings(max_examples=examples(30))
@given(cohorts())
def test_mixing_the_covariates_does_not_matter_without_a_ridge(data):
    arm, x, outcome = data
    mixed = x @ np.array([[1.0, 2, 0], [0, 1, -1], [1, 0, 3]])
    here, there = fitted(arm, x), fitted(arm, mixed)
    assert there.logit == pytest.approx(here.logit, abs=1e-5)
    try:
        answers = [
            entropy_contrast(outcome, entropy_balance(arm, z, NAMES, target="ATT")).difference for z in (x, mixed)
        ]
    except MethodError:
        assume(False)
    assert answers[1].estimate == pytest.approx(answers[0].estimate, abs=1e-5)
    assert answers[1].standard_error == pytest.approx(answers[0].standard_error, rel=1e-5)


@settings(max_examples=examples(30))
@given(cohorts(), st.sampled_from(["ATE", "overlap"]))
def test_swapping_the_cohorts_changes_the_sign(data, target):
    arm, x, outcome = data
    one, other = fitted(arm, x, penalty="firth"), fitted(~arm, x, penalty="firth")
    for answer in (
        lambda fit: propensity_contrast(outcome, fit, target=target),
        lambda fit: augmented_contrast(outcome, fit, target=target, regression=LINEAR),
    ):
        here, there = answer(one), answer(other)
        assert there.difference.estimate == pytest.approx(-here.difference.estimate, abs=1e-6)
        assert there.difference.lower == pytest.approx(-here.difference.upper, abs=1e-5)


@settings(max_examples=examples(30))
@given(cohorts(), st.sampled_from(["ATT", "ATE"]))
def test_a_linear_outcome_leaves_nothing_to_mend(data, target):
    """Where the outcome is the covariates' line itself, every doubly robust answer is the effect, whatever the score."""
    arm, x, _ = data
    outcome = 5 + x @ [1.0, -2.0, 3.0] + 4 * arm + 1e-3 * np.cos(np.arange(arm.size))
    fit = fitted(arm, x, penalty="firth")
    for answer in (
        regression_contrast(outcome, arm, fit.design, target=target, regression=LINEAR),
        augmented_contrast(outcome, fit, target=target, regression=LINEAR),
    ):
        assert answer.difference.estimate == pytest.approx(4, abs=0.01)
        assert answer.difference.standard_error < 0.01


@settings(max_examples=examples(30))
@given(cohorts(), st.integers(1, 3), st.sampled_from(["largest", "smallest", "as given"]))
def test_matching_without_replacement_uses_nobody_twice(data, ratio, order):
    arm, x, _ = data
    logit = fitted(arm, x, penalty="firth").logit
    found = match_nearest(arm, logit, replace=False, ratio=ratio, order=order)
    assert len(set(found.comparator)) == found.comparator.size == min(ratio * arm.sum(), (~arm).sum())
    assert found.weight[~arm].sum() == pytest.approx(found.weight[arm].sum())
    again = match_nearest(arm, logit, replace=True, ratio=ratio)
    gap = np.abs(logit[again.treated] - logit[again.comparator])
    for case in np.flatnonzero(arm):
        nearest = np.sort(np.abs(logit[~arm] - logit[case]))[: min(ratio, (~arm).sum())]
        assert np.sort(gap[again.treated == case]) == pytest.approx(nearest, abs=1e-8)


@settings(max_examples=examples(30))
@given(cohorts())
def test_the_order_of_the_cases_does_not_matter(data):
    arm, x, outcome = data
    back = np.arange(arm.size)[::-1]
    here, there = fitted(arm, x, penalty="firth"), fitted(arm[back], x[back], penalty="firth")
    one = propensity_contrast(outcome, here, target="ATE").difference
    other = propensity_contrast(outcome[back], there, target="ATE").difference
    assert other.lower == pytest.approx(one.lower, abs=1e-9)
    assert overlap(arm, here.logit).c_statistic == pytest.approx(overlap(arm[back], there.logit).c_statistic, abs=1e-9)


def test_aipw_is_right_where_either_model_is():
    """The mean over 60 seeded data sets, within three Monte Carlo standard errors of the truth; both wrong is far off."""
    rng = np.random.default_rng(20134)
    one_wrong_outcome, one_wrong_score, both_wrong = [], [], []
    for _ in range(60):
        x = rng.normal(size=1500)
        step = (np.abs(x) > 1).astype(float)
        arm = rng.random(1500) < np.where(step > 0, 0.55, 0.25)
        truth, noise = 1.0, rng.normal(size=1500)
        covariates = np.column_stack([x, step])
        fit = fit_propensity(arm, covariates, ["x", "step"])
        # score right (it is the step), outcome wrong (a parabola is no line in x and the step)
        answer = augmented_contrast(2 * x**2 + truth * arm + noise, fit, target="ATE", regression=LINEAR)
        one_wrong_outcome.append(answer.difference.estimate)
        # score wrong (treatment follows a parabola), outcome right (the step)
        curved = rng.random(1500) < 0.1 + 0.6 * np.minimum(x**2, 4) / 4
        fit = fit_propensity(curved, covariates, ["x", "step"])
        answer = augmented_contrast(2 * step + truth * curved + noise, fit, target="ATE", regression=LINEAR)
        one_wrong_score.append(answer.difference.estimate)
        answer = augmented_contrast(2 * x**2 + truth * curved + noise, fit, target="ATE", regression=LINEAR)
        both_wrong.append(answer.difference.estimate)
    for found, holds in ((one_wrong_outcome, True), (one_wrong_score, True), (both_wrong, False)):
        away = abs(np.mean(found) - 1.0) / (np.std(found, ddof=1) / np.sqrt(60))
        assert (away < 3) == holds


@settings(max_examples=examples(30))
@given(cohorts(), st.booleans(), st.integers(1, 3), st.sampled_from([None, 0.2]))
def test_where_the_order_of_the_rows_decided_is_counted(data, again, ratio, caliper):
    arm, x, _ = data
    score = x[:, 1]  # whole points: ties are exact
    try:
        found = match_nearest(arm, score, replace=again, ratio=ratio, caliper=caliper)
    except MethodError:
        assume(False)
    taken = set(found.comparator.tolist())
    decided = 0
    for case in np.unique(found.treated):
        own = found.comparator[found.treated == case]
        farthest = np.abs(score[own] - score[case]).max()
        as_near = [row for row in np.flatnonzero(~arm) if abs(score[row] - score[case]) == farthest]
        decided += any(row not in own if again else row not in taken for row in as_near)
    assert found.by_row_order == decided
