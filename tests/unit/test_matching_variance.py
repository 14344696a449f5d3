"""The error of a match with replacement: by hand, as R's Matching has it, and the paired t-test where nobody is reused."""

import numpy as np
import pytest

from equipoise.stats.matching import match_nearest
from equipoise.stats.matching_variance import matched_contrast, matched_spread, score_correction, variance_about
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights import check_weights
from reference.saved import rows

SAVED = rows("matching_replacement")
BOTH = np.ones(2)


def column(name: str) -> np.ndarray:
    return np.array([float(row["value"]) for row in SAVED if (row["method"], row["quantity"]) == ("data", name)])


def saved(method: str, quantity: str) -> float:
    (found,) = (float(row["value"]) for row in SAVED if (row["method"], row["quantity"]) == (method, quantity))
    return found


@pytest.fixture(scope="module")
def cohorts():
    arm = column("treat") == 1
    fit = fit_propensity(arm, np.column_stack([column(name) for name in ("x1", "x2", "x3")]), ["x1", "x2", "x3"])
    assert fit.logit == pytest.approx(column("logit"), abs=1e-12)  # stats::glm
    return arm, fit


@pytest.mark.parametrize("outcome", ["points", "yes"])
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("neighbours", [1, 2, 4])
def test_as_matching_in_r(cohorts, outcome, ratio, neighbours):
    # numbers: tests/reference/matching_replacement.R, Match(estimand = "ATT", Var.calc = neighbours); it divides by N
    arm, fit = cohorts
    value = column(outcome)
    found = match_nearest(arm, fit.logit, replace=True, ratio=ratio)
    added = matched_spread(value[:, None] * BOTH, fit.logit, found, arm, neighbours=neighbours)
    error = np.sqrt(added[arm].sum() * 39 / 40 + added[~arm].sum())
    method = f"Matching {ratio} {neighbours}"
    assert error == pytest.approx(saved(method, f"standard error {outcome}"), rel=1e-10)
    answer = matched_contrast(value, fit, found, check_weights(found.weight, arm, "ATT"))
    assert answer.difference.estimate == pytest.approx(saved(method, f"estimate {outcome}"), rel=1e-10)


@pytest.mark.parametrize("outcome", ["points", "yes"])
def test_the_estimated_score_as_theorem_2_says(cohorts, outcome):
    # numbers: tests/reference/matching_replacement.R, Abadie and Imbens (2016) case by case
    _, fit = cohorts
    wanted = saved("theorem 2", f"added {outcome}") - saved("theorem 2", f"taken away {outcome}")
    assert score_correction(column(outcome)[:, None] * BOTH, fit) == pytest.approx(wanted, rel=1e-10)


def test_it_widens_and_never_narrows(cohorts):
    arm, fit = cohorts
    found = match_nearest(arm, fit.logit, replace=True)
    weights = check_weights(found.weight, arm, "ATT")
    opposite = np.where(arm, 10.0, -10.0) * column("x1") + column("x2")  # an effect that follows a covariate
    for value, widens in ((column("points"), False), (opposite, True)):
        plain = float(np.sqrt(matched_spread(value[:, None] * BOTH, fit.logit, found, arm).sum()))
        added = score_correction(value[:, None] * BOTH, fit)
        assert (added > 0) == widens
        error = matched_contrast(value, fit, found, weights).difference.standard_error
        assert error == pytest.approx(np.sqrt(plain**2 + max(added, 0.0)))


def test_by_hand():
    # Treated at 1 and 2, both matched with the comparator at 1.4; those at 3.1 and 4 are nobody's match. Differences 5
    # and 3: about their mean 1 and 1, times 2 / 1, over 2^2 is 1. The comparator stands for two: 2^2 - (1 + 1) = 2, times
    # the variance of its 2 and its neighbours' 4 and 6, which is 4, over 2^2 is 2.
    arm = np.array([True, True, False, False, False])
    score = np.array([1.0, 2.0, 1.4, 3.1, 4.0])
    value = np.array([7.0, 5.0, 2.0, 4.0, 6.0])
    found = match_nearest(arm, score, replace=True)
    assert found.comparator.tolist() == [2, 2]
    added = matched_spread(value[:, None] * BOTH, score, found, arm)
    assert added.tolist() == pytest.approx([0.5, 0.5, 2.0, 0.0, 0.0])


def test_where_nobody_is_used_twice_it_is_the_paired_t_test():
    arm = np.arange(12) < 6
    score = np.concatenate([np.arange(6.0), np.arange(6.0) + 0.1])
    value = np.array([3.0, 5, 4, 8, 9, 6, 1, 4, 4, 5, 7, 7])
    found = match_nearest(arm, score, replace=True)
    apart = value[:6] - value[6:]
    added = matched_spread(value[:, None] * BOTH, score, found, arm)
    assert np.sqrt(added.sum()) == pytest.approx(apart.std(ddof=1) / np.sqrt(6))


def test_equal_scores_are_all_neighbours():
    score, value = np.array([1.0, 1.0, 1.0, 5.0]), np.array([1.0, 2.0, 6.0, 0.0])
    (one,) = variance_about(value, score, np.array([0]), np.arange(4), 1)
    assert one == pytest.approx(np.var([1.0, 2.0, 6.0], ddof=1))


def test_a_cohort_all_alike_has_no_limits(cohorts):
    arm, fit = cohorts
    found = match_nearest(arm, fit.logit, replace=True)
    answer = matched_contrast(np.where(arm, column("yes"), 0.0), fit, found, check_weights(found.weight, arm, "ATT"))
    assert (answer.difference.lower, answer.difference.upper, answer.ratio) == (None, None, None)
    assert "comparator" in answer.notes[0]
