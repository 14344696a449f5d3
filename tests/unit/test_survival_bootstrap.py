"""The bootstrap of a cumulative incidence: replicate by replicate, by enumeration, and against R's boot."""

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.resampling import BootstrapIncidence, bootstrap_incidence
from equipoise.stats.survival import cumulative_incidence, incidence_at

REFERENCE = Path(__file__).parent.parent / "reference" / "bootstrap.csv"


def seeded(seed: int = 2013) -> np.random.Generator:
    return np.random.default_rng(seed)


def last_step(days: list[int], *arrays: np.ndarray, **more: np.ndarray) -> list[float]:
    """The curve at each day, continued after the end of follow-up."""
    curve = cumulative_incidence(*arrays, of=1, **more)
    return [max(curve.incidence[curve.at_days <= day], default=0.0) for day in days]


@pytest.mark.parametrize("late", [False, True])
def test_each_replicate_is_the_curve_of_its_own_draw(late: bool) -> None:
    rng = seeded(5)
    n, days = 12, [3, 7, 11]
    time, cause = rng.integers(2, 12, n), rng.integers(0, 3, n)
    time[0], cause[0] = 12, 0
    entry = {"entry_days": rng.integers(0, 2, n) * (time // 2)} if late else {}
    found = bootstrap_incidence(time, cause, of=1, at_days=days, replicates=60, rng=seeded(), **entry)
    draws = seeded().integers(0, n, size=(60, n))
    expected = [last_step(days, time[d], cause[d], **{name: e[d] for name, e in entry.items()}) for d in draws]
    np.testing.assert_allclose(found.replicates, expected, atol=1e-12)


def test_agrees_with_the_enumeration_of_all_resamples() -> None:
    time, cause = np.array([1, 2, 2]), np.array([1, 2, 1])
    values, counts = np.unique(
        [round(last_step([2], time[list(d)], cause[list(d)])[0], 9) for d in product(range(3), repeat=3)],
        return_counts=True,
    )
    found = bootstrap_incidence(time, cause, of=1, at_days=[2], replicates=27_000, rng=seeded())
    seen, times = np.unique(found.replicates.round(9), return_counts=True)
    np.testing.assert_array_equal(seen, values)
    share = counts / 27
    assert np.all(np.abs(times - 27_000 * share) < 5 * np.sqrt(27_000 * share * (1 - share)))


def test_agrees_with_r_boot() -> None:
    # reference/bootstrap.R and its saved output; both have 20,000 replicates, so each is exact to about 1 in 100.
    states, state = [], 2013
    for _ in range(72):
        state = 16807 * state % 2147483647
        states.append(state)
    time, cause = 1 + np.array(states[:36]) % 40, np.array(states[36:]) // 7 % 3
    with REFERENCE.open() as lines:
        rows = [[float(x) for x in row] for row in list(csv.reader(line for line in lines if line[0] != "#"))[1:]]
    day, estimate, mean, standard_deviation, lower, upper = np.array(rows).T
    found = bootstrap_incidence(time, cause, of=1, at_days=day, replicates=20_000, rng=seeded())
    np.testing.assert_allclose(found.estimate, estimate, atol=1e-12)
    np.testing.assert_allclose(found.replicates.mean(axis=0), mean, atol=5 * standard_deviation.max() / 100)
    np.testing.assert_allclose(found.replicates.std(axis=0), standard_deviation, rtol=0.03)
    np.testing.assert_allclose(found.lower, lower, atol=0.006)
    np.testing.assert_allclose(found.upper, upper, atol=0.006)


def test_many_cases_on_few_days_have_the_spread_of_the_binomial() -> None:
    # Without censoring the incidence is a proportion; few days and many cases are drawn cell by cell.
    time, cause = np.repeat([1, 2, 3], 1000), np.tile([1, 2], 1500)
    found = bootstrap_incidence(time, cause, of=1, at_days=[1, 2], replicates=4000, rng=seeded())
    spread = np.sqrt(found.estimate * (1 - found.estimate) / 3000)
    np.testing.assert_allclose(found.replicates.std(axis=0), spread, rtol=0.06)
    np.testing.assert_allclose(found.replicates.mean(axis=0), found.estimate, atol=5 * spread.max() / np.sqrt(4000))


def test_limits_are_the_ordered_replicates_davison_and_hinkley_name() -> None:
    found = bootstrap_incidence(
        np.arange(1, 25), np.tile([1, 2, 0], 8), of=1, at_days=[12], replicates=1999, rng=seeded()
    )
    ordered = np.sort(found.replicates[:, 0])
    assert [found.lower[0], found.upper[0]] == pytest.approx([ordered[49], ordered[1949]], abs=1e-12)


def test_the_same_seed_gives_the_same_numbers() -> None:
    def run(seed: int) -> BootstrapIncidence:
        time, cause = np.arange(1.0, 401) / 3, np.arange(400) % 3
        return bootstrap_incidence(time, cause, of=1, at_days=[40, 90], replicates=500, rng=seeded(seed))

    for one, other in zip(run(1), run(1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(run(1).replicates, run(2).replicates)


def test_zeros_one_patient_and_days_without_an_answer() -> None:
    none = bootstrap_incidence([4, 9], [0, 0], of=1, at_days=[5, 10], replicates=99, rng=seeded())
    assert (none.estimate[0], none.lower[0], none.upper[0]) == (0, 0, 0)
    assert np.isnan([none.estimate[1], none.lower[1], none.upper[1]]).all()  # nobody was followed to day 10
    one = bootstrap_incidence([4], [1], of=1, at_days=[3, 5], replicates=99, rng=seeded())
    assert one.lower.tolist() == [0, 1]
    assert one.upper.tolist() == [0, 1]


def test_the_estimate_is_the_curve() -> None:
    time, cause = [3, 3, 5, 8, 9], [1, 0, 2, 1, 0]
    found = bootstrap_incidence(time, cause, of=1, at_days=[8], replicates=99, rng=seeded())
    assert found.estimate == incidence_at(cumulative_incidence(time, cause, of=1), [8]).incidence


def test_what_it_refuses() -> None:
    with pytest.raises(MethodError, match="at least 39"):
        bootstrap_incidence([4, 9], [0, 1], of=1, at_days=[5], replicates=38, rng=seeded())
    with pytest.raises(DataError, match="no case"):
        bootstrap_incidence([], [], of=1, at_days=[5], replicates=99, rng=seeded())
