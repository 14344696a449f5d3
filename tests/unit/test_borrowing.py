import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.commensurate_prior import commensurate_prior_mean, commensurate_prior_rate
from equipoise.stats.map_prior import map_prior_mean, map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.mixture_prior import (
    BetaMixture,
    NormalMixture,
    mean_conflict,
    rate_conflict,
    robust_mean,
    robust_rate,
    update_mean,
    update_rate,
)
from equipoise.stats.mixture_prior_decision import mean_exceeds, rate_exceeds
from equipoise.stats.mixture_prior_size import mean_prior_size, rate_prior_size
from equipoise.stats.power_prior import normalised_power_prior_mean, power_prior_mean, power_prior_rate
from equipoise.stats.reverse_bayes import credibility, prior_mean_needed, probability_above

ONE = np.ones(1)
UNIFORM = BetaMixture(ONE, ONE, ONE)
HALVES = BetaMixture(np.array([0.5, 0.5]), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
UNIT = NormalMixture(ONE, 0 * ONE, ONE)


def test_a_mixture_learns_which_part_was_right_by_hand():
    # one responder of one: Beta(1, 1) gave it 1/2, Beta(2, 1) 2/3
    posterior = update_rate(HALVES, 1, 1)
    assert posterior.weight == pytest.approx([3 / 7, 4 / 7])
    assert (list(posterior.a), list(posterior.b)) == ([2, 3], [1, 1])
    assert posterior.mean == pytest.approx(3 / 7 * 2 / 3 + 4 / 7 * 3 / 4)


def test_a_normal_prior_meets_an_estimate_half_way():
    posterior = update_mean(UNIT, 2.0, 1.0)
    assert (posterior.mean, posterior.sd) == pytest.approx((1, 0.5**0.5))


def test_a_robust_prior_listens_when_the_data_disagree():
    prior = robust_rate(BetaMixture(ONE, 90 * ONE, 10 * ONE), weight=0.2)
    assert update_rate(prior, 18, 20).weight[1] < 0.2 < 0.99 < update_rate(prior, 4, 20).weight[1]
    assert update_rate(prior, 4, 20).mean < 0.3
    assert robust_mean(UNIT, weight=0.3, mean=0.0, sd=5.0).sd == pytest.approx((0.7 + 0.3 * 25) ** 0.5)


def test_conflict_by_hand():
    # under a flat prior every count of 4 has probability 1/5
    seen = rate_conflict(UNIFORM, 1, 4)
    assert (seen.lower, seen.upper, seen.two_sided) == pytest.approx((0.4, 0.8, 0.8))
    assert rate_conflict(UNIFORM, 0, 0).two_sided == 1
    far = mean_conflict(UNIT, 1.959963984540054 * 2**0.5, 1.0)
    assert far.two_sided == pytest.approx(0.05)


def test_sizes_by_hand():
    assert rate_prior_size(BetaMixture(ONE, 3 * ONE, 5 * ONE)) == 8
    assert rate_prior_size(UNIFORM, method="moments") == pytest.approx(2)
    assert mean_prior_size(UNIT, patient_sd=6) == pytest.approx(36)
    assert mean_prior_size(UNIT, patient_sd=6, method="moments") == pytest.approx(36)
    with pytest.raises(MethodError, match="infinite at 0 or 1"):
        rate_prior_size(robust_rate(UNIFORM, weight=0.5, mean=0.1))


def test_exceeding_by_hand():
    # of two uniform rates, P(one > other + d) = (1 - d)^2 / 2
    assert rate_exceeds(UNIFORM, UNIFORM, margin=0.2) == pytest.approx(0.32, abs=1e-9)
    assert rate_exceeds(UNIFORM, UNIFORM, margin=-0.2) == pytest.approx(0.68, abs=1e-9)
    assert mean_exceeds(NormalMixture(ONE, 2 * ONE, ONE), UNIT, margin=2.0) == pytest.approx(0.5)
    with pytest.raises(DataError, match="margin"):
        rate_exceeds(UNIFORM, UNIFORM, margin=1.0)


def test_power_priors_by_hand():
    half = power_prior_rate(10, 40, power=0.5)
    assert (half.a[0], half.b[0]) == (6, 16)
    assert power_prior_rate(10, 40, power=0).a[0] == 1
    # precision 1/100 + 0.5 / 4, so 25 of 27 parts of the way from 0 to 6
    mean = power_prior_mean(6.0, 2.0, power=0.5, initial_mean=0.0, initial_sd=10.0)
    assert (mean.mean, mean.sd) == pytest.approx((6 * 25 / 27, (200 / 27) ** 0.5))


def test_a_normalised_power_learns_from_agreement():
    prior = normalised_power_prior_mean(6.0, 1.0, initial_mean=0.0, initial_sd=30.0)
    agreeing, disagreeing = (prior.expected_power(update_mean(prior.prior, seen, 1.0)) for seen in (6.0, 14.0))
    assert disagreeing < 0.5 * prior.expected_power(prior.prior) < agreeing
    assert prior.expected_power(prior.prior) == pytest.approx(0.5)


def test_one_earlier_study_leaves_the_spread_to_its_prior():
    prior = map_prior_mean([3.0], [0.1], mu_mean=3.0, mu_sd=100.0, tau_scale=0.5)
    assert prior.mean == pytest.approx(3)
    # half-normal(0.5): mean 0.5 sqrt(2 / pi); theirs and ours differ by tau sqrt(2), two draws about mu
    assert prior.spread_mean == pytest.approx(0.5 * (2 / np.pi) ** 0.5, rel=0.01)
    assert prior.sd == pytest.approx((0.1**2 + 2 * 0.5**2) ** 0.5, rel=0.01)


def test_a_finer_grid_changes_nothing():
    for one, two in (
        (map_prior_rate([0, 0, 3], [12, 30, 9]), map_prior_rate([0, 0, 3], [12, 30, 9], finer=2)),
        (commensurate_prior_rate(3, 9, distance_scale=0.3), commensurate_prior_rate(3, 9, distance_scale=0.3, finer=2)),
    ):
        assert (one.mean, one.sd) == pytest.approx((two.mean, two.sd), rel=1e-6)
        assert one.quantile(0.9) == pytest.approx(two.quantile(0.9), rel=1e-5)


def test_a_mean_close_at_hand_is_shared():
    near = commensurate_prior_mean(5.0, 1.0, distance_scale=0.01)
    far = commensurate_prior_mean(5.0, 1.0, distance_scale=3.0)
    assert (near.mean, near.sd) == pytest.approx((5, 1), rel=1e-3)
    assert far.sd == pytest.approx(10**0.5, rel=1e-6)  # 1 + 3^2


def test_a_normal_prior_needs_one_part_and_says_so():
    # a spread next to nothing leaves one normal
    fitted = fit_mixture(map_prior_mean([3.0], [0.1], mu_mean=3.0, mu_sd=1.0, tau_scale=1e-4))
    assert fitted.mixture.weight.size == 1
    assert fitted.divergence < 1e-4
    assert fitted.mixture.sd == pytest.approx((1 / (100 + 1)) ** 0.5, rel=1e-3)


def test_parts_come_closer_one_by_one():
    fitted = fit_mixture(map_prior_rate([2, 9, 5], [20, 25, 30]), parts=4)
    assert len(fitted.divergences) == 4
    assert list(fitted.divergences) == sorted(fitted.divergences, reverse=True)
    assert fitted.divergence < 0.002
    with pytest.raises(DataError, match="1 to 4"):
        fit_mixture(map_prior_rate([2], [20]), parts=5)


def test_earlier_studies_of_none_and_all_are_normal_input():
    for responders in ([0, 0], [25, 30]):
        prior = map_prior_rate(responders, [25, 30])
        fitted = fit_mixture(prior)
        assert fitted.divergence < 0.005
        assert fitted.mixture.mean == pytest.approx(prior.mean, abs=0.002)
        assert 1 < rate_prior_size(fitted.mixture) < 55


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: BetaMixture(np.array([0.5, 0.4]), np.ones(2), np.ones(2)),
        lambda: BetaMixture(ONE, 0 * ONE, ONE),
        lambda: NormalMixture(ONE, np.array([np.nan]), ONE),
        lambda: NormalMixture(ONE, np.zeros(2), np.ones(2)),
        lambda: robust_rate(UNIFORM, weight=1.0),
        lambda: robust_rate(UNIFORM, weight=0.2, mean=0.0),
        lambda: update_rate(UNIFORM, 3, 2),
        lambda: update_mean(UNIT, 1.0, 0.0),
        lambda: mean_conflict(UNIT, np.inf, 1.0),
        lambda: UNIFORM.quantile(1.0),
        lambda: map_prior_rate([1], [2], tau_scale=0.0),
        lambda: map_prior_mean([1.0], [0.0], mu_mean=0.0, mu_sd=1.0, tau_scale=1.0),
        lambda: map_prior_mean([1.0], [1.0, 2.0], mu_mean=0.0, mu_sd=1.0, tau_scale=1.0),
        lambda: power_prior_rate(1, 2, power=1.5),
        lambda: commensurate_prior_rate(1, 2, distance_scale=0.0),
        lambda: commensurate_prior_mean(np.nan, 1.0, distance_scale=1.0),
        lambda: credibility(1.0, 0.0),
        lambda: probability_above(1.0, 1.0, 0.0, 0.0),
        lambda: mean_prior_size(UNIT, patient_sd=0.0),
    ],
)
def test_what_is_no_prior_and_no_estimate_is_refused(wrong):
    with pytest.raises(DataError):
        wrong()


