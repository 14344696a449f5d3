"""The front door to the cases: whatever file holds them, five typed tables, checked, frozen and signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import dataframely as dy
import polars as pl

from equipoise.domain.comparator import criteria_asked
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import (
    FILE_COLUMNS,
    AdverseEvents,
    Assessments,
    CaseBook,
    Cases,
    Clock,
    Cut,
    Imaging,
    Procedures,
)
from equipoise.errors import DataError, Problem
from equipoise.read.check_assessments import (
    check_assessments,
    check_last_day,
    check_one_value_a_day,
    name_assessments,
    yes_no_values,
)
from equipoise.read.columns import map_columns, source_names
from equipoise.read.digest import digest
from equipoise.read.order import Ranked, rank
from equipoise.read.sheet import ROW, Sheet
from equipoise.read.tables import Opened, open_single, open_tables
from equipoise.read.typed import LastDay, Typed, canonical_names, clock_of, days_since_1970, type_table
from equipoise.read.validate import (
    check_book,
    check_columns_asked,
    check_duplicates,
    procedure_names,
    time_zero,
    undated_index_notes,
)


def read_casebook(protocol: Protocol, source: str | Path | None = None, *, today: date | None = None) -> CaseBook:
    """The case book of a study, or every problem it has.

    Parameters
    ----------
    protocol : the study; it says where the case book lies, what its blanks are, and what may occur in it
    source : a folder, a workbook or a file to read instead of ``protocol.cases.path``
    today : the day no record can lie after; by default the day this is run

    Raises
    ------
    DataError : everything that is wrong with it, by table, row and column
    """
    path = Path(protocol.folder) / protocol.cases.path if source is None else Path(source)
    today = date.today() if today is None else today
    opened = _open(path, protocol.cases.path if source is None else str(source), protocol)
    book = _typed(opened, protocol, today)
    ranked, problems, notes = _checked(book, protocol, today)
    problems = [*book.problems, *problems]
    if problems:
        raise DataError(problems)
    return _frozen(path, protocol, book, ranked, notes=(*opened.notes, *notes))


@dataclass(frozen=True)
class _Book:
    """The tables of a case book, typed, and all that is wrong with them so far. Tables it has not are empty."""

    clock: Clock
    tables: Mapping[str, Typed]
    present: frozenset[str]
    case_columns: frozenset[str]
    problems: tuple[Problem, ...]


def _open(path: Path, asked: str, protocol: Protocol) -> Opened:
    """The tables at ``path``, which was ``asked`` for so; raises where there are no cases to go on with."""
    unknown = protocol.cases.unknown
    named = {(criterion.column or "").removeprefix("cases.") for criterion in criteria_asked(protocol)}
    if protocol.columns is not None and path.is_file():
        found = open_single(path, known=source_names(protocol.columns), unknown=unknown)
        sheets: dict[str, Sheet] = {}
        problems: list[Problem] = []
        if found.sheet is not None and not found.problems:
            sheets, problems = map_columns(found.sheet, protocol.columns, named)
        if protocol.treatment.procedure is not None:
            problems.append(_no_procedures(path.name))
        opened = Opened(sheets, (*found.problems, *problems), found.notes)
    else:
        index = ("procedures",) if protocol.treatment.procedure is not None else ()
        required = ("cases", *index, "assessments")
        opened = open_tables(path, asked=asked, required=required, named=named, unknown=unknown)
    cases = opened.sheets.get("cases")
    if cases is None:
        raise DataError(opened.problems)
    if cases.frame.height == 0:
        empty = Problem(cases.label, "the case book is empty", "enter the cases, one row each, under the header")
        raise DataError((*opened.problems, empty))
    return opened


def _no_procedures(file: str) -> Problem:
    remedy = "give time zero as a study day, [treatment] index = { day = 0 }, or a case book of several tables"
    return Problem(file, "one wide file holds no procedures, and time zero is one", remedy)


def _typed(opened: Opened, protocol: Protocol, today: date) -> _Book:
    """Every table typed, under the protocol's names; raises where the days cannot be read at all."""
    cut = protocol.cases.cut
    clock, clock_problems = clock_of(opened.sheets, cut)
    problems = [*opened.problems, *clock_problems]
    if clock is None:
        raise DataError(problems)
    if cut is not None and cut > today:
        problems.append(Problem("study.toml: cases.cut", "the data cut lies after today", "correct the date"))
    if clock is Clock.CALENDAR and protocol.treatment.index is not None:
        remedy = "give the case book study days, or name the index procedure"
        problems.append(Problem("study.toml: [treatment] index", "a study day, but the case book has dates", remedy))
    if clock is Clock.STUDY_DAY:
        last = None
    elif cut is not None and cut <= today:
        last = LastDay(days_since_1970(cut), "the data cut")
    else:
        last = LastDay(days_since_1970(today), "today")
    tables: dict[str, Typed] = {}
    for table in FILE_COLUMNS:
        sheet = opened.sheets.get(table) or _empty(table)
        if table == "assessments":
            sheet = yes_no_values(sheet, protocol)
        typed, found = type_table(table, sheet, clock, None if table == "assessments" else last)
        problems += found
        if table == "assessments":
            typed, found = name_assessments(typed, protocol)
            problems += [*found, *check_last_day(typed, last)]
        elif table == "procedures":
            names = canonical_names(typed.frame["procedure"], procedure_names(protocol))
            typed = Typed(table, typed.label, typed.frame.with_columns(procedure=names), typed.unread)
        tables[table] = typed
    case_columns = frozenset(opened.sheets["cases"].frame.columns)
    return _Book(clock, tables, frozenset(opened.sheets), case_columns, tuple(problems))


