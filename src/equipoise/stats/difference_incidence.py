"""Two cumulative incidences compared: at a day, and by the mean time lost to the cause up to a horizon."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.survival import CumulativeIncidence, incidence_at


class IncidenceDifference(NamedTuple):
    """Incidence of the first curve less that of the second, at given days; each (k,).

    NaN where a curve says nothing (after its follow-up), and for the limits also where either incidence is 0 or 1:
    its variance is then not known, and a limit from the other alone would claim too much.
    """

    days: Floats
    difference: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats


class TimeLost(NamedTuple):
    """Mean days lost to the cause by the horizon, its standard error, and limits; 0 to the horizon."""

    days_lost: float
    standard_error: float
    lower: float
    upper: float


def incidence_difference(
    curve: CumulativeIncidence, control: CumulativeIncidence, days: npt.ArrayLike, *, level: float = 0.95
) -> IncidenceDifference:
    """Difference of two independent Aalen-Johansen curves at ``days`` (k,), with Wald limits kept within -1 to 1.

    Each curve brings the variance it was made with. For a day chosen beforehand; each day by itself.

    Raises
    ------
    DataError : a day is negative or missing, or the level is not between 0 and 1

    References
    ----------
    Andersen, Borgan, Gill and Keiding (1993), Statistical Models Based on Counting Processes, section IV.4.
    """
    check_level(level, where="difference of cumulative incidence")
    first, second = incidence_at(curve, days), incidence_at(control, days)
    difference = first.incidence - second.incidence
    standard_error = np.hypot(first.standard_error, second.standard_error)
    limited = np.isfinite(first.lower) & np.isfinite(second.lower)
    half_width = np.where(limited, float(ndtri((1 + level) / 2)) * standard_error, np.nan)
    lower, upper = np.maximum(difference - half_width, -1.0), np.minimum(difference + half_width, 1.0)
    return IncidenceDifference(first.days, difference, standard_error, lower, upper)


def time_lost(curve: CumulativeIncidence, *, horizon_days: float, level: float = 0.95) -> TimeLost:
    """Restricted mean time lost to the cause: the area under its cumulative incidence up to the horizon.

    With any event as the one cause, the horizon less this is the restricted mean time free of it. The variance is of
    Greenwood's type: multinomial at each event time, different times uncorrelated.

    Parameters
    ----------
    curve : made with variance "greenwood" and without delayed entry leaving nobody at risk
    horizon_days : > 0, no later than the last day of follow-up unless every case had an event

    Raises
    ------
    MethodError : the horizon lies beyond follow-up, is not positive, or the curve's variance is of another kind

    References
    ----------
    Andersen (2013), Statist. Med. 32:5278-5285; Zhao et al. (2018), Biometrics 74:694-702.
    """
    check_level(level, where="mean time lost")
    _check_horizon(curve, horizon_days)
    upto = curve.at_days <= horizon_days
    free = np.concatenate([[1.0], curve.event_free[upto]])
    at_risk, before, after = curve.at_risk[upto], free[:-1], free[1:]
    of_this = curve.events[upto] / at_risk
    of_another = np.maximum(1.0 - after / np.where(before > 0.0, before, 1.0) - of_this, 0.0)
    days_ahead = horizon_days - curve.at_days[upto]
    lost = days_ahead * before * of_this
    # an event of either kind also forgoes what would have been lost later
    still = np.where(after > 0.0, (lost.sum() - np.cumsum(lost)) / np.where(after > 0.0, after, 1.0) * before, 0.0)
    by_this, by_another = days_ahead * before - still, -still
    mean = by_this * of_this + by_another * of_another
    variance = float(((by_this**2 * of_this + by_another**2 * of_another - mean**2) / at_risk).sum())
    days_lost, standard_error = float(lost.sum()), float(np.sqrt(max(variance, 0.0)))
    half_width = float(ndtri((1 + level) / 2)) * standard_error if standard_error > 0.0 else np.nan
    lower, upper = max(days_lost - half_width, 0.0), min(days_lost + half_width, horizon_days)
    if np.isnan(half_width):
        lower = upper = np.nan
    return TimeLost(days_lost, standard_error, lower, upper)


def time_lost_difference(
    curve: CumulativeIncidence, control: CumulativeIncidence, *, horizon_days: float, level: float = 0.95
) -> TimeLost:
    """Mean time lost under the first curve less that under the second, independent arms, Wald limits.

    The limits are NaN where either arm's variance is 0: nobody, or everybody at once, had the event.
    Parameters and errors as ``time_lost``.
    """
    first = time_lost(curve, horizon_days=horizon_days, level=level)
    second = time_lost(control, horizon_days=horizon_days, level=level)
    difference = first.days_lost - second.days_lost
    standard_error = float(np.hypot(first.standard_error, second.standard_error))
    half_width = float(ndtri((1 + level) / 2)) * standard_error
    if min(first.standard_error, second.standard_error) == 0.0:
        half_width = np.nan
    return TimeLost(difference, standard_error, difference - half_width, difference + half_width)


def _check_horizon(curve: CumulativeIncidence, horizon_days: float) -> None:
    if not 0.0 < horizon_days < np.inf:
        raise MethodError(Problem("horizon", "is not a day after time zero", "give the horizon in days, above 0"))
    finished = curve.event_free.size > 0 and curve.event_free[-1] == 0.0
    if horizon_days > curve.followed_to_days and not finished:
        why = "lies after the last day any case was followed to; what happened between is not known"
        raise MethodError(Problem("horizon", why, f"choose a horizon of at most {curve.followed_to_days:g} days"))
    if curve.variance != "greenwood":
        why = "the variance of the mean time lost is of Greenwood's type only"
        raise MethodError(Problem("variance", why, "make the curve with variance='greenwood', or bootstrap it"))
