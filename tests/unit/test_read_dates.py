from datetime import date

import polars as pl
import pytest

from equipoise.domain.records import Clock
from equipoise.read.dates import read_days


def ends(cell: str | None, clock: Clock = Clock.CALENDAR) -> tuple[int | None, int | None]:
    days = read_days(pl.Series([cell], dtype=pl.String), clock)
    assert not days.unreadable[0]
    assert not days.reversed[0]
    return days.low[0], days.high[0]


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2012-03-05", "2012-03-05", "2012-03-05"),
        ("2012-02", "2012-02-01", "2012-02-29"),  # 2012 is a leap year
        ("2011-02", "2011-02-01", "2011-02-28"),
        ("2012-12", "2012-12-01", "2012-12-31"),
        ("2012", "2012-01-01", "2012-12-31"),
        ("2012-03/2012-09", "2012-03-01", "2012-09-30"),
        ("2011/2012-02-03", "2011-01-01", "2012-02-03"),
        ("2012-03-05 / 2012-03-05", "2012-03-05", "2012-03-05"),
        ("2012-03-05T23:59:59", "2012-03-05", "2012-03-05"),
        ("2012-03-05 23:59:59.5", "2012-03-05", "2012-03-05"),
        ("2012-03-05T10:00Z", "2012-03-05", "2012-03-05"),
        ("2012-03-05T10:00+01:00", "2012-03-05", "2012-03-05"),
    ],
)
def test_a_date_as_vague_as_the_chart(cell, first, last):
    assert ends(cell) == (day(first), day(last))


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("30", 30, 30),
        ("-7", -7, -7),
        ("+7", 7, 7),
        ("\N{MINUS SIGN}7", -7, -7),
        ("0/913", 0, 913),
        ("-30/-1", -30, -1),
        ("30.0", 30, 30),
    ],
)
def test_a_study_day(cell, low, high):
    assert ends(cell, Clock.STUDY_DAY) == (low, high)


@pytest.mark.parametrize("clock", list(Clock))
def test_blank_is_blank_at_both_ends(clock):
    assert ends(None, clock) == (None, None)


@pytest.mark.parametrize(
    "cell",
    [
        "31/12/2012", "2012-13-40", "2012-02-30", "2012-3-5", "12-03-2012", "0012-03-05", "12-03-0005", "9999-01-01",
        "2012/", "/2012", "2012/2013/2014", "2012-03-05T", "2012-03-05 noon", "March 2012", "yes", "/", "41000", "２０１２",
    ],
)  # fmt: skip
def test_no_date(cell):
    days = read_days(pl.Series([cell]), Clock.CALENDAR)
    assert days.unreadable.to_list() == [True]
    assert (days.low[0], days.high[0]) == (None, None)


@pytest.mark.parametrize("cell", ["3.5", "1e3", "99999999999", "1000000", "2012-03-05", "day 3", "1/", "1/2/3"])
def test_no_study_day(cell):
    assert read_days(pl.Series([cell]), Clock.STUDY_DAY).unreadable.to_list() == [True]


@pytest.mark.parametrize(("cell", "clock"), [("2012-09/2012-03", Clock.CALENDAR), ("5/2", Clock.STUDY_DAY)])
def test_an_interval_the_wrong_way_round_is_told_apart_from_no_date(cell, clock):
    days = read_days(pl.Series([cell]), clock)
    assert (days.reversed[0], days.unreadable[0], days.low[0]) == (True, False, None)


def test_good_and_bad_cells_keep_their_places():
    cells = pl.Series(["2012-03-05", None, "x", "2012", "2012-03-05", "2013/2012"])
    days = read_days(cells, Clock.CALENDAR)
    assert days.low.to_list() == [day("2012-03-05"), None, None, day("2012-01-01"), day("2012-03-05"), None]
    assert days.high.to_list() == [day("2012-03-05"), None, None, day("2012-12-31"), day("2012-03-05"), None]
    assert days.unreadable.to_list() == [False, False, True, False, False, False]
    assert days.reversed.to_list() == [False, False, False, False, False, True]


def test_typed_columns_need_no_text():
    from datetime import datetime

    stamps = pl.Series([datetime(2012, 3, 5, 23, 59), None])
    assert read_days(stamps, Clock.CALENDAR).low.to_list() == [day("2012-03-05"), None]
    assert read_days(pl.Series([date(2012, 3, 5)]), Clock.STUDY_DAY).unreadable.to_list() == [True]
    assert read_days(pl.Series([2012, 201203]), Clock.CALENDAR).high.to_list() == [day("2012-12-31"), None]
    assert read_days(pl.Series([1.0, 2.5]), Clock.STUDY_DAY).unreadable.to_list() == [False, True]
    assert read_days(pl.Series([1, 99_999_999_999]), Clock.STUDY_DAY).low.to_list() == [1, None]
