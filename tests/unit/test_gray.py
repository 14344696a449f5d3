"""Gray's test and differences of incidence: by hand, against cmprsk and survival (reference/gray.R), and refusals."""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.difference_incidence import incidence_difference, time_lost, time_lost_difference
from equipoise.stats.gray import gray_test
from equipoise.stats.survival import cumulative_incidence
from reference.saved import rows

ROWS = rows("gray")


def draws(seed, n):
    """Park and Miller's generator, as in the R program."""
    states = np.empty(n, dtype=np.int64)
    for i in range(n):
        seed = states[i] = 16807 * seed % 2147483647
    return states


DRAWN = draws(2013, 480).reshape(4, 120)
GROUP, STRATUM, CAUSE = DRAWN[0] // 7 % 3, DRAWN[1] // 11 % 2, DRAWN[2] // 13 % 3
TIED = 1 + DRAWN[3] // 5 % 20 + 3 * GROUP * (CAUSE == 1)
UNTIED = TIED + DRAWN[0] / 2147483647
TWO = GROUP < 2
CASES = {
    "tied": ((TIED, CAUSE, GROUP), {}),
    "untied": ((UNTIED, CAUSE, GROUP), {}),
    "tied, strata": ((TIED, CAUSE, GROUP), {"stratum": STRATUM}),
    "tied, rho 1": ((TIED, CAUSE, GROUP), {"rho": 1.0}),
    "untied, strata, rho 1": ((UNTIED, CAUSE, GROUP), {"stratum": STRATUM, "rho": 1.0}),
    "two groups": ((TIED[TWO], CAUSE[TWO], GROUP[TWO]), {}),
    "24 cases, two groups": ((TIED[:24], CAUSE[:24], np.minimum(GROUP[:24], 1)), {}),
    "hardly together": ((np.where(GROUP == 0, TIED + 15, TIED), CAUSE, GROUP), {}),
}


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("of", [1, 2])
def test_agrees_with_cmprsk(name, of):
    given, how = CASES[name]
    found = gray_test(*given, of=of, **how)
    (row,) = (row for row in ROWS if row["case"] == name and row["of"] == str(of))
    assert found.statistic == pytest.approx(float(row["value"]), rel=1e-9)
    assert found.p_value == pytest.approx(float(row["second"]), rel=1e-9)
    assert found.degrees == int(row["third"])


def test_the_score_by_hand():
    # No competing cause and no censoring: group 0 at days 1 and 4, group 1 at days 2 and 3, so each event's
    # expectation is the share of the pooled risk set, 1/2, then 1/3, then 1/2 (and 1): 2 - (1/2 + 1/3 + 1/2 + 1).
    found = gray_test([1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 1, 0], of=1)
    assert found.score == pytest.approx([2 - (1 / 2 + 1 / 3 + 1 / 2 + 1)])


def test_one_stratum_is_no_stratum_and_labels_are_only_labels():
    plain = gray_test(TIED, CAUSE, GROUP, of=1)
    same = gray_test(TIED, CAUSE, 40 - 7 * GROUP, of=1, stratum=np.full(120, 3))
    assert same.statistic == pytest.approx(plain.statistic, rel=1e-9)


def curve(time, cause, **how):
    return cumulative_incidence(time, cause, of=1, **how)


def of_group(group):
    chosen = group == GROUP
    return curve(TIED[chosen], CAUSE[chosen])


def test_incidence_difference_adds_independent_variances():
    ours, theirs = (of_group(g) for g in (0, 1))
    found = incidence_difference(ours, theirs, [8.0, 15.0])
    at = [np.searchsorted(each.at_days, [8.0, 15.0], side="right") - 1 for each in (ours, theirs)]
    expected = ours.incidence[at[0]] - theirs.incidence[at[1]]
    variance = ours.standard_error[at[0]] ** 2 + theirs.standard_error[at[1]] ** 2
    assert found.difference == pytest.approx(expected)
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.upper - found.difference == pytest.approx(1.959963984540054 * np.sqrt(variance))
    turned = incidence_difference(theirs, ours, [8.0, 15.0])
    assert turned.lower == pytest.approx(-found.upper)


