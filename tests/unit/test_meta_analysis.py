import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.binomial_normal import pool_odds_ratios
from equipoise.stats.meta_analysis import leave_one_out, pool_effects
from equipoise.stats.meta_analysis_funnel import funnel

METHODS = ["REML", "Paule-Mandel", "DerSimonian-Laird"]
T_975_2 = 4.302652729911275  # Student's t, printed tables: 4.303


@pytest.mark.parametrize("method", METHODS)
def test_equally_precise_studies_by_hand(method):
    # 1, 2, 6 with variance 1: sample variance 7, so tau^2 = 6; mean 3, variance 7 / 3; Q = 14 on 2 degrees
    pooled = pool_effects([1.0, 2.0, 6.0], [1.0, 1.0, 1.0], tau_method=method)
    assert pooled.tau_squared == pytest.approx(6)
    assert pooled.mu == pytest.approx(3)
    assert pooled.standard_error == pytest.approx((7 / 3) ** 0.5)
    assert pooled.upper - pooled.mu == pytest.approx(T_975_2 * (7 / 3) ** 0.5)
    assert pooled.prediction_upper - pooled.mu == pytest.approx(T_975_2 * (6 + 7 / 3) ** 0.5)
    assert (pooled.q, pooled.q_p) == pytest.approx((14, np.exp(-7)))
    assert pooled.i_squared == pytest.approx(6 / 7)
    # Q = 14 / (1 + v): at chi-squared on 2 degrees, 2 log 40 and -2 log 0.975
    assert pooled.tau_squared_lower == pytest.approx(14 / (2 * np.log(40)) - 1)
    assert pooled.tau_squared_upper == pytest.approx(14 / (-2 * np.log(0.975)) - 1)


def test_studies_that_agree_are_no_narrower_than_their_method_allows():
    effect, error = [0.10, 0.11, 0.12], [0.2, 0.2, 0.2]
    wald = pool_effects(effect, error, interval_method="Wald")
    plain = pool_effects(effect, error, interval_method="Hartung-Knapp")
    at_least_one = pool_effects(effect, error, interval_method="Hartung-Knapp, scale at least 1")
    no_narrower = pool_effects(effect, error, interval_method="Hartung-Knapp, no narrower than Wald")
    assert wald.tau_squared == 0
    assert plain.upper - plain.lower < wald.upper - wald.lower
    assert at_least_one.upper - at_least_one.mu == pytest.approx(T_975_2 * 0.2 / 3**0.5)
    assert no_narrower.upper == wald.upper


def test_two_studies_get_wald_limits_and_no_prediction():
    pooled = pool_effects([0.0, 1.0], [0.3, 0.3])
    assert pooled.upper - pooled.mu == pytest.approx(1.959963984540054 * pooled.standard_error)
    assert (pooled.prediction_lower, pooled.prediction_upper) == (-np.inf, np.inf)


def test_what_is_left_out_may_hold_anything():
    pooled = pool_effects([1.0, np.nan, 2.0, 6.0], [1.0, -1.0, 1.0, 1.0], included=[True, False, True, True])
    assert (pooled.mu, pooled.tau_squared, pooled.studies) == (pytest.approx(3), pytest.approx(6), 3)


def test_equal_effects_leave_no_spread_and_no_number_is_missing():
    for method in METHODS:
        pooled = pool_effects([0.5] * 4, [0.1, 0.2, 0.3, 0.4], tau_method=method)
        assert (pooled.tau_squared, pooled.tau_squared_upper, pooled.q) == (0, 0, pytest.approx(0, abs=1e-25))
        assert pooled.lower < 0.5 < pooled.upper


@pytest.mark.parametrize(
    ("effect", "error", "kind"),
    [
        ([1.0, np.nan], [1.0, 1.0], DataError),
        ([1.0, 2.0], [1.0, 0.0], DataError),
        ([1.0, 2.0, 3.0], [1.0, 1.0], DataError),
        (1.0, 1.0, DataError),
        ([1.0], [1.0], MethodError),
        ([], [], MethodError),
    ],
)
def test_what_cannot_be_pooled_is_refused(effect, error, kind):
    with pytest.raises(kind):
        pool_effects(effect, error)


def test_unknown_methods_and_levels_are_refused():
    with pytest.raises(MethodError, match="not a method known"):
        pool_effects([1.0, 2.0], [1.0, 1.0], tau_method="ML")
    with pytest.raises(DataError, match="level"):
        pool_effects([1.0, 2.0], [1.0, 1.0], level=95)


