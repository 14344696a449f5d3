"""``[[comparison]]`` in a study file: what is refused before any case is read, each with its remedy."""

import re
from pathlib import Path
from typing import Any

import pytest

from comparison_studies import GATE, declared
from equipoise.domain.comparator import protocol_of_comparator
from equipoise.errors import ProtocolError
from equipoise.read.protocol import read_protocol

EXAMPLE = Path(__file__).parents[2] / "examples" / "boulder-2022" / "study.toml"
MATCHING = {"ratio": 1, "caliper": 0.2}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"methods": ("AIPW", "AIPW"), "target": "ATT"}, "a method is named twice"),
        ({"propensity": "ridge"}, "ridge and propensity"),
        ({"ridge": 1.0}, "ridge and propensity"),
        ({"methods": ("matching",)}, "matching is asked for"),
        ({"matching": MATCHING}, "matching is asked for"),
        ({"methods": ("AIPW",)}, "target belongs to"),
        ({"target": "ATT"}, "target belongs to"),
        ({"methods": ("entropy balancing",), "target": "overlap"}, "have no overlap population"),
        (
            {"methods": ("matching",), "matching": MATCHING, "interval": "bootstrap", "bootstraps": 99},
            "matching has no bootstrap limits",
        ),
        ({"interval": "bootstrap"}, "bootstraps belong to"),
        ({"bootstraps": 99}, "bootstraps belong to"),
        ({"events": ("death",), "bootstraps": 99}, "events and horizon_day belong together"),
        ({"horizon_day": 99}, "events and horizon_day belong together"),
        (
            {"events": ("death",), "bootstraps": 99, "horizon_day": 9, "methods": ("matching",), "matching": MATCHING},
            "events are compared by weighting",
        ),
        ({"comparator": {"name": "itself"}}, "the study's own cohort"),
        ({"comparator": {"name": "itself", "group": "a"}, "group": "a"}, "the study's own cohort"),
        ({"comparator": {"name": "x", "columns": {"case_id": "id"}}}, "columns are given without cases"),
        ({"negative_controls": {}}, "names none"),
        ({"methods": ("matching",), "matching": {"ratio": 1, "caliper": 0}}, "caliper is not above 0"),
        ({"methods": ("matching",), "matching": {"ratio": 1, "caliper": "0.2"}}, "matching.caliper"),
        ({"methods": ("matching",), "matching": {"ratio": 1, "caliper": "any"}}, "matching.caliper"),
        ({"methods": ("matching",), "matching": MATCHING}, "a caliper leaves cases unmatched"),
        ({"gate": GATE | {"unmatched_share": 0.2}}, "unmatched_share belongs to matching"),
        ({"gate": GATE | {"negative_control_error": 0.05}}, "has no negative controls"),
        ({"negative_controls": {"adverse_events": ("fever",)}}, "adverse_events and by_day"),
        ({"negative_controls": {"estimands": ("x",), "by_day": 30}}, "adverse_events and by_day"),
        (
            {"allocation": "randomised", "comparator": {"name": "old", "population": {}}},
            "criteria of its own was not formed by chance",
        ),
    ],
)
def test_what_contradicts_itself(words: dict[str, Any], problem: str):
    with pytest.raises(ValueError, match=re.escape(problem)):
        declared(**words)


@pytest.mark.parametrize(
    "missing", ["gate", "not_recorded", "methods", "propensity", "interval", "covariates", "allocation"]
)
def test_no_scientific_choice_has_a_default(missing: str):
    words = declared().model_dump(exclude_unset=True)
    del words[missing]
    with pytest.raises(ValueError, match=missing):
        type(declared()).model_validate(words)


@pytest.mark.parametrize("threshold", sorted(GATE))
def test_every_threshold_of_the_gate_stands_in_the_protocol(threshold: str):
    with pytest.raises(ValueError, match=threshold):
        declared(gate={name: value for name, value in GATE.items() if name != threshold})


def refusals(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        read_protocol(tmp_path)
    return str(caught.value)


def test_every_name_that_does_not_exist_is_refused_at_once_with_the_nearest(tmp_path: Path):
    said = refusals(
        tmp_path,
        ('estimands = ["pain free or nearly so", "mean pain"]\ngroup', 'estimands = ["mean pian"]\ngroup'),
        (
            'covariates = ["pain before", "disability before", "age", "sex"]',
            'covariates = ["pain befor", "age", "age"]',
        ),
        ('interval = "robust"', 'interval = "robust"\nevents = ["surgery"]\nhorizon_day = 30\nbootstraps = 99'),
    )
    for words in (
        "did you mean 'mean pain'?",
        "did you mean 'pain before'?",
        "a covariate is named twice",
        "'surgery'",
    ):
        assert words in said


def test_what_describes_the_treatment_cannot_make_cohorts_alike(tmp_path: Path):
    said = refusals(tmp_path, ('column = "cases.age_years"', 'column = "procedures.injected_ml"'))
    assert "describes the treatment itself" in said


def test_a_comparators_own_criteria_are_cross_checked(tmp_path: Path):
    other = 'comparator = { name = "usual care", group = "usual care" }'
    new = other.replace(
        " }", ', population = { require = [{ column = "baseline.pain_nsr", at_least = 4, unknown = "keep" }] } }'
    )
    said = refusals(tmp_path, (other, new))
    assert "comparator.population.require" in said
    assert "did you mean 'pain_nrs'?" in said


def test_controls_that_are_compared_or_are_scores(tmp_path: Path):
    new = 'interval = "robust"\nnegative_controls = { estimands = ["mean pain", "nothing"] }'
    said = refusals(tmp_path, ('interval = "robust"', new))
    for words in ("an outcome the treatment cannot change", "is a score", "'nothing' is no declared estimand"):
        assert words in said


def test_a_comparators_protocol_differs_in_what_it_says_and_nothing_else():
    protocol = read_protocol(EXAMPLE)
    other = {"name": "x", "cases": {"path": "theirs"}, "treatment": {"procedure": "fusion"}}
    theirs = protocol_of_comparator(protocol, declared(comparator=other))
    assert (theirs.cases.path, theirs.treatment.procedure, theirs.columns) == ("theirs", "fusion", None)
    assert theirs.comparison == ()
    assert (theirs.estimand, theirs.visit, theirs.population) == (
        protocol.estimand,
        protocol.visit,
        protocol.population,
    )


def test_no_caliper_is_a_word():
    gate = GATE | {"unmatched_share": 0.2}
    section = declared(methods=("matching",), matching={"ratio": 1, "caliper": "none"}, gate=gate)
    assert section.matching is not None
    assert section.matching.caliper == "none"