def test_two_binomials_without_censoring_by_hand():
    # 3 of 4 against 1 of 4 by day 5, all followed: p1 q1 / 4 + p0 q0 / 4
    ours, theirs = curve([1, 2, 3, 9], [1, 1, 1, 0]), curve([2, 9, 9, 9], [1, 0, 0, 0])
    found = incidence_difference(ours, theirs, 5.0)
    assert found.difference == pytest.approx([0.5])
    assert found.standard_error == pytest.approx([np.sqrt(2 * 0.75 * 0.25 / 4)])
    assert (found.lower[0], found.upper[0]) == (pytest.approx(0.5 - 1.959963984540054 * np.sqrt(0.09375)), 1.0)


def test_no_event_in_an_arm_leaves_the_difference_without_limits():
    found = incidence_difference(curve([1, 2, 9], [1, 2, 0]), curve([9, 9, 9], [0, 0, 0]), 5.0)
    assert found.difference == pytest.approx([1 / 3])
    assert np.isnan([found.lower[0], found.upper[0]]).all()


@pytest.mark.parametrize("horizon", [10, 18])
def test_days_lost_agree_with_survival(horizon):
    (free,) = (row for row in ROWS if row["case"] == "any cause, days free" and row["of"] == str(horizon))
    found = time_lost(curve(TIED, CAUSE > 0), horizon_days=horizon)
    assert horizon - found.days_lost == pytest.approx(float(free["value"]), rel=1e-12)
    assert found.standard_error == pytest.approx(float(free["second"]), rel=1e-9)  # Greenwood in both
    (lost,) = (row for row in ROWS if row["case"] == "cause 1, days lost, jackknife" and row["of"] == str(horizon))
    found = time_lost(curve(TIED, CAUSE), horizon_days=horizon)
    assert found.days_lost == pytest.approx(float(lost["value"]), rel=1e-12)
    # the jackknife of 120 cases, another convention: about 1 % larger
    assert found.standard_error == pytest.approx(float(lost["second"]), rel=0.02)


def test_days_lost_without_censoring_are_a_plain_mean():
    time, cause, horizon = np.array([2, 3, 3, 5, 8, 9]), np.array([1, 2, 1, 1, 2, 1]), 8.0
    lost = np.where(cause == 1, np.maximum(horizon - time, 0), 0.0)
    found = time_lost(curve(time, cause), horizon_days=horizon)
    assert found.days_lost == pytest.approx(lost.mean())
    assert found.standard_error == pytest.approx(lost.std() / np.sqrt(6))


def test_difference_of_days_lost():
    ours, theirs = (of_group(g) for g in (0, 1))
    first, second = (time_lost(each, horizon_days=12) for each in (ours, theirs))
    found = time_lost_difference(ours, theirs, horizon_days=12)
    assert found.days_lost == pytest.approx(first.days_lost - second.days_lost)
    assert found.standard_error == pytest.approx(np.hypot(first.standard_error, second.standard_error))
    assert found.lower < found.days_lost < found.upper
    nobody = time_lost_difference(ours, curve([20, 20], [0, 0]), horizon_days=12)
    assert nobody.days_lost == pytest.approx(first.days_lost)
    assert np.isnan([nobody.lower, nobody.upper]).all()


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: gray_test([1, 2], [1, 1], [0, 0], of=1), MethodError, "there is one group"),
        (lambda: gray_test([1, 2], [0, 2], [0, 1], of=1), MethodError, "nobody had the event"),
        (lambda: gray_test([1, 2, 3], [0, 0, 1], [0, 0, 1], of=1), MethodError, "nobody was at risk"),
        (lambda: gray_test([1, 2], [1, 1], [0, 1, 1], of=1), DataError, "there are 2 cases"),
        (lambda: gray_test([1, 2], [1, 1], [0.5, 1.0], of=1), DataError, "not a whole number"),
        (lambda: gray_test([-1, 2], [1, 1], [0, 1], of=1), DataError, "negative"),
        (lambda: time_lost(curve([1, 9], [1, 0]), horizon_days=12), MethodError, "at most 9 days"),
        (lambda: time_lost(curve([1, 9], [1, 0]), horizon_days=0), MethodError, "above 0"),
        (
            lambda: time_lost(curve([1, 9], [1, 0], variance="infinitesimal jackknife"), horizon_days=5),
            MethodError,
            "Greenwood's type only",
        ),
        (lambda: incidence_difference(curve([1], [1]), curve([1], [1]), [-1.0]), DataError, "negative"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(call, kind, says):
    with pytest.raises(kind, match=says):
        call()
