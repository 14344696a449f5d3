"""Whatever the charts say, differences, subgroups and associations answer, refuse in words, and are never NaN."""

import json
from dataclasses import replace

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise import run_study
from equipoise.domain.association import AssociationDeclared
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.subgroup import SubgroupDeclared
from equipoise.errors import MethodError
from equipoise.report.figures.paint import paint
from equipoise.report.parts import Figure
from equipoise.report.results import results_json
from equipoise.report.sections.associations import associations
from equipoise.report.sections.differences import differences
from equipoise.report.sections.subgroups import subgroups
from laws import examples
from studies import studies

MEASURES = ("risk difference", "risk ratio", "odds ratio")
INTERVALS = ("miettinen-nurminen", "chan-zhang", "agresti-min")


def asked(protocol, *, interval="miettinen-nurminen", test="barnard", together=False, missing="observed"):
    """The protocol with everything this page is about asked of it."""
    events = tuple(event.name for event in protocol.intercurrent_event)
    both = {"allocation": "not randomised", "events": events, "horizon_day": 8}
    contrast = {"measures": MEASURES, "interval": interval, "test": test}
    responder = next((each for each in protocol.estimand if each.endpoint.is_responder), None)
    prognosis = ()
    if responder is not None:
        prognosis = (
            AssociationDeclared(
                name="a",
                estimand=responder.name,
                visit=responder.visits[0],
                factors=("age", "sex"),
                missing=missing,
                together=together,
            ),
        )
    return protocol.model_copy(
        update={
            "difference": (DifferenceDeclared(name="d", group="treated", reference="usual care", **both, **contrast),),
            "covariate": (
                CovariateDeclared(name="age", column="cases.age_years", cut_points=(40.0,)),
                CovariateDeclared(name="sex", column="cases.sex"),
            ),
            "subgroup": (SubgroupDeclared(name="s", covariate="sex"), SubgroupDeclared(name="t", covariate="age")),
            "association": prognosis,
        }
    )


def in_two_groups(casebook):
    """The same cases, every other one treated."""
    names = ["treated", "usual care"] * (casebook.cases.height // 2 + 1)
    cases = casebook.cases.with_columns(group=pl.Series(names[: casebook.cases.height], dtype=pl.String))
    return replace(casebook, cases=cases)


@given(studies(), st.sampled_from(INTERVALS), st.booleans(), st.sampled_from(["observed", "non-responder"]))
@settings(max_examples=examples(10))
def test_any_charts_get_an_answer_that_is_a_number_a_range_or_a_refusal(drawn, interval, together, missing):
    protocol, casebook = drawn
    casebook = in_two_groups(casebook)
    plain = try_study(protocol, casebook)
    assume(plain is not None and {each.group for each in plain.groups} == {"treated", "usual care"})
    result = run_study(asked(protocol, interval=interval, together=together, missing=missing), casebook)
    answer = json.loads(results_json(result))  # refuses NaN and infinity
    sections = [make(result) for make in (differences, subgroups, associations)]
    blocks = [block for section in sections if section is not None for block in section.blocks]
    drawings = [paint(panel.spec) for block in blocks if isinstance(block, Figure) for panel in block.panels]
    assert not any("nan" in drawing or "inf" in drawing for drawing in drawings)
    assert result.estimates == plain.estimates
    (difference,) = answer["differences"]
    for row in difference["responses"]:
        assert row["label"]
        if row["estimate"] is not None and row["upper"] is not None:
            assert row["lower"] - 1e-9 <= row["estimate"] <= row["upper"] + 1e-9
        if row["outer_lower"] is not None and row["lower"] is not None:
            assert row["outer_lower"] <= row["lower"] + 1e-9
        assert row["estimate"] is not None or row["lower"] is not None or row["note"] or row["method"]
    for subgroup in result.subgroups:
        for estimand, visit, group, missing_way in {
            (row.estimand, row.visit, row.group, row.missing) for row in subgroup.rates
        }:
            cells = [
                row
                for row in subgroup.rates
                if (row.estimand, row.visit, row.group, row.missing) == (estimand, visit, group, missing_way)
            ]
            sizes = {each.group: each.n for each in result.groups}
            assert sum(row.cases for row in cells) == sizes[group]


def try_study(protocol, casebook):
    """The plain answer; None where nobody is left."""
    try:
        return run_study(protocol, casebook)
    except MethodError:
        return None
