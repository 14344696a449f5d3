"""Every number of an answer."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any


def numbers_of(value: Any) -> Iterator[float]:
    """The floats in a dataclass or a tuple, however deep."""
    if is_dataclass(value):
        for field in fields(value):
            yield from numbers_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from numbers_of(each)
    elif isinstance(value, float):
        yield value
