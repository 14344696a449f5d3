"""No control characters in any text: a name in a case book may not steer a terminal or break a page."""

from dataclasses import fields, is_dataclass
from typing import Any

from equipoise.report.parts import Document

REPLACED = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def without_controls(document: Document) -> Document:
    """The same document with every text in it, those inside figures too, freed of control characters."""
    cleaned = _cleaned(document)
    assert isinstance(cleaned, Document)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(REPLACED)
    if isinstance(value, tuple | list):
        return type(value)(_cleaned(each) for each in value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
    return value
