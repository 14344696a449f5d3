import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from equipoise.stats.map_prior import map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture, rate_conflict, update_mean, update_rate
from equipoise.stats.mixture_prior_decision import mean_exceeds, rate_exceeds
from equipoise.stats.mixture_prior_size import mean_prior_size, rate_prior_size
from laws import examples


@st.composite
def betas(draw, least=0.3, most=60.0):
    c = draw(st.integers(1, 3))
    weight = np.array(draw(st.lists(st.floats(0.05, 1), min_size=c, max_size=c)))
    a, b = (np.array(draw(st.lists(st.floats(least, most), min_size=c, max_size=c))) for _ in range(2))
    return BetaMixture(weight / weight.sum(), a, b)


@st.composite
def normals(draw):
    c = draw(st.integers(1, 3))
    weight = np.array(draw(st.lists(st.floats(0.05, 1), min_size=c, max_size=c)))
    means = np.array(draw(st.lists(st.floats(-20, 20), min_size=c, max_size=c)))
    sds = np.array(draw(st.lists(st.floats(0.5, 20), min_size=c, max_size=c)))
    return NormalMixture(weight / weight.sum(), means, sds)


@given(betas(), st.integers(0, 20), st.integers(0, 20), st.data())
def test_two_batches_of_patients_are_one(prior, first, second, data):
    one, two = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    together = update_rate(prior, one + two, first + second)
    in_turn = update_rate(update_rate(prior, one, first), two, second)
    assert in_turn.weight == pytest.approx(together.weight, abs=1e-9)
    assert in_turn.mean == pytest.approx(together.mean)


@given(betas(), betas(), st.floats(-0.9, 0.9))
def test_one_rate_exceeds_the_other_or_not(treated, control, margin):
    up, down = rate_exceeds(treated, control, margin=margin), rate_exceeds(control, treated, margin=-margin)
    assert up + down == pytest.approx(1, abs=1e-6)
    assert rate_exceeds(treated, control, margin=0.95) <= up + 1e-9


@given(normals(), normals(), st.floats(-30, 30))
def test_one_mean_exceeds_the_other_or_not(treated, control, margin):
    assert mean_exceeds(treated, control, margin=margin) + mean_exceeds(control, treated, margin=-margin) == (
        pytest.approx(1)
    )


@settings(max_examples=examples(20), deadline=None)
@given(betas(least=1.3, most=30.0), st.integers(1, 6))
def test_after_m_patients_the_prior_is_expected_to_be_worth_m_more(prior, m):
    # predictive consistency: Neuenschwander, Weber, Schmidli and O'Hagan (2020), Biometrics 76:578-587
    up_to = [rate_conflict(prior, k, m).lower for k in range(m + 1)]
    share = np.diff(up_to, prepend=0.0)
    sizes = [rate_prior_size(update_rate(prior, k, m)) for k in range(m + 1)]
    assert share @ sizes == pytest.approx(rate_prior_size(prior) + m, rel=1e-4, abs=1e-4)


@given(normals(), st.floats(0.5, 20), st.floats(-30, 30))
def test_a_mean_is_known_better_after_an_estimate_on_average(prior, error, seen):
    posterior = update_mean(prior, seen, error)
    assert np.all(posterior.sds < prior.sds)
    assert posterior.weight.sum() == pytest.approx(1)
    assert mean_prior_size(prior, patient_sd=5) <= (5 / prior.sds.min()) ** 2 + 1e-9


@settings(max_examples=examples(6), deadline=None)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=6), st.data())
def test_counting_failures_turns_the_prior_round(sizes, data):
    responders = [data.draw(st.integers(0, size)) for size in sizes]
    one = map_prior_rate(responders, sizes)
    two = map_prior_rate([n - k for k, n in zip(responders, sizes, strict=True)], sizes)
    assert one.mean + two.mean == pytest.approx(1, abs=1e-6)
    assert one.sd == pytest.approx(two.sd, rel=1e-5)
    fitted = fit_mixture(one)
    # Arms that contradict each other leave a prior heavier at its ends than any beta with both parameters 1 or more
    # (0 of 40 beside 44 of 44: half a nat); then only this holds, and the report says so above 0.01.
    assert abs(fitted.mixture.mean - one.mean) <= (fitted.divergence / 2) ** 0.5 + 1e-6  # Pinsker's inequality


@st.composite
def like_arms(draw):
    """Arms of 5 to 80 whose empirical log-odds (0.5 added) lie within 3 of each other, about any rate."""
    sizes = draw(st.lists(st.integers(5, 80), min_size=1, max_size=6))
    centre, apart = draw(st.floats(-5, 5)), draw(st.lists(st.floats(-1.5, 1.5), min_size=6, max_size=6))
    rates = [float(expit(centre + each)) for each in apart]
    responders = [round(size * rate) for size, rate in zip(sizes, rates, strict=False)]
    odds = [np.log((k + 0.5) / (n - k + 0.5)) for k, n in zip(responders, sizes, strict=True)]
    assume(max(odds) - min(odds) <= 3)
    return responders, sizes


@settings(max_examples=examples(6), deadline=None)
@given(like_arms(), st.floats(0.05, 1), st.floats(1, 2))
def test_the_mixture_follows_the_prior_of_arms_that_do_not_contradict_each_other(arms, spread_scale, mean_sd):
    # where it is true, by a search of 1,000 such sets: a mean_sd of 4, or one of 0.5 with rates near 0 or 1, gives more
    prior = map_prior_rate(*arms, mu_sd=mean_sd, tau_scale=spread_scale)
    fitted = fit_mixture(prior)
    assert fitted.divergence < 0.005
    assert fitted.mixture.mean == pytest.approx(prior.mean, abs=0.002)
    assert fitted.mixture.sd == pytest.approx(prior.sd, abs=0.003)


@given(betas(), st.floats(0.01, 0.99))
def test_a_quantile_has_its_probability_below_it(prior, probability):
    assert prior.below(prior.quantile(probability)) == pytest.approx(probability, abs=1e-8)