def test_no_earlier_study_is_refused():
    with pytest.raises(MethodError):
        map_prior_rate([], [])
    with pytest.raises(MethodError):
        map_prior_mean([], [], mu_mean=0.0, mu_sd=1.0, tau_scale=1.0)


def test_credibility_as_the_formulas_of_matthews():
    # Matthews (2018), R. Soc. Open Sci. 5:171047: scepticism limit (U - L)^2 / (4 sqrt(U L)), advocacy limit
    # -(U + L) (U - L)^2 / (2 U L), from the limits L and U of an interval
    low, high = 0.2, 1.4
    seen = credibility(0.8, 0.6 / 1.959963984540054)
    assert seen.convincing
    assert seen.scepticism_limit == pytest.approx((high - low) ** 2 / (4 * (high * low) ** 0.5))
    low, high = -0.2, 1.0
    seen = credibility(0.4, 0.6 / 1.959963984540054)
    assert not seen.convincing
    assert seen.advocacy_limit == pytest.approx(-(high + low) * (high - low) ** 2 / (2 * high * low))


def test_thresholds_of_intrinsic_credibility_are_as_published():
    # P below 0.013 (Matthews 2018: the golden ratio, 1.272 times 1.96) and 0.0056 (Held 2019: the root of 2)
    golden = 1.959963984540054 * ((1 + 5**0.5) / 2) ** 0.5
    assert not credibility(golden - 1e-6, 1.0).intrinsically_credible
    assert credibility(golden + 1e-6, 1.0).intrinsically_credible
    assert credibility(1.959963984540054 * 2**0.5, 1.0).p_intrinsic == pytest.approx(0.05)


