"""Vague dates: every cell becomes the first and the last day it may mean.

Whole texts (``2012-03-05``, ``30``) take a fast path; the rest (``2012-03``, ``2012``, ``2012-03/2012-09``,
``0/913``, an ISO time stamp) are few distinct texts, read once each. A blank is blank at both ends.
"""

from dataclasses import dataclass

import polars as pl

from equipoise.domain.records import Clock
from equipoise.read.cells import as_text

FORMS = {
    Clock.CALENDAR: "2012-03-05, 2012-03, 2012 or 2012-03/2012-09",
    Clock.STUDY_DAY: "a whole number of days such as 30 or -7, or 0/913",
}
"""The forms a reader may write, by clock."""

FIRST_YEAR, LAST_YEAR = 1850, 2200
LAST_STUDY_DAY = 73_000
"""Two hundred years: a larger number is no study day."""

_WHOLE_DAY = r"^\d{4}-\d{2}-\d{2}$"
_TIME_STAMP = r"^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$"
_STUDY_DAY = r"^([+-]?\d{1,7})(?:\.0+)?$"


@dataclass(frozen=True)
class Days:
    """When, for every row of a column.

    ``low``, ``high`` : (n,) Int32, the first and last day; null where blank, unreadable or reversed
    ``unreadable``, ``reversed`` : (n,) Boolean
    """

    low: pl.Series
    high: pl.Series
    unreadable: pl.Series
    reversed: pl.Series


def read_days(cells: pl.Series, clock: Clock) -> Days:
    """The first and last day each cell may mean.

    Parameters
    ----------
    cells : (n,) String, Date, Datetime or a number, as ``cells.cleaned`` leaves them: null where blank
    clock : CALENDAR gives days since 1970-01-01, STUDY_DAY the study days as written

    Returns
    -------
    Days, four series of length n
    """
    whole = _whole_days(cells, clock)
    vague = whole.is_null() & cells.is_not_null()
    none = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    if not vague.any():
        return Days(whole, whole, none, none)
    texts = as_text(cells.filter(vague)).alias("text")
    found = texts.to_frame().join(_vague_days(texts.unique(), clock), on="text", how="left", maintain_order="left")
    at = vague.arg_true()
    return Days(
        low=whole.clone().scatter(at, found["low"]),
        high=whole.clone().scatter(at, found["high"]),
        unreadable=none.clone().scatter(at, found["unreadable"]),
        reversed=none.clone().scatter(at, found["reversed"]),
    )


def _whole_days(cells: pl.Series, clock: Clock) -> pl.Series:
    """Whole days as Int32; null where the cell is no whole day."""
    if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
        if clock is Clock.STUDY_DAY:
            return pl.repeat(None, len(cells), dtype=pl.Int32, eager=True)
        return _within(cells.dt.date().to_physical().cast(pl.Int32), clock)
    if clock is Clock.STUDY_DAY:
        whole = cells if cells.dtype.is_integer() else as_text(cells)
        return _within(whole.cast(pl.Int32, strict=False), clock)
    texts = as_text(cells)
    of_ten = pl.when(texts.str.len_bytes() == 10).then(texts.str.to_date("%Y-%m-%d", strict=False, exact=True))
    return _within(pl.select(of_ten.to_physical().cast(pl.Int32)).to_series(), clock)


def _within(days: pl.Series, clock: Clock) -> pl.Series:
    """The days, null where no chart can mean them (the year 12, a study day in the millions)."""
    low, high = _limits(clock)
    if days.len() == days.null_count() or (_least(days) >= low and _most(days) <= high):
        return days
    return pl.select(pl.when(days.is_between(low, high)).then(days)).to_series()


def _least(days: pl.Series) -> int:
    least = days.min()
    assert isinstance(least, int)
    return least


def _most(days: pl.Series) -> int:
    most = days.max()
    assert isinstance(most, int)
    return most


def _limits(clock: Clock) -> tuple[int, int]:
    if clock is Clock.STUDY_DAY:
        return -LAST_STUDY_DAY, LAST_STUDY_DAY
    ends = pl.select(low=pl.date(FIRST_YEAR, 1, 1).to_physical(), high=pl.date(LAST_YEAR, 12, 31).to_physical())
    low, high = ends.row(0)
    return int(low), int(high)


def _vague_days(texts: pl.Series, clock: Clock) -> pl.DataFrame:
    """Columns text, low, high, unreadable, reversed for distinct texts that are no whole day."""
    ends = pl.DataFrame({"text": texts}).with_columns(
        parts=pl.col("text").str.count_matches("/", literal=True),
        first=pl.col("text").str.split_exact("/", 1).struct.field("field_0").str.strip_chars(),
        last=pl.col("text").str.split_exact("/", 1).struct.field("field_1").str.strip_chars(),
    )
    ends = ends.with_columns(last=pl.when(pl.col("parts") == 0).then("first").otherwise("last"))
    if clock is Clock.CALENDAR:
        read = ends.with_columns(low=_first_day("first"), high=_last_day("last"))
    else:
        read = ends.with_columns(low=_study_day("first"), high=_study_day("last"))
    lowest, highest = _limits(clock)
    good = pl.col("low").is_between(lowest, highest) & pl.col("high").is_between(lowest, highest)
    good = good.fill_null(False) & (pl.col("parts") <= 1)
    backwards = good & (pl.col("low") > pl.col("high"))
    usable = good & ~backwards
    return read.select(
        "text",
        low=pl.when(usable).then("low"),
        high=pl.when(usable).then("high"),
        unreadable=~good,
        reversed=backwards,
    )


def _stamped(name: str) -> pl.Expr:
    """A whole date, or the date part of a time stamp; null for anything else."""
    stamp = pl.col(name).str.extract(_TIME_STAMP, 1)
    return pl.when(pl.col(name).str.contains(_WHOLE_DAY)).then(pl.col(name)).otherwise(stamp)


def _first_day(name: str) -> pl.Expr:
    text = pl.col(name)
    filled = (
        pl.when(text.str.contains(r"^\d{4}$"))
        .then(text + "-01-01")
        .when(text.str.contains(r"^\d{4}-\d{2}$"))
        .then(text + "-01")
        .otherwise(_stamped(name))
    )
    return filled.str.to_date("%Y-%m-%d", strict=False, exact=True).to_physical().cast(pl.Int32)


def _last_day(name: str) -> pl.Expr:
    text = pl.col(name)
    month = (text + "-01").str.to_date("%Y-%m-%d", strict=False, exact=True).dt.month_end()
    year = (text + "-12-31").str.to_date("%Y-%m-%d", strict=False, exact=True)
    day = _stamped(name).str.to_date("%Y-%m-%d", strict=False, exact=True)
    last = (
        pl.when(text.str.contains(r"^\d{4}$"))
        .then(year)
        .when(text.str.contains(r"^\d{4}-\d{2}$"))
        .then(month)
        .otherwise(day)
    )
    return last.to_physical().cast(pl.Int32)


def _study_day(name: str) -> pl.Expr:
    plain = pl.col(name).str.replace("−", "-", literal=True)
    return plain.str.extract(_STUDY_DAY, 1).str.strip_prefix("+").cast(pl.Int32, strict=False)
