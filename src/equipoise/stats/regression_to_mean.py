"""Regression to the mean: the improvement an entry rule alone produces, with nobody treated.

People let in because one reading was bad (X at least c) have, on the next reading Y, moved back towards the mean of the
people screened. X and Y are normal with one mean and SD and a test-retest correlation; nothing happens between them.
Scores are such that higher is worse. On a scale of whole points the two readings are normal behind the points.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtr, roots_legendre

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem

WHERE = "regression to the mean"
_NODES = 400
_FAR = 9.0
"""Standard deviations beyond which a normal has no mass worth counting."""


@dataclass(frozen=True)
class ResponderRule:
    """A fall of ``at_least``: in points, or as a share of the first reading (0.3 is 30 %)."""

    at_least: float
    of: Literal["points", "share"]


class Regression(NamedTuple):
    """What an entry rule alone does, in the unit of the score.

    ``share_entering`` : of the people screened, 0 to 1; ``entry_mean`` : of the entry reading of those let in
    ``next_mean`` : of the reading after it; ``improvement`` : the fall between the two, by regression alone
    """

    share_entering: float
    entry_mean: float
    next_mean: float
    improvement: float


class ScreenedPopulation(NamedTuple):
    """Mean and SD of the people screened, before the entry rule."""

    mean: float
    sd: float


def expected_regression(
    screened: ScreenedPopulation, retest_correlation: float, entry_at_least: float, *, readings: int = 1
) -> Regression:
    """Expected fall after entry at X >= c, where X is the mean of ``readings`` readings and the next is one reading.

    With one reading, (1 - r) sd times the hazard of the normal at (c - mean) / sd.

    Parameters
    ----------
    screened : mean and SD of one reading in the people screened, sd > 0
    retest_correlation : of two readings of one untreated person, 0 to 1
    entry_at_least : c
    readings : averaged before the rule is applied, >= 1

    Raises
    ------
    DataError : a number is not finite, sd is not above 0, the correlation is not in 0 to 1, or there is no reading

    References
    ----------
    Davis (1976), Am. J. Epidemiol. 104:493-498; Gardner and Heady (1973), J. Chron. Dis. 26:781-795 (several readings).
    """
    _check(screened, retest_correlation, entry_at_least)
    if readings < 1:
        raise DataError(Problem(WHERE, "the entry rule reads nothing", "give how many readings it averages, 1 or more"))
    mean, sd = screened
    entry_sd = sd * np.sqrt(retest_correlation + (1 - retest_correlation) / readings)
    cut = (entry_at_least - mean) / entry_sd
    hazard = _hazard(float(cut))
    entry_mean = mean + entry_sd * hazard
    # the covariance of the next reading with the mean of the first ones is that of any two readings
    next_mean = mean + retest_correlation * sd**2 / entry_sd * hazard
    return Regression(float(ndtr(-cut)), float(entry_mean), float(next_mean), float(entry_mean - next_mean))


def responders_by_regression(
    screened: ScreenedPopulation, retest_correlation: float, entry_at_least: float, rule: ResponderRule
) -> float:
    """The share of those let in at X >= c that would pass the responder rule on the next reading, untreated.

    A share of an entry reading at or below 0 cannot be taken: such a case is no responder.

    Parameters and errors as ``expected_regression``; also DataError : the rule is not a fall (``at_least`` <= 0), or a
    share above 1. One reading decides entry and is the baseline.
    """
    _check(screened, retest_correlation, entry_at_least)
    _check_rule(rule)
    mean, sd = screened
    cut = (entry_at_least - mean) / sd
    low, high = max(cut, -_FAR), max(cut, 0.0) + _FAR
    breaks = [low, *([-mean / sd] if low < -mean / sd < high else []), high]
    nodes, weights = roots_legendre(_NODES)
    passed = 0.0
    for start, end in pairwise(breaks):
        z = (start + end) / 2 + (end - start) / 2 * nodes
        # relative to the density at the cut, so that a rule few pass does not underflow
        density = (end - start) / 2 * weights * np.exp(-(z**2 - max(cut, 0.0) ** 2) / 2) / np.sqrt(2 * np.pi)
        passed += float(density @ _passes(mean + sd * z, z, screened, retest_correlation, rule))
    entering = float(np.exp(log_ndtr(-cut) + max(cut, 0.0) ** 2 / 2))
    return float(np.clip(passed / entering, 0.0, 1.0))


def population_behind(entered_mean: float, entered_sd: float, entry_at_least: float) -> ScreenedPopulation:
    """The people screened, from the mean and SD of the entry readings of those let in: a normal cut off at c.

    What a case series knows is only who got in; this reads the rest off the shape the rule has cut. It rests on the
    normal wholly, and is a guide to the size of the regression, not an estimate of a population.

    Raises
    ------
    DataError : a number is not finite, the SD is not above 0, or the mean is not above c
    MethodError : the SD is as large as the mean's distance from c or larger: no normal cut off at c looks like that

    References
    ----------
    Cohen (1950), Ann. Math. Statist. 21:557-569 (truncated normal, method of moments).
    """
    above = entered_mean - entry_at_least
    if not np.isfinite([entered_mean, entered_sd, entry_at_least]).all() or entered_sd <= 0 or above <= 0:
        problem = "those let in have no spread, or their mean is not above the entry threshold"
        raise DataError(Problem(WHERE, problem, "give the mean and SD of the entry readings of the cases let in"))
    if entered_sd >= above * (1 - 1e-6):
        why = "no normal distribution cut off at the entry threshold has so small a mean for its spread"
        raise MethodError(Problem(WHERE, why, "give the mean and SD of the people screened, from a published source"))
    low, high = -50.0, 50.0
    for _ in range(200):
        cut = (low + high) / 2
        low, high = (cut, high) if _spread_over_excess(cut) < entered_sd / above else (low, cut)
    sd = above / (_hazard(cut) - cut)
    return ScreenedPopulation(float(entry_at_least - cut * sd), float(sd))


def _passes(first: Floats, z: Floats, screened: ScreenedPopulation, correlation: float, rule: ResponderRule) -> Floats:
    """P(the next reading passes the rule) at each entry reading ``first``, ``z`` in standard deviations."""
    fall = np.full_like(first, rule.at_least) if rule.of == "points" else rule.at_least * first
    expected = screened.mean + correlation * screened.sd * z
    spread = screened.sd * np.sqrt(1 - correlation**2)
    short = first - fall - expected
    passed = ndtr(short / spread) if spread > 0 else np.where(short >= 0, 1.0, 0.0)
    return np.where((first > 0) | (rule.of == "points"), passed, 0.0)


def _hazard(cut: float) -> float:
    """The mean of a standard normal above ``cut``: its density over its upper tail."""
    return float(np.exp(-(cut**2) / 2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-cut)))


def _spread_over_excess(cut: float) -> float:
    """SD over mean excess of a standard normal above ``cut``: rises from 0 to 1 (the exponential) with the cut."""
    hazard = _hazard(cut)
    if cut > 20:  # the two differences cancel; by series 1 - 1 / cut^2
        return 1 - cut**-2
    return float(np.sqrt(max(1 + cut * hazard - hazard**2, 0.0)) / (hazard - cut))


def _check(screened: ScreenedPopulation, correlation: float, entry: float) -> None:
    if not np.isfinite([*screened, correlation, entry]).all() or screened.sd <= 0:
        raise DataError(Problem(WHERE, "a mean or an SD is missing", "give finite numbers and sd > 0"))
    if not 0 <= correlation <= 1:
        raise DataError(Problem(WHERE, "the test-retest correlation is not in 0 to 1", "give it, such as 0.6"))


def _check_rule(rule: ResponderRule) -> None:
    if not rule.at_least > 0 or (rule.of == "share" and rule.at_least > 1):
        raise DataError(Problem(WHERE, "the responder rule is not a fall", "give points above 0, or a share of 0 to 1"))
