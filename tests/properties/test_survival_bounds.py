"""Bounds for vague dates: worked cases, and every reading of small charts, one by one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.cohort import NEVER
from equipoise.errors import DataError
from equipoise.stats.incidence_bounds import incidence_bounds
from equipoise.stats.survival import cumulative_incidence, incidence_at

LAST = 6


def test_by_hand() -> None:
    # Sure on day 3; some day from 2 to 5; perhaps on day 4, else followed to day 9; none, followed to 4; none, to 9.
    certain, possible = incidence_bounds(
        [3, 2, 4, NEVER, NEVER], [3, 5, NEVER, NEVER, NEVER], [9, 9, 9, 4, 9], [0, 1, 2, 3, 4, 5, 9, 10]
    )
    assert certain.tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert possible.tolist() == [0, 0, 1, 2, 3, 4, 4, 5]


def test_marrow_twelve_other_procedures_within_913_days() -> None:
    # DESIGN: 12 of 24 had another procedure on no known day within 30 months, 12 had none and were followed so long.
    low, high = np.repeat([0, NEVER], 12), np.repeat([913, NEVER], 12)
    certain, possible = incidence_bounds(low, high, np.full(24, 913), [122, 365, 913])
    assert (certain.tolist(), possible.tolist()) == ([0, 0, 12], [12, 12, 12])


def test_an_event_that_certainly_came_later_was_not_had_by_then_however_short_the_follow_up_reads() -> None:
    assert [array.tolist() for array in incidence_bounds([8], [9], [2], [5])] == [[0], [0]]


def test_who_died_without_it_cannot_have_it_unseen() -> None:
    assert incidence_bounds([NEVER], [NEVER], [NEVER], [10**6])[1].tolist() == [0]
    later = incidence_bounds([NEVER], [NEVER], [3], [9], competing_low_days=[3], competing_high_days=[3])
    assert later[1].tolist() == [0]


interval = st.tuples(st.integers(0, LAST), st.integers(0, LAST), st.integers(0, 2)).map(
    lambda drawn: {
        0: (int(NEVER), int(NEVER)),
        1: (min(drawn[:2]), max(drawn[:2])),
        2: (drawn[0], int(NEVER)),
    }[drawn[2]]
)


def days_of(ends: tuple[int, int]) -> list[int]:
    low, high = ends
    return [NEVER] if low == NEVER else [*range(low, min(high, LAST + 2) + 1), *([NEVER] if high == NEVER else [])]


def had_it(event: tuple[int, int], competing: tuple[int, int], seen_to: int, day: int) -> set[bool]:
    """Whether the case had the event first, by ``day``, under each reading of its chart."""
    found = set()
    for seen, other in product(days_of(event), days_of(competing)):
        if seen != NEVER:
            found |= {True} if seen <= day and seen < other else set()
            found |= {True, False} if seen <= day and seen == other else set()
            found |= {False} if seen > day or seen > other else set()
        else:
            # Not seen: it may have come on any day after follow-up, unless something else came first.
            found |= {False} if other != NEVER else {unseen <= day for unseen in (*range(seen_to + 1, LAST + 9), NEVER)}
    return found


@given(st.lists(st.tuples(interval, interval, st.integers(0, LAST)), min_size=1, max_size=6), st.booleans())
def test_agree_with_every_reading(charts: list[tuple[tuple[int, int], tuple[int, int], int]], compete: bool) -> None:
    charts = [(event, competing if compete else (int(NEVER), int(NEVER)), seen) for event, competing, seen in charts]
    low, high = np.array([event for event, _, _ in charts]).T
    first, last = np.array([competing for _, competing, _ in charts]).T
    seen_to = np.array([seen for _, _, seen in charts])
    days = np.arange(LAST + 3)
    extra = {"competing_low_days": first, "competing_high_days": last} if compete else {}
    certain, possible = incidence_bounds(low, high, seen_to, days, **extra)
    for day in days:
        found = [had_it(*chart, int(day)) for chart in charts]
        assert certain[day] == sum(False not in reading for reading in found)
        assert possible[day] == sum(True in reading for reading in found)
    assert np.all(np.diff(certain) >= 0)
    assert np.all(np.diff(possible) >= 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=20))
def test_whole_days_bracket_the_curve_and_meet_it_before_the_first_censoring(cases: list[tuple[int, bool]]) -> None:
    time, event = np.array([day for day, _ in cases]), np.array([happened for _, happened in cases])
    day = np.where(event, time, NEVER)
    asked = np.arange(0, time.max() + 1)
    certain, possible = incidence_bounds(day, day, time, asked)
    curve = incidence_at(cumulative_incidence(time, event, of=1), asked).incidence * time.size
    assert np.all(certain <= curve + 1e-9)
    assert np.all(curve <= possible + 1e-9)
    before = asked <= time[~event].min(initial=10)
    np.testing.assert_array_equal(certain[before], possible[before])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([], [], [], [1]), "no case"),
        (([1], [1, 2], [1], [1]), "event_high_days"),
        (([-1], [1], [1], [1]), "event_low_days"),
        (([1], [1], [1.5], [1]), "follow_up_low_days"),
        (([2], [1], [1], [1]), "ends before it starts"),
        (([1], [1], [1], [np.nan]), "a day is negative"),
    ],
)
def test_input_it_cannot_use_is_refused_in_words(arguments: tuple[list[float], ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        incidence_bounds(*arguments)


def test_one_end_of_the_competing_events_is_refused() -> None:
    with pytest.raises(DataError, match="only one end"):
        incidence_bounds([1], [1], [1], [1], competing_low_days=[1])
