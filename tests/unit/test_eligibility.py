"""Eligibility: one row a criterion; what the chart leaves open is unknown and the criterion says what then."""

from decimal import Decimal

import pytest

from equipoise import run_study
from equipoise.cohort.build import build_cohort
from equipoise.domain.cases_declared import Population
from equipoise.domain.estimand import Endpoint, Estimand, ValueRule
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Visit
from equipoise.errors import MethodError, ProtocolError, UsageError
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="4 months", month=4, day=122, window=(92, 152))
ESTIMAND = Estimand(
    name="relief",
    primary=True,
    visits=("4 months",),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
    strategies={},
)


def protocol_of(**population):
    return study(visits=[VISIT], estimands=[ESTIMAND], population=Population(**population))


def counted(rows: Rows, **population) -> list[tuple[int, int, int, int]]:
    cohort = build_cohort(protocol_of(**population), book(rows))
    return [(row.entering, row.excluded, row.unknown, row.remaining) for row in cohort.attrition[3:]]


@pytest.fixture
def rows() -> Rows:
    ages = {"a": 30.0, "b": 50.0, "c": None}
    found = Rows(cases=[case(each, age_years=age, sex="female" if each == "a" else None) for each, age in ages.items()])
    found.procedures = [done(each, INDEX, (0, 0)) for each in ages]
    return found


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"at_least": 30}, 2),
        ({"above": 30}, 1),
        ({"below": 50}, 1),
        ({"at_most": 50}, 2),
        ({"equals": 50}, 1),
        ({"recorded": True}, 2),
    ],
)
def test_each_comparison_and_the_unknown_either_way(rows, rule, kept):
    for unknown, more in (("exclude", 0), ("keep", 0 if "recorded" in rule else 1)):
        criterion = Criterion(column="cases.age_years", unknown=unknown, **rule)
        ((entering, _, open_, remaining),) = counted(rows, require=(criterion,))
        assert (entering, remaining) == (3, kept + more)
        assert open_ == (0 if "recorded" in rule else 1)


def test_words_are_compared_as_words(rows):
    assert counted(rows, require=(Criterion(column="cases.sex", equals="female", unknown="exclude"),))[0][3] == 1
    assert counted(rows, require=(Criterion(column="cases.sex", one_of=("female", "male"), unknown="keep"),))[0][3] == 3


def test_criteria_apply_in_order_and_count_each_case_once(rows):
    young = Criterion(column="cases.age_years", below=40, unknown="keep")
    known = Criterion(column="cases.sex", recorded=True, unknown="exclude")
    assert counted(rows, require=(young, known)) == [(3, 1, 1, 2), (2, 1, 0, 1)]


def test_a_baseline_criterion_is_unknown_where_the_readings_differ(rows):
    rows.assessments = [asked("a", "pain", 6, (0, 0)), asked("b", "pain", 2, (-5, -1)), asked("b", "pain", 6, (-3, -3))]
    criterion = Criterion(column="baseline.pain", at_least=Decimal(4), look_back_days=30, unknown="keep")
    assert counted(rows, require=(criterion,)) == [(3, 0, 2, 3)]


def test_an_earlier_procedure_may_exclude(rows):
    rows.procedures += [done("a", "fusion", (-400, -400)), done("b", "fusion", (-3, 3)), done("c", "fusion", (0, 0))]
    ever = Criterion(procedure=("fusion",), unknown="keep")
    assert counted(rows, exclude=(ever,)) == [(3, 1, 1, 2)]
    recent = Criterion(procedure=("fusion",), look_back_days=365, unknown="exclude")
    assert counted(rows, exclude=(recent,)) == [(3, 1, 1, 2)]


def test_a_column_that_is_not_there_is_refused_with_the_nearest(rows):
    with pytest.raises(ProtocolError, match=r"did you mean 'cases\.age_years'"):
        counted(rows, require=(Criterion(column="cases.age_year", at_least=18, unknown="keep"),))


def test_order_on_text_is_refused(rows):
    with pytest.raises(ProtocolError, match="holds text"):
        counted(rows, require=(Criterion(column="cases.sex", at_least=1, unknown="keep"),))


def test_nobody_left_is_refused_with_the_losses(rows):
    nobody = protocol_of(require=(Criterion(column="cases.age_years", above=90, unknown="exclude"),))
    with pytest.raises(MethodError, match="nobody is left") as refused:
        run_study(nobody, book(rows))
    assert "0 of 3 left" in str(refused.value)


def test_an_undeclared_comparator_is_refused(rows):
    with pytest.raises(UsageError, match="no comparison"):
        run_study(protocol_of(), book(rows), {"fusion": book(rows)})


def test_one_patient_is_a_cohort(rows):
    rows.cases, rows.procedures = rows.cases[:1], rows.procedures[:1]
    rows.assessments = [asked("a", "relief", 1, (122, 122))]
    observed = [row for row in run_study(protocol_of(), book(rows)).estimates if row.missing == "observed"]
    assert [(row.responders, row.n, row.estimate) for row in observed] == [(1, 1, 1.0)]
    assert (observed[0].lower, observed[0].upper) == pytest.approx((0.025, 1.0))
