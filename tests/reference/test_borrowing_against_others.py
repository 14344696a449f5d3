"""Numbers: borrowing.R and its saved output (base R, dense sums); what RBesT's pages print, version 1.11-0.

RBesT, Weber, Li, Seaman, Kakizume and Schmidli (2021), J. Stat. Softw. 100(19): its vignettes "Getting started with
RBesT (binary)" and "RBesT for a normal endpoint", and the examples of its help pages ess and mixdiff. The data are its
AS (eight studies in ankylosing spondylitis, 513 patients), crohn (six studies) and colitis (four, 363 patients: its
tools/make-ds.R). The mixtures of colitis are those of Schmidli and others (2014), Biometrics 70:1023, as RBesT's
demo/robustMAP.R repeats them.
"""

import numpy as np
import pytest

from equipoise.stats.commensurate_prior import commensurate_prior_rate
from equipoise.stats.map_prior import map_prior_mean, map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.mixture_prior import (
    BetaMixture,
    NormalMixture,
    robust_mean,
    robust_rate,
    update_mean,
    update_rate,
)
from equipoise.stats.mixture_prior_decision import mean_exceeds, rate_exceeds
from equipoise.stats.mixture_prior_size import log_odds_prior_size, mean_prior_size, rate_prior_size
from equipoise.stats.power_prior import normalised_power_prior_rate
from reference.saved import rows

SAVED = {(row["what"], row["name"]): float(row["value"]) for row in rows("borrowing")}
AS = [23, 12, 19, 9, 39, 6, 9, 10], [107, 44, 51, 39, 139, 20, 78, 35]
COLITIS = [6, 9, 18, 7], [56, 63, 121, 123]
CROHN = [-51, -49, -36, -47, -90, -54], 88 / np.sqrt([74, 166, 328, 20, 25, 58])
CROHN_PRIOR = {"mu_mean": 0.0, "mu_sd": 88.0, "tau_scale": 44.0}


def beta(*parts: tuple[float, float, float]) -> BetaMixture:
    return BetaMixture(*(np.array(column, dtype=float) for column in zip(*parts, strict=True)))


def normal(*parts: tuple[float, float, float]) -> NormalMixture:
    return NormalMixture(*(np.array(column, dtype=float) for column in zip(*parts, strict=True)))


# as the vignettes print them
AS_MAP = beta(
    (0.4612914, 33.9513487, 103.0146367),
    (0.1917812, 19.4400089, 41.5205219),
    (0.1893896, 12.2692310, 55.9202833),
    (0.1575378, 2.2521243, 5.4812202),
)
CROHN_MAP = normal(
    (0.50104846, -51.42408665, 19.04525409),
    (0.41871594, -47.25917128, 7.85193726),
    (0.08023561, -55.07086416, 44.57325000),
)


@pytest.mark.parametrize(
    ("what", "prior"),
    [
        ("map rate 1", map_prior_rate(*AS)),
        ("map rate 0.5", map_prior_rate(*AS, tau_scale=0.5)),
        ("map rate zero", map_prior_rate([0, 1], [12, 20])),
        ("map mean", map_prior_mean(*CROHN, **CROHN_PRIOR)),
    ],
)
def test_the_predictive_prior_is_that_of_dense_sums(what, prior):
    assert prior.mean == pytest.approx(SAVED[what, "mean"], rel=2e-7)
    assert prior.sd == pytest.approx(SAVED[what, "sd"], rel=2e-6)
    # of the spread: both are sums over a grid in tau
    assert prior.spread_mean == pytest.approx(SAVED[what, "tau mean"], rel=3e-3)
    assert prior.spread_sd == pytest.approx(SAVED[what, "tau sd"], rel=1e-2)


def test_the_quantiles_of_a_mean_are_those_of_dense_sums():
    prior = map_prior_mean(*CROHN, **CROHN_PRIOR)
    theirs = [SAVED["map mean", f"quantile {p}"] for p in (0.025, 0.5, 0.975)]
    assert prior.quantile([0.025, 0.5, 0.975]) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("earlier", [(20, 100, 4, 20), (20, 100, 12, 20), (0, 30, 3, 10)])
