"""E-values, the array of an unmeasured confounder, Rosenbaum bounds, negative controls.

Outside numbers: tests/reference/hidden_causes.R, and what the packages and papers named at the assertions print.
"""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats import rosenbaum
from equipoise.stats.negative_control import SystematicError, calibrate, calibrated_controls, systematic_error
from equipoise.stats.rosenbaum import (
    bounds_signed_rank,
    bounds_yes_no,
    gamma_to_explain_signed_rank,
    gamma_to_explain_yes_no,
)
from equipoise.stats.unmeasured import (
    difference_bias_array,
    e_value_hazard_ratio,
    e_value_odds_ratio,
    e_value_risk_difference,
    e_value_risk_ratio,
    e_value_standardised_difference,
    ratio_bias_array,
    strength_to_explain,
)
from reference.saved import rows

SAVED = rows("hidden_causes")
# blood lead of children of exposed workers and of their neighbours' children: Rosenbaum (2002), section 4.3.3
EXPOSED = "38 23 41 18 37 36 23 62 31 34 24 14 21 17 16 20 15 10 45 39 22 35 49 48 44 35 43 39 34 13 73 25 27"
CONTROL = "16 18 18 24 19 11 10 15 16 18 18 13 19 10 16 16 24 13 9 14 21 19 7 18 19 12 11 22 25 16 13 11 13"
LEAD = np.array(EXPOSED.split(), dtype=float) - np.array(CONTROL.split(), dtype=float)
FEW = [3, -1, 4, 4, 0, -2, 6, 8, 2, 5, 7, -3]


def saved(what):
    return {row["at"]: float(row["value"]) for row in SAVED if row["what"] == what}


@pytest.mark.parametrize(
    ("ratio", "of_estimate", "of_limit"),
    [
        ((3.9, 1.8, 8.7), 7.26, 3.0),  # VanderWeele and Ding (2017), table 2: 7.2 and 3.0; R's EValue: 7.263034, 3.0
        ((0.80, 0.71, 0.91), 1.809017, 1.428571),  # EValue 4.1, vignette "unmeasured confounding": 1.809017, 1.428571
        ((10.73, 8.02, 14.36), 20.9, 15.5),  # Hammond and Horn: VanderWeele and Ding (2017)
    ],
)
def test_e_values_of_risk_ratios_as_printed(ratio, of_estimate, of_limit):
    found = e_value_risk_ratio(*ratio)
    assert found.of_estimate == pytest.approx(of_estimate, abs=0.05 if of_estimate > 8 else 0.005)
    assert found.of_limit == pytest.approx(of_limit, abs=0.05 if of_limit > 8 else 1e-6)


def test_e_value_of_a_risk_difference_as_in_evalues_tests():
    # cran/EValue tests/testthat: evalues.RD(397, 78557, 51, 108778): limit 15.95703, found there on a grid of 0.0001
    found = e_value_risk_difference(397, 397 + 78557, 51, 51 + 108778)
    assert found.of_limit == pytest.approx(15.95703, abs=4e-4)
    # Ding and VanderWeele (2016), page 376: to move it to 0 the bias factor is the risk ratio
    assert found.risk_ratio == pytest.approx((397 / 78954) / (51 / 108829))
    turned = e_value_risk_difference(51, 51 + 108778, 397, 397 + 78557)
    assert turned == pytest.approx(found)
    assert e_value_risk_difference(55, 108833, 51, 108829).of_limit == 1.0  # the same tests: "RD that crosses null"


def test_e_value_of_a_difference_to_another_value_solves_the_papers_equation():
    found = e_value_risk_difference(100, 300, 50, 250, true=0.05)
    p1, p0, f, b = 100 / 300, 50 / 250, 300 / 550, found.risk_ratio
    assert (p1 - p0 * b) * (f + (1 - f) / b) == pytest.approx(0.05)


