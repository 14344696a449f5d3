"""Covariates by name: one value a case, and unknown wherever the chart does not state exactly one."""

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
import polars as pl

from equipoise.cohort.timeline import Records, TimeZero, records_of
from equipoise.cohort.visits import nearest, series_of
from equipoise.domain.cohort import Covariate, FollowUp
from equipoise.domain.covariate import LEVELS, CovariateDeclared
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import FILE_COLUMNS, CaseBook, Kind
from equipoise.errors import DataError, Problem, ProtocolError

NO_COVARIATE = {"case", "case_id", "withdrawn", "died"}
CONCENTRATIONS = ("cfu_f_per_ml",)
"""Of several index procedures on day 0 amounts add up; a concentration is their mean."""

GRADE = r"(?i)(\d+(?:\.\d+)?|\b[IVX]+\b)\s*[a-c]?\s*$"
ROMAN = {"I": 1.0, "II": 2.0, "III": 3.0, "IV": 4.0, "V": 5.0, "VI": 6.0, "VII": 7.0, "VIII": 8.0, "IX": 9.0, "X": 10.0}


def find_covariates(
    protocol: Protocol,
    casebook: CaseBook,
    cases: pl.DataFrame,
    zero: TimeZero,
    assessments: Records,
    follow_up: FollowUp,
) -> Mapping[str, Covariate]:
    """Every covariate the protocol declares, in the order of ``cases``.

    Raises
    ------
    ProtocolError : a column the case book does not have; a logarithm or cut points of text
    DataError : a number whose logarithm is asked for is not above zero
    """
    found = {}
    for declared in protocol.covariate:
        source, _, name = declared.column.partition(".")
        if source == "cases":
            covariate = _of_column(_column_of_cases(declared, cases, name))
        elif source == "baseline":
            covariate = _baseline(declared, assessments, follow_up, name)
        elif source == "procedures":
            covariate = _of_column(_dose(protocol, casebook, cases, zero, name))
        else:
            covariate = _of_column(_worst_grade(declared, casebook, cases, zero))
        found[declared.name] = _as_declared(declared, covariate)
    return found


def _column_of_cases(declared: CovariateDeclared, cases: pl.DataFrame, name: str) -> pl.Series:
    """A column of the case book's own that describes a case: not who it is, and no date, most of which come later."""
    dates = {column.name for column in FILE_COLUMNS["cases"] if column.kind in (Kind.WHEN, Kind.WHEN_OR_YES)}
    derived = {f"{date}_{end}" for date in dates for end in ("low", "high")}
    usable = [each for each in cases.columns if each not in derived | dates | NO_COVARIATE]
    if name in usable:
        return cases[name]
    problem = "holds dates, and describes no case" if name in dates else "is no column of cases that describes one"
    near = [] if name in dates else get_close_matches(name, usable, n=1)
    there = ", ".join(f"cases.{each}" for each in usable)
    add = "" if name in dates else "; or add the column to the table cases"
    remedy = f"did you mean 'cases.{near[0]}'?" if near else f"valid here: {there}{add}"
    where = f"study.toml: covariate '{declared.name}'.column"
    raise ProtocolError(Problem(where, f"'{declared.column}' {problem}", remedy))


def _of_column(column: pl.Series) -> Covariate:
    """Numbers as they are, anything else as categories in the order of their names."""
    known = column.is_not_null().to_numpy()
    if column.dtype.is_numeric():
        return Covariate(column.cast(pl.Float64).fill_null(0.0).to_numpy(), known, ())
    text = column.cast(pl.String)
    labels = tuple(text.drop_nulls().unique().sort().to_list())
    places = text.replace_strict(list(labels), [float(place) for place in range(len(labels))], default=0.0)
    return Covariate(places.cast(pl.Float64).to_numpy(), known, labels)


def _baseline(declared: CovariateDeclared, assessments: Records, follow_up: FollowUp, instrument: str) -> Covariate:
    """The last assessment on or before day 0; unknown where readings differ."""
    assert declared.look_back_days is not None
    n = follow_up.low.size
    may_be = nearest(series_of(assessments, instrument, follow_up), 0, (-declared.look_back_days, 0), n)
    least, greatest = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(least, may_be.case, may_be.value)
    np.maximum.at(greatest, may_be.case, may_be.value)
    known = (least == greatest) & ~may_be.none
    return Covariate(np.where(known, least, 0.0), known, ())


def _dose(protocol: Protocol, casebook: CaseBook, cases: pl.DataFrame, zero: TimeZero, name: str) -> pl.Series:
    """What was given at time zero, over the levels treated that day; blank where any of them is blank or may differ."""
    index = casebook.procedures.filter(pl.col("procedure") == (protocol.treatment.procedure or ""))
    records = records_of(index, cases, zero)
    given = records.where(records.dated & (records.low <= 0))
    rows = given.rows.with_columns(case=given.case, surely=(given.high <= 0) | (zero.low == zero.high)[given.case])
    value = pl.col("level" if name == LEVELS else name)
    if name == LEVELS:
        one = value.n_unique().cast(pl.Float64)
    elif not rows.schema[name].is_numeric():
        one = pl.when(value.n_unique() == 1).then(value.first())
    else:
        one = value.mean() if name in CONCENTRATIONS else value.sum()
    stated = value.is_not_null().all() & pl.col("surely").all()
    each = rows.group_by("case").agg(pl.when(stated).then(one).alias("given"))
    return _per_case(each, cases)


def _worst_grade(declared: CovariateDeclared, casebook: CaseBook, cases: pl.DataFrame, zero: TimeZero) -> pl.Series:
    """The highest grade on images made by time zero: the number, or Roman numeral, a grade ends with."""
    records = records_of(casebook.imaging, cases, zero)
    before = records.where(records.dated & (records.high <= 0))
    rows = before.rows.with_columns(case=before.case)
    if declared.finding is not None:
        rows = rows.filter(pl.col("finding") == declared.finding)
    numeral = pl.col("grade").str.extract(GRADE, 1).str.to_uppercase()
    number = pl.coalesce(
        numeral.replace_strict(ROMAN, default=None, return_dtype=pl.Float64), numeral.cast(pl.Float64, strict=False)
    )
    return _per_case(rows.group_by("case").agg(number.max().alias("given")), cases)


def _per_case(each: pl.DataFrame, cases: pl.DataFrame) -> pl.Series:
    joined = cases.select("case").join(each, on="case", how="left", maintain_order="left")
    return joined["given"]


def _as_declared(declared: CovariateDeclared, found: Covariate) -> Covariate:
    where = f"study.toml: covariate '{declared.name}'"
    if found.labels and (declared.log2 or declared.cut_points):
        key = "log2" if declared.log2 else "cut_points"
        problem = f"'{declared.column}' holds text, and {key} asks for a number"
        raise ProtocolError(Problem(where, problem, f"leave {key} out"))
    if not declared.log2:
        return found
    if (found.value[found.known] <= 0).any():
        problem = f"log2 is asked of '{declared.column}', which is zero or less in some case"
        raise DataError(Problem(where, problem, "leave log2 out, or leave the number blank where it was not measured"))
    return Covariate(np.log2(np.where(found.known, found.value, 1.0)), found.known, ())
