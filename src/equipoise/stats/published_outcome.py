"""What a published arm reports of its outcome, and an effect against it: difference, risk ratio or odds ratio."""

from typing import Literal, NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level

WHERE = "comparison with published figures"
Measure = Literal["difference", "risk ratio", "odds ratio"]


class PublishedOutcome(NamedTuple):
    """The mean (or rate, 0 to 1) a published arm reports, with its standard error."""

    mean: float
    standard_error: float


class Effect(NamedTuple):
    """``estimate``, ``standard_error``, ``lower``, ``upper`` on the scale of ``measure``: ratios as logarithms."""

    measure: Measure
    estimate: float
    standard_error: float
    lower: float
    upper: float
    p_value: float


def published_rate(responders: int, n: int) -> PublishedOutcome:
    """A published count as a rate with its binomial standard error.

    Raises
    ------
    DataError : unless 0 <= responders <= n and n >= 1
    """
    if not 0 <= responders <= n or n < 1:
        raise DataError(Problem("published outcome", "is not a count of patients", "give 0 <= responders <= n, n >= 1"))
    rate = responders / n
    return PublishedOutcome(rate, float(np.sqrt(rate * (1 - rate) / n)))


def published_mean(mean: float, sd: float | None, n: int) -> PublishedOutcome:
    """A published mean with the standard error of its SD.

    Raises
    ------
    MethodError : the table prints no SD
    DataError : the SD is negative, n is below 1, or a number is not finite
    """
    if sd is None:
        remedy = "take the SD from its limits or P value, or show both means side by side without a comparison"
        raise MethodError(Problem("published outcome", "no standard deviation is published", remedy))
    if not np.isfinite([mean, sd]).all() or sd < 0 or n < 1:
        raise DataError(
            Problem("published outcome", "is not a mean with its SD", "give finite numbers, sd >= 0, n >= 1")
        )
    return PublishedOutcome(mean, sd / float(np.sqrt(n)))


def scaled(mean: float, measure: Measure) -> tuple[float, float]:
    """The mean on the scale of the measure, and the slope of that scale at it.

    Raises
    ------
    MethodError : a ratio of a rate of none or all
    """
    if measure == "difference":
        return mean, 1.0
    if not 0 < mean < 1:
        why = "a rate of none or all has no finite ratio"
        raise MethodError(Problem(WHERE, why, "ask for the difference, or show both rates with exact intervals"))
    if measure == "risk ratio":
        return float(np.log(mean)), 1 / mean
    odds = float(logit(mean))
    return odds, 1 / float(expit(odds) * expit(-odds))


def effect_of(measure: Measure, estimate: float, variances: tuple[float, ...], *, level: float) -> Effect:
    """An estimate whose independent parts have these variances, with normal limits and the two-sided P of no effect.

    Raises
    ------
    MethodError : a part has no variance: nobody or everybody responded, or all values are the same
    DataError : the level is not between 0 and 1
    """
    check_level(level, where=WHERE)
    if min(variances) <= 0:
        why = "a group has no spread (nobody or everybody responded), so its error cannot be told"
        raise MethodError(Problem(WHERE, why, "show both side by side, rates each with its exact interval"))
    error = float(np.sqrt(sum(variances)))
    margin = float(ndtri(0.5 + level / 2)) * error
    return Effect(
        measure, estimate, error, estimate - margin, estimate + margin, 2 * float(ndtr(-abs(estimate) / error))
    )
