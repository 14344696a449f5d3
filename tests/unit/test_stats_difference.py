"""Contrasts of two arms: printed intervals, cases worked by hand, and what is refused."""

import math

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.difference_barnard import exact_test
from equipoise.stats.difference_score import MEASURES, score_statistic
from equipoise.stats.unconditional import unconditional_interval, unconditional_p_value
from reference.saved import rows

ROWS = rows("difference")


def arms(row):
    return tuple(int(row[name]) for name in ("responders", "n", "control_responders", "control_n"))


@pytest.mark.parametrize("measure", MEASURES)
def test_score_limits_are_those_of_r(measure):
    cases = [row for row in ROWS if row["method"] == "miettinen-nurminen" and row["measure"] == measure]
    assert len(cases) == 18
    for row in cases:  # optimize() finds the restricted rates to about 1e-8
        found = miettinen_nurminen(*arms(row), measure=measure, level=float(row["level"]))
        expected = [float(row["lower"]), float(row["upper"])]
        assert [float(limit) for limit in found] == pytest.approx(expected, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("method", ["chan-zhang", "agresti-min"])
@pytest.mark.parametrize("measure", MEASURES)
def test_exact_limits_are_those_of_every_table_gone_through(method, measure):
    cases = [row for row in ROWS if row["method"] == method and row["measure"] == measure]
    assert len(cases) == 5
    for row in cases:  # the grid of difference.R: 2e-5 of a difference, 1.6e-4 of a log ratio
        found = unconditional_interval(*arms(row), method=method, measure=measure)
        expected = [float(row["lower"]), float(row["upper"])]
        tolerance = {"abs": 2e-5} if measure == "risk difference" else {"rel": 3e-4}
        assert found == pytest.approx(expected, **tolerance)


def test_the_boulder_arms():
    # METHODS 16: pain 0 or 1 after therapy 33/50 against placebo injection 10/51
    lower, upper = miettinen_nurminen(33, 50, 10, 51)
    assert (round(float(lower), 3), round(float(upper), 3)) == (0.278, 0.617)


# Chan and Zhang's interval as SAS 9.4 PROC FREQ prints it, exact riskdiff(method=score) and relrisk(method=score),
# as quoted in R's exact2x2, inst/slowTests/test_SAS.R; and as StatXact 11, quoted in test_StatXact.R and
# test_OddsRatioScore.R there. Their differences and ratios are of the second arm over the first.
@pytest.mark.parametrize(
    ("counts", "measure", "printed"),
    [
        ((24, 61, 10, 35), "risk difference", (-0.0992, 0.2949)),
        ((9, 11, 4, 12), "risk difference", (0.0616, 0.7968)),
        ((24, 61, 10, 35), "risk ratio", (0.7663, 3.0005)),
        ((9, 11, 4, 12), "risk ratio", (1.0964, 10.8647)),
        ((6, 13, 2, 7), "risk difference", (-0.3108, 0.5787)),
        ((13, 13, 0, 7), "risk difference", (0.5904, 1.0)),
    ],
)
def test_chan_zhang_as_printed_by_sas(counts, measure, printed):
    # SAS stops its search at about 1e-4
    assert unconditional_interval(*counts, measure=measure) == pytest.approx(printed, abs=1e-4)


def test_chan_zhang_as_printed_by_statxact():
    lower, upper = unconditional_interval(11, 13, 2, 7, measure="risk ratio")
    assert (round(lower, 3), round(upper, 1)) == (1.078, 29.1)
    lower, upper = unconditional_interval(7, 12, 2, 12, measure="odds ratio")
    assert (round(lower, 2), round(upper)) == (1.04, 103)


def test_agresti_min_as_printed_by_statxact():
    # StatXact 11, one two-sided test, quoted in exact2x2, inst/slowTests/test_StatXact.R
    lower, upper = unconditional_interval(6, 13, 2, 7, method="agresti-min")
    assert (round(lower, 4), round(upper, 4)) == (-0.3079, 0.5542)
    lower, upper = unconditional_interval(11, 13, 2, 7, method="agresti-min", measure="risk ratio")
    assert (round(lower, 2), round(upper, 2)) == (1.14, 14.45)  # exact2x2's own


def test_one_patient_an_arm_worked_by_hand():
    # 1/1 against 0/1. Only this table is as extreme above a difference d > 0, with probability
    # (p + d)(1 - p), largest at p = (1 - d)/2: ((1 + d)/2)^2 = 0.025 has no root above 0. Below 0 the other tables tie.
    assert unconditional_interval(1, 1, 0, 1)[1] == pytest.approx(1.0)
    lower = unconditional_interval(1, 1, 0, 1)[0]
    assert ((1 + lower) / 2) ** 2 == pytest.approx(0.025, abs=2e-6)


def test_nobody_anywhere_by_hand():
    # 0/n in both arms, N/(N-1) score: gap = -d, restricted rates d and 0, so d^2 = z^2 d (1 - d) N/(N-1)/n
    square = 1.959963984540054**2 * 24 / 23 / 12
    lower, upper = miettinen_nurminen(0, 12, 0, 12)
    assert (float(lower), float(upper)) == pytest.approx((-square / (1 + square), square / (1 + square)), abs=1e-10)


def test_a_ratio_without_responders_has_no_far_limit():
    for measure in ("risk ratio", "odds ratio"):
        assert [float(limit) for limit in miettinen_nurminen(0, 12, 0, 12, measure=measure)] == [0.0, math.inf]
        assert unconditional_interval(0, 12, 0, 12, measure=measure) == (0.0, math.inf)
        assert unconditional_interval(3, 12, 0, 12, measure=measure)[1] == math.inf
        assert unconditional_interval(0, 12, 3, 12, measure=measure)[0] == 0.0
    assert unconditional_interval(12, 12, 3, 12, measure="odds ratio")[1] == math.inf
    assert unconditional_interval(12, 12, 3, 12, measure="risk ratio")[1] < 50


def test_an_arm_without_patients_leaves_everything_possible():
    lower, upper = miettinen_nurminen([0, 3], [0, 12], 3, 12)
    assert (lower[0], upper[0]) == (-1.0, 1.0)
    assert (lower[1], upper[1]) == tuple(float(limit) for limit in miettinen_nurminen(3, 12, 3, 12))
    assert [float(limit) for limit in miettinen_nurminen(0, 0, 1, 2, measure="risk ratio")] == [0.0, math.inf]


def test_the_statistic_without_variance():
    twelve, nobody = np.float64(12) + np.zeros(1), np.zeros(1)
    at = score_statistic("risk difference", np.zeros(1), nobody, twelve, nobody, twelve)
    beyond = score_statistic("risk difference", np.ones(1), nobody, twelve, nobody, twelve)
    assert (at[0], beyond[0]) == (0.0, -np.inf)


# Barnard two-sided by SAS 9.4, Boschloo one-sided by StatXact 11 (doubled here): exact2x2, inst/slowTests/test_SAS.R
# and test_StatXact.R.
def test_barnard_and_boschloo_as_printed():
    assert exact_test(24, 61, 10, 35, test="barnard").p_value == pytest.approx(0.4063, abs=6e-5)
    assert exact_test(9, 11, 4, 12, test="barnard").p_value == pytest.approx(0.0215, abs=5e-5)  # SciPy 1.17 says 0.0210
    assert exact_test(24, 61, 10, 35, test="boschloo").p_value == pytest.approx(2 * 0.1513, abs=1e-4)


def test_barnard_worked_by_hand():
    # 2/2 against 0/2: with its mirror image, 2 (p (1 - p))^2, largest at p = 1/2: 1/8
    found = exact_test(2, 2, 0, 2, test="barnard")
    assert (found.statistic, found.p_value) == (pytest.approx(2.0), pytest.approx(1 / 8))


def test_the_interval_leaves_out_what_its_test_rejects():
    lower, _ = unconditional_interval(8, 12, 3, 12, method="agresti-min")
    assert unconditional_p_value(8, 12, 3, 12, contrast=lower - 1e-4) <= 0.05
    assert unconditional_p_value(8, 12, 3, 12, contrast=lower + 1e-4) > 0.05


@pytest.mark.parametrize("test", ["barnard", "boschloo"])
@pytest.mark.parametrize("counts", [(0, 12, 0, 9), (12, 12, 9, 9)])
def test_all_or_none_in_both_arms_says_nothing_of_a_difference(test, counts):
    assert exact_test(*counts, test=test).p_value == 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: unconditional_interval(0, 0, 1, 2), "an arm has no patients"),
        (lambda: unconditional_interval([1, 2], 3, 1, 2), "are lists of counts"),
        (lambda: unconditional_interval(4, 3, 1, 2), "greater than its denominator"),
        (lambda: miettinen_nurminen(1.5, 3, 1, 2), "not a whole number"),
        (lambda: miettinen_nurminen([1, 2], 3, [1, 2, 1], 2), "not as many of one as of the other"),
        (lambda: miettinen_nurminen(1, 3, 1, 2, level=95), "not between 0 and 1"),
        (lambda: exact_test(0, 0, 1, 2, test="barnard"), "an arm has no patients"),
        (lambda: exact_test([1, 2], 3, 1, 2, test="barnard"), "are lists of counts"),
        (lambda: unconditional_p_value(1, 3, 1, 2, contrast=1.5), "outside what is possible"),
    ],
)
def test_what_is_no_pair_of_arms_is_refused_in_words(call, says):
    with pytest.raises(DataError, match=says):
        call()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: unconditional_interval(100, 300, 90, 300), "Miettinen-Nurminen"),
        (lambda: unconditional_interval(1, 3, 1, 3, method="wald"), "chan-zhang or agresti-min"),
        (lambda: miettinen_nurminen(1, 3, 1, 3, measure="hazard ratio"), "risk difference, risk ratio, odds ratio"),
        (lambda: exact_test(1, 3, 1, 3, test="fisher"), "barnard or boschloo"),
        (lambda: exact_test(100, 500, 90, 500, test="barnard"), "Miettinen-Nurminen"),
    ],
)
def test_a_method_that_does_not_fit_is_refused_with_a_remedy(call, says):
    with pytest.raises(MethodError, match=says):
        call()
