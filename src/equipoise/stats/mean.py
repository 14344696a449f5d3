"""Interval estimate of a mean."""

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level


def t_interval(
    mean: npt.ArrayLike, sd: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Student's limits of a mean: mean -+ t(n - 1) sd / sqrt(n).

    Parameters
    ----------
    mean, sd : mean and standard deviation (divisor n - 1) in the unit of the score; scalars or arrays that broadcast
    n : number of values behind them, >= 2
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    lower, upper : in the unit of the score; they meet at the mean where all values are equal (sd = 0)

    Raises
    ------
    DataError : a value is not finite, a standard deviation is negative, or n is not a count
    MethodError : n < 2, so the spread is unknown

    References
    ----------
    Student (1908), Biometrika 6:1-25.
    """
    where = "mean, standard deviation and n"
    check_level(level, where="interval for a mean")
    given = tuple(np.asarray(part, dtype=np.float64) for part in (mean, sd, n))
    try:
        centre, spread, size = np.broadcast_arrays(*given)
    except ValueError:
        raise DataError(Problem(where, "their shapes differ", "give one of each for every mean")) from None
    if not all(np.all(np.isfinite(part)) for part in (centre, spread, size)):
        raise DataError(Problem(where, "one of them is missing or not a number", "give finite numbers"))
    if np.any(spread < 0) or np.any(size < 0) or np.any(size % 1 != 0):
        raise DataError(
            Problem(where, "a standard deviation is negative, or n is not a count", "give sd >= 0, n whole")
        )
    if np.any(size < 2):
        raise MethodError(
            Problem(where, "fewer than two values have no spread", "show the values themselves, without an interval")
        )
    half_width = stdtrit(size - 1, (1 + level) / 2) * spread / np.sqrt(size)
    return centre - half_width, centre + half_width
