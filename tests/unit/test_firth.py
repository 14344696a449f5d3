"""Firth's logistic regression by hand, against brglm2 (reference/firth.R), and what it refuses."""

import math

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.firth import firth_logistic
from reference.saved import rows

ROWS = rows("firth")
CELLS = [121, 45, 230, 98, 60, 310, 75, 52, 180, 140, 88, 95, 205, 110, 66, 260, 41, 150, 130, 83, 175, 220, 58, 105]
LEVELS = [1, 2, 1, 1, 3, 2, 1, 2, 1, 2, 1, 3, 1, 2, 2, 1, 3, 1, 1, 2, 1, 2, 2, 1]
SETS = {
    "24 cases": (
        [1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1],
        {"cells": CELLS, "levels": LEVELS},
    ),
    "separated": ([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], {"grade": [5, 4, 5, 4, 4, 1, 2, 3, 2, 1, 3, 2]}),
    "half separated": (
        [0, 0, 0, 1, 0, 0, 1, 1, 1, 1],
        {"fusion": [0, 0, 0, 0, 0, 0, 1, 1, 1, 1], "age": [34, 51, 47, 60, 29, 66, 45, 38, 57, 41]},
    ),
}


def fitted(name, level=0.95):
    response, covariates = SETS[name]
    return firth_logistic(response, np.column_stack(list(covariates.values())), list(covariates), level=level)


@pytest.mark.parametrize("name", list(SETS))
def test_agrees_with_brglm2_and_with_limits_from_first_principles(name):
    fit = fitted(name)
    expected = [row for row in ROWS if row["set"] == name]
    assert [row["term"] for row in expected] == list(fit.names)
    # brglm2 0.9, type AS_mean
    assert fit.coefficient == pytest.approx([float(row["coefficient"]) for row in expected], rel=1e-6)
    assert fit.standard_error == pytest.approx([float(row["standard_error"]) for row in expected], rel=1e-6)
    for place, row in enumerate(expected[1:], 1):  # optim and uniroot stop at about 1e-6
        assert fit.lower[place] == pytest.approx(float(row["lower"]), rel=1e-4)
        assert fit.upper[place] == pytest.approx(float(row["upper"]), rel=1e-4)
        assert fit.chi_squared[place] == pytest.approx(float(row["chi_squared"]), rel=1e-5, abs=1e-6)


def test_one_yes_no_covariate_adds_half_to_every_cell():
    # 0 of 6 against 4 of 5: log odds ratio with 1/2 added to each of the four counts
    response = [0] * 6 + [1] * 4 + [0]
    fit = firth_logistic(response, np.array([[0.0]] * 6 + [[1.0]] * 5), ["co-injection"])
    assert fit.coefficient == pytest.approx([math.log(0.5 / 6.5), math.log(4.5 / 1.5) - math.log(0.5 / 6.5)], rel=1e-8)
    assert fit.standard_error[1] == pytest.approx(_error_of_fitted_rates((6, 0.5 / 7), (5, 4.5 / 6)), rel=1e-8)
    assert (fit.n, fit.responders) == (11, 4)


def _error_of_fitted_rates(*arms):
    return math.sqrt(sum(1 / (n * rate * (1 - rate)) for n, rate in arms))


def test_the_limits_and_the_test_speak_of_one_profile():
    fit = fitted("half separated")
    for place in (1, 2):
        again = fitted("half separated", level=1 - float(fit.p_value[place]))
        nearest = min(abs(again.lower[place]), abs(again.upper[place]))
        assert nearest == pytest.approx(0.0, abs=1e-6)


def test_units_do_not_change_the_answer():
    response, covariates = SETS["24 cases"]
    cells = np.column_stack(list(covariates.values())).astype(float)
    there = firth_logistic(response, cells * [1e6, 1], ["cells", "levels"])
    here = firth_logistic(response, cells, ["cells", "levels"])
    assert there.coefficient * [1, 1e6, 1] == pytest.approx(here.coefficient, rel=1e-6)
    assert there.upper * [1, 1e6, 1] == pytest.approx(here.upper, rel=1e-6)
    assert there.penalised_log_likelihood == pytest.approx(here.penalised_log_likelihood + math.log(1e6), rel=1e-9)


X12 = np.arange(12.0)[:, None]
Y12 = [0, 1] * 6


@pytest.mark.parametrize(
    ("response", "covariates", "names", "says"),
    [
        (Y12, np.ones((12, 1)), ["site"], "is the same in every case"),
        ([1] * 12, X12, ["dose"], "everybody responded alike"),
        ([0] * 12, X12, ["dose"], "everybody responded alike"),
        (Y12, np.hstack([X12, 2 * X12 + 3]), ["dose", "again"], "determined by the others"),
        ([1], [[2.0]], ["dose"], "too few cases for the coefficients: 1 for 2"),
        (Y12, np.zeros((12, 0)), [], "there is none"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(response, covariates, names, says):
    with pytest.raises(MethodError, match=says):
        firth_logistic(response, covariates, names)


@pytest.mark.parametrize(
    ("response", "covariates", "says"),
    [
        ([0, 1, 2] * 4, X12, "neither 0 nor 1"),
        (Y12, np.where(X12 == 3, np.nan, X12), "a value is missing"),
        (Y12[:-1], X12, "not one row a case"),
    ],
)
def test_what_is_no_data_is_refused_in_words(response, covariates, says):
    with pytest.raises(DataError, match=says):
        firth_logistic(response, covariates, ["dose"])


def test_every_fault_is_named_at_once():
    with pytest.raises(MethodError) as refused:
        firth_logistic([1] * 12, np.ones((12, 1)), ["site"])
    assert len(refused.value.problems) == 2
