import numpy as np
import pytest
from scipy.special import expit, logit

from equipoise.errors import DataError, MethodError
from equipoise.stats.pooling import pool_binomial_normal, reml_logit

POOLINGS = [pool_binomial_normal, reml_logit]
T_975_2, T_975_3 = 4.302652729911275, 3.182446305284263  # Student's t, printed tables: 4.303, 3.182


def test_identical_arms_are_one_rate_by_hand():
    # 30 of 60 in all: log-odds 0, standard error 1 / sqrt(60 x 1/4); no spread, so the next arm's rate is the same
    for pool in POOLINGS:
        pooled = pool([10, 10, 10], [20, 20, 20])
        assert (pooled.mu, pooled.tau) == (pytest.approx(0, abs=1e-12), 0)
        assert pooled.standard_error == pytest.approx(1 / np.sqrt(15))
        assert pooled.upper == pytest.approx(T_975_2 / np.sqrt(15))
        assert (pooled.prediction_lower, pooled.prediction_upper) == pytest.approx((pooled.lower, pooled.upper))


def test_two_arms_get_wald_limits_and_no_prediction():
    for pool in POOLINGS:
        pooled = pool([10, 3], [18, 20])
        assert pooled.upper - pooled.mu == pytest.approx(1.959963984540054 * pooled.standard_error)
        assert pooled.prediction_lower is None
        assert pooled.prediction_upper is None
        assert "Wald" in pooled.interval_method


def test_three_arms_get_t_limits_and_a_prediction():
    pooled = pool_binomial_normal([10, 6, 7, 1], [18, 18, 20, 25])
    assert pooled.interval_method == "t with 3 degrees of freedom on the logit"
    assert pooled.tau > 0
    assert pooled.mu - pooled.lower == pytest.approx(T_975_3 * pooled.standard_error)
    assert pooled.prediction_upper - pooled.mu == pytest.approx(T_975_3 * np.hypot(pooled.tau, pooled.standard_error))
    assert reml_logit([10, 6, 7, 1], [18, 18, 20, 25]).interval_method == "Hartung-Knapp on the logit"


def test_reml_of_two_equally_precise_arms_by_hand():
    # 4/20 and 16/20: logits -+ log 4, variance 1/4 + 1/16 each; REML is the sample variance less the sampling variance
    pooled = reml_logit([4, 16], [20, 20])
    assert pooled.mu == pytest.approx(0, abs=1e-12)
    assert pooled.tau**2 == pytest.approx(2 * np.log(4) ** 2 - 5 / 16)
    assert pooled.standard_error == pytest.approx(np.log(4))


def test_half_is_added_to_the_arm_with_a_zero_and_to_no_other():
    # by hand with no spread: 0/10 becomes 0.5 and 10.5, 1/10 stays 1 and 9
    pooled = reml_logit([0, 1], [10, 10])
    effect = np.log([0.5 / 10.5, 1 / 9])
    weight = 1 / np.array([1 / 0.5 + 1 / 10.5, 1 + 1 / 9])
    assert pooled.tau == 0
    assert pooled.mu == pytest.approx(weight @ effect / weight.sum())
    assert pooled.standard_error == pytest.approx(weight.sum() ** -0.5)


@pytest.mark.parametrize("pool", POOLINGS)
def test_one_study_is_not_pooled(pool):
    with pytest.raises(MethodError, match="one study is not pooled"):
        pool([10], [18])
    with pytest.raises(MethodError):
        pool([], [])


@pytest.mark.parametrize(("count", "who"), [(0, "nobody"), (12, "everybody")])
def test_without_any_or_with_only_responders_likelihood_refuses_and_reml_answers(count, who):
    with pytest.raises(MethodError, match=who) as raised:
        pool_binomial_normal([count] * 3, [12] * 3)
    assert "exact interval" in raised.value.problems[0].remedy
    pooled = reml_logit([count] * 3, [12] * 3)
    assert expit(pooled.mu) == pytest.approx((0.5 if count == 0 else 12.5) / 13)
    assert pooled.lower < pooled.mu < pooled.upper


def test_arms_of_none_and_of_all_have_no_finite_spread():
    with pytest.raises(MethodError, match="far apart"):
        pool_binomial_normal([0, 10, 10], [10, 10, 10])
    with pytest.raises(MethodError, match="far apart"):
        pool_binomial_normal([0] * 9 + [2000] * 9 + [1000], [2000] * 19)
    with pytest.raises(MethodError, match="far apart"):  # a ridge: mean -12, spread 8
        pool_binomial_normal([0, 0, 0, 0, 0, 0, 0, 46], [1, 1, 1, 37, 47, 54, 56, 56])


def test_no_spread_means_the_summed_count():
    pooled = pool_binomial_normal([10, 6, 7, 8], [18, 18, 20, 25])
    assert pooled.tau == 0
    assert pooled.mu == pytest.approx(logit(31 / 81))


@pytest.mark.parametrize("pool", POOLINGS)
@pytest.mark.parametrize(
    ("responders", "n"),
    [([1, 0], [5, 0]), ([6, 1], [5, 5]), ([1, -1], [5, 5]), ([1, 2, 3], [5, 5]), ([[1, 2]], [[5, 5]])],
)
def test_what_are_no_arms_is_refused(pool, responders, n):
    with pytest.raises(DataError):
        pool(responders, n)


@pytest.mark.parametrize("pool", POOLINGS)
def test_every_number_is_a_plain_float(pool):
    pooled = pool([0, 1, 3, 8], [18, 18, 20, 25])
    numbers = (pooled.mu, pooled.tau, pooled.standard_error, pooled.lower, pooled.upper)
    assert {type(number) for number in (*numbers, pooled.prediction_lower, pooled.prediction_upper)} == {float}


@pytest.mark.parametrize("pool", POOLINGS)
def test_a_level_lies_between_0_and_1(pool):
    with pytest.raises(DataError, match="level"):
        pool([1, 2], [5, 5], level=1.0)