def test_common_outcomes_are_converted_as_in_evalues_tests():
    # "Common OR": estimate 5, true 2; "Common HR": 1.3 (1.2 to 1.4), true 1.1
    root = np.sqrt([5, 3, 2])
    found = e_value_odds_ratio(5, 3, 9, rare=False, true=2)
    assert found.of_estimate == pytest.approx((root[0] + np.sqrt(root[0] * (root[0] - root[2]))) / root[2])
    assert found.of_limit == pytest.approx((root[1] + np.sqrt(root[1] * (root[1] - root[2]))) / root[2])
    risk, limit, true = ((1 - 0.5 ** np.sqrt(h)) / (1 - 0.5 ** np.sqrt(1 / h)) for h in (1.3, 1.2, 1.1))
    found = e_value_hazard_ratio(1.3, 1.2, 1.4, rare=False, true=1.1)
    assert found.of_estimate == pytest.approx((risk + np.sqrt(risk * (risk - true))) / true)
    assert found.of_limit == pytest.approx((limit + np.sqrt(limit * (limit - true))) / true)
    assert e_value_odds_ratio(5, rare=True) == e_value_risk_ratio(5)
    assert e_value_hazard_ratio(0.3, rare=True, true=0.4) == e_value_risk_ratio(0.3, true=0.4)


def test_e_value_of_a_standardised_difference_as_in_evalues_tests():
    # "SMD, causative": d 0.5, se 0.2, true 0.1; there 1.78 stands for 0.91 x 1.96
    ratio, true, limit = np.exp(0.91 * 0.5), np.exp(0.91 * 0.1), np.exp(0.91 * 0.5 - 1.78 * 0.2)
    found = e_value_standardised_difference(0.5, 0.2, true=0.1)
    assert found.of_estimate == pytest.approx((ratio + np.sqrt(ratio * (ratio - true))) / true)
    assert found.limit == pytest.approx(limit, rel=1e-3)
    assert found.of_limit == pytest.approx((limit + np.sqrt(limit * (limit - true))) / true, abs=0.005)
    assert e_value_standardised_difference(-0.5, 0.1) == pytest.approx(
        e_value_standardised_difference(0.5, 0.1)._replace(
            risk_ratio=np.exp(-0.91 * 0.5), limit=np.exp(-0.91 * (0.5 - 0.1 * 1.959963984540054))
        )
    )


def test_an_interval_that_includes_no_effect_needs_no_hidden_cause():
    assert e_value_risk_ratio(1.2, 0.9, 1.6).of_limit == 1.0
    assert e_value_risk_ratio(1.2).of_limit is None
    assert e_value_risk_ratio(1.0, 0.5, 2.0).of_estimate == 1.0


@pytest.mark.parametrize(
    "wrong", [(-0.1,), (0.0,), (float("nan"),), (1.2, 1.3, 1.4), (1.5, 1.3, 1.4), (1.2, 1.0, None)]
)
def test_what_is_no_ratio_is_refused(wrong):
    for e_value in (e_value_risk_ratio, lambda *ratio: e_value_odds_ratio(*ratio, rare=False)):
        with pytest.raises(DataError, match="E-value"):
            e_value(*wrong)


def test_a_difference_without_controls_who_responded_is_refused():
    with pytest.raises(MethodError, match="no bias factor is finite"):
        e_value_risk_difference(5, 10, 0, 10)
    with pytest.raises(MethodError, match="beyond the observed"):
        e_value_risk_difference(5, 10, 3, 10, true=0.8)
    assert e_value_risk_difference(3, 10, 3, 10)[:2] == (1.0, 1.0)


def test_the_bias_array_by_hand():
    # half of the treated and a fifth of the controls have it, and it trebles the risk: bias 2 / 1.4
    found = ratio_bias_array(2.0, [0.5, 0.2], [0.2], [3.0, 1.0])
    assert found.adjusted.shape == (2, 1, 2)
    assert found.adjusted[0, 0] == pytest.approx([2.0 * 1.4 / 2.0, 2.0])
    assert found.adjusted[1, 0] == pytest.approx([2.0, 2.0])
    moved = difference_bias_array(-1.5, [0.5], [0.2, 0.5], [-2.0])
    assert moved.adjusted[0, :, 0] == pytest.approx([-0.9, -1.5])


