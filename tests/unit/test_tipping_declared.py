"""The words of ``[[tipping_grid]]``: what is refused, where, and with which way out."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from equipoise.domain.completeness import completeness_problems
from equipoise.domain.estimand import Endpoint
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.parts import Parts, Question
from equipoise.domain.protocol import Sensitivity
from equipoise.domain.tipping import DeltaRange, TippingGridDeclared
from equipoise.errors import Problem
from equipoise.read.evidence import read_definitions, read_instruments, read_published

INSTRUMENTS = read_instruments()
RESPONDER = Endpoint.model_validate({"instrument": "relief", "value": {"equals": 1}})
SCORE = Endpoint.model_validate({"instrument": "pain_nrs", "score": "value"})
IMPUTATION: Mapping[str, Any] = {
    "name": "at random",
    "strategies": ["as declared"],
    "after_last_seen": "missing at random",
    "method": "approximate bayesian",
    "imputations": 100,
    "covariates": [],
    "covariance": "unstructured",
    "covariance_by_group": False,
}
COUNTS = {"name": "grid", "estimand": "better", "group": "new", "reference": "old", "margin": 0.0}
POINTS = COUNTS | {"estimand": "pain", "imputation": "at random", "deltas": {"from": 0, "to": 3, "steps": 6}}


def problems(grid: Mapping[str, Any], imputation: Mapping[str, Any] = IMPUTATION, **tips: Any) -> list[Problem]:
    asked = [
        Question(where=f"estimand '{name}'", primary=name == "better", visits=("first",), strategies={},
                 endpoint=endpoint, name=name)
        for name, endpoint in (("better", RESPONDER), ("pain", SCORE))
    ]  # fmt: skip
    parts = Parts(
        declared={"imputation": [imputation["name"]], "visit": ["first"], "estimand": ["better", "pain"]},
        questions=asked,
        imputations=[ImputationDeclared.model_validate(imputation)],
        sensitivity=Sensitivity.model_validate({"strategies": "all", "missing": ["tipping point"]} | tips),
        tipping_grids=[TippingGridDeclared.model_validate(grid)],
    )
    found = completeness_problems(parts, INSTRUMENTS, read_published(), tuple(read_definitions()))
    return [each for each in found if each.where.startswith("tipping grid")]


@pytest.mark.parametrize("grid", [COUNTS, POINTS | {"reference_deltas": POINTS["deltas"]}])
def test_a_whole_grid_has_no_problem(grid):
    assert problems(grid, {**IMPUTATION, "reference": "old"}) == []


def test_one_arm_needs_what_it_must_exceed():
    alone = {"name": "grid", "estimand": "better"}
    assert "nothing to exceed" in problems(alone)[0].problem
    assert problems(alone, tipping_threshold={"rate": 0.4}) == []
    of_scores = {word: POINTS[word] for word in ("name", "imputation", "deltas")} | {"estimand": "pain"}
    assert "nothing to lie beyond" in problems(of_scores)[0].problem
    assert problems(of_scores | {"threshold": 4}) == []


@pytest.mark.parametrize(
    ("grid", "where", "problem", "remedy"),
    [
        (COUNTS | {"estimand": "bettr"}, ".estimand", "'bettr' is no declared estimand", "did you mean 'better'?"),
        (COUNTS | {"visits": ["fist"]}, ".visits", "is no visit of the estimand", "did you mean 'first'?"),
        (COUNTS | {"visits": ["first", "first"]}, ".visits", "named twice", "name each once"),
        (COUNTS | {"margin": 5}, ".margin", "5 is no difference of two rates", "between -1 and 1"),
        (COUNTS | {"imputation": "at random"}, ".imputation", "speaks of scores", "leave it out"),
        (POINTS | {"imputation": None}, "", "'imputation' is missing", "give imputation"),
        (POINTS | {"deltas": None}, "", "'deltas' is missing", "give deltas"),
        (POINTS | {"imputation": "at rand"}, ".imputation", "no declared imputation", "did you mean 'at random'?"),
        (POINTS | {"margin": 12}, ".margin", "reaches 12 points, and 'pain_nrs' has 10", "between -10 and 10"),
        (
            POINTS | {"deltas": {"from": -11, "to": 3, "steps": 2}},
            ".deltas",
            "reaches -11 points",
            "between -10 and 10",
        ),
    ],
)
def test_refused_with_the_way_out(grid, where, problem, remedy):
    (found,) = problems(
        {key: word for key, word in grid.items() if word is not None}, {**IMPUTATION, "reference": "old"}
    )
    assert found.where == f"tipping grid 'grid'{where}"
    assert problem in found.problem
    assert remedy in found.remedy


def test_a_threshold_off_the_scale():
    grid = {"name": "grid", "estimand": "pain", "imputation": "at random", "deltas": POINTS["deltas"], "threshold": 11}
    (found,) = problems(grid)
    assert (found.where, found.remedy) == ("tipping grid 'grid'.threshold", "give a number from 0 to 10")


@pytest.mark.parametrize(
    ("imputation", "words"),
    [
        ({"reference": "other"}, "that of 'at random' is 'other'"),
        ({}, "that of 'at random' is none"),
        ({"reference": "old", "estimands": ["better"]}, "does not impute 'pain' as it is declared"),
        ({"reference": "old", "method": "conditional mean with jackknife", "imputations": None}, "needs many draws"),
    ],
)
def test_the_imputation_must_be_of_this_question_in_many_draws(imputation, words):
    given = {key: word for key, word in {**IMPUTATION, **imputation}.items() if word is not None}
    (found,) = problems(POINTS, given)
    assert words in found.problem


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"reference": None}, "margin has no reference"),
        ({"margin": None}, "two arms have no margin"),
        ({"group": None}, "reference has no group set beside it"),
        ({"reference": "new"}, "the same group"),
        ({"threshold": 3.0}, "threshold speaks of one arm"),
        (
            {"reference": None, "margin": None, "reference_deltas": POINTS["deltas"]},
            "reference_deltas has no reference",
        ),
    ],
)
def test_words_that_contradict_each_other(words, problem):
    given = {key: word for key, word in (COUNTS | words).items() if word is not None}
    with pytest.raises(ValidationError, match=problem):
        TippingGridDeclared.model_validate(given)


def test_a_range_ends_where_it_says_and_ascends():
    points = DeltaRange.model_validate({"from": -0.3, "to": 0.9, "steps": 12}).points
    assert (len(points), points[0], points[-1]) == (13, -0.3, 0.9)
    assert points[3] == 0.0  # exactly: the unseen as expected
    with pytest.raises(ValidationError, match="to is not above from"):
        DeltaRange.model_validate({"from": 1, "to": 1, "steps": 3})
