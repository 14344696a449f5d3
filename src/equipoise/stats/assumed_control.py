"""The probability that a treatment beats a control rate that is only assumed, and the rates that settle the matter."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, expit, log_expit, logit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_counts, check_level

Prior = Literal["Jeffreys", "sceptical"]

SCEPTICAL_SD = log(2) / 1.645
"""Prior standard deviation of the treatment's log odds ratio: an odds ratio above 2 has probability 5 %."""

_WHERE = "assumed control rate"
_OUTWARDS = np.array([0.0, 1.5, 3.0, 5.0, 8.0])
"""Where the panels of the integral end, in standard deviations of the posterior near its mode."""
_RULE = np.polynomial.legendre.leggauss(8)
"""Nodes and weights on [-1, 1]; SciPy's would open its linear algebra, which no other part of a plain review needs."""
_SCANNED = 40
"""Control rates between which an edge is sought; the edge is then found to 1e-5."""
_SMALLEST = 1e-6


@dataclass(frozen=True)
class DecidingRates:
    """The control rates, 0 to 1, which would settle the matter if one of them were known to be true.

    ``jeffreys_better_to`` : under the Jeffreys prior the treatment is better by the margin up to this control rate;
        None where no control rate would do
    ``better_from``, ``better_to`` : the same under both priors; None where no control rate would do
    ``jeffreys_not_better_from``, ``not_better_from`` : from this control rate on it is not better by the margin, under
        the Jeffreys prior and under both
    """

    jeffreys_better_to: float | None
    better_from: float | None
    better_to: float | None
    jeffreys_not_better_from: float
    not_better_from: float


def probability_above_rate(
    responders: int, n: int, control_rate: npt.ArrayLike, *, margin: float, prior: Prior
) -> Floats:
    """P(p_T > control_rate + margin), were the control rate known.

    Parameters
    ----------
    responders, n : of the treated, 0 <= responders <= n
    control_rate : (m,) strictly between 0 and 1
    margin : by how much the rate must be higher, 0 <= margin < 1
    prior : "Jeffreys": p_T ~ Beta(responders + 1/2, n - responders + 1/2). "sceptical": logit p_T = logit control_rate
        + delta, delta ~ N(0, (log 2 / 1.645)^2). Both as in ``posterior.probability_better``, of which this is the
        limit where the control arms are many, large and alike

    Returns
    -------
    probability : (m,), rising with the responders

    Raises
    ------
    DataError : the counts are not counts, a rate is not between 0 and 1, or the margin is not in [0, 1)

    References
    ----------
    Spiegelhalter, Abrams and Myles (2004), Bayesian Approaches to Clinical Trials and Health-Care Evaluation, 5.5.
    """
    count, total = (float(each) for each in check_counts(responders, n, where=_WHERE))
    rate = np.atleast_1d(np.asarray(control_rate, dtype=np.float64))
    _check_margin(margin)
    if not np.all((rate > 0) & (rate < 1)):
        raise DataError(Problem(_WHERE, "a control rate is not between 0 and 1", "give a rate such as 0.35"))
    wanted = rate + margin
    if prior == "Jeffreys":
        return np.asarray(betainc(total - count + 0.5, count + 0.5, np.clip(1 - wanted, 0, 1)))
    return _sceptical(count, total, logit(rate), wanted)


def deciding_rates(responders: int, n: int, *, margin: float, sure: float) -> DecidingRates:
    """The control rates at which a verdict would turn.

    Were the control rate known, more responders never mean less, so that over a range of them "better" rests on the
    fewest and "not better" on the most.

    Parameters
    ----------
    responders, n : of the treated, 0 <= responders <= n, n >= 1
    margin : as ``probability_above_rate``
    sure : the probability that settles it, above one half, such as 0.975

    Raises
    ------
    DataError : as ``probability_above_rate``
    """
    check_counts(responders, n, where=_WHERE)
    check_level(sure, where=_WHERE)
    _check_margin(margin)
    reached = float(betaincinv(responders + 0.5, n - responders + 0.5, 1 - sure)) - margin
    beyond = max(float(betaincinv(responders + 0.5, n - responders + 0.5, sure)) - margin, 0.0)
    better = None if reached <= _SMALLEST else _convinced(responders, n, margin, sure, reached)
    return DecidingRates(
        jeffreys_better_to=None if reached <= _SMALLEST else reached,
        better_from=None if better is None else better[0],
        better_to=None if better is None else better[1],
        jeffreys_not_better_from=beyond,
        not_better_from=_given_up(responders, n, margin, sure, beyond),
    )


