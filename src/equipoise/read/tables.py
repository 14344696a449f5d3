"""Opening a case book: a folder of CSV or Parquet files, or a workbook with a sheet a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from equipoise.domain.records import FILE_COLUMNS, Cases
from equipoise.errors import Problem
from equipoise.read.cells import cleaned, closest, fold, near_miss
from equipoise.read.delimited import read_delimited
from equipoise.read.sheet import ROW, Found, Sheet, numbered, refused
from equipoise.read.workbook import open_workbook, read_worksheet

DELIMITED = {".csv", ".tsv", ".txt"}
SUFFIXES = DELIMITED | {".parquet"}

DAY_END = "day_end"
"""What ``date_end`` may be called where the book counts study days."""


@dataclass(frozen=True)
class Opened:
    """The tables that could be opened, columns under their proper names, and what stood in the way of the rest.

    Further columns keep the name they have in the file. A table whose header or cells could not be read is left out:
    what would be found in the rest of it may be the same slip again.
    """

    sheets: Mapping[str, Sheet]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def open_tables(
    path: Path, *, asked: str, required: tuple[str, ...], named: set[str], unknown: tuple[str, ...]
) -> Opened:
    """Every table of the case book at ``path``.

    Parameters
    ----------
    path : a folder, or an .xlsx workbook
    asked : the path as the person who gave it wrote it
    required : the tables there must be
    named : further columns of ``cases`` the protocol names, which are therefore no misspellings
    unknown : texts that mean "not recorded"
    """
    if path.is_dir():
        return _matched(path.name or str(path), _files(path, unknown), required, named)
    if path.is_file() and path.suffix.lower() == ".xlsx":
        book, problems = open_workbook(path)
        if book is None:
            return Opened({}, problems, ())

        def read(name: str) -> Callable[[str], Found]:
            return lambda table: read_worksheet(book, name, _folded(table), unknown)

        return _matched(path.name, [(name, read(name)) for name in book.sheets], required, named)
    return Opened({}, (_no_case_book(path, asked),), ())


def open_single(path: Path, *, known: set[str], unknown: tuple[str, ...]) -> Found:
    """One wide file: CSV or TSV, Parquet, or the first sheet of a workbook."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        book, problems = open_workbook(path)
        return Found(None, problems) if book is None else read_worksheet(book, book.sheets[0], known, unknown)
    if suffix == ".parquet":
        return _read_parquet(path, unknown)
    return read_delimited(path, known, unknown)


def _no_case_book(path: Path, asked: str) -> Problem:
    if not path.exists():
        remedy = "correct the path (in a study file it starts from that file's folder)"
        return Problem(asked, "there is no such file or folder", remedy)
    if path.suffix.lower() == ".xls":
        remedy = "open it in Excel and save it as 'Excel Workbook (.xlsx)'"
        return Problem(asked, "an old .xls workbook cannot be read", remedy)
    remedy = "give the folder that holds the tables, an .xlsx workbook, or describe the file's columns in [columns]"
    return Problem(asked, "one file is not a case book of several tables", remedy)


def _files(folder: Path, unknown: tuple[str, ...]) -> list[tuple[str, Callable[[str], Found]]]:
    """(stem, how to read it as a table) for every file of the folder that may be a table."""

    def read(file: Path) -> Callable[[str], Found]:
        if file.suffix.lower() == ".parquet":
            return lambda table: _read_parquet(file, unknown)
        return lambda table: read_delimited(file, _folded(table), unknown)

    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] not in ".~")
    return [(file.stem, read(file)) for file in files]


def _read_parquet(path: Path, unknown: tuple[str, ...]) -> Found:
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        return refused(path.name, "this is not a Parquet file that can be read", "write it again, or give CSV")
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    problems = [
        Problem(f"{path.name}: column '{name}'", "not a plain column", "write one value a cell") for name in nested
    ]
    columns = {name.strip(): cleaned(frame[name], unknown) for name in frame.columns if name not in nested}
    return Found(numbered(columns, path.name), tuple(problems))


def _folded(table: str) -> set[str]:
    """The column names of a table, folded."""
    names = {fold(column.name) for column in FILE_COLUMNS[table]}
    return names | {DAY_END} if table == "adverse_events" else names


