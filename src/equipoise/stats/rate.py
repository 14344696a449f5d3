"""Interval estimates of an event rate per unit of exposure, by exact Poisson."""

import numpy as np
import numpy.typing as npt
from scipy.special import gammainccinv, gammaincinv

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level


def poisson_exact(events: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact two-sided limits of a Poisson rate.

    Parameters
    ----------
    events : whole numbers >= 0, scalar or array
    exposure : time at risk, > 0, in the unit the rate is wanted per (person-years for a rate per person-year)
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    lower, upper : events per unit of exposure; no event puts the lower limit at 0

    Raises
    ------
    DataError : an event count is not a count, an exposure is negative or not finite, or the level is none
    MethodError : an exposure is zero

    References
    ----------
    Garwood (1936), Biometrika 28:437-442.
    """
    count, at_risk = _checked(events, exposure, level)
    tail = (1 - level) / 2
    none = count == 0
    lower = np.where(none, 0.0, gammaincinv(np.where(none, 1.0, count), tail))
    return lower / at_risk, gammainccinv(count + 1, tail) / at_risk


def poisson_upper(events: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = 0.95) -> Floats:
    """Exact one-sided upper limit of a Poisson rate; with no event, -log(1 - level) / exposure.

    Parameters and errors as ``poisson_exact``, the level one-sided.

    Returns
    -------
    upper : events per unit of exposure
    """
    count, at_risk = _checked(events, exposure, level)
    upper: Floats = gammainccinv(count + 1, 1 - level) / at_risk
    return upper


def _checked(events: npt.ArrayLike, exposure: npt.ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Event counts and exposures of one shape."""
    where = "events and exposure"
    check_level(level, where="interval for a rate")
    given = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    try:
        count, at_risk = np.broadcast_arrays(*given)
    except ValueError:
        raise DataError(
            Problem(where, "there are not as many counts as exposures", "give one exposure for every count")
        ) from None
    if not (np.all(np.isfinite(count)) and np.all(np.isfinite(at_risk))):
        raise DataError(Problem(where, "a count or an exposure is missing or not a number", "give finite numbers"))
    if np.any(count < 0) or np.any(count % 1 != 0) or np.any(at_risk < 0):
        raise DataError(
            Problem(where, "a count is not a whole number >= 0, or an exposure is negative", "give counts and times")
        )
    if np.any(at_risk == 0):
        raise MethodError(
            Problem(where, "there is no time at risk, so there is no rate", "give the count of cases with an event")
        )
    return count, at_risk