def _convinced(responders: int, n: int, margin: float, sure: float, most: float) -> tuple[float, float] | None:
    """The control rates up to ``most`` at which the sceptic too is sure; one stretch, since below it she puts a rate
    so far above the control down to chance, and above it the control does as well.
    """

    def sceptic(rate: Floats) -> Floats:
        return probability_above_rate(responders, n, rate, margin=margin, prior="sceptical") - sure

    rates = np.linspace(_SMALLEST, most, _SCANNED)
    held = np.flatnonzero(sceptic(rates) >= 0)
    if held.size == 0:
        return None
    first, last = int(held[0]), int(held[-1])
    low = rates[0] if first == 0 else _edge(sceptic, rates[first - 1], rates[first])
    high = rates[-1] if last == rates.size - 1 else _edge(sceptic, rates[last], rates[last + 1])
    return float(low), float(high)


def _given_up(responders: int, n: int, margin: float, sure: float, least: float) -> float:
    """The control rate, ``least`` or more, from which on the sceptic too is sure that it is not better."""

    def sceptic(rate: Floats) -> Floats:
        return probability_above_rate(responders, n, rate, margin=margin, prior="sceptical") - (1 - sure)

    rates = np.linspace(max(least, _SMALLEST), 1 - max(margin, _SMALLEST), _SCANNED)
    open_still = np.flatnonzero(sceptic(rates) > 0)
    if open_still.size == 0:
        return least
    last = int(open_still[-1])
    return float(rates[-1] if last == rates.size - 1 else _edge(sceptic, rates[last], rates[last + 1]))


def _edge(function: Callable[[Floats], Floats], low: float, high: float) -> float:
    """Where a curve crosses nought between two rates: a finer scan of that step, twice, then a chord."""
    for _ in range(2):
        rates = np.linspace(low, high, 9)
        height = function(rates)
        crossed = np.flatnonzero((height > 0) != (height[0] > 0))
        at = int(crossed[0]) if crossed.size else rates.size - 1
        low, high = float(rates[at - 1]), float(rates[at])
    first, second = float(height[at - 1]), float(height[at])
    return low if first == second else low + (high - low) * first / (first - second)


def _sceptical(count: float, total: float, centre: Floats, wanted: Floats) -> Floats:
    """The share of the posterior of x = logit p_T that lies above logit ``wanted``, for (m,) prior centres."""
    mode, spread = _mode(count, total, centre)
    steps = np.concatenate([spread[:, None] * _OUTWARDS, np.empty((centre.size, 2))], axis=1)
    steps[:, -1] = 9 * SCEPTICAL_SD  # wider than eight of any posterior, which is never wider than its prior
    steps[:, -2] = (steps[:, -3] + steps[:, -1]) / 2
    ends = mode[:, None] + np.concatenate([-steps[:, :0:-1], steps], axis=1)
    above = np.where(wanted < 1, logit(np.clip(wanted, None, 1 - 1e-16)), np.inf)
    whole = _mass(count, total, centre, mode, ends)
    upper = _mass(count, total, centre, mode, np.maximum(ends, np.minimum(above, ends[:, -1])[:, None]))
    return np.asarray(np.clip(upper / whole, 0.0, 1.0))


def _mass(count: float, total: float, centre: Floats, mode: Floats, ends: Floats) -> Floats:
    """The unnormalised posterior between the first and the last of (m, e) ends, panel by panel."""
    node, weight = _RULE
    middle, half = (ends[:, 1:] + ends[:, :-1]) / 2, np.diff(ends, axis=1) / 2
    x = middle[:, :, None] + half[:, :, None] * node
    height = _log_posterior(count, total, centre[:, None, None], x)
    height -= _log_posterior(count, total, centre, mode)[:, None, None]
    mass: Floats = ((np.exp(height) @ weight) * half).sum(axis=1)
    return mass


def _log_posterior(count: float, total: float, centre: Floats, x: Floats) -> Floats:
    value: Floats = total * log_expit(x) - (total - count) * x - ((x - centre) / SCEPTICAL_SD) ** 2 / 2
    return value


def _mode(count: float, total: float, centre: Floats) -> tuple[Floats, Floats]:
    """Mode and local spread of each log-concave posterior: halving comes near, Newton's steps come home."""
    seen = float(logit((count + 0.5) / (total + 1)))
    low, high = np.minimum(centre, seen) - 2.0, np.maximum(centre, seen) + 2.0
    for _ in range(9):
        middle = (low + high) / 2
        rising = count - total * expit(middle) - (middle - centre) / SCEPTICAL_SD**2 > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    mode = (low + high) / 2
    for _ in range(3):
        p = expit(mode)
        mode = mode + (count - total * p - (mode - centre) / SCEPTICAL_SD**2) / (total * p * (1 - p) + SCEPTICAL_SD**-2)
    p = expit(mode)
    return mode, 1 / np.sqrt(total * p * (1 - p) + SCEPTICAL_SD**-2)


def _check_margin(margin: float) -> None:
    if not 0 <= margin < 1:
        raise DataError(Problem(_WHERE, "the margin is not in [0, 1)", "give a difference of rates such as 0.10"))