def test_the_normalised_power_prior_is_that_of_integrate(earlier):
    responders, n, own, own_n = earlier
    power_prior = normalised_power_prior_rate(responders, n)
    posterior = update_rate(power_prior.prior, own, own_n)
    what = f"power {responders} {n} {own} {own_n}"
    assert power_prior.expected_power(posterior) == pytest.approx(SAVED[what, "power"], rel=1e-7)
    assert posterior.mean == pytest.approx(SAVED[what, "mean"], rel=1e-7)


@pytest.mark.parametrize(("responders", "n", "scale"), [(10, 40, 0.5), (0, 15, 1)])
def test_the_commensurate_prior_is_that_of_dense_sums(responders, n, scale):
    prior = commensurate_prior_rate(responders, n, distance_scale=scale)
    what = f"commensurate {responders} {n} {scale}"
    assert prior.mean == pytest.approx(SAVED[what, "mean"], rel=1e-6)
    assert prior.sd == pytest.approx(SAVED[what, "sd"], rel=1e-5)


def test_the_predictive_priors_are_those_rbest_samples():
    # printed from a sample by Markov chains, whose own error is about 0.0015 of the means and 0.005 of the limits
    prior = map_prior_rate(*AS)
    assert prior.spread_mean == pytest.approx(0.387, abs=0.012)
    assert prior.spread_sd == pytest.approx(0.215, abs=0.012)
    assert prior.mean == pytest.approx(0.255, abs=0.005)
    assert prior.sd == pytest.approx(0.0864, abs=0.004)
    assert prior.quantile([0.025, 0.5, 0.975]) == pytest.approx([0.106, 0.247, 0.461], abs=0.012)
    crohn = map_prior_mean(*CROHN, **CROHN_PRIOR)
    assert (crohn.mean, crohn.sd) == pytest.approx((-50, 19.3), abs=0.5)
    assert (crohn.spread_mean, crohn.spread_sd) == pytest.approx((14.3, 9.99), abs=0.5)


COLITIS_PRINTED = (
    ((1, 2.3, 16),),
    ((0.77, 6.2, 50.8), (0.23, 1.0, 4.7)),
)


@pytest.mark.parametrize("printed", COLITIS_PRINTED)
def test_the_mixtures_of_the_colitis_prior_are_those_in_print(printed):
    # to one decimal of their parameters, after a sampled prior; the mean over studies had a wide prior there
    fitted = fit_mixture(map_prior_rate(*COLITIS, mu_sd=100.0), parts=len(printed)).mixture
    assert fitted.weight == pytest.approx([each[0] for each in printed], abs=0.01)
    assert fitted.a == pytest.approx([each[1] for each in printed], abs=0.1)
    assert fitted.b == pytest.approx([each[2] for each in printed], abs=0.45)


def test_the_colitis_prior_is_that_of_three_printed_parts():
    printed = beta((0.53 / 0.99, 2.5, 19.1), (0.38 / 0.99, 14.6, 120.2), (0.08 / 0.99, 0.9, 2.9))
    prior = map_prior_rate(*COLITIS, mu_sd=100.0)
    assert (prior.mean, prior.sd) == pytest.approx((printed.mean, printed.sd), abs=0.003)
    at = [0.025, 0.25, 0.5, 0.75, 0.975]
    # the printed weights add up to .99: the missing .01 in the third part alone moves the last quantile by .014
    assert prior.quantile(at[:4]) == pytest.approx(printed.quantile(at[:4]), abs=0.003)
    assert prior.quantile(0.975) == pytest.approx(float(printed.quantile(0.975)), abs=0.015)


def test_fitted_mixtures_are_worth_what_rbests_are():
    # printed for mixtures fitted to a sample: 38 by ELIR, 24 by moments; 39 and 21
    rate, mean = fit_mixture(map_prior_rate(*AS)).mixture, fit_mixture(map_prior_mean(*CROHN, **CROHN_PRIOR)).mixture
    assert rate_prior_size(rate) == pytest.approx(38, abs=2.5)
    assert rate_prior_size(rate, method="moments") == pytest.approx(24, abs=0.6)
    assert mean_prior_size(mean, patient_sd=88) == pytest.approx(39, abs=3)
    assert mean_prior_size(mean, patient_sd=88, method="moments") == pytest.approx(21, abs=0.6)