def test_the_strength_that_explains_a_ratio_does():
    strength = strength_to_explain(1.5, 0.6, 0.2)
    assert ratio_bias_array(1.5, 0.6, 0.2, strength).adjusted.item() == pytest.approx(1.0)
    assert strength_to_explain(3.5, 0.6, 0.2) is None  # the most it can do is 0.6 / 0.2
    assert strength_to_explain(2.0, 0.3, 0.3) is None
    assert strength_to_explain(1.0, 0.3, 0.3) == 1.0
    protective = strength_to_explain(2.0, 0.2, 0.9)  # the controls have more of something that protects
    assert protective < 1
    assert ratio_bias_array(2.0, 0.2, 0.9, protective).adjusted.item() == pytest.approx(1.0)
    with pytest.raises(DataError, match="prevalence"):
        strength_to_explain(2.0, 1.2, 0.3)


def test_the_smoking_pairs():
    # 110 pairs in which only the heavy smoker died of lung cancer, 12 in which only the other did
    found = bounds_yes_no(110, 12, [1, 2, 3, 4, 5, 6])
    assert found.upper == pytest.approx(list(saved("yes or no upper").values()), rel=1e-9)
    assert found.lower == pytest.approx(list(saved("yes or no lower").values()), rel=1e-9)
    # Rosenbaum (2002), section 4.3.2, prints .0036, .03 and .1 for 4, 5 and 6 from a normal with continuity correction
    assert found.upper[3:] == pytest.approx([0.0036, 0.03, 0.1], abs=0.008)
    assert (found.pairs, found.statistic, found.method) == (122, 110.0, "exact")


def test_the_lead_pairs_as_printed(monkeypatch):
    monkeypatch.setattr(rosenbaum, "EXACT_PAIRS", 0)
    found = bounds_signed_rank(LEAD, [1, 2, 3, 4, 4.25, 5])
    # Rosenbaum (2002), section 4.3.3: <.0001, .0018, .0136, .0388, .0468, .0740
    assert found.upper[1:] == pytest.approx([0.0018, 0.0136, 0.0388, 0.0468, 0.0740], abs=5e-5)
    assert found.upper[0] < 1e-4
    assert found.upper == pytest.approx(list(saved("signed rank normal upper").values()), rel=1e-9)
    assert (found.pairs, found.statistic, found.method) == (32, 527.0, "normal approximation")


def test_exact_bounds_go_through_every_way_the_pairs_can_fall():
    found = bounds_signed_rank(FEW, [1, 1.5, 2, 3])
    assert found.upper == pytest.approx(list(saved("signed rank exact upper").values()), rel=1e-9)
    assert found.lower == pytest.approx(list(saved("signed rank exact lower").values()), rel=1e-9)
    assert found.method == "exact"


def test_three_pairs_by_hand():
    # all three won: at gamma 2 the chance is (2/3)^3 at most and (1/3)^3 at least
    found = bounds_signed_rank([1.0, 2.0, 5.0], 2)
    assert (found.upper[0], found.lower[0]) == pytest.approx((8 / 27, 1 / 27))
    # the two larger won, ranks 2 + 3 = 5 of 6: sums of 5 and 6
    found = bounds_signed_rank([-1.0, 2.0, 5.0], 2)
    assert found.upper[0] == pytest.approx(8 / 27 + 4 / 27)


def test_the_gamma_that_explains_is_where_the_bound_passes_alpha():
    gamma = gamma_to_explain_signed_rank(LEAD, alpha=0.05)
    assert bounds_signed_rank(LEAD, gamma).upper[0] == pytest.approx(0.05, rel=1e-6)
    assert gamma_to_explain_yes_no(110, 12, alpha=0.05) == pytest.approx(5.5, abs=0.2)
    assert gamma_to_explain_yes_no(5, 5) == 1.0
    assert gamma_to_explain_yes_no(0, 4) == 1.0


