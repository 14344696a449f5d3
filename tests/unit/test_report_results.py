"""``results.json``: DESIGN's keys in DESIGN's order, strict JSON, and a schema it keeps to."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator, ValidationError

from equipoise.report.results import results_json, results_schema
from report_results import EVERY_SHAPE, marrow

DESIGNED = [
    "study",
    "cut",
    "attrition",
    "estimates",
    "sensitivity",
    "incidence",
    "durability",
    "safety",
    "comparisons",
    "design",
    "verdict",
]
ROW = [
    "estimand",
    "endpoint",
    "group",
    "visit",
    "month",
    "strategy",
    "missing",
    "n",
    "responders",
    "unknown",
    "estimate",
    "sd",
    "lower",
    "upper",
    "outer_lower",
    "outer_upper",
    "level",
    "method",
    "unit",
]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(results_schema())


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_every_answer_keeps_to_the_schema(shape):
    Draft202012Validator(results_schema()).validate(json.loads(results_json(EVERY_SHAPE[shape]())))


def test_keys_and_rows_are_those_of_the_design():
    answer = json.loads(results_json(marrow()))
    kept = [*DESIGNED, "groups", "flow", "notes", "methods"]
    assert list(answer)[: len(kept)] == kept
    added = (
        *("scores_over_time", "imputations", "differences", "subgroups", "associations"),
        *("contrasts", "control_rates", "borrowings", "adjusted_benchmarks", "hidden_causes", "regression_to_mean"),
        "evidence",
    )
    assert tuple(list(answer)[len(kept) :]) == added
    assert all(list(row) == ROW for row in answer["estimates"])
    assert answer["durability"] == []
    assert answer["design"] is None


def test_a_bounds_row_has_no_estimate_and_a_range():
    row = next(row for row in json.loads(results_json(marrow()))["estimates"] if row["missing"] == "bounds")
    assert (row["estimate"], row["lower"], row["upper"]) == (None, 10 / 24, 22 / 24)
    assert row["method"] == "no-assumption bounds"


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": {"word": "Surely", "sentence": "", "reasons": []}},
        {"estimates": [{"estimand": "a row without its numbers"}]},
        {"surplus": 1},
    ],
)
def test_the_schema_refuses_what_is_not_an_answer(wrong):
    answer = json.loads(results_json(marrow())) | wrong
    with pytest.raises(ValidationError):
        Draft202012Validator(results_schema()).validate(answer)


def test_a_missing_key_is_refused():
    answer = json.loads(results_json(marrow()))
    del answer["verdict"]
    with pytest.raises(ValidationError):
        Draft202012Validator(results_schema()).validate(answer)


def test_nan_is_refused_rather_than_written():
    spoilt = replace(marrow().estimates[0], estimate=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        results_json(replace(marrow(), estimates=(spoilt,)))


def test_no_case_and_no_protocol_leaves_with_the_answer():
    text = results_json(marrow())
    assert "case-0" not in text
    assert not {"protocol", "timelines", "case_outcomes"} & set(json.loads(text))


def test_the_same_answer_gives_the_same_text():
    assert results_json(marrow()) == results_json(marrow())
