"""Pseudo-values of a cumulative incidence: complete follow-up gives the outcome itself; else by hand and by leaving out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import DataError
from equipoise.stats.pseudo_incidence import pseudo_incidence
from equipoise.stats.survival import cumulative_incidence


def incidence_by(time, cause, day):
    """``stats.survival``, which is checked against R's survival."""
    curve = cumulative_incidence(np.asarray(time, dtype=float), np.asarray(cause), of=1)
    before = np.flatnonzero(curve.at_days <= day)
    return float(curve.incidence[before[-1]]) if before.size else 0.0


def test_by_hand():
    # Event on day 1 of 4, one lost on day 2, two followed: F = 1/4 and 4F = 1. Without the event F = 0, so 4F - 0 = 1;
    # without any other F = 1/3, so 1 - 3/3 = 0. Being lost costs nothing after the only event.
    assert pseudo_incidence([1, 2, 9, 9], [1, 0, 0, 0], of=1, by_day=5) == pytest.approx([1.0, 0.0, 0.0, 0.0])
    # Lost on day 1, event on day 2 of the two left: F = 1/2. Without the lost F = 1/2 of two: 3/2 - 1 = 1/2.
    found = pseudo_incidence([1, 2, 9], [0, 1, 0], of=1, by_day=5)
    assert found == pytest.approx([0.5, 1.5, -0.5])


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=2, max_size=25), st.integers(1, 12))
def test_each_is_what_leaving_the_case_out_says(cases, day):
    time, cause = (np.array(each) for each in zip(*cases, strict=True))
    found = pseudo_incidence(time, cause, of=1, by_day=day)
    whole = incidence_by(time, cause, day)
    for place in range(time.size):
        rest = np.arange(time.size) != place
        without = incidence_by(time[rest], cause[rest], day)
        assert found[place] == pytest.approx(time.size * whole - (time.size - 1) * without, abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 2)), min_size=2, max_size=25), st.integers(1, 12))
def test_followed_to_the_day_it_is_yes_or_no(cases, day):
    time, cause = (np.array(each) for each in zip(*cases, strict=True))
    later = time > day
    found = pseudo_incidence(np.where(later, 99, time), np.where(later, 0, cause), of=1, by_day=day)
    assert found == pytest.approx(((time <= day) & (cause == 1)).astype(float), abs=1e-9)


def test_one_case_is_refused():
    with pytest.raises(DataError, match="fewer than two cases"):
        pseudo_incidence([1], [1], of=1, by_day=5)
