"""Lott and Reiter's interval by hand, against mice and R (reference/lott_reiter.R) and against a printed output."""

import math

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.lott_reiter import difference_of_imputed_rates, lott_reiter
from equipoise.stats.proportion import wilson
from reference.saved import rows

ROWS = rows("lott_reiter")
SETS = [row for row in ROWS if row["counts"]]


def pooled(row):
    rates = np.array([int(each) for each in row["counts"].split()]) / int(row["n"])
    return lott_reiter(rates, int(row["n"]), level=float(row["level"]))


@pytest.mark.parametrize("row", SETS, ids=[row["set"] for row in SETS])
def test_agrees_with_mice_pooling_and_a_root_finder(row):
    found = pooled(row)
    for name in ("estimate", "lower", "upper", "degrees"):
        assert float(getattr(found, name)) == pytest.approx(float(row[name]), rel=1e-8), name


def test_the_difference_squares_and_adds():
    found = difference_of_imputed_rates(*(pooled(row) for row in SETS[:2]))
    expected = ROWS[-1]
    assert expected["set"] == "24 cases less 12 cases"
    for name in ("estimate", "lower", "upper"):
        assert float(getattr(found, name)) == pytest.approx(float(expected[name]), rel=1e-8), name


@pytest.mark.parametrize(
    ("n", "degrees", "lower", "upper"),
    [(200, 27.7539107780612, 0.1645113, 0.2798191), (10, 6161.29288265307, 0.07684304, 0.47892199)],
)
def test_reproduces_the_printed_output_of_miwilson(n, degrees, lower, upper):
    # README of R's MIWilson 1.0 (Hung, with Reiter): phats 0.2, 0.23, 0.22, Rubin's degrees of freedom. Its quantile
    # is qt(level), so that what it calls 95 % is two-sided 90 %.
    found = lott_reiter([0.2, 0.23, 0.22], n, level=0.90, complete_degrees=math.inf)
    assert float(found.degrees) == pytest.approx(degrees, rel=1e-12)
    assert (float(found.lower), float(found.upper)) == pytest.approx((lower, upper), abs=5e-8)


def test_a_pencil_case():
    # q 0.4 and 0.6 of 10: U = 0.024, (1 + 1/2) B = 0.03, r = 1.25, lambda = 5/9; Barnard and Rubin by hand
    share, complete = 5 / 9, 9
    degrees = 1 / (share**2 + 1 / ((complete + 1) / (complete + 3) * complete * (1 - share)))
    found = lott_reiter([0.4, 0.6], 10)
    assert float(found.degrees) == pytest.approx(degrees)
    assert float(found.missing_share) == pytest.approx(share)
    assert float(found.lower + found.upper) == pytest.approx(1.0)  # q is one half
    p = float(found.lower)
    t_squared = (0.5 - p) ** 2 * 10 / ((1 + 1.25) * p * (1 - p))
    assert _two_sided_tail(math.sqrt(t_squared), degrees) == pytest.approx(0.05, rel=1e-6)


def _two_sided_tail(t, degrees):
    """By Simpson's rule on Student's density, after t = sqrt(v) tan(u)."""
    u = np.linspace(math.atan(t / math.sqrt(degrees)), math.pi / 2, 20001)
    height = np.cos(u) ** (degrees - 1)
    simpson = (height[0] + height[-1] + 4 * height[1:-1:2].sum() + 2 * height[2:-1:2].sum()) * (u[1] - u[0]) / 3
    whole = math.sqrt(math.pi) * math.gamma(degrees / 2) / math.gamma((degrees + 1) / 2)
    return 2 * simpson / whole


@pytest.mark.parametrize(("yes", "n"), [(0, 5), (12, 12), (5, 8), (0, 1)])
def test_imputations_that_agree_give_wilsons_interval(yes, n):
    found = lott_reiter(np.full(7, yes / n), n)
    lower, upper = wilson(yes, n)
    assert (float(found.lower), float(found.upper)) == pytest.approx((float(lower), float(upper)), abs=1e-12)
    assert float(found.missing_share) == 0.0


def test_all_variance_between_imputations_says_nothing():
    found = lott_reiter([0.0, 1.0, 1.0], 1)
    assert (float(found.lower), float(found.upper), float(found.degrees)) == (0.0, 1.0, 0.0)


def test_nobody_counted_says_nothing_and_the_others_stand():
    found = lott_reiter([[0.0, 0.5], [0.0, 0.25]], [0, 4])
    assert (found.lower[0], found.upper[0]) == (0.0, 1.0)
    assert 0.0 < found.lower[1] < 0.375 < found.upper[1] < 1.0


@pytest.mark.parametrize(
    ("rates", "n", "kind"),
    [
        ([0.5], 4, MethodError),
        ([0.5, 1.5], 4, DataError),
        ([0.5, math.nan], 4, DataError),
        ([0.5, 0.5], 4.5, DataError),
        ([0.5, 0.5], [4, 4], DataError),
    ],
)
def test_refuses(rates, n, kind):
    with pytest.raises(kind, match="interval for an imputed proportion"):
        lott_reiter(rates, n)


def test_two_groups_need_the_same_visits():
    with pytest.raises(DataError, match="same visits"):
        difference_of_imputed_rates(lott_reiter([0.5, 0.5], 4), lott_reiter([[0.5], [0.5]], 4))
