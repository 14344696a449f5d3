"""Coverage of the intervals for a contrast of two arms, enumerated over every table, never simulated.

For each pair of arms the limits of every table are found once; the probability of the tables whose interval holds the
true contrast is then summed exactly, on a grid of rates and beside the limits, where coverage jumps.
"""

import numpy as np
import pytest
from scipy.special import gammaln, xlog1py, xlogy

from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.unconditional import unconditional_interval

BESIDE = 3e-6
CONTROL_RATES = np.sin(np.linspace(0, np.pi / 2, 121)[1:-1]) ** 2


def tables(n, control_n):
    yes, control_yes = np.meshgrid(np.arange(n + 1), np.arange(control_n + 1), indexing="ij")
    return yes.ravel(), control_yes.ravel()


def binomial(count, n, rate):
    choose = gammaln(n + 1) - gammaln(count + 1) - gammaln(n - count + 1)
    return np.exp(choose + xlogy(count, rate) + xlog1py(n - count, -rate))


def exact_limits(n, control_n, measure, method, level):
    found = [
        unconditional_interval(int(yes), n, int(control), control_n, measure=measure, method=method, level=level)
        for yes, control in zip(*tables(n, control_n), strict=True)
    ]
    return np.array(found).T


def treated_rate(measure, control_rate, contrast):
    if measure == "risk difference":
        return control_rate + contrast
    if measure == "risk ratio":
        return control_rate * contrast
    return control_rate * contrast / (1 - control_rate + control_rate * contrast)


def coverages(n, control_n, limits, measure="risk difference", *, beside_limits=True):
    """Coverage at contrasts on a grid and beside every limit, by every control rate possible with each."""
    lower, upper = (limit.reshape(n + 1, control_n + 1) for limit in limits)
    every = np.linspace(-0.98, 0.98, 99) if measure == "risk difference" else np.exp(np.linspace(-4, 4, 81))
    if beside_limits:
        beside = np.unique(limits)
        beside = beside[np.isfinite(beside) & (np.abs(beside) < 1e6)]
        apart = BESIDE if measure == "risk difference" else BESIDE * beside
        every = np.concatenate([every, beside - apart, beside + apart])
    every = every[(every > -1) & (every < 1)] if measure == "risk difference" else every[every > 0]
    control = binomial(np.arange(control_n + 1), control_n, CONTROL_RATES[:, None])
    found = []
    for contrast in every:
        rate = treated_rate(measure, CONTROL_RATES, contrast)
        possible = (rate >= 0) & (rate <= 1)
        treated = binomial(np.arange(n + 1), n, rate[possible][:, None])
        held = ((lower <= contrast) & (contrast <= upper)).astype(float)
        found.append(((treated @ held) * control[possible]).sum(axis=1))
    return np.concatenate(found)


@pytest.mark.parametrize("method", ["chan-zhang", "agresti-min"])
@pytest.mark.parametrize(
    ("n", "control_n", "measure", "level"),
    [
        (5, 5, "risk difference", 0.95),
        (7, 3, "risk difference", 0.95),
        (6, 4, "risk difference", 0.8),
        (5, 4, "risk ratio", 0.95),
        (5, 4, "odds ratio", 0.95),
        (4, 4, "odds ratio", 0.8),
    ],
)
def test_exact_intervals_cover_at_every_pair_of_rates(n, control_n, measure, level, method):
    limits = exact_limits(n, control_n, measure, method, level)
    assert coverages(n, control_n, limits, measure).min() >= level - 1e-6


# What a reader is told of the score interval for a difference: least and mean coverage over the rates and differences
# above (at 100 v 100 on the grid of differences only).
REPORTED = {(10, 10): (0.84, 0.962), (12, 24): (0.84, 0.957), (24, 24): (0.839, 0.953), (100, 100): (0.933, 0.95)}


@pytest.mark.parametrize(("n", "control_n"), list(REPORTED))
def test_the_score_interval_is_approximate_and_its_coverage_is_reported(n, control_n):
    yes, control_yes = tables(n, control_n)
    found = coverages(n, control_n, miettinen_nurminen(yes, n, control_yes, control_n), beside_limits=n < 100)
    assert (round(float(found.min()), 3), round(float(found.mean()), 3)) == REPORTED[n, control_n]
