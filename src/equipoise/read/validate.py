"""What is wrong with a case book: every problem at once, by table, row and column, never a key or a value."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from equipoise.domain.comparator import criteria_asked
from equipoise.domain.protocol import Protocol
from equipoise.errors import Problem
from equipoise.read.cells import closest, fold, near_miss
from equipoise.read.order import Ranked
from equipoise.read.sheet import ROW, at_rows
from equipoise.read.typed import FURTHER, Typed

NO_TIME_ZERO = np.int64(-(2**31))
"""Before every day: nothing can be said to lie on or before it."""

MOST_NAMES = 20_000
"""No study has more procedures or instruments; a column that has holds something else."""


def check_cases(cases: Typed, today: date) -> list[Problem]:
    """Keys that occur twice, and ages no one can have."""
    frame = cases.frame
    doubled = frame["case_id"].is_duplicated() & frame["case_id"].is_not_null()
    problems = cases.at(doubled, "case_id", "the same case_id in more than one row", "one row a case: merge or rename")
    unborn = frame["birth_year"] > today.year
    problems += cases.at(unborn, "birth_year", "out of range", "a year of birth lies in the past")
    problems += cases.at(
        frame["pain_years"] > frame["age_years"],
        "pain_years",
        "more years of pain than of life",
        "correct pain_years or age_years",
    )
    return problems


def check_references(typed: Typed, ranked: Ranked) -> list[Problem]:
    """Rows of a table about a case that ``cases`` does not have."""
    stray = typed.frame["case_id"].is_not_null() & ranked.frame["case_id"].is_null()
    remedy = "add the case to cases, or correct the key"
    return typed.at(stray, "case_id", "a case that is not in the table cases", remedy)


def check_duplicates(typed: Typed, ordered: Ranked) -> list[Problem]:
    """Rows that say the same thing twice, in every column of the file.

    Parameters
    ----------
    typed : the table as read
    ordered : the same rows in canonical order
    """
    rows = ordered.frame[ROW].filter(same_as_before(ordered.frame, ordered.columns))
    if rows.len() == 0:
        return []
    alike = ordered.frame.lazy().filter(pl.struct(ordered.columns).is_duplicated()).select(ROW)
    further = [name for name in typed.frame.columns if name.startswith(FURTHER)]
    suspects = typed.frame.join(alike.collect(), on=ROW, how="semi")
    twice = suspects.select(pl.exclude(ROW)).is_duplicated() if further else pl.repeat(True, len(suspects), eager=True)
    remedy = "delete the copy, or tell the rows apart (a date, a level, a column of your own)"
    return at_rows(typed.label, None, suspects[ROW].filter(twice), "the same row more than once", remedy)


def same_as_before(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """(n,) whether a row equals the row before it in these columns; blank equals blank."""
    same = [pl.col(name).eq_missing(pl.col(name).shift(1)) for name in columns]
    found = frame.select((pl.all_horizontal(same) & (pl.int_range(pl.len()) > 0)).alias("same"))
    return found["same"]


def procedure_names(protocol: Protocol) -> set[str]:
    """Every procedure the protocol names."""
    names = {protocol.treatment.procedure} if protocol.treatment.procedure is not None else set()
    for event in protocol.intercurrent_event:
        if isinstance(event.procedures, tuple):
            names.update(event.procedures)
    for criterion in criteria_asked(protocol):
        names.update(criterion.procedure or ())
    for each in protocol.comparison:
        treatment = each.comparator.treatment
        if each.comparator.cases is None and treatment is not None and treatment.procedure is not None:
            names.add(treatment.procedure)
    return names


def check_procedures(procedures: Typed, protocol: Protocol) -> list[Problem]:
    """Misspelt procedures, no index procedure at all, two of them on a day."""
    names = procedure_names(protocol)
    problems, misspelt = check_spelling(procedures, "procedure", names, "if it is another one, name it in the protocol")
    index = protocol.treatment.procedure
    if index is None:
        return problems
    frame = procedures.frame
    is_index = (frame["procedure"] == index).fill_null(False)
    if not is_index.any() and index not in misspelt:
        alike = closest(index, set(frame["procedure"].drop_nulls().unique().sort().head(MOST_NAMES).to_list()))
        hint = f"is it '{alike}' here? " if alike and fold(alike) != fold(index) else ""
        remedy = f"{hint}the protocol's treatment.procedure and the table must use one name"
        problems.append(Problem(procedures.label, f"the index procedure '{index}' does not occur", remedy))
    dated = frame.filter(is_index & (frame["low"] == frame["high"]))
    twice = dated.filter(dated.select("case_id", "low").is_duplicated())[ROW]
    remedy = "time zero is one procedure: correct a date, or make it one row"
    problem = "two index procedures of a case on one day"
    return problems + at_rows(procedures.label, "procedure", twice, problem, remedy)


def check_spelling(typed: Typed, column: str, names: set[str], otherwise: str) -> tuple[list[Problem], set[str]]:
    """(rows whose name probably misspells a known one, the known names so misspelt)."""
    cells = typed.frame[column]
    strange = sorted(set(cells.unique().drop_nulls().to_list()) - names)
    if len(strange) > MOST_NAMES:
        rows = cells.is_not_null() & ~cells.is_in(sorted(names))
        problem = f"more than {MOST_NAMES:,} different names"
        return typed.at(rows, column, problem, "check that the column holds what its header says"), set()
    meant = {written: near_miss(written, names) for written in strange}
    misspelt = {name for name in meant.values() if name is not None}
    problems: list[Problem] = []
    for name in sorted(misspelt):
        rows = cells.is_in([written for written in strange if meant[written] == name])
        problems += typed.at(rows, column, f"probably a misspelling of '{name}'", f"write '{name}'; {otherwise}")
    return problems, misspelt


def time_zero(protocol: Protocol, procedures: Typed | None, ranked: Ranked | None, n: int) -> npt.NDArray[np.int64]:
    """(n,) the earliest day each case's clock may start, by rank of its key; NO_TIME_ZERO where nothing is certain."""
    if protocol.treatment.index is not None:
        return np.full(n, protocol.treatment.index.day, dtype=np.int64)
    earliest = np.full(n, NO_TIME_ZERO, dtype=np.int64)
    if procedures is None or ranked is None:
        return earliest
    first = (
        ranked.frame.select("case_id", "low")
        .filter((procedures.frame["procedure"] == protocol.treatment.procedure).fill_null(False))
        .filter(pl.col("case_id").is_not_null())
        .group_by("case_id")
        .agg(pl.col("low").min(), undated=pl.col("low").is_null().any())
        .filter(~pl.col("undated"))
    )
    earliest[first["case_id"].to_numpy()] = first["low"].to_numpy()
    return earliest


