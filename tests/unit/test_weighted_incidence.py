"""Weighted cumulative incidence of many weightings at once: by hand, against copies, against the curve of one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import DataError
from equipoise.stats.difference_incidence import time_lost
from equipoise.stats.survival import cumulative_incidence, incidence_at
from equipoise.stats.weighted_incidence import weighted_incidence

approx = pytest.approx


@st.composite
def cases(draw):
    n = draw(st.integers(2, 20))
    time = draw(st.lists(st.integers(0, 30), min_size=n, max_size=n))
    cause = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    copies = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return np.array([*time, 40]), np.array([*cause, 0]), np.array([*copies, 1])


def test_by_hand():
    # Four cases: cause 1 on day 10 (weight 1), censored on 20 (2), cause 2 on 30 (1), cause 1 on 40 (4). Eight at risk.
    # F1: 1/8 from day 10; S 7/8; day 30: 5 at risk, S 7/8 * 4/5 = 7/10; day 40: all left go, F1 = 1/8 + 7/10 = 33/40.
    found, lost = weighted_incidence([10, 20, 30, 40], [1, 0, 2, 1], [[1, 2, 1, 4]], of=1, horizon_day=50)
    assert found[0] == approx(33 / 40)
    assert lost[0] == approx(30 / 8 + 10 * 33 / 40)  # 1/8 for the 30 days from 10 to 40, then 33/40 for 10


def test_before_the_first_event_nothing_is_lost():
    found, lost = weighted_incidence([10, 20], [1, 1], np.ones((3, 2)), of=1, horizon_day=9)
    assert found.tolist() == [0.0, 0.0, 0.0]
    assert lost.tolist() == [0.0, 0.0, 0.0]


@given(cases())
def test_a_weight_is_so_many_copies(drawn):
    time, cause, copies = drawn
    one = weighted_incidence(time, cause, copies[None, :], of=1, horizon_day=35)
    plain = np.repeat(time, copies), np.repeat(cause, copies)
    other = weighted_incidence(*plain, np.ones((1, copies.sum())), of=1, horizon_day=35)
    assert one[0] == approx(other[0], abs=1e-12)
    assert one[1] == approx(other[1], abs=1e-9)


@given(cases())
def test_causes_add_up_and_scale_does_not_matter(drawn):
    time, cause, copies = drawn
    of_each = sum(weighted_incidence(time, cause, copies[None, :], of=k, horizon_day=35)[0] for k in (1, 2))
    of_any = weighted_incidence(time, cause > 0, 7.5 * copies[None, :], of=1, horizon_day=35)[0]
    assert of_each == approx(of_any, abs=1e-12)


@given(cases())
def test_agrees_with_the_curve_that_was_checked_against_r(drawn):
    time, cause, _ = drawn  # ``stats.survival``: tests/reference/aalen_johansen.R
    found, lost = weighted_incidence(time, cause, np.ones((1, time.size)), of=1, horizon_day=35)
    curve = cumulative_incidence(time, cause, of=1)
    assert found[0] == approx(float(incidence_at(curve, [35]).incidence[0]), abs=1e-12)
    assert lost[0] == approx(time_lost(curve, horizon_days=35).days_lost, abs=1e-9)


@pytest.mark.parametrize("weight", [[[1.0]], [[1.0, -1.0]], [[1.0, np.inf]]])
def test_weights_that_make_no_sense_are_refused(weight):
    with pytest.raises(DataError, match="follow-up"):
        weighted_incidence([1, 2], [1, 0], weight, of=1, horizon_day=5)
