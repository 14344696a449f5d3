"""``results.json``: the answer as data, strict JSON with a published schema.

The keys DESIGN names come first and in its order; ``groups``, ``flow`` and ``notes`` follow. The protocol, the
timelines and the outcomes by case stay out: the first has its digest here, the others hold one entry per case.
"""

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from equipoise.domain.result import StudyResult

KEYS = (
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
    "groups",
    "flow",
    "notes",
    "methods",
    "scores_over_time",
    "imputations",
    "differences",
    "subgroups",
    "associations",
    "contrasts",
    "control_rates",
    "borrowings",
    "adjusted_benchmarks",
    "hidden_causes",
    "regression_to_mean",
    "evidence",
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def results_json(result: StudyResult) -> str:
    """The answer as a JSON text, keys in a fixed order, ending in a newline.

    Raises
    ------
    ValueError : a number is NaN or infinite, which no answer may hold
    """
    return json.dumps(results(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def results(result: StudyResult) -> dict[str, Any]:
    """The answer as plain data."""
    return {key: _plain(getattr(result, key)) for key in KEYS}


def _plain(value: Any) -> Any:
    """Dataclasses and pydantic models as dictionaries in the order of their fields, tuples as lists."""
    from pydantic import BaseModel

    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def results_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``results.json``, derived from the types of the answer themselves."""
    from pydantic import TypeAdapter

    hints = get_type_hints(StudyResult)
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for key in KEYS:
        schema = TypeAdapter(hints[key]).json_schema(mode="serialization", ref_template="#/$defs/{model}")
        definitions |= schema.pop("$defs", {})
        properties[key] = schema
    return {
        "$schema": DIALECT,
        "title": "Equipoise results",
        "description": "The answer of one study. Proportions are 0 to 1, days count from time zero, null is never NaN.",
        "type": "object",
        "properties": properties,
        "required": list(KEYS),
        "additionalProperties": False,
        "$defs": {name: _closed(each) for name, each in sorted(definitions.items())},
    }


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """An object of ours always has all of its fields and no other."""
    if schema.get("type") != "object" or "properties" not in schema:
        return schema
    return schema | {"required": list(schema["properties"]), "additionalProperties": False}