def undated_index_notes(protocol: Protocol, procedures: Typed, ranked: Ranked) -> list[str]:
    """How many cases have an index procedure without a date beside one with a date."""
    is_index = (procedures.frame["procedure"] == (protocol.treatment.procedure or "")).fill_null(False)
    by_case = ranked.frame.filter(is_index).filter(pl.col("case_id").is_not_null()).group_by("case_id")
    undated = by_case.agg(both=pl.col("low").is_null().any() & pl.col("low").is_not_null().any())["both"].sum()
    if not undated:
        return []
    counted, clock = ("1 case has", "its clock") if undated == 1 else (f"{undated} cases have", "their clock")
    without = "an index procedure without a date beside a dated one"
    return [f"{counted} {without}; the dated one starts {clock}"]


def check_adverse_events(events: Typed) -> list[Problem]:
    """Events that end before they start."""
    backwards = events.frame["end_high"] < events.frame["low"]
    return events.at(backwards, "date_end", "the event ends before it starts", "correct the start or the end")


def check_columns_asked(protocol: Protocol, cases: Typed, given: set[str]) -> tuple[list[Problem], list[str]]:
    """(eligibility criteria on a column there is none of, notes on known columns the file leaves out).

    Parameters
    ----------
    given : the columns of ``cases`` the file has
    """
    problems: list[Problem] = []
    notes: list[str] = []
    for criterion in criteria_asked(protocol):
        column = (criterion.column or "").removeprefix("cases.")
        if not (criterion.column or "").startswith("cases.") or column in given:
            continue
        stems = {name.removesuffix("_low").removesuffix("_high") for name in cases.frame.columns} - {ROW}
        if column in stems:
            notes.append(
                f"the case book has no column cases.{column}, which eligibility asks for: unknown for every case"
            )
        else:
            alike = closest(column, given)
            hint = f"is it 'cases.{alike}'? " if alike else ""
            remedy = f"{hint}add the column, or correct the criterion in the protocol"
            problems.append(Problem(cases.label, f"eligibility asks for a column '{column}' that is not there", remedy))
    return problems, notes


def check_book(
    protocol: Protocol, tables: Mapping[str, Typed], ranked: Mapping[str, Ranked], today: date
) -> list[Problem]:
    """Everything but the assessments, whose checks are in ``check_assessments``."""
    problems = check_cases(tables["cases"], today)
    for table, typed in tables.items():
        if table != "cases":
            problems += check_references(typed, ranked[table])
    if "procedures" in tables:
        problems += check_procedures(tables["procedures"], protocol)
    if "adverse_events" in tables:
        problems += check_adverse_events(tables["adverse_events"])
    return problems