@pytest.mark.parametrize(("estimate", "null"), [(2.5, 0.0), (-2.5, 0.0), (0.9, 0.0), (-0.9, 0.0), (2.5, 1.2)])
def test_the_prior_found_leaves_the_posterior_on_the_null(estimate, null):
    seen = credibility(estimate, 1.0, null=null)
    at_null = probability_above(estimate, 1.0, seen.prior_mean, seen.prior_sd, threshold=null)
    assert min(at_null, 1 - at_null) == pytest.approx(0.025)
    if seen.advocacy_limit is not None:
        assert (seen.advocacy_limit - null) * (estimate - null) > 0


def test_nothing_is_needed_to_believe_what_says_nothing():
    seen = credibility(0.0, 1.0)
    assert (seen.scepticism_limit, seen.advocacy_limit, seen.prior_sd) == (None, None, None)


def test_the_prior_mean_needed_is_needed():
    widths = np.array([0.5, 1.0, 4.0])
    needed = prior_mean_needed(1.0, 1.0, widths, threshold=0.3, probability=0.9)
    assert probability_above(1.0, 1.0, needed, widths, threshold=0.3) == pytest.approx([0.9] * 3)


def test_many_parts_one_by_one_are_the_parts_together():
    rng = np.random.default_rng(5)
    weight, a, b = rng.dirichlet(np.ones(12)), rng.uniform(0.5, 40, 12), rng.uniform(0.5, 40, 12)
    treated = BetaMixture(np.ones(1), np.array([7.5]), np.array([4.5]))
    whole = BetaMixture(weight, a, b)
    halves = [
        (weight[cut].sum(), BetaMixture(weight[cut] / weight[cut].sum(), a[cut], b[cut]))
        for cut in (slice(0, 6), slice(6, 12))
    ]
    together = sum(share * rate_exceeds(treated, half, margin=0.1) for share, half in halves)
    assert rate_exceeds(treated, whole, margin=0.1) == pytest.approx(together, abs=1e-10)
