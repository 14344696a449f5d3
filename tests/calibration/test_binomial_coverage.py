"""Coverage of the intervals for a proportion, enumerated over every count, never simulated.

Coverage as a function of the true rate jumps only where the rate passes a limit, and between jumps the probability
of a run of counts has no minimum of its own. So the least coverage is found beside the limits, not on a grid.
"""

import numpy as np
import pytest
from scipy.special import gammaln, xlog1py, xlogy

from equipoise.stats.proportion import INTERVALS, one_sided_upper
from reference.saved import rows

SIZES = (10, 24, 100)
BESIDE = 1e-9

# What a reader is told: least coverage at any rate strictly between 0 and 1, and mean over rates 0.001 to 0.999.
REPORTED = {
    ("clopper-pearson", 10): (0.961, 0.984),
    ("clopper-pearson", 24): (0.953, 0.975),
    ("clopper-pearson", 100): (0.950, 0.964),
    ("wilson", 10): (0.835, 0.954),
    ("wilson", 24): (0.837, 0.953),
    ("wilson", 100): (0.838, 0.951),
    ("jeffreys", 10): (0.868, 0.953),
    ("jeffreys", 24): (0.891, 0.951),
    ("jeffreys", 100): (0.880, 0.950),
    ("mid-p", 10): (0.927, 0.968),
    ("mid-p", 24): (0.926, 0.959),
    ("mid-p", 100): (0.921, 0.953),
}


def coverage(lower: np.ndarray, upper: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """P(lower <= rate <= upper) at each rate, summed over the counts 0 to n."""
    n = lower.size - 1
    count = np.arange(n + 1)[:, None]
    log_choose = gammaln(n + 1) - gammaln(count + 1) - gammaln(n - count + 1)
    probability = np.exp(log_choose + xlogy(count, rates) + xlog1py(n - count, -rates))
    return (probability * ((lower[:, None] <= rates) & (rates <= upper[:, None]))).sum(axis=0)


def beside_the_limits(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    limits = np.concatenate([lower, upper])
    rates = np.concatenate([limits - BESIDE, limits, limits + BESIDE])
    return rates[(rates > 0) & (rates < 1)]


GRID = np.arange(1, 1000) / 1000


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_clopper_pearson_covers_at_every_rate(n, level):
    lower, upper = INTERVALS["clopper-pearson"](np.arange(n + 1), n, level=level)
    rates = np.concatenate([GRID, beside_the_limits(lower, upper)])
    assert coverage(lower, upper, rates).min() >= level - 1e-7


@pytest.mark.parametrize("n", SIZES)
def test_the_one_sided_limit_covers_at_every_rate(n):
    upper = one_sided_upper(np.arange(n + 1), n)
    lower = np.zeros_like(upper)
    least = coverage(lower, upper, beside_the_limits(lower, upper)).min()
    assert least == pytest.approx(0.95, abs=1e-6)  # just above a limit it is exact, so it could not be shorter


@pytest.mark.parametrize(("method", "n"), REPORTED)
def test_least_and_mean_coverage_are_as_reported(method, n):
    lower, upper = INTERVALS[method](np.arange(n + 1), n)
    least, mean = REPORTED[method, n]
    assert coverage(lower, upper, beside_the_limits(lower, upper)).min() == pytest.approx(least, abs=5.01e-4)
    assert coverage(lower, upper, GRID).mean() == pytest.approx(mean, abs=5.01e-4)


def test_coverage_on_the_grid_is_that_enumerated_by_r():
    for row in rows("proportion_coverage"):  # proportion.R
        n = int(row["n"])
        covered = coverage(*INTERVALS[row["method"]](np.arange(n + 1), n), GRID)
        assert covered.min() == pytest.approx(float(row["minimum"]), abs=1e-9)
        assert covered.mean() == pytest.approx(float(row["mean"]), abs=1e-9)
