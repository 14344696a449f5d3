"""Time to event with competing causes: the Aalen-Johansen cumulative incidence and its limits.

Other causes compete: a case that had one can no longer have this one first, and is not censored by it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.event_table import event_table
from equipoise.stats.follow_up import EventTable, FollowUpArrays, check_follow_up
from equipoise.stats.infinitesimal_jackknife import infinitesimal_jackknife_variance
from equipoise.stats.log_log import log_log_limits

Variance = Literal["greenwood", "infinitesimal jackknife"]


@dataclass(frozen=True)
class CumulativeIncidence:
    """A step function, one entry for each distinct day with an event of any cause, ascending; each (m,).

    ``incidence`` : probability of the cause by that day, non-decreasing
    ``standard_error`` : of ``incidence``
    ``lower``, ``upper`` : log-log limits; NaN where the incidence is 0 or 1, where they are undefined
    ``at_risk``, ``events`` : at risk on that day and events of this cause on it; sums of weights if weighted
    ``event_free`` : probability of no event of any cause by that day
    ``followed_to_days`` : the last day any case was followed to; the curve says nothing after it
    """

    at_days: Floats
    incidence: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    at_risk: Floats
    events: Floats
    event_free: Floats
    followed_to_days: float
    level: float
    variance: Variance


@dataclass(frozen=True)
class IncidenceAt:
    """A curve read at given days; each (k,). ``events`` : events of this cause up to that day, that day included.

    ``incidence`` and ``standard_error`` are NaN after the last day of follow-up, unless every case had an event;
    the limits also where the incidence is 0 or 1.
    """

    days: Floats
    incidence: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    events: Floats


def cumulative_incidence(
    time_days: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    of: int,
    entry_days: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    variance: Variance = "greenwood",
    level: float = 0.95,
) -> CumulativeIncidence:
    """Aalen-Johansen probability of cause ``of`` by each event time, other causes competing.

    Parameters
    ----------
    time_days : (n,) int or float, days from time zero to event or censoring, >= 0; ties are kept as they are
    cause : (n,) int, 0 for censored, 1, 2, ... for the cause that happened
    of : the cause of interest, >= 1; a cause nobody had gives incidence 0
    entry_days : (n,) float, day after which a case is at risk (delayed entry), before its time
    weights : (n,) float, >= 0; whole numbers are copies of a case under "greenwood", any weight is allowed under
        "infinitesimal jackknife", where it is a sampling weight
    cluster : (n,) int, cases of one cluster are not independent; needs "infinitesimal jackknife"
    variance : "greenwood" (multinomial increments, as R's etm) or "infinitesimal jackknife" (as R's survival)
    level : of the two-sided limits F^exp(+-z se / (F log F)), each day by itself

    Raises
    ------
    DataError : no case, lengths differ, or a value that is negative, missing or without end
    MethodError : Greenwood's variance asked for clusters or fractional weights, or a level outside (0, 1)

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Statist. 5:141-150. Andersen, Borgan, Gill and Keiding (1993), Statistical
    Models Based on Counting Processes, section IV.4 (4.4.20). Allignol, Schumacher and Beyersmann (2010), Biom. J.
    52:126-137 (variance in etm). Therneau, Crowson and Atkinson, Multi-state models (vignette of R's survival).
    """
    follow_up = check_follow_up(time_days, cause, of=of, entry_days=entry_days, weights=weights, cluster=cluster)
    _check_method(follow_up, variance, level)
    table = event_table(follow_up)
    incidence, event_free = _curve(table)
    if variance == "greenwood":
        variances = _greenwood_variance(table, event_free)
    else:
        variances = infinitesimal_jackknife_variance(follow_up, table, incidence, event_free)
    uncertain = _uncertain(incidence)
    variances[: uncertain.start] = variances[uncertain.stop :] = 0.0  # clears rounding where F is 0 or 1
    standard_error = np.sqrt(np.maximum(variances, 0.0, out=variances), out=variances)
    lower, upper = log_log_limits(incidence, standard_error, uncertain, level)
    return CumulativeIncidence(
        at_days=table.at_days,
        incidence=incidence,
        standard_error=standard_error,
        lower=lower,
        upper=upper,
        at_risk=table.at_risk,
        events=table.of_this,
        event_free=event_free[1:],
        followed_to_days=float(follow_up.time_days.max()),
        level=level,
        variance=variance,
    )


def incidence_at(curve: CumulativeIncidence, days: npt.ArrayLike) -> IncidenceAt:
    """The curve read at ``days`` (k,): 0 before the first event, NaN after the last day of follow-up.

    After follow-up has ended the incidence is still known if every case had an event (``event_free`` is 0).

    Raises
    ------
    DataError : a day is negative or missing
    """
    asked = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if not bool(np.all(asked >= 0)):
        raise DataError(Problem("days", "a day is negative or missing", "count days from time zero"))
    slot = np.searchsorted(curve.at_days, asked, side="right")
    free = np.concatenate([[1.0], curve.event_free])[slot]
    known = (asked <= curve.followed_to_days) | (free == 0.0)

    def read(steps: Floats, before: float) -> Floats:
        return np.where(known, np.concatenate([[before], steps])[slot], np.nan)

    return IncidenceAt(
        days=asked,
        incidence=read(curve.incidence, 0.0),
        standard_error=read(curve.standard_error, 0.0),
        lower=read(curve.lower, np.nan),
        upper=read(curve.upper, np.nan),
        events=np.concatenate([[0.0], np.cumsum(curve.events)])[slot],
    )


def number_at_risk(
    time_days: npt.ArrayLike, days: npt.ArrayLike, *, entry_days: npt.ArrayLike | None = None
) -> npt.NDArray[np.int64]:
    """How many cases are at risk on each of ``days`` (k,): entered before it, and not left before it.

    Raises
    ------
    DataError : as ``cumulative_incidence``
    """
    time = np.asarray(time_days)
    checked = check_follow_up(time, np.zeros(time.shape, dtype=np.int64), of=1, entry_days=entry_days)
    asked = np.atleast_1d(np.asarray(days, dtype=np.float64))
    stayed = checked.n - np.searchsorted(np.sort(checked.time_days), asked, side="left")
    if checked.entry_days is None:
        return stayed
    return stayed - (checked.n - np.searchsorted(np.sort(checked.entry_days), asked, side="left"))


def _check_method(follow_up: FollowUpArrays, variance: Variance, level: float) -> None:
    if not 0.0 < level < 1.0:
        raise MethodError(Problem("level", f"{level} is not a confidence level", "choose one between 0 and 1"))
    if variance not in ("greenwood", "infinitesimal jackknife"):
        remedy = "choose greenwood or infinitesimal jackknife"
        raise MethodError(Problem("variance", f"no method is called '{variance}'", remedy))
    if variance == "infinitesimal jackknife":
        return
    remedy = "ask for variance='infinitesimal jackknife'"
    if follow_up.cluster is not None:
        why = "Greenwood's variance takes cases as independent; clusters are not"
        raise MethodError(Problem("variance", why, remedy))
    if follow_up.weights is not None and bool(np.any(follow_up.weights % 1.0)):
        why = "Greenwood's variance takes a weight as a number of copies; these are fractions"
        raise MethodError(Problem("variance", why, remedy))


def _curve(table: EventTable) -> tuple[Floats, Floats]:
    """Incidence of this cause at each event time (m,); event-free probability before the first and at each (m + 1,)."""
    event_free = np.ones(table.at_days.size + 1)
    np.cumprod((table.at_risk - table.of_any) / table.at_risk, out=event_free[1:])
    incidence = event_free[:-1] * table.of_this
    incidence /= table.at_risk
    np.cumsum(incidence, out=incidence)
    np.minimum(incidence, 1.0, out=incidence)
    if event_free[-1] == 0.0 and np.array_equal(table.of_this, table.of_any):
        incidence[np.argmin(event_free) - 1 :] = 1.0  # all had it and nothing competed: exactly 1
    return incidence, event_free


def _greenwood_variance(table: EventTable, event_free: Floats) -> Floats:
    """Var F(t), the increments at one event time being multinomial and different times uncorrelated, (m,).

    With n at risk, b the hazard of any cause and S the event-free probability, the recursion of Andersen et al.
    (4.4.20) reads Var S = S^2 G and Cov(F, S) = S D, where G and D are the running sums of b / (n (1 - b)) and
    dF (G(t-) - 1/n), and Var F is the running sum of dF (D(t-) + D(t) + S(t-) / n). Where events empty the risk
    set, S is 0 from then on and G is not used again.
    """
    free_before = event_free[:-1]
    per_case = 1.0 / table.at_risk
    survivors = table.at_risk - table.of_any
    survivors[survivors <= 0.0] = np.inf
    greenwood = _running_sum(table.of_any * per_case / survivors)
    step = free_before * table.of_this
    step *= per_case
    covariance = _running_sum(step * (greenwood[:-1] - per_case))
    variance = covariance[:-1] + covariance[1:]
    variance += free_before * per_case
    variance *= step
    return np.cumsum(variance, out=variance)


def _running_sum(terms: Floats) -> Floats:
    """(m + 1,): 0, and the sum up to each of the (m,) terms."""
    sums = np.zeros(terms.size + 1)
    np.cumsum(terms, out=sums[1:])
    return sums


def _uncertain(incidence: Floats) -> slice:
    """Where the incidence is neither 0 nor 1: one stretch, for it never falls."""
    return slice(int(np.searchsorted(incidence, 0.0, side="right")), int(np.searchsorted(incidence, 1.0)))
