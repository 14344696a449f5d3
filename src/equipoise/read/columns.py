"""Somebody else's file: one wide table, a row a case and visit, mapped onto cases and assessments by ``[columns]``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import polars as pl

from equipoise.domain.cases_declared import ColumnMapping, Columns
from equipoise.errors import Problem
from equipoise.read.cells import as_number, as_text, closest, fold
from equipoise.read.sheet import ROW, Sheet, at_rows
from equipoise.read.tables import match_columns

WHERE = "study.toml: [columns]"


@dataclass
class _Reading:
    """A wide sheet being read, and the problems found on the way."""

    sheet: Sheet
    problems: list[Problem] = field(default_factory=list)

    def column(self, asked: str | ColumnMapping, place: str) -> pl.Series | None:
        """The cells of a mapped column, translated; ``None`` where the file has no such column."""
        name = asked if isinstance(asked, str) else asked.source
        headers = [header for header in self.sheet.frame.columns if header != ROW]
        exact = [header for header in headers if header == name] or [h for h in headers if fold(h) == fold(name)]
        if not exact:
            alike = closest(name, set(headers))
            remedy = f"did you mean '{alike}'?" if alike else f"name one of the columns of {self.sheet.label}"
            self.problems.append(Problem(f"{WHERE} {place}", f"the file has no column '{name}'", remedy))
            return None
        cells = self.sheet.frame[exact[0]]
        if isinstance(asked, str) or asked.values is None:
            return cells
        meanings, strange = translations(as_text(cells).unique().drop_nulls().to_list(), asked.values)
        rows = self.sheet.frame[ROW].filter(as_text(cells).is_in(strange).fill_null(False))
        remedy = f"add it to {WHERE} {place} values, or list it in cases.unknown"
        self.problems += at_rows(self.sheet.label, exact[0], rows, "a code without a meaning", remedy)
        return as_text(cells).replace_strict(meanings, default=None, return_dtype=pl.String)


def source_names(columns: Columns) -> set[str]:
    """The file's columns that the mapping names, folded."""
    asked = [columns.case_id, columns.group, columns.day, columns.date, *columns.cases.values()]
    asked += columns.instruments.values()
    return {fold(one if isinstance(one, str) else one.source) for one in asked if one is not None}


def translations(codes: list[str], values: Mapping[str, str | int | float]) -> tuple[dict[str, str], list[str]]:
    """(code as written -> its meaning, codes without one). Numbers are compared as numbers: "1" is 1.0.

    >>> translations(["1.0", "2", "x"], {"1": 0, "2": 30})
    ({'1.0': '0', '2': '30'}, ['x'])
    """
    exact = {code.strip(): as_text(pl.Series([meaning]))[0] for code, meaning in values.items()}
    by_number = {_number(code): meaning for code, meaning in exact.items() if _number(code) is not None}
    meanings: dict[str, str] = {}
    strange: list[str] = []
    for code in codes:
        if code in exact:
            meanings[code] = exact[code]
        elif _number(code) in by_number:
            meanings[code] = by_number[_number(code)]
        else:
            strange.append(code)
    return meanings, strange


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def map_columns(sheet: Sheet, columns: Columns, named: set[str]) -> tuple[dict[str, Sheet], list[Problem]]:
    """The tables ``cases`` and ``assessments`` of a wide sheet.

    Parameters
    ----------
    sheet : the wide table, columns as the file calls them
    columns : the protocol's mapping
    named : further columns of ``cases`` the protocol names

    Returns
    -------
    ({table: sheet}, problems); tables are missing where a column they rest on is
    """
    reading = _Reading(sheet)
    if (columns.day is None) == (columns.date is None):
        remedy = "name the column that says when an assessment was made, as day or as date"
        reading.problems.append(Problem(WHERE, "give exactly one of day, date", remedy))
    case_id = reading.column(columns.case_id, "case_id")
    if case_id is None:
        return {}, reading.problems
    rows = pl.DataFrame({ROW: sheet.frame[ROW], "case_id": as_text(case_id)})
    remedy = "every row needs one: complete or delete the row"
    nameless = rows.filter(pl.col("case_id").is_null())[ROW]
    reading.problems += at_rows(sheet.label, columns.case_id, nameless, "blank", remedy)
    cases = _cases(reading, rows, columns, named)
    assessments = _assessments(reading, rows, columns)
    tables = {"cases": cases, "assessments": assessments}
    return {name: found for name, found in tables.items() if found is not None}, reading.problems


def _cases(reading: _Reading, rows: pl.DataFrame, columns: Columns, named: set[str]) -> Sheet | None:
    """One row a case: the one value each column has over the rows of the case."""
    label = f"{reading.sheet.label}, as cases"
    asked = {"group": columns.group} if columns.group is not None else {}
    found = {name: reading.column(one, f"cases.{name}") for name, one in columns.cases.items()}
    found |= {name: reading.column(one, name) for name, one in asked.items()}
    wide = rows.with_columns(**{name: cells for name, cells in found.items() if cells is not None})
    wide = wide.filter(pl.col("case_id").is_not_null())
    names = [name for name in wide.columns if name not in (ROW, "case_id")]
    for name in names:
        said = wide.select(ROW, "case_id", said=_comparable(wide[name], decimal_comma=reading.sheet.decimal_comma))
        first = pl.col("said").drop_nulls().first().over("case_id")
        other = said.filter((pl.col("said") != first).fill_null(False))[ROW]
        remedy = "a case has one value: correct the rows, or leave all but one blank"
        reading.problems += at_rows(label, name, other, "not what an earlier row of the case says", remedy)
    once = wide.group_by("case_id", maintain_order=True).agg(
        pl.col(ROW).first(), *(pl.col(name).drop_nulls().first() for name in names)
    )
    sheet = Sheet(label, once.select(ROW, "case_id", *names), reading.sheet.decimal_comma)
    matched, problems = match_columns("cases", sheet, named | set(columns.cases))
    reading.problems += problems
    return matched


def _comparable(cells: pl.Series, *, decimal_comma: bool) -> pl.Series:
    """The cells so that 21 and 21.0 are the same; texts as they are."""
    numbers = as_number(cells, decimal_comma=decimal_comma)
    return numbers if numbers.null_count() == cells.null_count() else as_text(cells)


def _assessments(reading: _Reading, rows: pl.DataFrame, columns: Columns) -> Sheet | None:
    """One row an instrument that has a value; blank means that it was not assessed."""
    asked = {"day": columns.day, "date": columns.date}
    when = {name: reading.column(one, name) for name, one in asked.items() if one is not None}
    dated = rows.with_columns(**{name: cells for name, cells in when.items() if cells is not None})
    parts = []
    for name, one in columns.instruments.items():
        value = reading.column(one, f"instruments.{name}")
        if value is not None:
            part = dated.with_columns(instrument=pl.lit(name), value=value)
            parts.append(part.filter(pl.col("value").is_not_null() & pl.col("case_id").is_not_null()))
    if not parts:
        if not columns.instruments:
            remedy = "map at least one instrument onto a column of the file"
            reading.problems.append(Problem(f"{WHERE} instruments", "no instrument is mapped", remedy))
        return None
    label = f"{reading.sheet.label}, as assessments"
    return Sheet(label, pl.concat(parts, how="vertical_relaxed"), reading.sheet.decimal_comma)