def test_sizes_of_rbests_own_mixtures_are_as_printed():
    assert round(rate_prior_size(AS_MAP)) == 38
    assert round(rate_prior_size(AS_MAP, method="moments")) == 24
    assert rate_prior_size(robust_rate(AS_MAP, weight=0.2)) == pytest.approx(27, abs=0.5)
    assert round(mean_prior_size(CROHN_MAP, patient_sd=88)) == 39
    assert round(mean_prior_size(CROHN_MAP, patient_sd=88, method="moments")) == 21
    robust = robust_mean(CROHN_MAP, weight=0.2, mean=-50, sd=88)
    assert round(mean_prior_size(robust, patient_sd=88)) == 28


def test_sizes_in_the_help_page_are_as_printed():
    two = beta((0.2, 1, 1), (0.8, 10, 2))
    assert rate_prior_size(two) == pytest.approx(7.65152, abs=5e-6)
    assert rate_prior_size(two, method="moments") == pytest.approx(3.161034, abs=5e-7)
    assert rate_prior_size(beta((1, 5, 15))) == 20
    score = normal((0.5, 0, 2), (0.5, 3, 4))
    assert mean_prior_size(score, patient_sd=10) == pytest.approx(10.82796, abs=5e-6)
    assert mean_prior_size(score, patient_sd=10, method="moments") == pytest.approx(8.163265, abs=5e-7)
    assert mean_prior_size(score, patient_sd=20) == pytest.approx(43.31185, abs=1e-5)
    odds = normal((1, np.log(5 / 15), (1 / 5 + 1 / 15) ** 0.5))
    assert log_odds_prior_size(odds) == pytest.approx(21.78289, abs=5e-6)
    mixed = normal((0.2, 0, 2), (0.8, np.log(10 / 2), (1 / 10 + 1 / 2) ** 0.5))
    assert log_odds_prior_size(mixed) == pytest.approx(10.12272, abs=1e-4)  # their integration stops there


def test_mixtures_have_the_moments_rbest_prints():
    assert (AS_MAP.mean, AS_MAP.sd) == pytest.approx((0.25545885, 0.08662045), abs=5e-8)
    printed = 0.10730400, 0.24758768, 0.46276759  # by a root finder that stops within 1e-4
    assert AS_MAP.quantile([0.025, 0.5, 0.975]) == pytest.approx(printed, abs=1e-4)


def test_the_decision_after_the_spondylitis_trial_is_as_printed():
    placebo = update_rate(robust_rate(AS_MAP, weight=0.2), 1, 6)
    treated = update_rate(beta((1, 0.5, 1)), 14, 24)
    assert rate_exceeds(treated, placebo) == pytest.approx(0.9917197, abs=5e-7)


def test_the_decision_after_the_crohn_trial_is_as_printed():
    placebo = update_mean(robust_mean(CROHN_MAP, weight=0.2, mean=-50, sd=88), -63.1, 13.9)
    treated = update_mean(normal((1, -50, 88)), -29.2, 14.0)
    assert 1 - mean_exceeds(treated, placebo) == pytest.approx(0.06270104, abs=5e-9)
    assert 1 - mean_exceeds(treated, placebo, margin=-50) == pytest.approx(3.827361e-06, rel=1e-6)


def test_differences_in_the_help_page_are_as_printed():
    one, other = beta((1, 11, 4)), beta((1, 8, 7))
    assert rate_exceeds(one, other) == pytest.approx(0.8817696, abs=5e-8)
    assert rate_exceeds(one, other) - rate_exceeds(one, other, margin=0.3) == pytest.approx(0.6005884, abs=5e-8)
    first, second = beta((1, 30, 50)), beta((0.75, 20, 50), (0.25, 1, 1))
    assert 1 - rate_exceeds(first, second) == pytest.approx(0.2467158, abs=5e-8)
    assert 1 - rate_exceeds(first, second, margin=0.2) == pytest.approx(0.9025757, abs=5e-8)
