"""What pydantic found wrong with a study file, said in the words of the file."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from equipoise.domain.protocol import ProtocolFile
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

WORDS = {
    "intercurrent_event": "intercurrent event",
    "scores_over_time": "scores over time",
    "tipping_grid": "tipping grid",
    "adjusted_benchmark": "adjusted benchmark",
    "regression_to_mean": "regression to the mean",
}
NAMED_BY = ("name", "label", "item")
FREE_KEYS = ("strategies", "instruments", "values")
LONGEST_SHOWN = 60
BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def problems_of(error: ValidationError, raw: Mapping[str, Any]) -> list[Problem]:
    """Every error of a validation as a problem, in the order of the file's sections; the same thing is said once."""
    found = error.errors(include_url=False)
    told = [
        _problem(each, raw)
        for each in found
        if not _is_misspelt(each, found)
        and not (_wrong_branch(each, raw) or (each["type"] == "too_short" and each["input"] and not _is_pair(each)))
    ]
    return list(dict.fromkeys(told))


def _is_misspelt(missing: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether a missing key is there under a misspelt name, which is then the one thing to mend."""
    if missing["type"] != "missing" or not missing["loc"]:
        return False
    here = [each["loc"] for each in found if each["type"] == "extra_forbidden"]
    strangers = [str(loc[-1]) for loc in here if loc[:-1] == missing["loc"][:-1]]
    return bool(get_close_matches(str(missing["loc"][-1]), strangers, n=1))


def _is_pair(each: ErrorDetails) -> bool:
    """Whether a list is of fixed length; one of any length is "too short" only because its items were refused."""
    return bool(each.get("ctx", {}).get("min_length", 1) > 1)


def place(raw: Mapping[str, Any], path: Sequence[str | int]) -> str:
    """Where a path of the file is, items by their names, else by number; empty for the file itself.

    >>> place({"visit": [{"name": "4 months"}, {}]}, ("visit", 1, "window"))
    'visit 2.window'
    """
    said, at = "", raw
    for part in path:
        below = _below(at, part)
        if isinstance(part, int):
            said += f" {_name_of(below) or part + 1}"
        else:
            word = WORDS.get(part, part) if not said else part
            said += f".{word}" if said else word
        at = below
    return said


def _problem(each: ErrorDetails, raw: Mapping[str, Any]) -> Problem:
    path, _ = _steps(each["loc"], raw)
    kind, context = each["type"], each.get("ctx", {})
    owner, field = _declared(path)
    meant = "" if field is None or field.description is None else f": {field.description}"
    last = str(path[-1]) if path else ""
    if kind == "missing" and not isinstance(path[-1], int):
        return Problem(place(raw, path[:-1]), f"'{last}' is missing", f"give {last}{meant}")
    if kind == "extra_forbidden":
        valid = [] if owner is None else [info.alias or name for name, info in owner.model_fields.items()]
        return Problem(place(raw, path[:-1]), f"'{_shown(last)}' is not known here", closest_or_all(last, valid))
    problem, remedy = _value_problem(kind, context, each["input"], each["loc"][-1] if each["loc"] else "", meant)
    if len(path) > 1 and path[-2] in FREE_KEYS and isinstance(path[-1], str):
        return Problem(place(raw, path[:-1]), f"'{_shown(last)}': {problem}", remedy)
    return Problem(place(raw, path[:-1] if kind == "missing" else path), problem, remedy)


def _value_problem(kind: str, context: Mapping[str, Any], given: Any, branch: str | int, meant: str) -> tuple[str, str]:
    if kind == "value_error":
        problem, *remedy = context["error"].args
        return str(problem), str(remedy[0]) if remedy else "see docs/study-file.md"
    if kind in ("enum", "literal_error"):
        words = context["expected"].replace(" or ", ", ").strip("'").split("', '")
        problem = f"{_told(given)} is not one of the words it may be"
        if isinstance(branch, str) and branch.startswith("literal["):
            return problem, f"write {_quoted(words)}, or a list in [ ]{meant}"
        return problem, closest_or_all(str(given), words) if isinstance(
            given, str
        ) else f"valid here: {', '.join(words)}"
    if kind in BOUNDS:
        key, word = BOUNDS[kind]
        return f"{_shown(given)} is out of range", f"give a number {word} {_shown(context[key])}{meant}"
    if kind in ("too_short", "too_long", "missing"):
        wanted = context.get("min_length") or context.get("max_length") or 2
        problem = "is empty" if not given else f"holds {len(given)}"
        return problem, f"give {'at least one' if wanted == 1 else f'exactly {wanted}'}{meant}"
    wanted = next((words for start, words in WANTED if kind.startswith(start)), "a valid value")
    quoted = " without quotes" if isinstance(given, str) and wanted in UNQUOTED else ""
    return f"is {_told(given)} where {wanted} is wanted", f"give {wanted}{quoted}{meant}"


WANTED = (
    ("string", "text in quotes"),
    ("int", "a whole number"),
    ("float", "a number"),
    ("decimal", "a number"),
    ("finite", "a finite number"),
    ("bool", "true or false"),
    ("date", "a date such as 2013-04-15"),
    ("tuple", "a list in [ ]"),
    ("model", "a table of its own"),
    ("mapping", "a table of its own"),
    ("dict", "a table of its own"),
)
UNQUOTED = ("a whole number", "a number", "a finite number", "true or false", "a date such as 2013-04-15")


def _quoted(words: Sequence[str]) -> str:
    return " or ".join(f'"{word}"' for word in words)


def _told(given: Any) -> str:
    """A value of the wrong kind, in words."""
    match given:
        case bool():
            return str(given).lower()
        case str():
            return f"the text '{_shown(given)}'"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return _shown(given)


def _shown(given: Any) -> str:
    text = " ".join(str(given).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _name_of(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    named = next((item[key] for key in NAMED_BY if isinstance(item.get(key), str) and item[key]), None)
    return None if named is None else f"'{_shown(named)}'"


def _below(at: Any, part: str | int) -> Any:
    if isinstance(at, Mapping):
        return at.get(part)
    if isinstance(at, list | tuple) and isinstance(part, int) and part < len(at):
        return at[part]
    return None


def _steps(loc: Sequence[str | int], raw: Any) -> tuple[list[str | int], tuple[str, Any] | None]:
    """The part of an error's address that is in the file; the branch of a union it speaks of, with the value there."""
    path: list[str | int] = []
    at, branch = raw, None
    for number, part in enumerate(loc):
        in_file = (isinstance(at, Mapping) and part in at) or (isinstance(at, list | tuple) and isinstance(part, int))
        is_last_of_table = number == len(loc) - 1 and isinstance(at, Mapping) and not _is_branch(part)
        if in_file or is_last_of_table:
            path.append(part)
            at = _below(at, part)
        elif isinstance(part, str):
            branch = (part, at)
    return path, branch


def _is_branch(part: str | int) -> bool:
    return isinstance(part, str) and (part in MEANT_FOR or part.startswith(tuple(MEANT_FOR_BEGINNING)))


def _wrong_branch(each: ErrorDetails, raw: Any) -> bool:
    """Whether the error is of a branch of a union that the value was never meant for (text where a list was given)."""
    _, branch = _steps(each["loc"], raw)
    if branch is None:
        return False
    name, value = branch
    by_beginning = (meant for start, meant in MEANT_FOR_BEGINNING.items() if name.startswith(start))
    meant = MEANT_FOR.get(name) or next(by_beginning, None)
    return meant is not None and not meant(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal)


MEANT_FOR: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: not _is_table(value),
    "ColumnMapping": _is_table,
    "decimal": _is_number,
    "int": lambda value: False,
    "float": lambda value: False,
}
"""Which values a branch of a union speaks for; one branch speaks for every value, so that one thing is said once."""
MEANT_FOR_BEGINNING: Mapping[str, Callable[[Any], bool]] = {
    "tuple[": _is_list,
    "literal[": lambda value: not _is_list(value),
}


def _declared(path: Sequence[str | int]) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The type that owns the last step of a path, and its field there."""
    models: list[type[BaseModel]] = [ProtocolFile]
    owner: type[BaseModel] | None = None
    field: FieldInfo | None = None
    for part in path:
        if isinstance(part, int):
            continue
        owner = models[0] if models else None
        field = None if owner is None else _field(owner, part)
        models = [] if field is None else _models_in(field.annotation)
    return owner, field


def _field(model: type[BaseModel], name: str) -> FieldInfo | None:
    by_file_name = {info.alias or key: info for key, info in model.model_fields.items()}
    return by_file_name.get(name)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType, Annotated, tuple, Mapping) or get_args(annotation):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return []