def test_leave_one_out_needs_a_list_of_three():
    with pytest.raises(MethodError, match="fewer than three"):
        leave_one_out([1.0, 2.0], [1.0, 1.0])
    with pytest.raises(DataError, match="list"):
        leave_one_out([[1.0, 2.0, 3.0]], [[1.0, 1.0, 1.0]])


def test_eggers_line_by_hand():
    # standard errors 1, 1, 1/2 (weights 1, 1, 4), effects 1, 3, 0: the line passes 2 at 1 and 0 at 1/2, slope 4
    seen = funnel([1.0, 3.0, 0.0], [1.0, 1.0, 0.5])
    assert (seen.slope, seen.at_no_error, seen.common_effect) == pytest.approx((4, -2, 4 / 6))
    # misfit 1 + 1 on 1 degree, spread of the errors 2 x (1/3)^2 + 4 x (1/6)^2 = 1/3
    assert seen.slope_error == pytest.approx(6**0.5)
    assert not seen.enough_for_a_test


def test_a_funnel_without_a_line_is_refused():
    with pytest.raises(MethodError, match="equally precise"):
        funnel([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    with pytest.raises(MethodError, match="one line"):
        funnel([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    with pytest.raises(MethodError, match="fewer than three"):
        funnel([1.0, 2.0], [1.0, 2.0])


def test_one_pair_of_patients_a_study_is_mcnemars_table():
    # one patient an arm: of pairs in which one responded, 9 treated and 3 control: conditional odds ratio 9 / 3
    treated, control = [1] * 9 + [0] * 3, [0] * 9 + [1] * 3
    pooled = pool_odds_ratios(treated, [1] * 12, control, [1] * 12)
    assert (pooled.mu, pooled.tau) == (pytest.approx(np.log(3)), 0)  # pairs tell nothing of a spread
    assert pooled.standard_error == pytest.approx((1 / 9 + 1 / 3) ** 0.5)


def test_studies_as_far_apart_as_can_be_are_refused():
    with pytest.raises(MethodError, match="far apart"):
        pool_odds_ratios([0, 0, 30, 30], [30] * 4, [30, 30, 0, 0], [30] * 4)


def test_equal_odds_ratios_leave_no_spread():
    pooled = pool_odds_ratios([4, 8, 12], [20, 40, 60], [4, 8, 12], [20, 40, 60])
    assert (pooled.mu, pooled.tau) == (pytest.approx(0, abs=1e-9), 0)
    # hypergeometric variances n1 n0 m (N - m) / (N^2 (N - 1))
    variances = [size * size * 0.4 * size * 1.6 * size / (4 * size**2 * (2 * size - 1)) for size in (20, 40, 60)]
    assert pooled.standard_error == pytest.approx(sum(variances) ** -0.5, rel=1e-6)


@pytest.mark.parametrize("model", ["conditional", "study intercepts"])
def test_studies_without_events_say_nothing(model):
    some = pool_odds_ratios([1, 0, 3, 2], [20, 15, 30, 12], [5, 3, 7, 2], [21, 15, 28, 12], model=model)
    more = pool_odds_ratios(
        [1, 0, 0, 3, 2, 9], [20, 15, 8, 30, 12, 9], [5, 3, 0, 7, 2, 7], [21, 15, 9, 28, 12, 7], model=model
    )
    assert (more.mu, more.standard_error) == pytest.approx((some.mu, some.standard_error), rel=1e-6)
    assert (more.studies, more.informative) == (6, 4)


def test_odds_ratios_without_a_finite_estimate_are_refused():
    with pytest.raises(MethodError, match="one side"):
        pool_odds_ratios([0, 0, 0], [9, 9, 9], [1, 2, 3], [9, 9, 9])
    with pytest.raises(MethodError, match="fewer than two studies"):
        pool_odds_ratios([1, 0], [9, 9], [1, 0], [9, 9])
    with pytest.raises(MethodError, match="out of reach"):
        pool_odds_ratios([80_000, 70_000], [200_000] * 2, [70_000, 75_000], [200_000] * 2)
    with pytest.raises(MethodError, match="not known"):
        pool_odds_ratios([1, 2], [9, 9], [1, 0], [9, 9], model="Peto")
    with pytest.raises(DataError, match="as many"):
        pool_odds_ratios([1, 2], [9, 9], [1], [9])
