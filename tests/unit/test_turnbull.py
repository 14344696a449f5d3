"""Turnbull's estimate: by hand, against published masses and R's survival, and its refusals."""

import csv
from pathlib import Path

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.turnbull import bootstrap_survival_band, survival_band, turnbull

REFERENCE = Path(__file__).parent.parent / "reference"
INF = np.inf


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def cosmesis(arm: str) -> tuple[np.ndarray, np.ndarray]:
    rows = [row for row in read("turnbull_cosmesis.csv") if row["arm"] == arm]
    return np.array([float(row["lower"]) for row in rows]), np.array([float(row["upper"] or "inf") for row in rows])


# The breast cosmesis data of Finkelstein and Wolfe (1985), the usual worked example of Turnbull's estimator. Masses to
# four places; that they are the maximum is certified apart, by the conditions of Kuhn and Tucker, and R's survfit
# (interval2) comes within 5e-4 of the curve before its iterations stop.
MASSES = {
    "radiotherapy": {
        (4, 5): 0.0463,
        (6, 7): 0.0334,
        (7, 8): 0.0887,
        (11, 12): 0.0708,
        (24, 25): 0.0926,
        (33, 34): 0.0818,
        (38, 40): 0.1209,
        (46, 48): 0.4656,
    },
    "with chemotherapy": {
        (4, 5): 0.0433,
        (5, 8): 0.0433,
        (11, 12): 0.0692,
        (16, 17): 0.1454,
        (18, 19): 0.1411,
        (19, 20): 0.1157,
        (24, 25): 0.0999,
        (30, 31): 0.0709,
        (35, 36): 0.1608,
        (44, 48): 0.0552,
        (48, 60): 0.0552,
    },
}


@pytest.mark.parametrize("arm", list(MASSES))
def test_it_gives_the_published_masses(arm: str) -> None:
    estimate = turnbull(*cosmesis(arm))
    found = {
        (lower, upper): round(mass, 4)
        for lower, upper, mass in zip(estimate.lower_days, estimate.upper_days, estimate.mass, strict=True)
        if mass > 0
    }
    assert {(low, high): mass for (low, high), mass in found.items() if mass > 0} == pytest.approx(MASSES[arm])
    assert estimate.gap < 1e-10


@pytest.mark.parametrize("arm", list(MASSES))
def test_it_agrees_with_survfit_where_the_curve_is_known(arm: str) -> None:
    rows = [row for row in read("turnbull.csv") if row["cases"] == arm]
    days, survival = (np.array([float(row[name]) for row in rows]) for name in ("day", "survival"))
    band = survival_band(turnbull(*cosmesis(arm)), days)
    known = band.highest - band.lowest < 1e-9
    assert known.sum() >= 12
    # survfit stops its self-consistent steps early, up to 3e-4 from where they lead (ours end by Kuhn-Tucker)
    np.testing.assert_allclose(band.lowest[known], survival[known], rtol=0, atol=5e-4)


def test_three_cases_by_hand():
    # (0, 2], (1, 3] and (2, inf): innermost (1, 2] and (2, 3]. With mass x and 1 - x the likelihood x (1 - x) is
    # greatest at 1/2.
    estimate = turnbull([0, 1, 2], [2, 3, INF])
    assert estimate.lower_days.tolist() == [1, 2]
    assert estimate.upper_days.tolist() == [2, 3]
    np.testing.assert_allclose(estimate.mass, [0.5, 0.5])
    band = survival_band(estimate, [0, 1, 1.5, 2, 2.5, 3, 99])
    np.testing.assert_allclose(band.lowest, [1, 1, 0.5, 0.5, 0, 0, 0])
    np.testing.assert_allclose(band.highest, [1, 1, 1, 0.5, 0.5, 0, 0])


def test_an_exact_day_an_interval_and_one_who_never_had_it():
    # exact on 4; in (4, 6]; not by 5: the interval after the day does not hold the day, (5, 6] holds the rest
    estimate = turnbull([4, 4, 5], [4, 6, INF])
    assert estimate.lower_days.tolist() == [4, 5]
    assert estimate.upper_days.tolist() == [4, 6]
    assert estimate.exact.tolist() == [True, False]
    np.testing.assert_allclose(estimate.mass, [1 / 3, 2 / 3])
    band = survival_band(estimate, [3, 4, 5, 6])
    np.testing.assert_allclose(band.lowest, [1, 2 / 3, 2 / 3, 0])


