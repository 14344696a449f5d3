"""Laws of Gray's test and of the time lost."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.errors import MethodError
from equipoise.stats.difference_incidence import time_lost
from equipoise.stats.gray import gray_test
from equipoise.stats.survival import cumulative_incidence


@st.composite
def follow_up(draw):
    n = draw(st.integers(4, 30))
    whole = {"min_size": n, "max_size": n}
    time = draw(st.lists(st.integers(1, 12), **whole))
    cause = draw(st.lists(st.integers(0, 2), **whole))
    group = draw(st.lists(st.integers(0, 2), **whole))
    assume(1 in cause)
    return np.array(time), np.array(cause), np.array(group)


def answer(*given, **how):
    try:
        return gray_test(*given, of=1, **how)
    except MethodError:
        return None


@settings(deadline=None)
@given(follow_up())
def test_the_order_of_groups_and_the_unit_of_time_do_not_matter(cases):
    time, cause, group = cases
    found = answer(time, cause, group)
    for other in (answer(time, cause, 2 - group), answer(time * 30.5, cause, group)):
        assert (found is None) == (other is None)
        if found is not None:
            np.testing.assert_allclose(
                [other.statistic, other.p_value], [found.statistic, found.p_value], rtol=1e-6, atol=1e-9
            )


@settings(deadline=None)
@given(follow_up())
def test_an_answer_is_finite_and_a_probability(cases):
    found = answer(*cases)
    if found is not None:
        assert np.isfinite(found.statistic)
        assert found.statistic >= -1e-12
        assert 0 <= found.p_value <= 1


@settings(deadline=None)
@given(follow_up())
def test_two_strata_that_are_copies_double_the_evidence(cases):
    time, cause, group = cases
    found = answer(time, cause, group)
    twice = answer(*(np.tile(each, 2) for each in cases), stratum=np.repeat([0, 1], time.size))
    assert (found is None) == (twice is None)
    if found is not None:
        np.testing.assert_allclose(twice.statistic, 2 * found.statistic, rtol=1e-6, atol=1e-9)


@settings(deadline=None)
@given(follow_up(), st.integers(1, 12))
def test_time_lost_to_each_cause_adds_up_to_time_lost_to_any(cases, horizon):
    time, cause, _ = cases
    of_each = [cumulative_incidence(time, cause, of=k) for k in (1, 2)]
    any_cause = cumulative_incidence(time, cause > 0, of=1)
    assume(horizon <= time.max())
    lost = [time_lost(each, horizon_days=horizon).days_lost for each in (*of_each, any_cause)]
    np.testing.assert_allclose(lost[0] + lost[1], lost[2], atol=1e-9)
    assert -1e-12 <= lost[2] <= horizon
