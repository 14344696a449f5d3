"""A table as a file holds it, with the row numbers a spreadsheet shows, and problems that name those rows."""

from dataclasses import dataclass

import polars as pl

from equipoise.errors import Problem

ROW = "\x00row"
"""The column of row numbers (UInt32; the header is row 1). No header can be spelt like it."""

SHOWN = 5


@dataclass(frozen=True)
class Sheet:
    """One table of a file: ``frame`` has ROW and the file's columns, cleaned; blank rows are gone.

    ``label`` is how a problem names it: ``cases.csv``, or ``case-book.xlsx, sheet 'cases'``.
    """

    label: str
    frame: pl.DataFrame
    decimal_comma: bool = False


@dataclass(frozen=True)
class Found:
    """What came of opening something: a sheet, or the problems that kept it shut; and what is worth a note."""

    sheet: Sheet | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def refused(where: str, problem: str, remedy: str) -> Found:
    """Nothing could be opened, for one reason."""
    return Found(None, (Problem(where, problem, remedy),))


def at_rows(label: str, column: str | None, rows: pl.Series, problem: str, remedy: str) -> list[Problem]:
    """One problem for all the rows it concerns, the first five by number; none when there are no rows."""
    if rows.len() == 0:
        return []
    numbers = rows.unique().sort()
    shown = ", ".join(str(number) for number in numbers.head(SHOWN))
    more = f" and {numbers.len() - SHOWN} more" if numbers.len() > SHOWN else ""
    named = f"column '{column}', " if column else ""
    word = "row" if numbers.len() == 1 else "rows"
    return [Problem(f"{label}: {named}{word} {shown}{more}", problem, remedy)]


def numbered(columns: dict[str, pl.Series], label: str, *, decimal_comma: bool = False) -> Sheet:
    """A sheet of the columns below a header: rows numbered from 2, rows that are blank throughout left out."""
    height = len(next(iter(columns.values()))) if columns else 0
    rows = pl.int_range(2, height + 2, dtype=pl.UInt32, eager=True)
    frame = pl.DataFrame({ROW: rows, **columns})
    blank = frame.select(pl.all_horizontal(pl.exclude(ROW).is_null())).to_series() if columns else None
    if blank is not None and blank.any():
        frame = frame.filter(~blank)
    return Sheet(label, frame, decimal_comma)
