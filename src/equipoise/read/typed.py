"""From the cells of a sheet to the typed columns of a table; what cannot be read becomes a problem, not a null."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from equipoise.domain.records import FILE_COLUMNS, Clock, FileColumn, Kind
from equipoise.errors import Problem
from equipoise.read.cells import as_number, as_text, fold
from equipoise.read.dates import FORMS, Days, read_days
from equipoise.read.sheet import ROW, Sheet, at_rows

FURTHER = "further: "
"""What a column the case book does not know is called in a typed table (of ``cases`` they keep their names)."""

AFTER_LAST_DAY = "correct the date, or the cut of these cases"

_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")


@dataclass(frozen=True)
class LastDay:
    """The last day a record can have: the data cut, or today. Days since 1970-01-01."""

    day: int
    what: str


@dataclass(frozen=True)
class Typed:
    """A table, typed: ROW, the schema's columns, then what else the file has.

    ``unread`` : column -> (n,) Boolean, cells that were there but could not be read (null in ``frame``)
    """

    table: str
    label: str
    frame: pl.DataFrame
    unread: Mapping[str, pl.Series] = field(default_factory=dict)

    def at(self, rows: pl.Series, column: str | None, problem: str, remedy: str) -> list[Problem]:
        """One problem for the rows where ``rows`` (n,) is true."""
        return at_rows(self.label, column, self.frame[ROW].filter(rows.fill_null(False)), problem, remedy)

    def was_given(self, column: str) -> pl.Series:
        """(n,) whether the cell held something, readable or not."""
        given = self.frame[column].is_not_null()
        return given | self.unread[column] if column in self.unread else given


def days_since_1970(day: date) -> int:
    """A date as the calendar clock counts it."""
    return (day - date(1970, 1, 1)).days


def type_table(table: str, sheet: Sheet, clock: Clock, last: LastDay | None) -> tuple[Typed, list[Problem]]:
    """Every column of a sheet as its schema wants it, and all that could not be read.

    Parameters
    ----------
    table : one of the five
    sheet : its columns under their proper names
    clock : what its days count from
    last : the day no record can lie after; ``None`` on the study-day clock
    """
    columns: dict[str, pl.Series] = {ROW: sheet.frame[ROW]}
    unread: dict[str, pl.Series] = {}
    problems: list[Problem] = []
    known = FILE_COLUMNS[table]
    for column in known:
        if column.name in ("date", "day") and column.name not in sheet.frame.columns:
            continue
        typed, bad, found = _type_column(sheet, column, clock, last)
        for name, cells in typed.items():
            if name not in columns or cells.null_count() < cells.len():  # date and day share low and high
                columns[name] = cells
        problems += found
        if bad.any():
            unread[column.name] = bad
    for name in ("low", "high"):
        if table != "cases" and name not in columns:
            columns[name] = _nulls(sheet, pl.Int32)
    for name in sheet.frame.columns:
        if name != ROW and name not in {column.name for column in known}:
            columns[name if table == "cases" else FURTHER + name] = _further(sheet, name)
    return Typed(table, sheet.label, pl.DataFrame(columns), unread), problems


def _nulls(sheet: Sheet, kind: type[pl.DataType]) -> pl.Series:
    return pl.repeat(None, sheet.frame.height, dtype=kind, eager=True)


def _further(sheet: Sheet, name: str) -> pl.Series:
    """A column the case book does not know: numbers if every cell is one, else text."""
    cells = sheet.frame[name]
    numbers = as_number(cells, decimal_comma=sheet.decimal_comma)
    if cells.dtype != pl.Boolean and numbers.null_count() == cells.null_count():
        return numbers
    return as_text(cells)


Columns = dict[str, pl.Series]


def _type_column(
    sheet: Sheet, column: FileColumn, clock: Clock, last: LastDay | None
) -> tuple[Columns, pl.Series, list[Problem]]:
    """(the typed columns by name, (n,) cells that could not be read, problems)."""
    absent = column.name not in sheet.frame.columns
    cells = _nulls(sheet, pl.String) if absent else sheet.frame[column.name]
    none = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    if column.kind in (Kind.NAME, Kind.TEXT):
        texts = as_text(cells)
        problems: list[Problem] = []
        if column.required:
            blank = sheet.frame[ROW].filter(texts.is_null())
            problems = at_rows(
                sheet.label, column.name, blank, "blank", "every row needs one; complete or delete the row"
            )
        return {column.name: texts}, none, problems
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return _numbers(sheet, column, cells)
    if column.kind is Kind.YES_NO:
        return _yes_no(sheet, column, cells)
    if column.kind is Kind.WHEN_OR_YES:
        return _when_or_yes(sheet, column, cells, clock, last)
    stem = {"date": "", "day": "", "date_end": "end_"}.get(column.name, f"{column.name}_")
    days, problems = _when(sheet, column.name, cells, clock, last)
    return {f"{stem}low": days.low, f"{stem}high": days.high}, days.unreadable | days.reversed, problems


def _numbers(sheet: Sheet, column: FileColumn, cells: pl.Series) -> tuple[Columns, pl.Series, list[Problem]]:
    numbers = as_number(cells, decimal_comma=sheet.decimal_comma)
    bad = cells.is_not_null() & numbers.is_null()
    none = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    rows = sheet.frame[ROW]
    problems = at_rows(sheet.label, column.name, rows.filter(bad), "not a number", "write a plain number such as 4.5")
    if column.kind is Kind.WHOLE:
        broken = (numbers != numbers.round()).fill_null(False)
        problems += at_rows(sheet.label, column.name, rows.filter(broken), "not a whole number", "write a whole number")
        bad = bad | broken
    low, high = column.at_least, column.at_most
    outside = ((numbers < low) if low is not None else none) | ((numbers > high) if high is not None else none)
    outside = outside.fill_null(False)
    if outside.any():
        limits = f"{low:g} to {high:g}" if low is not None and high is not None else f"{low:g} or more"
        remedy = f"it can only be {limits}; correct it, or leave it blank"
        problems += at_rows(sheet.label, column.name, rows.filter(outside), "out of range", remedy)
        bad = bad | outside
    kept = numbers if not bad.any() else pl.select(pl.when(~bad).then(numbers)).to_series()
    return {column.name: kept.cast(pl.Int32) if column.kind is Kind.WHOLE else kept}, bad, problems


def _yes_no(sheet: Sheet, column: FileColumn, cells: pl.Series) -> tuple[Columns, pl.Series, list[Problem]]:
    words = as_text(cells).str.to_lowercase()
    yes, no = words.is_in(list(_YES)), words.is_in(list(_NO))
    flags = pl.select(pl.when(yes).then(pl.lit(True)).when(no).then(pl.lit(False))).to_series()
    bad = words.is_not_null() & flags.is_null()
    remedy = "write yes or no, or leave it blank"
    return (
        {column.name: flags},
        bad,
        at_rows(sheet.label, column.name, sheet.frame[ROW].filter(bad), "not yes or no", remedy),
    )


def _when(sheet: Sheet, name: str, cells: pl.Series, clock: Clock, last: LastDay | None) -> tuple[Days, list[Problem]]:
    days = read_days(cells, clock)
    rows = sheet.frame[ROW]
    what = "not a date" if clock is Clock.CALENDAR else "not a study day"
    remedy = f"write {FORMS[clock]}; leave it blank if unknown, or list the word in cases.unknown"
    problems = at_rows(sheet.label, name, rows.filter(days.unreadable), what, remedy)
    what = "the interval ends before it begins"
    problems += at_rows(sheet.label, name, rows.filter(days.reversed), what, "write the earlier end first")
    if last is not None:
        late = rows.filter((days.low > last.day).fill_null(False))
        problems += at_rows(sheet.label, name, late, f"lies after {last.what}", AFTER_LAST_DAY)
    return days, problems


def _when_or_yes(
    sheet: Sheet, column: FileColumn, cells: pl.Series, clock: Clock, last: LastDay | None
) -> tuple[Columns, pl.Series, list[Problem]]:
    """A date, or yes where it happened and no date is known: the flag, and low and high."""
    happened = {"death": "died", "withdrawal": "withdrawn"}[column.name]
    words = as_text(cells).str.to_lowercase()
    said = words.is_in(["yes", "no", "true", "false"]).fill_null(False)
    dates = cells if not said.any() else pl.select(pl.when(~said).then(as_text(cells))).to_series()
    days, problems = _when(sheet, column.name, dates, clock, last)
    flag = words.is_not_null() & ~words.is_in(["no", "false"]).fill_null(False)
    typed = {f"{column.name}_low": days.low, f"{column.name}_high": days.high, happened: flag}
    return typed, days.unreadable | days.reversed, problems


def clock_of(sheets: Mapping[str, Sheet], cut: date | None) -> tuple[Clock | None, list[Problem]]:
    """The one clock of a case book, and what is wrong with it; no clock where two are used.

    Columns ``date`` and ``day`` decide; where neither is filled, a data cut means calendar dates.
    """
    used: dict[str, list[str]] = {"date": [], "day": []}
    for table, sheet in sheets.items():
        for name, labels in used.items():
            if table != "cases" and name in sheet.frame.columns and sheet.frame[name].null_count() < sheet.frame.height:
                labels.append(sheet.label)
    if used["date"] and used["day"]:
        where = ", ".join(dict.fromkeys(used["date"] + used["day"]))
        dated, counted = (", ".join(used[name]) for name in ("date", "day"))
        problem = f"a case book has one clock, and 'date' is filled in {dated}, 'day' in {counted}"
        return None, [Problem(where, problem, "use calendar dates throughout, or study days throughout")]
    if used["day"] or not (used["date"] or cut is not None):
        return Clock.STUDY_DAY, []
    if cut is None:
        remedy = "write cases.cut = 2013-06-30, the day the case book was frozen"
        return Clock.CALENDAR, [Problem("study.toml: cases.cut", "calendar dates need the data cut", remedy)]
    return Clock.CALENDAR, []


def canonical_names(cells: pl.Series, names: set[str]) -> pl.Series:
    """The cells with every spelling of a known name that differs in case, space or hyphen as the known name."""
    by_fold = {fold(name): name for name in sorted(names, reverse=True)}
    other = [text for text in cells.unique().to_list() if text is not None and text not in names]
    changed = {text: by_fold[fold(text)] for text in other if fold(text) in by_fold}
    return cells.replace(changed) if changed else cells