def _empty(table: str) -> Sheet:
    columns = {column.name: pl.Series([], dtype=pl.String) for column in FILE_COLUMNS[table] if column.required}
    return Sheet(table, pl.DataFrame({ROW: pl.Series([], dtype=pl.UInt32), **columns}))


def _checked(book: _Book, protocol: Protocol, today: date) -> tuple[dict[str, Ranked], list[Problem], list[str]]:
    """(every table in canonical order, what is wrong across rows and tables, what is worth a note)."""
    cases = book.tables["cases"]
    case_ids = cases.frame["case_id"].drop_nulls().unique().sort()
    ranked = {table: rank(typed, case_ids) for table, typed in book.tables.items()}
    present = {table: typed for table, typed in book.tables.items() if table in book.present}
    problems = check_book(protocol, present, ranked, today)
    asked_problems, notes = check_columns_asked(protocol, cases, set(book.case_columns))
    problems += asked_problems
    notes += undated_index_notes(protocol, book.tables["procedures"], ranked["procedures"])
    assessments = book.tables["assessments"]
    earliest = time_zero(protocol, book.tables["procedures"], ranked["procedures"], case_ids.len())
    found, more_notes = check_assessments(assessments, ranked["assessments"], protocol, earliest)
    problems += found
    notes += more_notes
    ordered = {table: unordered.sorted() for table, unordered in ranked.items()}
    problems += check_one_value_a_day(assessments, ordered["assessments"])
    for table, typed in present.items():
        if table != "cases":
            problems += check_duplicates(typed, ordered[table])
    if "adverse_events" in present and present["adverse_events"].frame.height == 0:
        notes.append("the table adverse_events has no rows: read as harms recorded, and none seen")
    return ordered, problems, notes


def _frozen(
    path: Path, protocol: Protocol, book: _Book, ordered: Mapping[str, Ranked], *, notes: tuple[str, ...]
) -> CaseBook:
    """The checked tables as a case book, signed."""
    plain = {table: ordered[table].plain() for table in FILE_COLUMNS}
    recorded = "adverse_events" in book.present
    cut = Cut(
        source=path.resolve().name,
        date=protocol.cases.cut,
        digest=digest(book.clock, ordered.values(), adverse_events_recorded=recorded),
        rows={table: frame.height for table, frame in plain.items()},
    )
    further = [name for name in plain["cases"].columns if name not in Cases.column_names()]
    cases = Cases.validate(plain["cases"]).with_columns(plain["cases"].select(further))
    return CaseBook(
        clock=book.clock,
        cases=cast("dy.DataFrame[Cases]", cases),
        procedures=Procedures.validate(plain["procedures"]),
        assessments=Assessments.validate(plain["assessments"]),
        imaging=Imaging.validate(plain["imaging"]),
        adverse_events=AdverseEvents.validate(plain["adverse_events"]),
        adverse_events_recorded=recorded,
        cut=cut,
        notes=notes,
    )
