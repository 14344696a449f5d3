"""Responders of two groups contrasted over every reading: laws by enumeration, and cases worked by hand."""

from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Missing
from equipoise.errors import MethodError
from equipoise.estimate.difference_responders import against_margin, contrast, p_value, ratio_or_difference
from equipoise.estimate.responder import Tally
from equipoise.stats.difference import miettinen_nurminen

YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED.value, Outcome.OUTSIDE.value
MEASURES = ("risk difference", "risk ratio", "odds ratio")

bits = st.lists(st.integers(1, 31), min_size=1, max_size=4).map(lambda each: np.array(each, dtype=np.uint8))
ways = st.sampled_from([Missing.OBSERVED, Missing.BOUNDS, Missing.NON_RESPONDER])
measures = st.sampled_from(MEASURES)


def tally(yes, no, unknown=0):
    return Tally.count(np.array([YES] * yes + [NO] * no + [UNKNOWN] * unknown, dtype=np.uint8))


def of(group, reference, missing=Missing.OBSERVED, measure="risk difference", interval="miettinen-nurminen"):
    return contrast(group, reference, missing, measure, interval, 0.95)


def choices(each, missing):
    """What one case may add to (responders, n), straight from docs/methods.md, "Counting"."""
    vague = each & (YES | NO)
    added = {
        YES: {(1, 1)},
        NO: {(0, 1)},
        OUTSIDE: {(0, 0)},
        NOT_REACHED: {(0, 0)},
        UNKNOWN: {(0, 1), (1, 1)} if vague else {(0, 0)},
    }
    if missing is Missing.NON_RESPONDER:
        added[UNKNOWN] = {(0, 1)}
    if missing is Missing.BOUNDS:
        added[UNKNOWN] = added[NOT_REACHED] = {(0, 1), (1, 1)}
    return set().union(*(found for response, found in added.items() if each & response))


def completions(each, missing):
    """Every (responders, n) the joint readings of a group allow."""
    joint = product(*(choices(int(one), missing) for one in each))
    return {(sum(yes for yes, _ in one), sum(n for _, n in one)) for one in joint}


@given(bits, bits, ways, measures)
def test_a_range_holds_every_completion_and_its_outer_limits_theirs(group, reference, missing, measure):
    found = of(Tally.count(group), Tally.count(reference), missing, measure)
    if found.outer_lower is None:
        return
    every = product(completions(group, missing), completions(reference, missing))
    counted = [(own, other) for own, other in every if own[1] and other[1]]
    lower, upper = miettinen_nurminen(*np.array([(*own, *other) for own, other in counted]).T, measure=measure)
    assert found.outer_lower <= lower.min() + 1e-9
    assert upper.max() <= (inf if found.outer_upper is None else found.outer_upper) * (1 + 1e-9) + 1e-9
    for own, other in counted:
        value = ratio_or_difference(measure, own, other)
        if value is not None:
            assert found.lower is None or found.lower <= value + 1e-12
            assert found.upper is None or value <= found.upper + 1e-12


@given(bits, bits, ways)
def test_the_ends_of_a_difference_are_reached(group, reference, missing):
    found = of(Tally.count(group), Tally.count(reference), missing)
    if found.outer_lower is None:
        return
    every = [
        ratio_or_difference("risk difference", own, other)
        for own, other in product(completions(group, missing), completions(reference, missing))
        if own[1] and other[1]
    ]
    if every:
        assert (found.lower, found.upper) == pytest.approx((min(every), max(every)))


@given(bits, bits, ways)
def test_changing_places_changes_the_sign_and_nothing_else(group, reference, missing):
    found = of(Tally.count(group), Tally.count(reference), missing)
    turned = of(Tally.count(reference), Tally.count(group), missing)
    for one, other in (("estimate", "estimate"), ("lower", "upper"), ("outer_lower", "outer_upper")):
        ours, theirs = getattr(found, one), getattr(turned, other)
        assert (ours is None) == (theirs is None)
        assert ours is None or ours == pytest.approx(-theirs, abs=1e-9)


def test_the_ends_by_hand():
    # 3 yes, 1 no, 2 unknown against 1 yes, 2 no, 1 unknown: 3/6 - 2/4 and 5/6 - 1/4
    found = of(tally(3, 1, 2), tally(1, 2, 1), Missing.BOUNDS)
    assert (found.estimate, found.lower, found.upper) == (None, 0.0, pytest.approx(5 / 6 - 1 / 4))
    assert found.outer_lower == pytest.approx(float(miettinen_nurminen(3, 6, 2, 4)[0]))
    assert found.outer_upper == pytest.approx(float(miettinen_nurminen(5, 6, 1, 4)[1]))


@pytest.mark.parametrize("interval", ["miettinen-nurminen", "chan-zhang", "agresti-min"])
def test_a_ratio_without_end_is_null_and_says_so(interval):
    found = of(tally(3, 2), tally(0, 5), measure="risk ratio", interval=interval)
    assert (found.estimate, found.upper) == (None, None)
    assert found.lower is not None
    assert "without end" in found.note
    assert "no upper limit" in found.note


def test_nothing_over_nothing_has_no_value():
    found = of(tally(0, 4), tally(0, 5), measure="odds ratio")
    assert (found.estimate, found.lower, found.upper) == (None, 0.0, None)
    assert "no value" in found.note


def test_an_empty_group_is_said_and_not_computed():
    found = of(tally(0, 0, 3), tally(2, 2))
    assert (found.estimate, found.lower, found.upper, found.method) == (None, None, None, "nobody to count")


def test_the_interval_asked_for_is_the_one_that_answers():
    score, exact = (of(tally(7, 5), tally(1, 9), interval=each) for each in ("miettinen-nurminen", "chan-zhang"))
    assert (score.method, exact.method) == ("miettinen-nurminen", "chan-zhang")
    assert exact.lower < score.lower


def test_barnard_of_one_against_one_by_hand():
    found = of(tally(1, 0), tally(0, 1))
    assert p_value(found, "barnard") == pytest.approx(0.5)  # the most of 2 q (1 - q)
    assert p_value(found, "none") is None
    assert p_value(of(tally(1, 0, 1), tally(0, 1), Missing.BOUNDS), "barnard") is None


def test_arms_too_large_for_the_exact_interval_are_refused_with_the_score_interval_named():
    with pytest.raises(MethodError, match="Miettinen"):
        of(tally(300, 200), tally(200, 300), interval="chan-zhang")


@pytest.mark.parametrize(("margin", "where"), [(0.1, "above"), (0.5, "across"), (0.7, "below"), (None, None)])
def test_a_margin_beside_the_limits(margin, where):
    # Boulder: 33/50 against 10/51, Miettinen-Nurminen .278 to .617 (METHODS 16)
    found = of(tally(33, 17), tally(10, 41))
    assert (found.lower, found.upper) == pytest.approx((0.278, 0.617), abs=5e-4)
    assert against_margin(found, "risk difference", margin) == where
    assert against_margin(found, "risk ratio", margin) is None
