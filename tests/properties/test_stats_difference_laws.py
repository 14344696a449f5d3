"""Laws of the contrasts of two arms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.difference_score import MEASURES, restricted_rates, score_statistic
from equipoise.stats.unconditional import unconditional_interval
from laws import examples


@st.composite
def two_arms(draw, most=60):
    n, control_n = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n)), n, draw(st.integers(0, control_n)), control_n


def floats(counts):
    return tuple(np.array([float(count)]) for count in counts)


def estimate(measure, yes, n, control_yes, control_n):
    if measure == "risk difference":
        return yes / n - control_yes / control_n
    if measure == "risk ratio":
        above, below = yes * control_n, control_yes * n
    else:
        above, below = yes * (control_n - control_yes), control_yes * (n - yes)
    return above / below if below else None if above == 0 else np.inf


@pytest.mark.parametrize("measure", MEASURES)
@given(two_arms())
def test_the_estimate_lies_between_the_score_limits(measure, counts):
    lower, upper = miettinen_nurminen(*counts, measure=measure)
    value = estimate(measure, *counts)
    assert lower < upper
    if value is not None:
        assert lower - 1e-9 <= value <= upper + 1e-9


@pytest.mark.parametrize("measure", MEASURES)
@given(two_arms())
def test_exchanging_the_arms_turns_the_interval_round(measure, counts):
    lower, upper = miettinen_nurminen(*counts, measure=measure)
    other_lower, other_upper = miettinen_nurminen(*counts[2:], *counts[:2], measure=measure)
    with np.errstate(divide="ignore"):
        turned = (-other_upper, -other_lower) if measure == "risk difference" else (1 / other_upper, 1 / other_lower)
    np.testing.assert_allclose([lower, upper], turned, rtol=1e-6, atol=1e-9)


@given(two_arms(), st.floats(-0.999, 0.999))
def test_the_restricted_rates_keep_the_difference_and_are_likelier_than_their_neighbours(counts, contrast):
    yes, n, control_yes, control_n = floats(counts)
    at = np.array([contrast])
    rate, control = restricted_rates("risk difference", at, yes, n, control_yes, control_n)
    assert rate - control == pytest.approx(contrast, abs=1e-12)
    low, high = max(0.0, -contrast), min(1.0, 1 - contrast)
    neighbours = np.clip(control + np.array([-1e-3, 1e-3]), low, high)

    def log_likelihood(base):
        top = np.clip(base + contrast, 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [
                k * np.log(p)
                for k, p in ((yes, top), (n - yes, 1 - top), (control_yes, base), (control_n - control_yes, 1 - base))
            ]
        return sum(np.where(np.isnan(part), 0.0, part) for part in parts)

    assert (log_likelihood(control) >= log_likelihood(neighbours) - 1e-6).all()  # a double root is found to 1e-8


@pytest.mark.parametrize("measure", MEASURES)
@given(two_arms(), st.floats(-6, 6), st.floats(0.001, 1))
def test_the_statistic_falls_as_the_contrast_rises(measure, counts, contrast, more):
    if measure == "risk difference":
        contrast, more = contrast / 7, more / 8
    first = score_statistic(measure, np.array([contrast]), *floats(counts))
    second = score_statistic(measure, np.array([contrast + more]), *floats(counts))
    assert second <= first + 1e-7 * (1 + abs(first))


@settings(deadline=None, max_examples=examples(25))
@given(two_arms(most=9), st.sampled_from(MEASURES), st.sampled_from(["chan-zhang", "agresti-min"]))
def test_exact_limits_hold_the_estimate_and_turn_round_with_the_arms(counts, measure, method):
    lower, upper = unconditional_interval(*counts, measure=measure, method=method)
    turned = unconditional_interval(*counts[2:], *counts[:2], measure=measure, method=method)
    value = estimate(measure, *counts)
    assert not np.isnan([lower, upper]).any()
    if value is not None:
        assert lower - 1e-9 <= value <= upper + 1e-9
    with np.errstate(divide="ignore"):
        back = (-turned[1], -turned[0]) if measure == "risk difference" else 1 / np.array(turned[::-1])
    np.testing.assert_allclose([lower, upper], back, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=examples(15))
@given(two_arms(most=8), st.sampled_from(["chan-zhang", "agresti-min"]))
def test_swapping_yes_and_no_turns_the_exact_difference_round(counts, method):
    yes, n, control_yes, control_n = counts
    lower, upper = unconditional_interval(*counts, method=method)
    swapped = unconditional_interval(n - yes, n, control_n - control_yes, control_n, method=method)
    np.testing.assert_allclose([lower, upper], [-swapped[1], -swapped[0]], atol=5e-6)
