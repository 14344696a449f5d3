"""Laws of vague dates, against Python's own calendar."""

import calendar
from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.records import Clock
from equipoise.read.dates import read_days

EPOCH = date(1970, 1, 1)
dates = st.dates(date(1850, 1, 1), date(2200, 12, 31))
words = st.text(alphabet="0123456789-/T:. +", max_size=24)


def interval(cells: list[str | None], clock: Clock = Clock.CALENDAR) -> list[tuple[int | None, int | None]]:
    days = read_days(pl.Series(cells, dtype=pl.String), clock)
    return list(zip(days.low.to_list(), days.high.to_list(), strict=True))


def number(day: date) -> int:
    return (day - EPOCH).days


@given(st.lists(dates, min_size=1))
def test_a_whole_date_is_that_day(days):
    assert interval([day.isoformat() for day in days]) == [(number(day), number(day)) for day in days]


@given(dates)
def test_a_month_holds_each_of_its_days_and_no_other(day):
    ((low, high),) = interval([f"{day:%Y-%m}"])
    length = calendar.monthrange(day.year, day.month)[1]
    assert (low, high) == (number(day.replace(day=1)), number(day.replace(day=1)) + length - 1)


@given(dates)
def test_the_vaguer_the_text_the_wider_the_interval(day):
    whole, month, year = interval([day.isoformat(), f"{day:%Y-%m}", f"{day:%Y}"])
    assert year[0] <= month[0] <= whole[0] == whole[1] <= month[1] <= year[1]
    assert year == (number(date(day.year, 1, 1)), number(date(day.year, 12, 31)))


@given(dates, dates)
def test_an_interval_goes_from_the_first_day_of_one_to_the_last_of_the_other(one, other):
    first, last = sorted((one, other))
    assert interval([f"{first:%Y-%m}/{last:%Y-%m}"]) == [
        (interval([f"{first:%Y-%m}"])[0][0], interval([f"{last:%Y-%m}"])[0][1])
    ]


@given(st.integers(-73_000, 73_000), st.integers(0, 1000))
def test_study_days_are_what_they_say(day, length):
    end = min(day + length, 73_000)
    assert interval([str(day), f"{day}/{end}"], Clock.STUDY_DAY) == [(day, day), (day, end)]


@given(st.lists(st.none() | words), st.sampled_from(list(Clock)))
def test_any_text_is_an_interval_or_a_problem_and_never_both(cells, clock):
    days = read_days(pl.Series([cell or None for cell in cells], dtype=pl.String), clock)
    for cell, low, high, unreadable, backwards in zip(
        cells, days.low, days.high, days.unreadable, days.reversed, strict=True
    ):
        assert (low is None) == (high is None)
        assert (low is not None) + unreadable + backwards == bool(cell)
        assert low is None or low <= high


@given(st.lists(st.none() | dates.map(date.isoformat) | st.sampled_from(["2012", "2012-03", "x", "2012-03/2012-04"])))
def test_a_cell_is_read_the_same_whatever_stands_around_it(cells):
    assert interval(cells) == [interval([cell])[0] for cell in cells]


@given(dates, st.integers(0, 400))
def test_a_typed_date_and_its_text_agree(first, length):
    days = [first + timedelta(k) for k in range(0, length, 37)]
    typed = read_days(pl.Series(days, dtype=pl.Date), Clock.CALENDAR).low.to_list()
    assert typed == [None if day.year > 2200 else number(day) for day in days]
