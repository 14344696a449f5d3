"""What an entry rule alone does. Outside numbers: tests/reference/hidden_causes.R."""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.regression_on_scale import regression_on_scale, rounded_normal, two_readings
from equipoise.stats.regression_to_mean import (
    ResponderRule,
    ScreenedPopulation,
    expected_regression,
    population_behind,
    responders_by_regression,
)
from reference.saved import rows

SAVED = rows("hidden_causes")
TWO_POINTS, THIRTY_PERCENT = ResponderRule(2, "points"), ResponderRule(0.3, "share")
SETS = ["5 2 0.6 4", "3 2.5 0.4 4", "60 15 0.8 40"]


def saved(what, at):
    (value,) = [float(row["value"]) for row in SAVED if (row["what"], row["at"]) == (what, at)]
    return value


@pytest.mark.parametrize("at", SETS)
def test_the_truncated_normal_is_that_of_r(at):
    mean, sd, correlation, entry = map(float, at.split())
    screened = ScreenedPopulation(mean, sd)
    found = expected_regression(screened, correlation, entry)
    assert found.share_entering == pytest.approx(saved("share entering", at))
    assert found.entry_mean == pytest.approx(saved("entry mean", at))
    assert found.next_mean == pytest.approx(saved("next mean", at))
    assert found.improvement == pytest.approx(found.entry_mean - found.next_mean)
    for rule, what in ((TWO_POINTS, "fall of 2 points"), (THIRTY_PERCENT, "fall of 30 percent")):
        share = responders_by_regression(screened, correlation, entry, rule)
        assert share == pytest.approx(saved(what, at), rel=1e-8)


def test_entry_at_the_mean_by_hand():
    # half are let in; a half-normal has mean sqrt(2 / pi) = 0.7979 sd, and 1 - 0.6 of that comes back
    found = expected_regression(ScreenedPopulation(5, 2), 0.6, 5)
    assert found.share_entering == 0.5
    assert found.improvement == pytest.approx(0.4 * 2 * np.sqrt(2 / np.pi))


def test_a_perfectly_repeatable_reading_does_not_regress_and_an_unrepeatable_one_wholly():
    assert expected_regression(ScreenedPopulation(5, 2), 1.0, 6).improvement == pytest.approx(0, abs=1e-12)
    assert expected_regression(ScreenedPopulation(5, 2), 0.0, 6).next_mean == pytest.approx(5)
    assert responders_by_regression(ScreenedPopulation(5, 2), 1.0, 6, TWO_POINTS) == 0.0


def test_averaging_readings_before_entry_takes_the_regression_down():
    # Davis (1976): within variance / m over the SD of the mean of m, times the hazard; here 1.6 / 2 / sqrt(2.4 + 0.8)
    found = expected_regression(ScreenedPopulation(5, 2), 0.6, 5, readings=2)
    assert found.improvement == pytest.approx(0.8 / np.sqrt(3.2) * np.sqrt(2 / np.pi))


def test_an_entry_rule_few_pass_still_has_an_answer():
    # so far out the first reading is the threshold; the next is normal about 0.6 of it
    share = responders_by_regression(ScreenedPopulation(0, 1), 0.6, 30, ResponderRule(0.4, "share"))
    assert 0.45 < share < 0.55
    assert expected_regression(ScreenedPopulation(0, 1), 0.6, 30).entry_mean == pytest.approx(30 + 1 / 30, abs=1e-3)


def test_the_screened_are_read_off_those_let_in():
    # mean and SD of a normal(5, 2) cut off at 4, by the truncated normal's formulas in R's entry mean
    hazard = (saved("entry mean", "5 2 0.6 4") - 5) / 2
    sd = 2 * np.sqrt(1 - 0.5 * hazard - hazard**2)
    found = population_behind(saved("entry mean", "5 2 0.6 4"), sd, 4)
    assert found == pytest.approx((5, 2), rel=1e-6)