def test_pairs_that_say_nothing_are_refused():
    with pytest.raises(MethodError, match="no pair differs"):
        bounds_yes_no(0, 0, [1])
    with pytest.raises(MethodError, match="no pair differs"):
        gamma_to_explain_yes_no(0, 0)
    with pytest.raises(MethodError, match="equal scores"):
        bounds_signed_rank([0.0, 0.0], [1])
    with pytest.raises(DataError, match="gamma is below 1"):
        bounds_yes_no(3, 1, [0.5])
    with pytest.raises(DataError, match="difference is missing"):
        bounds_signed_rank([1.0, np.nan], [1])
    with pytest.raises(DataError, match="alpha"):
        gamma_to_explain_yes_no(3, 1, alpha=0)


CONTROLS = {
    "some spread": ([0.43, 1.10, 0.93, 1.69, 0.20, 0.86], [0.76, 0.18, 0.30, 0.60, 0.20, 0.13]),
    "no spread": ([0.1, -0.05, 0.2, 0.02], [0.3, 0.2, 0.4, 0.25]),
    "wide spread": ([-0.9, 0.8, 0.1, 1.4, -0.3, 0.6, 2.0, -1.1], [0.1, 0.2, 0.05, 0.3, 0.1, 0.15, 0.4, 0.2]),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_systematic_error_is_metafors_maximum_likelihood(name):
    found = systematic_error(*CONTROLS[name])
    assert found.mean == pytest.approx(saved("negative controls mean")[name], rel=1e-6)
    assert found.sd == pytest.approx(saved("negative controls sd")[name], rel=1e-5)
    assert found.mean_standard_error == pytest.approx(saved("negative controls se")[name], rel=1e-5)
    assert found.few


def test_the_calibrated_estimate_empirical_calibration_prints():
    # OHDSI EmpiricalCalibration 3.0.0, vignette: null 0.7920 (0.2835), sertraline 0.7326235 (0.07371708): P 0.839405;
    # and its tests: calibrated log relative risk -0.0593
    found = calibrate(0.7326235, 0.07371708, SystematicError(0.7920, 0.2835, 0.0, 40, False))
    assert found.p_value == pytest.approx(0.839405, abs=1e-4)
    assert found.estimate == pytest.approx(-0.0593, abs=1e-4)
    assert found.upper - found.lower == pytest.approx(2 * 1.959963984540054 * np.hypot(0.2835, 0.07371708))


def test_without_systematic_error_the_usual_p_value_remains():
    # EmpiricalCalibration's tests, null (0, 0): 0.045500266 and 0.002699796
    none = SystematicError(0.0, 0.0, 0.0, 2, True)
    assert calibrate(0.1, 0.05, none).p_value == pytest.approx(0.045500266, abs=3e-9)
    assert calibrate(0.3, 0.1, none).p_value == pytest.approx(0.002699796, abs=3e-9)


def test_each_control_is_judged_by_the_others():
    estimate, error = CONTROLS["some spread"]
    found = calibrated_controls(estimate, error)
    rest = systematic_error(estimate[1:], error[1:])
    assert found[0] == pytest.approx(calibrate(estimate[0], error[0], rest).p_value)
    assert found.shape == (6,)


def test_too_few_controls_are_refused():
    with pytest.raises(MethodError, match="cannot tell systematic error from chance"):
        systematic_error([0.3], [0.1])
    with pytest.raises(MethodError, match="leave one out"):
        calibrated_controls([0.3, 0.2], [0.1, 0.1])
    with pytest.raises(DataError, match="standard error is not above 0"):
        systematic_error([0.3, 0.1], [0.1, 0.0])
    with pytest.raises(DataError, match="estimate is missing"):
        systematic_error([0.3, np.nan], [0.1, 0.1])
