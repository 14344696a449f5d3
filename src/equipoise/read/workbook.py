"""Excel workbooks: a sheet a table, read cell by cell into the texts a person would have typed."""

import warnings
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import polars as pl

from equipoise.errors import Problem
from equipoise.read.cells import fold
from equipoise.read.delimited import under_header
from equipoise.read.sheet import SHOWN, Found, numbered, refused

LARGEST_BYTES = 2 << 30
"""Unpacked size above which a workbook is refused: no spreadsheet holds so much, a hostile file may."""

HEADER_ROWS = 20
"""How far down a header is looked for that does not stand in the first row."""

_AS_XLSX = "save it from Excel as 'Excel Workbook (.xlsx)', without a password"
_BY_VALUE = "copy the column and paste it as values, then save"


@dataclass(frozen=True)
class Workbook:
    """A workbook as written, and, where it has formulas, the results Excel stored for them (both openpyxl's)."""

    file: str
    written: Any
    computed: Any | None

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of its worksheets; chart sheets are not among them."""
        return tuple(sheet.title for sheet in self.written.worksheets)


def open_workbook(path: Path) -> tuple[Workbook | None, tuple[Problem, ...]]:
    """The workbook, or the problem that keeps it shut."""
    label = path.name
    try:
        with ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except (OSError, BadZipFile):
        return None, (Problem(label, "this is not an .xlsx workbook", _AS_XLSX),)
    if unpacked > LARGEST_BYTES:
        return None, (Problem(label, "the workbook is too large to be read", "save its tables as CSV or Parquet"),)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drop-downs openpyxl does not keep: they hold no data
            written = load_workbook(path)
            computed = load_workbook(path, data_only=True) if _has_formulas(written) else None
    except Exception:  # a broken workbook makes the parser raise anything at all
        return None, (Problem(label, "the workbook is damaged", _AS_XLSX),)
    return Workbook(label, written, computed), ()


def _has_formulas(book: Any) -> bool:
    return any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def read_worksheet(book: Workbook, name: str, known: set[str], unknown: tuple[str, ...]) -> Found:
    """One worksheet as a sheet of texts; merged cells, uncomputed formulas and Excel errors are refused by place.

    Parameters
    ----------
    known : the folded column names of which the header must have at least one
    unknown : texts that mean "not recorded"
    """
    label = f"{book.file}, sheet '{name}'"
    shown = book.written if book.computed is None else book.computed
    rows = [list(row) for row in shown[name].iter_rows()]
    texts = [[None if cell.data_type == "e" else cell_text(cell.value) for cell in row] for row in rows]
    if not texts or not any(any(row) for row in texts):
        return refused(label, "the sheet is empty", "make the first row the header, or delete the sheet")
    misplaced = _header_problem(label, texts, known)
    if misplaced is not None:
        return Found(None, (misplaced,))
    problems = [*_merged(book, name, label), *_unreadable_cells(book, name, label, rows)]
    if problems:
        return Found(None, tuple(problems))
    columns, header_problems = under_header(_frame(texts), label, unknown)
    return Found(numbered(columns, label), tuple(header_problems))


def _header_problem(label: str, texts: list[list[str | None]], known: set[str]) -> Problem | None:
    """What is wrong where no known column is named in the first row; the row that names most of them is the header."""
    named = [len(known & {fold(text) for text in row if text}) for row in texts[:HEADER_ROWS]]
    if named[0]:
        return None
    if max(named) > 0:
        row = named.index(max(named)) + 1
        return Problem(
            label, f"the header is probably row {row}", "delete the rows above it: the first row is the header"
        )
    if not any(texts[0]):
        return Problem(label, "the first row is empty", "make the first row the header")
    remedy = f"make the first row the header; it may name: {', '.join(sorted(known))}"
    return Problem(label, "none of the columns expected here is in its first row", remedy)


def _merged(book: Workbook, name: str, label: str) -> list[Problem]:
    areas = sorted(str(area) for area in book.written[name].merged_cells.ranges)
    if not areas:
        return []
    remedy = "unmerge them and write the value into every row it is true of"
    more = f" and {len(areas) - SHOWN} more" if len(areas) > SHOWN else ""
    word = "range" if len(areas) == 1 else "ranges"
    return [Problem(f"{label}: {word} {', '.join(areas[:SHOWN])}{more}", "merged cells", remedy)]


def _unreadable_cells(book: Workbook, name: str, label: str, rows: list[list[Any]]) -> list[Problem]:
    """Formulas Excel stored no result of, and errors."""
    shown = book.computed
    uncomputed = [
        cell.coordinate
        for row in (book.written[name].iter_rows() if shown is not None else ())
        for cell in row
        if cell.data_type == "f" and shown is not None and shown[name][cell.coordinate].value is None
    ]
    errors = [cell.coordinate for row in rows for cell in row if cell.data_type == "e"]
    return [
        *_at_cells(label, uncomputed, "a formula whose result is not stored"),
        *_at_cells(label, errors, "an Excel error"),
    ]


def _frame(texts: list[list[str | None]]) -> pl.DataFrame:
    columns = {f"c{place}": list(cells) for place, cells in enumerate(zip(*texts, strict=True))}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _at_cells(label: str, cells: list[str], problem: str) -> list[Problem]:
    if not cells:
        return []
    more = f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""
    word = "cell" if len(cells) == 1 else "cells"
    return [Problem(f"{label}: {word} {', '.join(cells[:SHOWN])}{more}", problem, _BY_VALUE)]


def cell_text(value: object) -> str | None:
    """A cell as a person would have typed it: numbers with every digit, dates as 2012-03-05."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
