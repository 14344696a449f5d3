"""Covariates: one value a case, unknown wherever the chart does not state exactly one."""

import pytest

from equipoise.cohort.build import build_cohort
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand, ValueRule
from equipoise.domain.protocol import Visit
from equipoise.errors import DataError, ProtocolError
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="1 year", month=12, day=365, window=(300, 430))
ASKED = Estimand(
    name="relief",
    primary=True,
    visits=("1 year",),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
    strategies={},
)


def cohort_with(*covariates, rows):
    protocol = study(visits=[VISIT], estimands=[ASKED]).model_copy(update={"covariate": covariates})
    return build_cohort(protocol, book(rows))


def rows():
    return Rows(
        cases=[case("a", age_years=40.0, sex="female"), case("b", age_years=None, sex="male"), case("c", age_years=61.5)],
        procedures=[
            done("a", INDEX, (0, 0)) | {"level": "L4/5", "nucleated_cells_million": 100.0, "cfu_f_per_ml": 10.0},
            done("a", INDEX, (0, 0)) | {"level": "L5/S1", "nucleated_cells_million": 28.0, "cfu_f_per_ml": 30.0},
            done("a", INDEX, (90, 90)) | {"level": "L3/4", "nucleated_cells_million": 1000.0, "cfu_f_per_ml": 30.0},
            done("b", INDEX, (0, 0)) | {"level": "L4/5", "nucleated_cells_million": 64.0},
            done("c", INDEX, (0, 0)) | {"level": None},
        ],
        imaging=[
            {"case_id": "a", "finding": "degeneration", "grade": "Pfirrmann III", "low": -10, "high": -10},
            {"case_id": "a", "finding": "degeneration", "grade": "Pfirrmann IV", "low": -10, "high": -10},
            {"case_id": "a", "finding": "degeneration", "grade": "Pfirrmann V", "low": 100, "high": 100},
            {"case_id": "b", "finding": "Modic", "grade": "2", "low": -10, "high": -10},
            {"case_id": "b", "finding": "degeneration", "grade": "severe", "low": -10, "high": -10},
        ],
        assessments=[
            asked("a", "pain", 6.0, (-3, -3)),
            asked("b", "pain", 7.0, (-9, -1)),
            asked("b", "pain", 5.0, (-9, -1)),
        ],
    )  # fmt: skip


def values(cohort, name):
    covariate = cohort.covariates[name]
    return [
        (covariate.labels[int(value)] if covariate.labels else value) if known else None
        for value, known in zip(covariate.value, covariate.known, strict=True)
    ]


@pytest.mark.parametrize(
    ("column", "more", "expected"),
    [
        ("cases.age_years", {}, [40.0, None, 61.5]),
        ("cases.sex", {}, ["female", "male", None]),
        ("procedures.nucleated_cells_million", {}, [128.0, 64.0, None]),  # amounts of the day add up, a later day's not
        ("procedures.nucleated_cells_million", {"log2": True}, [7.0, 6.0, None]),
        ("procedures.cfu_f_per_ml", {}, [20.0, None, None]),  # a concentration is averaged
        ("procedures.level", {}, [None, "L4/5", None]),
        ("procedures.levels", {}, [2.0, 1.0, None]),
        ("imaging.grade", {"finding": "degeneration"}, [4.0, None, None]),  # the worst of those made by time zero
        ("imaging.grade", {}, [4.0, 2.0, None]),
        ("baseline.pain", {"look_back_days": 30}, [6.0, None, None]),  # which came last is not known: 7 or 5
        ("baseline.pain", {"look_back_days": 2}, [None, None, None]),
    ],
)
def test_by_hand(column, more, expected):
    found = cohort_with(CovariateDeclared(name="it", column=column, **more), rows=rows())
    assert values(found, "it") == expected


def test_a_column_nobody_has_is_refused_with_the_nearest():
    with pytest.raises(ProtocolError, match=r"did you mean 'cases.age_years'"):
        cohort_with(CovariateDeclared(name="it", column="cases.age_year"), rows=rows())


def test_a_logarithm_of_text_or_of_nothing_is_refused():
    with pytest.raises(ProtocolError, match="holds text"):
        cohort_with(CovariateDeclared(name="it", column="cases.sex", log2=True), rows=rows())
    some = rows()
    some.procedures[3]["nucleated_cells_million"] = 0.0
    with pytest.raises(DataError, match="zero or less"):
        cohort_with(CovariateDeclared(name="it", column="procedures.nucleated_cells_million", log2=True), rows=some)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("cases.death", "holds dates"),
        ("cases.last_contact", "holds dates"),
        ("cases.died", "is no column"),
        ("cases.death_low", "is no column"),
        ("cases.case_id", "is no column"),
    ],
)
def test_what_is_later_than_treatment_or_says_who_it_is_describes_no_case(column, says):
    with pytest.raises(ProtocolError) as error:
        cohort_with(CovariateDeclared(name="x", column=column), rows=rows())
    (problem,) = error.value.problems
    assert problem.where == "study.toml: covariate 'x'.column"
    assert says in problem.problem
    assert "_low" not in problem.remedy


def test_the_columns_offered_are_those_of_the_case_book():
    with pytest.raises(ProtocolError, match=r"valid here: cases\.group, cases\.sex, cases\.age_years") as error:
        cohort_with(CovariateDeclared(name="x", column="cases.zzzzzzzz"), rows=rows())
    assert "cases.died" not in str(error.value)