def test_those_let_in_with_a_long_tail_are_no_cut_off_normal():
    with pytest.raises(MethodError, match="no normal distribution"):
        population_behind(5.0, 1.2, 4.0)
    with pytest.raises(DataError, match="not above the entry threshold"):
        population_behind(4.0, 1.0, 4.0)


def test_a_zero_to_ten_scale_is_that_of_r():
    points, shares = rounded_normal(4.5, 2.2)
    readings = two_readings(points, shares, saved("scale correlation", "0.7"))
    assert readings.latent_correlation == pytest.approx(0.7, abs=1e-7)
    found = regression_on_scale(readings, 4, THIRTY_PERCENT)
    assert found.regression.entry_mean == pytest.approx(saved("scale entry mean", "0.7"), rel=1e-8)
    assert found.regression.next_mean == pytest.approx(saved("scale next mean", "0.7"), rel=1e-8)
    assert found.responders == pytest.approx(saved("scale fall of 30 percent", "0.7"), rel=1e-7)
    two = regression_on_scale(readings, 4, TWO_POINTS).responders
    assert two == pytest.approx(saved("scale fall of 2 points", "0.7"), rel=1e-7)


def test_a_yes_or_no_scale_has_sheppards_correlation():
    # halves of a normal: the points correlate 2 / pi arcsin(r) (Sheppard 1899)
    assert two_readings([0, 1], [1, 1], 0.6).latent_correlation == pytest.approx(np.sin(np.pi / 2 * 0.6), abs=1e-9)


def test_readings_that_have_nothing_to_do_with_each_other_and_readings_that_repeat():
    shares = np.array([0.2, 0.3, 0.5])
    assert two_readings([0, 1, 2], shares, 0.0).together == pytest.approx(np.outer(shares, shares), abs=1e-9)
    same = two_readings([0, 1, 2], shares, 1.0)
    assert same.together == pytest.approx(np.diag(shares))
    assert regression_on_scale(same, 1, ResponderRule(1, "points")).responders == 0.0


def test_falls_are_compared_as_decimals():
    # 1 - 4.9 / 7 is 0.29999... in floats; half the 7s go to 4.9
    readings = two_readings([4.9, 7.0], [0.5, 0.5], 0.0)
    assert regression_on_scale(readings, 7, THIRTY_PERCENT).responders == pytest.approx(0.5)
    # nobody can fall by a share of nothing
    assert regression_on_scale(two_readings([0, 1], [0.5, 0.5], 0.5), 0, THIRTY_PERCENT).responders == pytest.approx(
        two_readings([0, 1], [0.5, 0.5], 0.5).together[1, 0]
    )


def test_what_is_no_scale_or_no_rule_is_refused():
    with pytest.raises(MethodError, match="same point"):
        two_readings([0, 1], [0, 5], 0.5)
    with pytest.raises(DataError, match="not a scale"):
        two_readings([1, 0], [1, 1], 0.5)
    with pytest.raises(DataError, match="negative"):
        two_readings([0, 1], [1, -1], 0.5)
    with pytest.raises(MethodError, match="nobody screened passes"):
        regression_on_scale(two_readings([0, 1], [1, 1], 0.5), 2, TWO_POINTS)
    for rule in (ResponderRule(0, "points"), ResponderRule(1.5, "share")):
        with pytest.raises(DataError, match="not a fall"):
            regression_on_scale(two_readings([0, 1], [1, 1], 0.5), 1, rule)
        with pytest.raises(DataError, match="not a fall"):
            responders_by_regression(ScreenedPopulation(5, 2), 0.5, 4, rule)
    with pytest.raises(DataError, match="correlation"):
        expected_regression(ScreenedPopulation(5, 2), 1.5, 4)
    with pytest.raises(DataError, match="sd > 0"):
        expected_regression(ScreenedPopulation(5, 0), 0.5, 4)
    with pytest.raises(DataError, match="reads nothing"):
        expected_regression(ScreenedPopulation(5, 2), 0.5, 4, readings=0)
