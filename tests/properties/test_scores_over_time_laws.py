"""Whatever small study is asked for whatever model: an answer of finite numbers, or a refusal in words."""

import math
import warnings
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise import run_study
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand, Strategy
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.scores_over_time import CovarianceWord, DegreesWord, ScoresOverTimeDeclared
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from laws import examples
from numbers_of import numbers_of
from study_parts import INDEX, Rows, asked, book, case, done, study

DAYS = (30, 60, 90)
VISITS = [Visit(name=f"day {day}", month=day / 30, day=day, window=(day - 9, day + 9)) for day in DAYS]
OTHER = IntercurrentEvent(name="other", procedures="any other")
FORMULAS = ("visit", "1 + visit", "visit * group", "group + visit + baseline * visit", "visit:group", "visit + sex * age", "age:visit")  # fmt: skip


@st.composite
def case_books(draw):
    """Up to nine cases, few different scores, blanks, vague days, one arm or two."""
    rows, several = Rows(), draw(st.booleans())
    scores = st.sampled_from([0.0, 2.0, 2.5, 7.0, 10.0])
    for number in range(draw(st.integers(1, 9))):
        who = f"case {number}"
        group = draw(st.sampled_from(["new", "old"])) if several else None
        age, sex = draw(st.sampled_from([30.0, 41.0, None])), draw(st.sampled_from(["female", "male"]))
        rows.cases.append(case(who, group=group, age_years=age, sex=sex))
        rows.procedures.append(done(who, INDEX, (0, 0)))
        if draw(st.integers(0, 3)) == 0:
            day = draw(st.integers(1, 90))
            rows.procedures.append(done(who, "fusion", (day, day + draw(st.sampled_from([0, 20])))))
        if draw(st.integers(0, 5)):
            rows.assessments.append(asked(who, "pain", draw(scores), (-1, -1)))
        for day in DAYS:
            if draw(st.integers(0, 3)):
                rows.assessments.append(asked(who, "pain", draw(scores), (day, day)))
    return rows, len({row["group"] for row in rows.cases}) > 1


@given(data=st.data())
@settings(max_examples=examples(60), deadline=None)
def test_an_answer_of_finite_numbers_or_a_refusal_in_words(data):
    rows, several = data.draw(case_books())
    formula = data.draw(st.sampled_from(FORMULAS))
    words = st.sampled_from(get_args(CovarianceWord))
    covariance = data.draw(words)
    model = ScoresOverTimeDeclared(
        name="any",
        estimand="pain",
        formula=formula,
        covariance=covariance,
        covariance_by_group="group" in formula and data.draw(st.booleans()),
        degrees_of_freedom=data.draw(st.sampled_from(get_args(DegreesWord))),
        fall_back=[each for each in data.draw(st.lists(words, max_size=2, unique=True)) if each != covariance],
        groups_together="group" not in formula,
        reference="new" if "group" in formula and several else None,
        allocation="not randomised" if "group" in formula and several else None,
    )
    estimand = Estimand(
        name="pain",
        primary=True,
        visits=[each.name for each in VISITS[: data.draw(st.integers(1, 3))]],
        endpoint=Endpoint(instrument="pain", score=data.draw(st.sampled_from(["value", "change"])), baseline_look_back_days=9),
        strategies={"other": data.draw(st.sampled_from([Strategy.TREATMENT_POLICY, Strategy.HYPOTHETICAL, Strategy.PRINCIPAL_STRATUM]))},
    )  # fmt: skip
    covariates = (
        CovariateDeclared(name="age", column="cases.age_years"),
        CovariateDeclared(name="sex", column="cases.sex"),
    )
    protocol = study(visits=VISITS, estimands=[estimand], events=[OTHER])
    protocol = protocol.model_copy(update={"scores_over_time": (model,), "covariate": covariates})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run_study(protocol, book(rows))
    refused = [each for each in result.sensitivity.refused if each.where == "scores over time 'any'"]
    assert bool(result.scores_over_time) != bool(refused)
    assert all(each.why and each.instead for each in refused)
    assert all(math.isfinite(each) for each in numbers_of(result.scores_over_time))
    for found in result.scores_over_time:
        assert all(each.lower <= each.estimate <= each.upper and each.degrees_of_freedom > 0 for each in found.means)
        assert all(0 <= each.p_value <= 1 for each in (*found.contrasts, *found.tests))
        assert sum(each.in_model for each in found.seen) == found.observations
    assert not any(row["case_id"] in each.why for each in refused for row in rows.cases)
    results_json(result)
    render_html(result)
