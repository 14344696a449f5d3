"""From sets of responses to proportions, ranges and tipping points: laws and worked cases."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Missing
from equipoise.estimate.responder import Tally, extremes, possible_counts, proportion

YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED.value, Outcome.OUTSIDE.value

bits = st.lists(st.integers(1, 31), min_size=1, max_size=6).map(lambda each: np.array(each, dtype=np.uint8))
ways = st.sampled_from([Missing.OBSERVED, Missing.BOUNDS, Missing.NON_RESPONDER])


def choices(each: int, missing: Missing) -> set[tuple[int, int]]:
    """What one case may add to (responders, n), straight from the page."""
    found = set()
    vague = each & (YES | NO)
    for response in Outcome:
        if not each & response:
            continue
        if response in (Outcome.YES, Outcome.NO):
            found.add((int(response is Outcome.YES), 1))
        elif response is Outcome.OUTSIDE:
            found.add((0, 0))
        elif missing is Missing.BOUNDS:
            found |= {(0, 1), (1, 1)}
        elif response is Outcome.NOT_REACHED:
            found.add((0, 0))
        elif missing is Missing.NON_RESPONDER:
            found.add((0, 1))
        else:
            found |= {(0, 1), (1, 1)} if vague else {(0, 0)}
    return found


@given(bits, ways)
def test_the_extremes_are_those_of_every_joint_reading(each, missing):
    shares = []
    for joint in product(*(choices(int(one), missing) for one in each)):
        responders, n = (sum(part) for part in zip(*joint, strict=True))
        if n:
            shares.append(Fraction(responders, n))
    found = extremes(Tally.count(each), missing)
    lows = [Fraction(*pair) for pair in (found.low, found.high) if pair[1]]
    if not shares:
        assert not lows
        return
    low = Fraction(*found.low) if found.low[1] else Fraction(*found.high)
    high = Fraction(*found.high) if found.high[1] else Fraction(*found.low)
    assert (low, high) == (min(shares), max(shares))


@given(bits)
def test_the_bounds_hold_every_other_way_of_treating_the_unknown(each):
    tally = Tally.count(each)
    widest = proportion(tally, Missing.BOUNDS, interval="clopper-pearson", level=0.95)
    for missing in (Missing.OBSERVED, Missing.NON_RESPONDER):
        found = proportion(tally, missing, interval="clopper-pearson", level=0.95)
        if found.n == 0 or found.n < widest.n:
            continue
        low = found.estimate if found.estimate is not None else found.lower
        high = found.estimate if found.estimate is not None else found.upper
        assert widest.lower <= low + 1e-12
        assert high <= widest.upper + 1e-12


def test_ten_of_twelve_and_twelve_vague():
    tally = Tally.count(np.array([YES] * 10 + [NO] * 2 + [NO | UNKNOWN] * 12, dtype=np.uint8))
    found = proportion(tally, Missing.OBSERVED, interval="clopper-pearson", level=0.95)
    assert (found.n, found.responders, found.estimate) == (24, 10, None)
    assert (found.lower, found.upper) == (10 / 24, 22 / 24)
    assert (round(100 * found.outer_lower), round(100 * found.outer_upper)) == (22, 99)
    assert possible_counts(tally) == (10, 22, 24)


def test_nobody_to_count_is_said_not_computed():
    found = proportion(
        Tally.count(np.array([UNKNOWN, OUTSIDE], dtype=np.uint8)), Missing.OBSERVED, interval="wilson", level=0.95
    )
    assert (found.n, found.estimate, found.lower, found.method) == (0, None, None, "nobody to count")


def test_outer_limits_are_never_of_nobody_and_always_exact():
    for bits, low, high in ((YES | OUTSIDE, 0.025, 1.0), (NO | OUTSIDE, 0.0, 0.975)):
        tally = Tally.count(np.array([bits, UNKNOWN | YES | NO], dtype=np.uint8)[:1])
        found = proportion(tally, Missing.BOUNDS, interval="wilson", level=0.95)
        assert (found.outer_lower, found.outer_upper) == pytest.approx((low, high))
    half = Tally.count(np.array([YES] * 5 + [UNKNOWN] * 5, dtype=np.uint8))
    found = proportion(half, Missing.BOUNDS, interval="wilson", level=0.95)
    assert found.outer_lower == pytest.approx(0.1870860)  # R 4.2: binom.test(5, 10)$conf.int[1]


@pytest.mark.parametrize(("responders", "n"), [(0, 5), (12, 12), (0, 1), (1, 1)])
def test_none_and_all_have_limits(responders, n):
    each = np.array([YES] * responders + [NO] * (n - responders), dtype=np.uint8)
    found = proportion(Tally.count(each), Missing.OBSERVED, interval="clopper-pearson", level=0.95)
    assert found.estimate == responders / n
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1
    assert found.upper - found.lower > 0.2