def _matched(
    source: str, found: list[tuple[str, Callable[[str], Found]]], required: tuple[str, ...], named: set[str]
) -> Opened:
    """The found tables under their proper names; missing, misspelt and doubled ones as problems."""
    sheets: dict[str, Sheet] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    present = {fold(name) for name, _ in found}
    for table in FILE_COLUMNS:
        readers = [read for name, read in found if fold(name) == table]
        if len(readers) > 1:
            problems.append(Problem(f"{source}: {table}", "the table is there more than once", "keep one of them"))
        if not readers:
            problems += _missing(source, table, present, required=table in required)
        if len(readers) != 1:
            continue
        opened = readers[0](table)
        problems += opened.problems
        notes += opened.notes
        if opened.sheet is None or opened.problems:
            continue
        sheet, column_problems = match_columns(table, opened.sheet, named)
        problems += column_problems
        if sheet is not None:
            sheets[table] = sheet
    return Opened(sheets, tuple(problems), tuple(notes))


def _missing(source: str, table: str, present: set[str], *, required: bool) -> list[Problem]:
    """A table that is not there: misspelt, missing, or, where it is optional, nothing to say."""
    misspelt = next((name for name in sorted(present - set(FILE_COLUMNS)) if near_miss(name, {table})), None)
    if misspelt:
        return [Problem(f"{source}: {misspelt}", "no table has this name", f"call it '{table}'")]
    if not required:
        return []
    alike = closest(table, present - set(FILE_COLUMNS))
    hint = f"; is it '{alike}'?" if alike else ""
    remedy = f"add {table}.csv or {table}.parquet to a folder, or a sheet '{table}' to a workbook{hint}"
    return [Problem(source, f"the table '{table}' is missing", remedy)]


def match_columns(table: str, sheet: Sheet, named: set[str]) -> tuple[Sheet | None, list[Problem]]:
    """The sheet with known columns under their proper names; ``None`` where it cannot be used as the table.

    A misspelt header is a problem, and its column is then read as what it probably is, so that only what else is
    wrong is said besides.
    """
    proper, doubled = _proper_names(table, sheet)
    header_row = f"{sheet.label}: row 1"
    problems = [Problem(header_row, f"two columns mean '{name}'", "remove one of them") for name in doubled]
    further = [header for header in sheet.frame.columns if header != ROW and header not in proper]
    missing = {column.name for column in FILE_COLUMNS[table]} - set(proper.values())
    if not {"date", "day"} <= missing:
        missing -= {"date", "day"}  # one of the two is enough
    misspelt: dict[str, str] = {}
    for header in further:
        meant = None if header in named else near_miss(header, missing - set(misspelt.values()))
        if meant:
            misspelt[header] = meant
            problems.append(Problem(header_row, f"no column is called '{header}'", f"call it '{meant}'"))
    reserved = [header for header in further if table == "cases" and header in Cases.column_names()]
    problems += [Problem(header_row, f"'{header}' is a reserved name", "rename the column") for header in reserved]
    missing -= set(misspelt.values())
    lacking = [column.name for column in FILE_COLUMNS[table] if column.required and column.name in missing]
    if table == "assessments" and "value" in missing and sheet.frame.height > 0:
        lacking.append("value")
    problems += [_lacking(header_row, name, set(further)) for name in lacking]
    if doubled or reserved or lacking:
        return None, problems
    return Sheet(sheet.label, sheet.frame.rename(proper | misspelt), sheet.decimal_comma), problems


def _proper_names(table: str, sheet: Sheet) -> tuple[dict[str, str], list[str]]:
    """(header as written -> the column it is, the columns two headers claim)."""
    known = {column.name for column in FILE_COLUMNS[table]}
    proper: dict[str, str] = {}
    doubled: list[str] = []
    for header in sheet.frame.columns:
        name = "date_end" if table == "adverse_events" and fold(header) == DAY_END else fold(header)
        if name in known and name in proper.values():
            doubled.append(name)
        elif name in known:
            proper[header] = name
    return proper, doubled


def _lacking(header_row: str, name: str, further: set[str]) -> Problem:
    alike = closest(name, further)
    hint = f"; is it '{alike}'?" if alike else ""
    return Problem(header_row, f"the column '{name}' is missing", f"add it to the header{hint}")