def test_one_case_and_nobody_with_the_event():
    assert turnbull([3], [8]).mass.tolist() == [1.0]
    never = turnbull([3, 8], [INF, INF])
    assert (never.lower_days.tolist(), never.upper_days.tolist()) == ([8], [INF])
    band = survival_band(never, [8, 9])
    assert (band.lowest.tolist(), band.highest.tolist()) == ([1, 0], [1, 1])  # after day 8 nothing is known


def test_weights_are_copies():
    lower, upper = cosmesis("radiotherapy")
    copies = np.arange(lower.size) % 3
    one = turnbull(lower, upper, weights=copies)
    other = turnbull(np.repeat(lower, copies), np.repeat(upper, copies))
    np.testing.assert_allclose(one.mass, other.mass, atol=1e-8)
    assert one.cases == copies.sum()


@pytest.mark.parametrize(
    ("lower", "upper", "cases"),
    [
        ([0, 0, 0, 90, 90, 180, 270, 365], [90, 180, INF, 180, 270, 365, INF, INF], [9, 2, 2, 4, 1, 1, 1, 4]),
        ([0, 0, 90, 90, 180, 270, 270, 365], [90, 180, 270, INF, 270, 365, INF, INF], [4, 2, 2, 1, 1, 10, 1, 3]),
    ],
)
def test_where_rounding_hides_the_last_rise_of_the_likelihood(lower, upper, cases):
    """24 cases at four visits: the gradient still tells the way when the likelihood no longer does."""
    estimate = turnbull(np.repeat(lower, cases), np.repeat(upper, cases))
    assert estimate.gap <= 1e-11
    assert np.all(estimate.mass > 0.005)


def test_limits_at_scheduled_visits():
    rng = np.random.default_rng(3)
    visits = np.array([30.0, 90, 180, 365])
    time = rng.exponential(300, 60)
    slot = np.searchsorted(visits, time)
    lower = np.concatenate([[0], visits])[slot]
    upper = np.concatenate([visits, [INF]])[slot]
    band = bootstrap_survival_band(lower, upper, visit_days=visits, replicates=199, rng=np.random.default_rng(4))
    # every case is seen at every visit: the survival is the plain proportion, its limits about the binomial ones
    plain = (lower[:, None] >= visits).mean(axis=0)
    np.testing.assert_allclose(band.lowest, plain)
    np.testing.assert_allclose(band.highest, plain)
    assert band.lower is not None
    assert band.upper is not None
    width = 2 * 1.96 * np.sqrt(plain * (1 - plain) / 60)
    np.testing.assert_allclose(band.upper - band.lower, width, rtol=0.3)
    with pytest.raises(MethodError, match="without a schedule"):
        bootstrap_survival_band([17], [30], visit_days=visits, replicates=199, rng=rng)
    with pytest.raises(MethodError, match="too few"):
        bootstrap_survival_band(lower, upper, visit_days=visits, replicates=19, rng=rng)
    with pytest.raises(DataError, match="visit_days"):
        bootstrap_survival_band(lower, upper, visit_days=[0, 30], replicates=199, rng=rng)
    with pytest.raises(MethodError, match="confidence level"):
        bootstrap_survival_band(lower, upper, visit_days=visits, replicates=199, rng=rng, level=1)


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        ([], [], "no case"),
        ([1, 2], [3], "shape"),
        ([-1], [3], "negative"),
        ([np.nan], [3], "missing"),
        ([INF], [INF], "endless"),
        ([4], [3], "before the lower day"),
        ([4], [np.nan], "missing"),
    ],
)
def test_refusals(lower, upper, said):
    with pytest.raises(DataError, match=said):
        turnbull(lower, upper)


def test_too_many_days_and_no_weight_are_refused():
    with pytest.raises(MethodError, match="innermost intervals"):
        turnbull(np.arange(1001), np.arange(1001))
    with pytest.raises(DataError, match="weights"):
        turnbull([1], [2], weights=[0])
    with pytest.raises(DataError, match="days"):
        survival_band(turnbull([1], [2]), [-1])
