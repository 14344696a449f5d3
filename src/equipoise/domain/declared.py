"""What every part of a study file is: frozen, closed, and of the kind it is written as."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

NUMBERS = (int, float, Decimal)
Wanted = Literal["bool_type", "date_type", "decimal_type"]
WORDS = {"bool_type": "true or false", "date_type": "a date", "decimal_type": "a number"}


class Declared(BaseModel):
    """Frozen, and closed: a word the protocol does not know is a mistake, not an extension.

    A text is no number, no date and neither true nor false, and a number is no date: ``"no"`` in quotes is not quietly
    read as false, ``true`` not as 1, nor 20240630 as a day of 1970.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        """The value, unless it is written as another kind than its field is. JSON has no kinds of its own."""
        field = cls.model_fields.get(info.field_name or "")
        if field is None or info.mode == "json":
            return value
        if isinstance(value, list | tuple | Mapping):
            for item in value.values() if isinstance(value, Mapping) else value:
                wanted = _other_kind(_kinds(field.annotation, inside=True), item)
                if wanted is not None:
                    problem = f"holds {_written(item)} where {WORDS[wanted]} is wanted"
                    raise ValueError(problem, f"write {WORDS[wanted]} without quotes")
        elif (wanted := _other_kind(_kinds(field.annotation, inside=False), value)) is not None:
            raise PydanticKnownError(wanted)
        return value


def _kinds(annotation: Any, *, inside: bool) -> frozenset[Any]:
    """The plain kinds a field may be; ``inside`` : those an item of it may be. A kind that is not plain is itself."""
    if get_origin(annotation) in (Union, UnionType):
        return frozenset[Any]().union(*(_kinds(part, inside=inside) for part in get_args(annotation)))
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0], inside=inside)
    if get_origin(annotation) in (tuple, Mapping):
        items = get_args(annotation)[1:] if get_origin(annotation) is Mapping else get_args(annotation)
        kinds = (_kinds(item, inside=False) for item in items if item is not Ellipsis)
        return frozenset[Any]().union(*kinds) if inside else frozenset()
    return frozenset() if inside else frozenset([annotation])


def _other_kind(kinds: frozenset[Any], value: Any) -> Wanted | None:
    """What is wanted where a value is of another kind than all that a field may be; None where it is not."""
    words = {word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)}
    if isinstance(value, str) and value in words:
        return None
    plain = {kind for kind in kinds - {NoneType} if get_origin(kind) is not Literal}
    if not plain or not plain <= {bool, date, *NUMBERS}:
        return "decimal_type" if isinstance(value, bool) and plain and plain <= {str, *NUMBERS} else None
    wanted: Wanted = "bool_type" if bool in plain else "date_type" if date in plain else "decimal_type"
    if isinstance(value, bool):
        return None if bool in plain else wanted
    if isinstance(value, str):
        return wanted
    return wanted if isinstance(value, NUMBERS) and not plain & set(NUMBERS) else None


def _written(item: Any) -> str:
    return f"the text '{item}'" if isinstance(item, str) else str(item).lower()
