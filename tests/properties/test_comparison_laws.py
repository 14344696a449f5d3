"""Whatever the charts of two cohorts: a comparison is a number with its limits, a range, or withheld with its reason."""

import math
import warnings

from hypothesis import given, settings
from hypothesis import strategies as st

from comparison_studies import INDEX, Cases, declared, protocol
from equipoise import render_html, run_study
from equipoise.domain.comparison import ABOUT_SOMEBODY, MATCHED, WEIGHTED
from equipoise.domain.estimand import Missing
from equipoise.domain.hidden_cause import HiddenCauseDeclared
from equipoise.report.results import results_json
from laws import examples
from numbers_of import numbers_of

METHODS = (*WEIGHTED, *ABOUT_SOMEBODY, *MATCHED)
CAUSES = HiddenCauseDeclared(prevalences=(0.2, 0.6), strengths=(2.0,), strengths_points=(1.0,), gammas=(1.0, 2.0))
OPEN = {
    "standardized_difference": 10.0,
    "randomisation_share": 0.95,
    "common_support": 0.01,
    "effective_sample_size": 2,
    "largest_weight": 1.0,
}
STRICT = OPEN | {"standardized_difference": 0.25, "common_support": 0.7, "largest_weight": 0.4}


@st.composite
def charts(draw):
    """Up to 16 cases a cohort; ages with ties, answers missing or all alike, another procedure, a case in both."""
    cases = Cases()
    alike = draw(st.sampled_from([None, None, 0.0, 1.0]))
    answers = st.sampled_from([0.0, 1.0, None] if alike is None else [alike, alike, None])
    for treatment in (INDEX, "fusion"):
        for _ in range(draw(st.integers(int(treatment == INDEX), 16))):
            cases.add(
                treatment,
                age=draw(st.sampled_from([30.0, 40.0, 40.5, 60.0, None])),
                sex=draw(st.sampled_from(["female", "male", None])),
                relief=draw(answers),
                pain=draw(st.sampled_from([0.0, 2.0, 5.0, 7.5, None])),
                pain_before=draw(st.sampled_from([None, 7.0])),
                later=draw(st.sampled_from([{}, {}, {"surgery": 100}, {"fusion": 100}])),
            )
    return cases


@st.composite
def sections(draw):
    """A ``[[comparison]]`` with any method, score, limits and gate."""
    interval = draw(st.sampled_from(["robust", "bootstrap"]))
    methods = draw(st.lists(st.sampled_from(METHODS), min_size=1, max_size=3, unique=True))
    if interval == "bootstrap":
        methods = [each for each in methods if each not in MATCHED] or ["overlap weighting"]
    propensity = draw(st.sampled_from(["logistic", "firth", "ridge"]))
    gate = dict(draw(st.sampled_from([OPEN, STRICT])))
    words = {"methods": methods, "propensity": propensity, "interval": interval, "gate": gate}
    words["estimands"] = ("relief", "mean pain")
    words["allocation"] = draw(st.sampled_from(["not randomised", "randomised"]))
    words["covariates"] = draw(st.sampled_from([("age",), ("sex",), ("age", "sex")]))
    if propensity == "ridge":
        words["ridge"] = 1.0
    if set(methods) & set(MATCHED):
        caliper = draw(st.sampled_from([0.2, "none"]))
        words["matching"] = {"ratio": draw(st.integers(1, 2)), "caliper": caliper}
        gate["unmatched_share"] = 0.9
    if set(methods) & set(ABOUT_SOMEBODY):
        words["target"] = draw(st.sampled_from(["ATT", "ATE"]))
    if set(methods) & set(WEIGHTED) and draw(st.booleans()):
        words |= {"events": ("other procedure",), "horizon_day": 365}
    if interval == "bootstrap" or "events" in words:
        words["bootstraps"] = 39
    return declared(**words)


@given(charts(), sections())
@settings(max_examples=examples(40), deadline=None)
def test_a_number_with_its_limits_a_range_or_a_reason(cases, section):
    missing = (Missing.OBSERVED, Missing.NON_RESPONDER, Missing.BOUNDS)
    asked = protocol(section)
    sensitivity = asked.sensitivity.model_copy(update={"missing": missing})
    asked = asked.model_copy(update={"hidden_cause": CAUSES, "sensitivity": sensitivity})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run_study(asked, cases.book())
        render_html(result)
        results_json(result)
    assert all(math.isfinite(value) for value in numbers_of((result.contrasts, result.hidden_causes)))
    (contrast,) = result.contrasts
    for row in contrast.rows:
        ends = (row.lower, row.upper)
        assert (None in ends) == (ends == (None, None))
        if row.estimate is not None and row.lower is not None:
            assert row.lower - 1e-9 <= row.estimate <= row.upper + 1e-9
        assert row.estimate is not None or row.lower is not None or row.reasons
    told = " ".join(each.why for each in result.sensitivity.refused)
    assert not any(each["case_id"] in told for each in cases.rows.cases)
