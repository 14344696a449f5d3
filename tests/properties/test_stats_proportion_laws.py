import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtr, bdtrc

from equipoise.stats.mean import t_interval
from equipoise.stats.proportion import INTERVALS, clopper_pearson, mid_p, one_sided_upper
from equipoise.stats.rate import poisson_exact, poisson_upper

levels = st.floats(0.5, 0.999)
each_method = pytest.mark.parametrize("interval", INTERVALS.values(), ids=INTERVALS)


@st.composite
def counts(draw):
    n = draw(st.integers(1, 3000))
    return draw(st.integers(0, n)), n


@each_method
@given(counts(), levels)
def test_the_interval_holds_the_rate_and_lies_in_0_to_1(interval, count, level):
    responders, n = count
    lower, upper = (float(limit) for limit in interval(responders, n, level=level))
    assert 0 <= lower <= responders / n <= upper <= 1
    assert lower < upper
    assert (lower == 0) == (responders == 0)
    assert (upper == 1) == (responders == n)


@each_method
@given(counts(), levels)
def test_counting_failures_turns_the_interval_round(interval, count, level):
    responders, n = count
    lower, upper = interval(responders, n, level=level)
    of_failures = interval(n - responders, n, level=level)
    assert (float(lower), float(upper)) == pytest.approx(
        (1 - float(of_failures[1]), 1 - float(of_failures[0])), abs=1e-12
    )


@each_method
@given(st.integers(1, 400), levels)
def test_more_responders_raise_both_limits(interval, n, level):
    lower, upper = interval(np.arange(n + 1), n, level=level)
    assert np.all(np.diff(lower) > 0)
    assert np.all(np.diff(upper) > 0)


@each_method
@given(counts(), levels, levels)
def test_a_higher_level_is_wider(interval, count, one, other):
    narrow = interval(*count, level=min(one, other))
    wide = interval(*count, level=max(one, other))
    assert wide[0] <= narrow[0] + 1e-12
    assert narrow[1] <= wide[1] + 1e-12


@given(counts(), levels)
def test_mid_p_solves_its_equation_inside_clopper_pearson(count, level):
    responders, n = count
    lower, upper = (float(limit) for limit in mid_p(responders, n, level=level))
    exact = clopper_pearson(responders, n, level=level)
    assert exact[0] <= lower
    assert upper <= exact[1]
    tail = (1 - level) / 2
    if responders > 0:
        above = (bdtrc(responders - 1, n, lower) + (bdtrc(responders, n, lower) if responders < n else 0)) / 2
        assert above == pytest.approx(tail, rel=1e-8)
    if responders < n:
        below = (bdtr(responders, n, upper) + (bdtr(responders - 1, n, upper) if responders > 0 else 0)) / 2
        assert below == pytest.approx(tail, rel=1e-8)


@given(counts(), st.floats(0.55, 0.999))
def test_the_one_sided_limit_is_the_two_sided_one_of_twice_the_tail(count, level):
    two_sided = clopper_pearson(*count, level=2 * level - 1)[1]
    assert one_sided_upper(*count, level=level) == pytest.approx(float(two_sided), rel=1e-9)


@given(st.integers(0, 5000), st.floats(0.01, 1e6), levels)
def test_a_rate_lies_in_its_interval_and_scales_with_the_unit(events, exposure, level):
    lower, upper = (float(limit) for limit in poisson_exact(events, exposure, level=level))
    assert lower <= events / exposure < upper
    in_other_unit = poisson_exact(events, exposure * 12, level=level)
    assert [12 * float(limit) for limit in in_other_unit] == pytest.approx([lower, upper])
    assert poisson_upper(events, exposure, level=(1 + level) / 2) == pytest.approx(upper)


@given(st.floats(-100, 100), st.floats(0, 50), st.integers(2, 500), levels)
def test_a_mean_is_in_the_middle_and_more_values_narrow_it(mean, sd, n, level):
    lower, upper = (float(limit) for limit in t_interval(mean, sd, n, level=level))
    assert (lower + upper) / 2 == pytest.approx(mean, abs=1e-8)
    wider = t_interval(mean, sd, n + 1, level=level)
    assert upper - lower >= float(wider[1] - wider[0]) - 1e-9
