"""Time zero, and every other date as days from it; vague dates stay intervals."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar, cast

import dataframely as dy
import numpy as np
import polars as pl

from equipoise.domain.cohort import NEVER, Flags, FollowUp, Ints
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook, Clock
from equipoise.stats.segments import segment_starts

Table = TypeVar("Table", bound=dy.Schema)

NO_DATE = np.int64(-(2**31))
"""Marks a blank date in an integer array."""

ENDS = ("death", "withdrawal", "last_contact")
"""The columns of ``cases`` that end follow-up."""


@dataclass(frozen=True)
class TimeZero:
    """Per case of the case book: (n,) the first and last day time zero may be; ``treated`` and ``dated`` flags."""

    low: Ints
    high: Ints
    treated: Flags
    dated: Flags


@dataclass(frozen=True)
class Records:
    """Rows of one table that belong to a cohort, ascending by case.

    ``case`` : (m,) index of the case; ``low``, ``high`` : (m,) days from time zero; ``dated`` : (m,) false where the
    date is blank (``low`` and ``high`` are then ``NO_DATE``); ``rows`` : the table's own columns, in the same order
    """

    case: Ints
    low: Ints
    high: Ints
    dated: Flags
    rows: pl.DataFrame

    def where(self, keep: Flags) -> "Records":
        """The rows for which ``keep`` is true."""
        if keep.all():
            return self
        rows = self.rows.filter(pl.Series(keep))
        return Records(self.case[keep], self.low[keep], self.high[keep], self.dated[keep], rows)

    def of_cases(self, keep: Flags) -> "Records":
        """The rows of the cases for which ``keep`` is true, the cases numbered anew."""
        if keep.all():
            return self
        kept = self.where(keep[self.case])
        return replace(kept, case=(np.cumsum(keep) - 1)[kept.case])


def by_the_cut(casebook: CaseBook) -> CaseBook:
    """The case book with every vague date reaching to the data cut at most: nothing in it happened later."""
    cut = _cut_day(casebook)
    if cut is None:
        return casebook

    def clipped(table: dy.DataFrame[Table]) -> dy.DataFrame[Table]:
        last_days = [name for name in table.columns if name.endswith("high")]
        return cast("dy.DataFrame[Table]", table.with_columns(pl.col(last_days).clip(upper_bound=cut)))

    return replace(
        casebook,
        cases=clipped(casebook.cases),
        procedures=clipped(casebook.procedures),
        assessments=clipped(casebook.assessments),
        adverse_events=clipped(casebook.adverse_events),
    )


def find_time_zero(protocol: Protocol, casebook: CaseBook, cases: pl.DataFrame) -> TimeZero:
    """The day of the first index procedure of every row of ``cases``, or the declared study day."""
    if protocol.treatment.index is not None:
        day = np.full(cases.height, protocol.treatment.index.day, dtype=np.int64)
        everyone = np.ones(cases.height, dtype=np.bool_)
        return TimeZero(day, day, everyone, everyone)
    first = (
        casebook.procedures.lazy()
        .filter(pl.col("procedure") == protocol.treatment.procedure)
        .group_by("case_id")
        .agg(pl.col("low").min(), pl.col("high").min())
        .with_columns(treated=True)
        .collect()
    )
    joined = cases.select("case_id").join(first, on="case_id", how="left", maintain_order="left")
    low = whole_days(joined["low"])
    return TimeZero(low, whole_days(joined["high"]), joined["treated"].fill_null(False).to_numpy(), low != NO_DATE)


def records_of(table: pl.DataFrame, cases: pl.DataFrame, zero: TimeZero) -> Records:
    """The rows of ``table`` whose case is in ``cases`` (columns case_id, case), in days from ``zero``."""
    rows = table.join(cases.select("case_id", "case"), on="case_id", how="inner", maintain_order="left").drop("case_id")
    case = rows["case"].to_numpy()
    if case.size and not np.all(case[1:] >= case[:-1]):
        order = np.argsort(case, kind="stable")
        rows, case = rows[order], case[order]
    low, high = whole_days(rows["low"]), whole_days(rows["high"])
    dated = low != NO_DATE
    return Records(
        case=case,
        low=np.where(dated, low - zero.high[case], NO_DATE),
        high=np.where(dated, high - zero.low[case], NO_DATE),
        dated=dated,
        rows=rows.drop("case", "low", "high"),
    )


def find_follow_up(
    casebook: CaseBook, cases: pl.DataFrame, zero: TimeZero, seen: Iterable[tuple[Records, Flags]]
) -> FollowUp:
    """When each case was last known of, as an interval (``docs/methods.md``, Readings 3).

    ``seen`` : tables of records, with flags for the rows that show a case was still followed
    """
    last_low = np.zeros(cases.height, dtype=np.int64)
    last_high = np.zeros(cases.height, dtype=np.int64)
    for records, shows in seen:
        rows = records.dated & shows
        case = records.case[rows]
        if case.size:
            starts = segment_starts(case)
            who = case[starts]
            last_low[who] = np.maximum(last_low[who], np.maximum.reduceat(records.low[rows], starts))
            last_high[who] = np.maximum(last_high[who], np.maximum.reduceat(records.high[rows], starts))
    end_low, end_high = np.full(cases.height, NEVER), np.full(cases.height, NEVER)
    for name in ENDS:
        low, high = whole_days(cases[f"{name}_low"]), whole_days(cases[f"{name}_high"])
        dated = low != NO_DATE
        end_low = np.where(dated, np.minimum(end_low, low - zero.high), end_low)
        end_high = np.where(dated, np.minimum(end_high, high - zero.low), end_high)
    recorded = end_high < NEVER
    return FollowUp(
        low=np.where(recorded, np.maximum(end_low, last_low), last_low),
        high=np.maximum(np.where(recorded, end_high, cut_days(casebook, zero)[1]), last_high),
    )


def cut_days(casebook: CaseBook, zero: TimeZero) -> tuple[Ints, Ints]:
    """The data cut in days from time zero, as an interval; ``NEVER`` where the cut has no day."""
    cut = _cut_day(casebook)
    if cut is None:
        never = np.full(zero.low.size, NEVER)
        return never, never
    return cut - zero.high, cut - zero.low


def _cut_day(casebook: CaseBook) -> int | None:
    if casebook.clock is Clock.STUDY_DAY or casebook.cut.date is None:
        return None
    return (casebook.cut.date - date(1970, 1, 1)).days


def whole_days(column: pl.Series) -> Ints:
    """A column of days as integers; ``NO_DATE`` where blank."""
    days: Ints = column.cast(pl.Int64).fill_null(int(NO_DATE)).to_numpy()
    return days
