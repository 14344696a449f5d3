import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.errors import MethodError
from equipoise.stats.logit_normal import log_likelihood
from equipoise.stats.pooling import pool_binomial_normal, reml_logit
from equipoise.stats.posterior import predictive_rate, probability_better
from laws import examples


@st.composite
def arms(draw, least=2, most=8, largest=80):
    total = draw(st.lists(st.integers(1, largest), min_size=least, max_size=most))
    return [draw(st.integers(0, size)) for size in total], total


def interior(count, total):
    """Some arm has both responders and others, and the likelihood has a maximum."""
    assume(any(0 < k < n for k, n in zip(count, total, strict=True)))
    try:
        return pool_binomial_normal(count, total)
    except MethodError:  # the unit tests say when: arms too far apart
        assume(False)


def finite(pooled):
    numbers = [pooled.mu, pooled.tau, pooled.standard_error, pooled.lower, pooled.upper]
    if pooled.arms > 2:
        numbers += [pooled.prediction_lower, pooled.prediction_upper]
    return np.all(np.isfinite(numbers))


@given(arms())
def test_likelihood_pooling_is_finite_and_between_the_arms(data):
    pooled = interior(*data)
    assert finite(pooled)
    assert pooled.lower < pooled.mu < pooled.upper
    if pooled.arms > 2:
        assert pooled.prediction_lower <= pooled.lower
        assert pooled.upper <= pooled.prediction_upper


@given(arms())
def test_reml_pooling_always_answers_between_the_arms(data):
    pooled = reml_logit(*data)
    assert finite(pooled)
    count, total = (np.array(part, dtype=float) for part in data)
    half = np.where((count == 0) | (count == total), 0.5, 0)
    logits = np.log((count + half) / (total - count + half))
    assert logits.min() - 1e-9 <= pooled.mu <= logits.max() + 1e-9
    assert pooled.lower < pooled.mu < pooled.upper


@given(arms())
def test_counting_failures_turns_the_pooled_log_odds_round(data):
    count, total = data
    failures = [n - k for k, n in zip(count, total, strict=True)]
    for pooled, turned in (
        (interior(count, total), interior(failures, total)),
        (reml_logit(count, total), reml_logit(failures, total)),
    ):
        assert turned.mu == pytest.approx(-pooled.mu, abs=1e-5)
        assert turned.tau == pytest.approx(pooled.tau, abs=1e-5, rel=1e-5)
        assert turned.lower == pytest.approx(-pooled.upper, abs=1e-4, rel=1e-4)


@given(arms(), st.randoms(use_true_random=False))
def test_the_order_of_the_arms_does_not_matter(data, random):
    pairs = list(zip(*data, strict=True))
    random.shuffle(pairs)
    shuffled = [list(part) for part in zip(*pairs, strict=True)]
    pooled, again = interior(*data), interior(*shuffled)
    assert (again.mu, again.tau, again.lower) == pytest.approx(
        (pooled.mu, pooled.tau, pooled.lower), rel=1e-5, abs=1e-5
    )


@given(arms(least=3))
def test_no_other_spread_is_more_likely(data):
    count, total = (np.array(part, dtype=float) for part in data)
    pooled = interior(count, total)
    best = log_likelihood(count, total, np.float64(pooled.mu), np.float64(pooled.tau)).sum()
    for mu in pooled.mu + np.array([-0.5, -0.05, 0, 0.05, 0.5]):
        for tau in (0, pooled.tau * 0.5, pooled.tau * 0.9, pooled.tau * 1.1 + 0.02, pooled.tau + 0.3):
            assert log_likelihood(count, total, np.float64(mu), np.float64(tau)).sum() <= best + 1e-4


@settings(max_examples=examples(25))
@given(arms(least=1, most=4, largest=40), st.integers(1, 40), st.data())
def test_a_larger_margin_is_harder_and_more_responders_help(controls, n, data):
    responders = data.draw(st.integers(0, n - 1))
    low, high = sorted(data.draw(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9))))
    for prior in ("Jeffreys", "sceptical"):
        at_low = probability_better(responders, n, *controls, margin=low, prior=prior)
        assert 0 <= probability_better(responders, n, *controls, margin=high, prior=prior) <= at_low + 1e-7
        if prior == "Jeffreys":  # not a law for the sceptic: see the unit tests
            one_more = probability_better(responders + 1, n, *controls, margin=low, prior=prior)
            assert at_low <= one_more + 1e-7


@settings(max_examples=examples(25))
@given(arms(least=1, most=4, largest=40), st.integers(0, 40), st.data())
def test_with_no_margin_worse_is_the_rest(controls, n, data):
    responders = data.draw(st.integers(0, n))
    failures = [size - count for count, size in zip(*controls, strict=True)]
    for prior in ("Jeffreys", "sceptical"):
        better = probability_better(responders, n, *controls, margin=0, prior=prior)
        worse = probability_better(n - responders, n, failures, controls[1], margin=0, prior=prior)
        assert better + worse == pytest.approx(1, abs=1e-6)


@given(arms(least=1, most=6))
def test_the_predictive_rate_is_a_rate(controls):
    mean, lower, upper = predictive_rate(*controls)
    assert 0 < lower < mean < upper < 1
