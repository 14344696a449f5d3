"""Published arms and instruments: the evidence that ships, and a study's own files in the same columns."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files as package_files
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from equipoise.domain.evidence import CountSource, PublishedArm, Role, key_problem
from equipoise.domain.instrument import Instrument, Threshold
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem, ProtocolError

SHIPPED = "published_results.csv"
REQUIRED = (
    "study_id", "patients", "year", "arm", "role", "intervention", "outcome", "definition_key", "timepoint_months",
    "responders", "n", "count_source", "unit", "design", "url",
)  # fmt: skip
OPTIONAL = (
    "n_enrolled", "n_analysed", "mean", "sd", "mean_change", "sd_change", "further_procedures",
    "serious_adverse_events", "notes",
)  # fmt: skip
NEVER_BLANK = ("study_id", "patients", "arm", "role", "intervention", "definition_key", "count_source", "design", "url")
WHOLE = ("year", "responders", "n")
NUMBERS = ("timepoint_months", "mean", "sd", "mean_change", "sd_change")
DESIGNS = ("RCT", "cohort", "case series", "registry", "meta-analysis")
PERCENT_UNITS = ("percent_responders", "percent_events")
LARGEST_BYTES = 20_000_000


@dataclass(frozen=True)
class Definition:
    """A rule a published arm counted by: our key, its kind, and what it means."""

    key: str
    kind: str
    meaning: str


def read_published(files: Sequence[Path] = ()) -> tuple[PublishedArm, ...]:
    """The published arms that ship, then those of further files in the same columns.

    Raises
    ------
    ProtocolError : a file cannot be read, or a row contradicts itself; every problem of every file at once
    """
    arms = list(_shipped_arms())
    problems: list[Problem] = []
    for file in files:
        found, wrong = arms_of(file)
        arms += found
        problems += wrong
    if problems:
        raise ProtocolError(problems)
    return tuple(arms)


@cache
def read_instruments() -> Mapping[str, Instrument]:
    """The instruments that ship, by name, each with its published thresholds."""
    thresholds: dict[str, list[Threshold]] = {}
    for row in _rows(_shipped("thresholds.csv")):
        fields = {name: value for name, value in row.items() if name != "instrument"}
        thresholds.setdefault(row["instrument"], []).append(Threshold.model_validate(fields))
    declared = tomllib.loads(_shipped("instruments.toml"), parse_float=Decimal)["instrument"]
    return MappingProxyType(
        {
            each["name"]: Instrument.model_validate({**each, "thresholds": tuple(thresholds.get(each["name"], ()))})
            for each in declared
        }
    )


@cache
def read_definitions() -> Mapping[str, Definition]:
    """The rules published arms counted by, by key."""
    rows = _rows(_shipped("definitions.csv"))
    return MappingProxyType(
        {row["definition_key"]: Definition(row["definition_key"], row["kind"], row["meaning"]) for row in rows}
    )


def families_of(instruments: Mapping[str, Instrument]) -> frozenset[str]:
    """The families standard definition keys may open with."""
    return frozenset(each.family for each in instruments.values() if each.family is not None)


def arms_of(file: Path) -> tuple[list[PublishedArm], list[Problem]]:
    """The arms of one file and everything wrong with it."""
    where = file.name
    try:
        if file.stat().st_size > LARGEST_BYTES:
            return [], [Problem(where, "is larger than 20 MB", "give a table of published results in CSV")]
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return [], [Problem(where, "no such file", "paths in [evidence] files start from the folder of study.toml")]
    except UnicodeDecodeError:
        return [], [Problem(where, "is not UTF-8 text", "save it as CSV in UTF-8")]
    except OSError as error:
        return [], [Problem(where, f"cannot be read: {error.strerror}", "give a CSV file that can be opened")]
    return _parse(text, where)


@cache
def _shipped_arms() -> tuple[PublishedArm, ...]:
    arms, problems = _parse(_shipped(SHIPPED), SHIPPED)
    if problems:
        raise ProtocolError(problems)
    return tuple(arms)


def _shipped(name: str) -> str:
    return package_files("equipoise").joinpath("evidence", name).read_text(encoding="utf-8")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _parse(text: str, where: str) -> tuple[list[PublishedArm], list[Problem]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        table = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        return [], [Problem(where, f"is not CSV: {error}", "save it as comma separated values, UTF-8")]
    if not table:
        return [], [Problem(where, "is empty", f"give a header line with {', '.join(REQUIRED)}")]
    header = table[0][1]
    problems = _header_problems(header, where)
    if problems:
        return [], problems
    found: list[tuple[int, PublishedArm]] = []
    for line, cells in table[1:]:
        arm, wrong = _arm(header, cells, f"{where}: row {line}")
        problems += wrong
        if arm is not None:
            found.append((line, arm))
    return [arm for _, arm in found], [*problems, *_said_twice(found, where)]


def _said_twice(found: Sequence[tuple[int, PublishedArm]], where: str) -> Iterator[Problem]:
    """Rows that give one figure of one arm again: the same, which is a slip, or another, which contradicts it."""
    first: dict[tuple[object, ...], tuple[int, PublishedArm]] = {}
    for line, arm in found:
        key = (arm.study_id, arm.arm, arm.intervention, arm.outcome, arm.definition_key, arm.month, arm.unit)
        before, earlier = first.setdefault(key, (line, arm))
        if before == line:
            continue
        if (arm.responders, arm.n, arm.percent) != (earlier.responders, earlier.n, earlier.percent):
            problem = f"contradicts row {before}: the same outcome of the same arm at the same month, counted otherwise"
            remedy = "keep the one the report states; a count of another kind has another text in the column outcome"
            yield Problem(f"{where}: row {line}", problem, remedy)
        elif arm.model_copy(update={"notes": earlier.notes}) == earlier:
            yield Problem(f"{where}: row {line}", f"says what row {before} says", "keep one of the two")


def _header_problems(header: Sequence[str], where: str) -> list[Problem]:
    known = (*REQUIRED, *OPTIONAL)
    missing = [
        Problem(where, f"column '{name}' is missing", "add it; src/equipoise/evidence/README.md says what it holds")
        for name in REQUIRED
        if name not in header
    ]
    unknown = [
        Problem(where, f"column '{name}' is not known", closest_or_all(name, known))
        for name in dict.fromkeys(header)
        if name not in known
    ]
    twice = [
        Problem(where, f"column '{name}' stands twice", "keep one")
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    return missing + unknown + twice


def _arm(header: Sequence[str], cells: Sequence[str], where: str) -> tuple[PublishedArm | None, list[Problem]]:
    if len(cells) != len(header):
        how_many = f"{len(cells)} cells under {len(header)} columns"
        return None, [Problem(where, how_many, "quote a text that holds a comma")]
    row = dict(zip(header, cells, strict=True))
    problems: list[Problem] = []
    numbers = {name: _number(row.get(name, ""), name, where, problems) for name in (*WHOLE, *NUMBERS)}
    problems += _word_problems(row, where)
    if problems:
        return None, problems
    problems += _figure_problems(row, numbers, where)
    return (None, problems) if problems else (_published(row, numbers), [])


def _number(text: str, name: str, where: str, problems: list[Problem]) -> float | None:
    if text == "":
        return None
    here = f"{where}, column {name}"
    try:
        number = float(text)
    except ValueError:
        problems.append(Problem(here, "is not a number", "give a number with a decimal point, or leave it blank"))
        return None
    if not isfinite(number) or (name in WHOLE and number != int(number)):
        problems.append(Problem(here, "is not a whole number" if name in WHOLE else "is not finite", "give a number"))
        return None
    return number


def _word_problems(row: Mapping[str, str], where: str) -> list[Problem]:
    problems = [
        Problem(f"{where}, column {name}", "is blank", "every published arm needs it")
        for name in NEVER_BLANK
        if row[name] == ""
    ]
    closed = {"role": tuple(Role), "count_source": get_args(CountSource), "design": DESIGNS}
    for name, words in closed.items():
        if row[name] and row[name] not in words:
            remedy = closest_or_all(row[name], words)
            problems.append(Problem(f"{where}, column {name}", f"'{row[name]}' is not known", remedy))
    key = row["definition_key"]
    wrong = key_problem(key, read_definitions(), families_of(read_instruments())) if key else None
    if wrong is not None:
        problems.append(Problem(f"{where}, column definition_key", *wrong))
    return problems


def _figure_problems(row: Mapping[str, str], numbers: Mapping[str, float | None], where: str) -> list[Problem]:
    responders, n, mean = numbers["responders"], numbers["n"], numbers["mean"]
    month = numbers["timepoint_months"]
    checks = (
        (n is not None and n < 1, "n", "is below 1", "give how many were counted, or leave it blank"),
        (responders is not None and responders < 0, "responders", "is below 0", "give a count"),
        (
            responders is not None and n is not None and responders > n,
            "responders",
            "is larger than n",
            "give the responders among the n",
        ),
        (
            row["unit"] in PERCENT_UNITS and mean is not None and not 0 <= mean <= 100,
            "mean",
            "is a percentage outside 0 to 100",
            "give the printed percentage",
        ),
        (month is not None and month < 0, "timepoint_months", "is below 0", "give the months after treatment"),
        (
            (responders is None) != (row["count_source"] == "none"),
            "count_source",
            "contradicts responders",
            "'none' where responders is blank, else where the count comes from",
        ),
    )
    found = [Problem(f"{where}, column {name}", problem, remedy) for wrong, name, problem, remedy in checks if wrong]
    spreads = [name for name in ("sd", "sd_change") if (numbers[name] or 0) < 0]
    return found + [Problem(f"{where}, column {name}", "is below 0", "give a standard deviation") for name in spreads]


def _published(row: Mapping[str, str], numbers: Mapping[str, float | None]) -> PublishedArm:
    whole = {name: None if (number := numbers[name]) is None else int(number) for name in WHOLE}
    is_percent = row["unit"] in PERCENT_UNITS
    words = ("study_id", "patients", "arm", "role", "intervention", "outcome", "definition_key", "count_source")
    return PublishedArm.model_validate(
        {
            **{name: row[name] for name in (*words, "unit", "design", "url")},
            **whole,
            "month": numbers["timepoint_months"],
            "percent": numbers["mean"] if is_percent else None,
            "mean": None if is_percent else numbers["mean"],
            "sd": None if is_percent else numbers["sd"],
            "mean_change": numbers["mean_change"],
            "sd_change": numbers["sd_change"],
            "notes": row.get("notes", ""),
        }
    )
