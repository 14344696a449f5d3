"""The distribution of a time known only to lie between two visits: Turnbull's maximum-likelihood estimate.

For one endpoint, such as "response lost or another procedure" combined: it ignores competing events. Where the mass
lies inside an innermost interval is not known, so between the interval's ends the curve is a band, never a line.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.turnbull_intervals import check_intervals, innermost_intervals
from equipoise.stats.turnbull_maximum import most_likely_mass

MOST_INTERVALS = 1000
"""More innermost intervals than this are refused: the maximisation solves that many equations at once."""


@dataclass(frozen=True)
class TurnbullEstimate:
    """Mass on m innermost intervals (lower, upper], ascending; each (m,).

    ``exact`` : the mass lies on one day, ``lower_days`` = ``upper_days``
    ``mass`` : adds to 1; 0 on intervals the estimate does not use. An ``upper_days`` of infinity is mass after the last
        day anyone was seen without the event
    ``gap`` : the log likelihood is within ``gap`` of its maximum, for each case (Kuhn-Tucker)
    ``cases`` : how many cases, or the sum of weights
    """

    lower_days: Floats
    upper_days: Floats
    exact: Flags
    mass: Floats
    gap: float
    cases: float


@dataclass(frozen=True)
class SurvivalBand:
    """The probability of no event by each of k days, from ``lowest`` to ``highest``; they are equal where it is known.

    Where ``lower`` and ``upper`` are there they are limits: of ``lowest`` from below, of ``highest`` from above.
    """

    days: Floats
    lowest: Floats
    highest: Floats
    lower: Floats | None = None
    upper: Floats | None = None


def turnbull(
    lower_days: npt.ArrayLike, upper_days: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> TurnbullEstimate:
    """The nonparametric maximum-likelihood estimate of an interval-censored time.

    No other masses are as likely: every innermost interval ends where some case's does, which tells them apart.

    Parameters
    ----------
    lower_days : (n,) float >= 0, the last day the case was without the event
    upper_days : (n,) float, the first day it had it; equal to lower where the day is exact, infinity where it had not
        had it when last seen
    weights : (n,) float >= 0

    Raises
    ------
    DataError : no case, lengths that differ, or a day outside what is said above
    MethodError : too many distinct days

    References
    ----------
    Turnbull (1976), J. R. Statist. Soc. B 38:290-295. Peto (1973), Appl. Statist. 22:86-91. Gentleman and Geyer
    (1994), Biometrika 81:618-623 (Kuhn-Tucker conditions). Wang (2008), Comput. Statist. Data Anal.
    52:2388-2402 (constrained Newton steps).
    """
    lower, upper, weight = check_intervals(lower_days, upper_days, weights)
    intervals = innermost_intervals(lower, upper, weight)
    if intervals.exact.size > MOST_INTERVALS:
        why = f"the days leave {intervals.exact.size} innermost intervals, more than {MOST_INTERVALS}"
        remedy = "count in weeks, or give the days of the visits; where every day is exact, ask for Kaplan-Meier"
        raise MethodError(Problem("lower_days, upper_days", why, remedy))
    mass, gap = most_likely_mass(intervals)
    return TurnbullEstimate(
        lower_days=intervals.lower_days,
        upper_days=intervals.upper_days,
        exact=intervals.exact,
        mass=mass,
        gap=gap,
        cases=float(weight.sum()),
    )


def survival_band(estimate: TurnbullEstimate, days: npt.ArrayLike) -> SurvivalBand:
    """What is known of the probability of no event by ``days`` (k,), the day itself included.

    Raises
    ------
    DataError : a day is negative or missing
    """
    asked = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if not bool(np.all(asked >= 0)):
        raise DataError(Problem("days", "a day is negative or missing", "count days from time zero"))
    certain = np.concatenate([[0.0], np.cumsum(estimate.mass)])
    certain[-1] = 1.0  # clears rounding
    at_latest = np.searchsorted(estimate.upper_days, asked, side="right")
    # An interval has begun by the day if it is exact on it, or opens before it.
    begun = (estimate.lower_days[None] < asked[:, None]) | (estimate.exact & (estimate.lower_days == asked[:, None]))
    at_earliest = begun.sum(axis=1)
    return SurvivalBand(days=asked, lowest=1.0 - certain[at_earliest], highest=1.0 - certain[at_latest])


def bootstrap_survival_band(
    lower_days: npt.ArrayLike,
    upper_days: npt.ArrayLike,
    *,
    visit_days: npt.ArrayLike,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> SurvivalBand:
    """The band at scheduled visits with percentile limits, whole cases being drawn again.

    With a fixed schedule there are finitely many unknown masses, and the bootstrap has a limit law; with days all
    their own it has none, and this is refused. The limits are the (B + 1) alpha-th of the B ordered replicates.

    Parameters
    ----------
    lower_days, upper_days : as ``turnbull``; every finite day is 0 or one of ``visit_days``
    visit_days : (k,) the scheduled days, > 0
    replicates : B, at least 2 / (1 - level) - 1

    Raises
    ------
    DataError : as ``turnbull``, or a visit day that is missing or not after day 0
    MethodError : a day that is not a visit's, too few replicates, or a level outside (0, 1)

    References
    ----------
    Sen and Xu (2015), Comput. Statist. Data Anal. 81:121-129 (the bootstrap fails where visits have no schedule).
    """
    lower, upper, weight = check_intervals(lower_days, upper_days, None)
    visits = np.unique(np.asarray(visit_days, dtype=np.float64))
    _check_schedule(lower, upper, visits, replicates, level)
    band = survival_band(turnbull(lower, upper), visits)
    lowest, highest = np.empty((replicates, visits.size)), np.empty((replicates, visits.size))
    for b in range(replicates):
        copies = np.bincount(rng.integers(0, weight.size, weight.size), minlength=weight.size)
        again = survival_band(turnbull(lower, upper, weights=copies), visits)
        lowest[b], highest[b] = again.lowest, again.highest
    tail = (1.0 - level) / 2.0
    return SurvivalBand(
        days=visits,
        lowest=band.lowest,
        highest=band.highest,
        lower=np.quantile(lowest, tail, axis=0, method="weibull"),
        upper=np.quantile(highest, 1.0 - tail, axis=0, method="weibull"),
    )


def _check_schedule(lower: Floats, upper: Floats, visits: Floats, replicates: int, level: float) -> None:
    if not 0.0 < level < 1.0:
        raise MethodError(Problem("level", f"{level} is not a confidence level", "choose one between 0 and 1"))
    if visits.size == 0 or not bool(np.all((visits > 0.0) & (visits < np.inf))):
        raise DataError(Problem("visit_days", "a day is missing or not after day 0", "give the scheduled days"))
    seen = np.concatenate([lower, upper[np.isfinite(upper)]])
    if not bool(np.all(np.isin(seen, visits) | (seen == 0.0))):
        why = "some cases were seen on other days, and without a schedule the bootstrap gives no valid limits"
        raise MethodError(Problem("visit_days", why, "show the band without limits, or date each case by its visit"))
    if replicates < 2.0 / (1.0 - level) - 1.0:
        remedy = f"ask for {int(np.ceil(2.0 / (1.0 - level) - 1.0))} or more"
        raise MethodError(Problem("replicates", f"{replicates} are too few for the level", remedy))
