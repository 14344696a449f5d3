"""Two means compared without assuming that their spreads are alike."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level


class WelchTest(NamedTuple):
    """Difference of means with its limits, in the unit of the score; ``p_value`` two-sided, of no difference."""

    difference: float
    standard_error: float
    degrees: float
    lower: float
    upper: float
    p_value: float


def welch(
    mean: float,
    sd: float,
    n: int,
    reference_mean: float,
    reference_sd: float,
    reference_n: int,
    *,
    level: float = 0.95,
) -> WelchTest:
    """Welch's t: the difference on Student's t with the degrees of freedom of Satterthwaite's approximation.

    Parameters
    ----------
    mean, sd, n : of one group, standard deviation with divisor n - 1, n >= 2; and of the reference
    level : two-sided confidence, between 0 and 1

    Raises
    ------
    DataError : a value is not finite, a standard deviation is negative, or the level is not between 0 and 1
    MethodError : fewer than two values in a group, or no spread in either: the error of the difference is then unknown

    References
    ----------
    Welch (1947), Biometrika 34:28-35. Satterthwaite (1946), Biometrics Bull. 2:110-114.
    """
    where = "difference of means"
    check_level(level, where=where)
    if not np.isfinite([mean, sd, reference_mean, reference_sd]).all() or min(sd, reference_sd) < 0:
        raise DataError(Problem(where, "a mean or a spread is missing", "give finite means and sd >= 0"))
    if min(n, reference_n) < 2:
        why = "a group has fewer than two values, so its spread is unknown"
        raise MethodError(Problem(where, why, "show the values themselves, without an interval"))
    own, others = sd**2 / n, reference_sd**2 / reference_n
    if own + others == 0.0:
        why = "every value of a group is the same, in both groups, so no error can be told"
        raise MethodError(Problem(where, why, "show the two values themselves, without an interval"))
    difference, error = mean - reference_mean, float(np.sqrt(own + others))
    share = own / (own + others)
    degrees = 1.0 / (share**2 / (n - 1) + (1.0 - share) ** 2 / (reference_n - 1))
    half_width = float(stdtrit(degrees, (1 + level) / 2)) * error
    p_value = 2.0 * float(stdtr(degrees, -abs(difference) / error))
    return WelchTest(difference, error, degrees, difference - half_width, difference + half_width, p_value)
