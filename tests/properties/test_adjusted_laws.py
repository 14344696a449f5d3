"""Whatever the study: an adjusted benchmark and hidden causes answer or refuse in words, and never with a NaN."""

from hypothesis import given, settings
from hypothesis import strategies as st

from adjusted_studies import declared, published
from equipoise import run_study
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.hidden_cause import HiddenCauseDeclared
from equipoise.errors import MethodError, ProtocolError
from equipoise.report.document import compose
from equipoise.report.results import results_json
from laws import examples
from studies import studies

CAUSES = HiddenCauseDeclared(prevalences=(0.2, 0.6), strengths=(2.0,), strengths_points=(1.0,), gammas=(2.0,))


@given(studies(), st.sampled_from(["MAIC", "STC", "bootstrap"]), st.floats(20, 80))
@settings(max_examples=examples(25), deadline=None)
def test_every_study_is_answered_or_refused_in_words(drawn, method, age):
    protocol, casebook = drawn
    asked, visit = protocol.estimand[0], protocol.visit_named(protocol.estimand[0].visits[0])
    endpoint = asked.endpoint.model_copy(update={"definition": "own_relief"})
    arm = published(month=visit.month, mean=4.0, sd=2.0, mean_change=-1.0, sd_change=2.0, unit="points 0-10")
    of_method = {
        "MAIC": {},
        "STC": {"method": "STC", "limits": None, "measure": "odds ratio", "gate": {"effective_sample_size": 1}},
        "bootstrap": {"limits": "bootstrap", "bootstrap_replicates": 200},
    }
    gate = {"gate": {"effective_sample_size": 1, "largest_weight": 1.0}} if method != "STC" else {}
    section = declared(visit=visit.name, baseline=({"covariate": "age", "mean": age},), **of_method[method], **gate)
    changed = protocol.model_copy(
        update={
            "estimand": (asked.model_copy(update={"endpoint": endpoint}), *protocol.estimand[1:]),
            "covariate": (CovariateDeclared(name="age", column="cases.age_years"),),
            "published": (arm,),
            "adjusted_benchmark": (section,),
            "hidden_cause": CAUSES,
        }
    )
    try:
        result = run_study(changed, casebook)
    except (MethodError, ProtocolError):
        return  # nobody is left, or a criterion does not fit
    results_json(result)
    for found in result.adjusted_benchmarks:
        for row in found.rows:
            assert (row.estimate is None and row.lower is None) == bool(row.reasons)
            if row.estimate is None and row.lower is not None:
                assert row.lower <= row.upper + 1e-9
    assert "adjusted-benchmarks" in [section.key for section in compose(result).sections]
