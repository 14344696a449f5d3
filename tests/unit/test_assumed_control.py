"""The control rate one would have to assume: by hand, by a dense sum, as a limit, and as laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv, expit, log_expit, logit

from equipoise.compare.benchmark import Counts
from equipoise.compare.control_rate import control_rates_to_assume
from equipoise.errors import DataError
from equipoise.stats.assumed_control import SCEPTICAL_SD, deciding_rates, probability_above_rate
from equipoise.stats.posterior import probability_better
from laws import examples
from published_arms import protocol_of

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def dense(responders, n, rate, margin):
    """The sceptic's posterior as a sum over 400,001 points: no panel, no mode, no rule of quadrature."""
    x = np.linspace(-20, 20, 400_001)
    log_height = responders * log_expit(x) + (n - responders) * log_expit(-x)
    log_height -= ((x - logit(rate)) / SCEPTICAL_SD) ** 2 / 2
    height = np.exp(log_height - log_height.max())
    return float(height[expit(x) > rate + margin].sum() / height.sum())


@pytest.mark.parametrize(
    ("responders", "n", "rate", "margin"),
    [(15, 24, 0.3, 0.1), (22, 24, 0.01, 0.1), (24, 24, 0.5, 0.1), (0, 40, 0.2, 0.0), (400, 1000, 0.3, 0.05)],
)
def test_the_sceptic_agrees_with_a_dense_sum(responders, n, rate, margin):
    found = probability_above_rate(responders, n, [rate], margin=margin, prior="sceptical")
    assert found == pytest.approx([dense(responders, n, rate, margin)], abs=3e-4)  # the sum's own step


def test_jeffreys_deciding_rates_are_beta_quantiles():
    # R 4: qbeta(c(.025, .975), 15.5, 9.5) prints 0.4261864 0.7956256
    found = deciding_rates(15, 24, margin=0.1, sure=0.975)
    low, high = betaincinv(15.5, 9.5, [0.025, 0.975])
    assert (low, high) == pytest.approx((0.4261864, 0.7956256), abs=1e-7)
    assert found.jeffreys_better_to == pytest.approx(low - 0.1)
    assert found.jeffreys_not_better_from == pytest.approx(high - 0.1)


@pytest.mark.parametrize("prior", ["Jeffreys", "sceptical"])
def test_many_large_equal_arms_are_a_known_rate(prior):
    arms = [3000] * 40, [10_000] * 40
    known = float(probability_above_rate(15, 24, [0.3], margin=0.1, prior=prior)[0])
    assert probability_better(15, 24, *arms, margin=0.1, prior=prior) == pytest.approx(known, abs=2e-4)


@settings(deadline=None, max_examples=examples(40))
@given(COUNTS, st.sampled_from([0.0, 0.05, 0.1, 0.3]))
def test_the_edges_are_where_the_verdict_turns(counts, margin):
    responders, n = counts
    found = deciding_rates(responders, n, margin=margin, sure=0.975)

    def chances(rate):
        priors = ("Jeffreys", "sceptical")
        return [float(probability_above_rate(responders, n, [rate], margin=margin, prior=each)[0]) for each in priors]

    if found.better_from is not None:
        assert min(chances((found.better_from + found.better_to) / 2)) >= 0.975
        assert min(chances(found.better_to - 1e-4 * found.better_to)) >= 0.975 - 1e-3
        assert min(chances(min(found.better_to + 1e-3, 0.999))) < 0.975
    if found.not_better_from + margin < 0.999:
        assert max(chances(found.not_better_from + 1e-3)) <= 0.025
    if found.not_better_from > 2e-3:
        assert max(chances(found.not_better_from - 1e-3)) > 0.025


@settings(deadline=None, max_examples=examples(40))
@given(COUNTS, st.floats(0.01, 0.89))
def test_were_the_rate_known_more_responders_never_mean_less(counts, rate):
    responders, n = counts
    for prior in ("Jeffreys", "sceptical"):
        rising = [probability_above_rate(k, n, [rate], margin=0.1, prior=prior)[0] for k in range(responders + 1)]
        assert (np.diff(rising) >= -1e-12).all()


def test_none_of_few_can_never_be_better_and_all_of_many_can():
    assert deciding_rates(0, 24, margin=0.1, sure=0.975).better_to is None
    everybody = deciding_rates(1000, 1000, margin=0.1, sure=0.975)
    assert everybody.better_to == pytest.approx(everybody.jeffreys_better_to, abs=0.1)
    assert everybody.not_better_from < 0.9


@pytest.mark.parametrize(("responders", "n", "margin"), [(5, 4, 0.1), (-1, 4, 0.1), (1, 4, 1.0), (1, 4, -0.1)])
def test_what_is_no_count_or_no_margin_is_refused(responders, n, margin):
    with pytest.raises(DataError):
        deciding_rates(responders, n, margin=margin, sure=0.975)


@pytest.mark.parametrize("rate", [0.0, 1.0, np.nan])
def test_a_control_rate_lies_between_0_and_1(rate):
    with pytest.raises(DataError):
        probability_above_rate(1, 2, [rate], margin=0.1, prior="Jeffreys")


def test_every_reading_of_the_estimand_has_a_row_and_an_empty_group_none():
    protocol = protocol_of()
    readings = (
        Counts("all", "12 months", 12, "treatment policy", 20, 25, 40),
        Counts("all", "6 months", 6, "composite by visit", 10, 10, 40),
        Counts("nobody", "12 months", 12, "treatment policy", 0, 0, 0),
    )
    first, second = control_rates_to_assume(protocol, {"asked": readings, "another": readings})
    assert (first.visit, first.responders_low, first.responders_high, first.n) == ("12 months", 20, 25, 40)
    assert first.better_to <= first.better_if_yes_to
    assert first.not_better_from >= first.not_better_if_no_from
    assert second.better_to == second.better_if_yes_to
    assert second.visit == "6 months"


def test_no_benchmark_no_rate():
    protocol = protocol_of().model_copy(update={"benchmark": ()})
    assert control_rates_to_assume(protocol, {"asked": (Counts("all", "x", 1, "treatment policy", 1, 1, 2),)}) == ()
