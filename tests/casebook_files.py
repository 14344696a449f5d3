"""A small study and its case book as files, in every format that can hold one."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook

from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.errors import DataError, Problem
from equipoise.read.casebook import read_casebook

TODAY = date(2026, 6, 30)
Rows = Sequence[Sequence[Any]]
Tables = Mapping[str, Rows]

INSTRUMENTS = (
    {"name": "pain_nrs", "label": "Pain", "low": 0, "high": 10, "better": "lower"},
    {"name": "odi", "label": "Disability", "low": 0, "high": 100, "better": "lower", "whole": True},
    {"name": "relief", "label": "Relief", "low": 0, "high": 1, "better": "higher", "yes_no": True, "whole": True},
)


def study(folder: Path | str = ".", **changes: Any) -> Protocol:
    """A protocol over three instruments and two visits, time zero a marrow injection, cut at the end of 2014."""
    instruments = {each["name"]: Instrument.model_validate(each) for each in INSTRUMENTS}
    declared: dict[str, Any] = {
        "title": "A study",
        "question": "Does it work?",
        "written": "after outcomes were seen",
        "seed": 1,
        "cases": {"path": "book", "cut": date(2014, 12, 31)},
        "treatment": {"procedure": "marrow_injection"},
        "intercurrent_event": [{"name": "fusion", "procedures": ["fusion"]}],
        "visit": [
            {"name": "4 months", "month": 4, "day": 122, "window": (1, 152)},
            {"name": "12 months", "month": 12, "day": 365, "window": (304, 426)},
        ],
        "estimand": [
            {
                "name": "relief",
                "primary": True,
                "visits": ["4 months"],
                "endpoint": {"instrument": "relief", "value": {"equals": Decimal(1)}},
                "strategies": {"fusion": "treatment policy"},
            }
        ],
        "sensitivity": {"strategies": "all", "missing": ["bounds"]},
        "conduct": {
            "consecutive": "not stated",
            "captured": "all",
            "co_interventions": [],
            "rescue_medication": "not recorded",
            "harms": "not stated",
            "self_report_blinded": False,
            "entry_minimum_score": False,
        },
    }
    resolved = {"instruments": instruments, "published": (), "folder": str(folder), "digest": "0"}
    return Protocol.model_validate({**declared, **resolved, **changes})


GOOD: dict[str, list[list[Any]]] = {
    "cases": [
        ["case_id", "sex", "age_years", "pain_onset", "death"],
        ["A-1", "female", "45.5", "2010", ""],
        ["A-2", "male", "61", "", "yes"],
    ],
    "procedures": [
        ["case_id", "procedure", "date", "level"],
        ["A-1", "marrow_injection", "2012-03-05", "L4/5"],
        ["A-2", "marrow_injection", "2012-03", ""],
        ["A-2", "fusion", "", "L5/S1"],
    ],
    "assessments": [
        ["case_id", "instrument", "value", "date", "visit", "status"],
        ["A-1", "pain_nrs", "7.1", "2012-03-01", "", "done"],
        ["A-1", "pain_nrs", "4.9", "2012-07-05", "4 months", "done"],
        ["A-1", "relief", "", "", "12 months", "not_asked"],
        ["A-2", "odi", "40", "2012-07/2012-08", "4 months", ""],
    ],
    "adverse_events": [
        ["case_id", "term", "ctcae_grade", "serious", "date", "date_end"],
        ["A-1", "bruise", "1", "no", "2012-03-06", "2012-03-09"],
    ],
}
"""A case book without a fault."""


def changed(table: str, row: int, column: str, value: Any) -> dict[str, list[list[Any]]]:
    """The good case book with one cell changed; ``row`` as a spreadsheet counts, the header is 1."""
    tables = {name: [list(cells) for cells in rows] for name, rows in GOOD.items()}
    tables[table][row - 1][tables[table][0].index(column)] = value
    return tables


def with_row(table: str, *cells: Any) -> dict[str, list[list[Any]]]:
    """The good case book with one row more."""
    tables = {name: [list(row) for row in rows] for name, rows in GOOD.items()}
    tables[table].append(list(cells))
    return tables


def csv_text(rows: Rows, *, separator: str = ",", line_end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=line_end).writerows(rows)
    return out.getvalue()


def as_csv(
    folder: Path, tables: Tables, *, encoding: str = "utf-8", separator: str = ",", line_end: str = "\n"
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_text(rows, separator=separator, line_end=line_end).encode(encoding))
    return folder


def as_workbook(path: Path, tables: Mapping[str, Rows]) -> Path:
    """Numbers as numbers, whole dates as dates, the rest as text: what a person's typing becomes in Excel."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for place, row in enumerate(rows):
            sheet.append([_excel(cell) if place else cell for cell in row])
    book.save(path)
    return path


def _excel(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell:
        return cell or None
    if len(cell) == 10 and cell[4] == cell[7] == "-":
        return date.fromisoformat(cell)
    try:
        return float(cell)
    except ValueError:
        return cell


def as_parquet(folder: Path, tables: Tables) -> Path:
    """Typed where every cell of a column allows it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, *rows) in tables.items():
        columns = {}
        for place, column in enumerate(header):
            cells = [row[place] or None for row in rows]
            columns[column] = _parquet(cells)
        pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet")
    return folder


def _parquet(cells: list[str | None]) -> pl.Series:
    texts = pl.Series(cells, dtype=pl.String)
    for typed in (texts.cast(pl.Float64, strict=False), texts.str.to_date("%Y-%m-%d", strict=False)):
        if typed.null_count() == texts.null_count():
            return typed
    return texts


def read(tmp_path: Path, tables: Tables, **changes: Any) -> CaseBook:
    """The tables, through CSV files."""
    return read_casebook(study(tmp_path, **changes), as_csv(tmp_path / "book", tables), today=TODAY)


def problems(tmp_path: Path, tables: Tables, **changes: Any) -> tuple[Problem, ...]:
    """What is wrong with the tables; none of it may hold a key or a value of a case."""
    try:
        read(tmp_path, tables, **changes)
    except DataError as error:
        return error.problems
    return ()
