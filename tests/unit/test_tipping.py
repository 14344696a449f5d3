"""The tipping grid of two arms: every cell against the interval itself, the flip line, and the corners."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import DataError, MethodError
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.tipping import MOST_SHOWN, tipping_grid
from laws import examples


def test_nothing_unseen_is_one_cell_with_the_published_limits():
    grid = tipping_grid(33, 0, 50, 10, 0, 51)
    # Miettinen-Nurminen limits of 33/50 against 10/51: .278 to .617, as SAS prints them
    assert (round(float(grid.lower[0, 0]), 3), round(float(grid.upper[0, 0]), 3)) == (0.278, 0.617)
    assert grid.least.tolist() == [0]
    assert grid.worst == grid.best == grid.as_seen
    assert not grid.thinned
    assert grid.monotone


def test_a_cell_is_the_interval_of_its_counts():
    grid = tipping_grid(8, 4, 20, 3, 2, 20, margin=0.1)
    for a in range(5):
        for b in range(3):
            lower, upper = miettinen_nurminen(8 + a, 20, 3 + b, 20)
            assert (grid.lower[a, b], grid.upper[a, b]) == (lower, upper)
            assert grid.difference[a, b] == pytest.approx((5 + a - b) / 20)


@settings(max_examples=examples(40))
@given(st.data())
def test_the_conclusion_is_that_of_the_limits_and_the_line_that_of_the_cells(data):
    counts = []
    for _ in range(2):
        n = data.draw(st.integers(1, 25))
        unseen = data.draw(st.integers(0, n))
        counts += [data.draw(st.integers(0, n - unseen)), unseen, n]
    margin = data.draw(st.sampled_from([-0.2, 0.0, 0.1]))
    grid = tipping_grid(*counts, margin=margin)
    apart = np.abs(grid.lower - margin) > 1e-9
    assert np.array_equal(grid.holds[apart], (grid.lower > margin)[apart])
    for b, least in enumerate(grid.least):
        holding = np.flatnonzero(grid.holds[:, b])
        assert least == (holding[0] if holding.size else -1)
    # brute force of monotony, cell by cell
    rows, columns = grid.holds.shape
    steady = all(
        (not grid.holds[a, b]) or (grid.holds[min(a + 1, rows - 1), b] and grid.holds[a, max(b - 1, 0)])
        for a in range(rows)
        for b in range(columns)
    )
    assert grid.monotone == steady


def test_corners_and_the_seen_rate_rounded_half_up():
    # seen: 10 of 12 treated and 5 of 16 controls respond; 12 * 10/12 = 10 and 8 * 5/16 = 2.5, up to 3
    grid = tipping_grid(10, 12, 24, 5, 8, 24)
    assert (grid.worst.treated, grid.worst.control, grid.worst.holds) == (0, 8, False)
    assert (grid.best.treated, grid.best.control, grid.best.holds) == (12, 0, True)
    assert (grid.as_seen.treated, grid.as_seen.control) == (10, 3)
    assert grid.as_seen.lower == grid.lower[10, 3]


def test_nobody_seen_in_an_arm_has_no_seen_rate():
    grid = tipping_grid(0, 3, 3, 2, 0, 4)
    assert grid.as_seen is None
    assert np.all(np.isfinite(grid.lower))
    assert np.all(np.isfinite(grid.upper))


def test_a_large_grid_is_thinned_with_both_ends_and_the_exact_flip():
    grid = tipping_grid(60, 450, 900, 90, 300, 900)
    assert grid.thinned
    assert grid.control.size == MOST_SHOWN
    assert grid.treated[[0, -1]].tolist() == [0, 450]
    assert grid.control[[0, -1]].tolist() == [0, 300]
    assert grid.least.size == 301
    for b in (0, 150, 300):
        flip = int(grid.least[b])
        assert flip in grid.treated
        assert flip - 1 in grid.treated
        below, at = (float(miettinen_nurminen(60 + a, 900, 90 + b, 900)[0]) for a in (flip - 1, flip))
        assert below <= 0 < at


@pytest.mark.parametrize(
    ("counts", "margin", "kind", "words"),
    [
        ((5, 6, 10, 0, 0, 10), 0.0, DataError, "count every patient once"),
        ((0, 0, 0, 0, 0, 10), 0.0, DataError, "an arm has no patients"),
        ((-1, 0, 5, 0, 0, 10), 0.0, DataError, "negative"),
        ((1, 0, 5, 0, 0, 10), 1.0, DataError, "the margin is not between"),
        ((1, 5000, 9000, 0, 5000, 9000), 0.0, MethodError, "no-assumption bounds"),
        (([1, 2], 0, 5, 0, 0, 10), 0.0, DataError, "one pair of arms"),
    ],
)
def test_refuses_in_words(counts, margin, kind, words):
    with pytest.raises(kind, match=words):
        tipping_grid(*counts, margin=margin)
