import numpy as np
import pytest
from scipy.special import betaincc, expit, ndtr

from equipoise.errors import DataError, MethodError
from equipoise.stats.posterior import (
    SCEPTICAL_SD,
    Predictive,
    _better_jeffreys,
    _better_sceptical,
    predict_new_study,
    predictive_rate,
    probability_better,
)

PRIORS = ["Jeffreys", "sceptical"]
BCG_CONTROLS = (
    [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
)
CONTROLS = {
    "one arm": ([10], [18]),
    "two arms of nearly all": ([9, 8], [10, 10]),
    "no responder": ([0, 0, 0], [20, 10, 15]),
    "four arms": ([10, 6, 7, 8], [18, 18, 20, 25]),
    "thirteen arms": BCG_CONTROLS,
    "one huge arm": ([50000], [100000]),
}
TREATED = [(0, 0), (8, 12), (10, 10), (60, 100)]


def known(log_odds: float) -> Predictive:
    """A new study whose rate is known."""
    return Predictive(np.array([1.0]), np.array([log_odds]), np.array([1e-9]))


@pytest.mark.parametrize(("responders", "n"), TREATED)
@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_a_known_control_rate_leaves_the_conjugate_beta_posterior(responders, n, margin):
    # by hand: P(p_T > p + margin) with p_T ~ Beta(k + 1/2, n - k + 1/2)
    expected = betaincc(responders + 0.5, n - responders + 0.5, expit(-0.4) + margin)
    assert _better_jeffreys(responders, n, known(-0.4), margin, 1.0) == pytest.approx(expected, abs=1e-7)


def test_one_of_one_by_hand():
    # Beta(3/2, 1/2) has distribution function (2/pi) (a - sin a cos a) at sin^2 a; at 1/4, a = pi/6
    expected = 1 - (2 / np.pi) * (np.pi / 6 - np.sqrt(3) / 4)
    assert _better_jeffreys(1, 1, known(np.log(1 / 3)), 0.0, 1.0) == pytest.approx(expected, abs=1e-7)


def test_before_anyone_is_treated_the_sceptic_gives_an_odds_ratio_of_two_five_percent():
    # control rate 1/2: an odds ratio of 2 is a rate of 2/3, a margin of 1/6
    assert _better_sceptical(0, 0, known(0.0), 1 / 6, 1.0) == pytest.approx(
        1 - ndtr(np.log(2) / SCEPTICAL_SD), abs=1e-7
    )
    assert 1 - ndtr(np.log(2) / SCEPTICAL_SD) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("arms", CONTROLS.values(), ids=CONTROLS)
def test_before_anyone_is_treated_the_sceptic_is_indifferent(arms):
    assert probability_better(0, 0, *arms, margin=0, prior="sceptical") == pytest.approx(0.5, abs=1e-7)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("arms", CONTROLS.values(), ids=CONTROLS)
def test_a_grid_twice_as_fine_says_the_same(arms, prior):
    for responders, n in TREATED:
        for margin in (0.0, 0.1):
            asked = {"margin": margin, "prior": prior}
            coarse = probability_better(responders, n, *arms, **asked)
            fine = probability_better(responders, n, *arms, **asked, finer=2)
            assert coarse == pytest.approx(fine, abs=1e-6), (responders, n, margin)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("arms", [([10], [18]), ([10, 3], [18, 20]), ([0, 1, 3], [8, 12, 10])])
def test_agrees_with_plain_importance_sampling(arms, prior):
    # draws from the prior of everything, weighted by the likelihood; nothing in common with the quadrature
    responders, n, margin, draws = 8, 12, 0.1, 600_000
    rng = np.random.default_rng(20130)
    mu, tau = 2 * rng.standard_normal(draws), np.abs(rng.standard_normal(draws))
    weight = np.ones(draws)
    for count, total in zip(*arms, strict=True):
        rate = expit(mu + tau * rng.standard_normal(draws))
        weight *= rate**count * (1 - rate) ** (total - count)
    new = mu + tau * rng.standard_normal(draws)
    if prior == "Jeffreys":
        treated = rng.beta(responders + 0.5, n - responders + 0.5, draws)
    else:
        treated = expit(new + SCEPTICAL_SD * rng.standard_normal(draws))
        weight *= treated**responders * (1 - treated) ** (n - responders)
    better = treated - expit(new) > margin
    estimate = weight @ better / weight.sum()
    error = np.sqrt(weight**2 @ (better - estimate) ** 2) / weight.sum()
    assert error < 0.01
    assert probability_better(responders, n, *arms, margin=margin, prior=prior) == pytest.approx(
        estimate, abs=4 * error
    )


def test_the_predictive_rate_of_balanced_arms_is_balanced():
    mean, lower, upper = predictive_rate([5, 9, 15], [10, 18, 30])
    assert mean == pytest.approx(0.5, abs=1e-9)
    assert lower + upper == pytest.approx(1, abs=1e-8)
    assert 0 < lower < 0.5


def test_the_limits_of_the_predictive_rate_leave_the_tails_they_say():
    new = predict_new_study([10, 3], [18, 20])
    _, lower, upper = predictive_rate([10, 3], [18, 20], level=0.8)
    assert new.below(np.log([lower / (1 - lower), upper / (1 - upper)])) == pytest.approx([0.1, 0.9], abs=1e-8)


def test_many_arms_that_agree_leave_a_narrow_prediction():
    mean, lower, upper = predictive_rate([500] * 30, [1000] * 30)
    assert (mean, 0.49 < lower < upper < 0.51) == (pytest.approx(0.5), True)


def test_the_sceptic_believes_in_other_patients_before_a_large_effect():
    # five arms near 10 %: 20 of 40 is some effect; 40 of 40 is so far off that the patients must have been others
    arms = [3, 2, 4, 3, 3], [30] * 5
    some, all_of_them = (probability_better(k, 40, *arms, margin=0.1, prior="sceptical") for k in (20, 40))
    assert all_of_them < 0.05 < 0.4 < some
    some, all_of_them = (probability_better(k, 40, *arms, margin=0.1, prior="Jeffreys") for k in (20, 40))
    assert 0.99 < some < all_of_them


def test_half_against_balanced_controls_is_a_coin():
    for prior in PRIORS:
        assert probability_better(6, 12, [5, 9], [10, 18], margin=0, prior=prior) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("prior", PRIORS)
def test_what_cannot_be_asked_is_refused(prior):
    asked = {"margin": 0.1, "prior": prior}
    with pytest.raises(DataError, match="greater"):
        probability_better(13, 12, [10], [18], **asked)
    with pytest.raises(DataError, match="no patients"):
        probability_better(8, 12, [0, 10], [0, 18], **asked)
    with pytest.raises(MethodError, match="no control arm"):
        probability_better(8, 12, [], [], **asked)
    for margin in (-0.1, 1.0):
        with pytest.raises(DataError, match="margin"):
            probability_better(8, 12, [10], [18], margin=margin, prior=prior)
    with pytest.raises(DataError, match="prior"):
        probability_better(8, 12, [10], [18], margin=0.1, prior="flat")
