"""The mean time spent in each state up to a horizon: mean duration of response, restricted mean time, with errors."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.multistate import TransitionRows
from equipoise.stats.multistate_table import MoveTable, beginners, move_table
from equipoise.stats.occupation import StateOccupation, check_level


@dataclass(frozen=True)
class TimeInStates:
    """The mean days a case spends in each of K states from ``from_day`` to ``horizon_days``; they add up to the span.

    ``mean_days``, ``standard_error``, ``lower``, ``upper`` : (K,), days; the limits are mean +- z se, kept in the span,
        and NaN where the standard error is 0
    ``covariance`` : (K, K), days squared
    """

    from_day: float
    horizon_days: float
    mean_days: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    level: float


def time_in_states(rows: TransitionRows, curve: StateOccupation, *, horizon_days: float) -> TimeInStates:
    """The area under each state's occupation probability, with the infinitesimal-jackknife covariance.

    The influence of a case on the area is the sum, over the days it is at risk in a state h, of
    p_h(t-) / (number at risk in h) times (e_j - e_h of its own move, less dA_h) times R(t), where R(t) holds the mean
    time in each state from t to the horizon for a case that is in a state at t; and its share in the initial
    distribution times R at the start.

    Parameters
    ----------
    rows : the rows ``curve`` was made from (for a landmark curve: those of ``landmark_rows``)
    curve : from ``state_occupation``
    horizon_days : the end of the span, after the curve's start and no later than follow-up

    Raises
    ------
    DataError : the horizon is missing or not after the curve's start
    MethodError : follow-up ended before the horizon and someone may still move

    References
    ----------
    Beyersmann and Putter (2014), Demographic Research 30:1681-1696. Irwin (1949), J. Hygiene 47:188-189.
    """
    from scipy.special import ndtri

    if not curve.from_day < horizon_days < np.inf:
        remedy = "choose a day after the start of the curve"
        raise DataError(Problem("horizon_days", "is missing or not after the start", remedy))
    table = move_table(rows)
    if not np.array_equal(table.at_days, curve.at_days):
        remedy = "give the rows the curve was made from"
        raise DataError(Problem("rows", "are not those of the curve", remedy))
    _check_followed(rows, curve, horizon_days)
    used = int(np.searchsorted(curve.at_days, horizon_days, side="left"))
    at_start, ahead = _time_ahead(table, used, curve.from_day, horizon_days)
    mean = curve.initial @ at_start
    influence = _influence(rows, table, curve, used, ahead)
    if bool(curve.initial_covariance.any()):
        first, total = beginners(rows, table)
        share = (np.eye(rows.states)[rows.origin[first]] - curve.initial) / total
        influence[rows.case[first]] += share @ at_start
    if rows.weights is not None:
        weight = np.empty(rows.n)
        weight[rows.case] = rows.weights
        influence *= weight[:, None]
    covariance = influence.T @ influence
    standard_error = np.sqrt(np.diagonal(covariance))
    margin = np.where(standard_error > 0.0, ndtri((1.0 + curve.level) / 2.0) * standard_error, np.nan)
    return TimeInStates(
        from_day=curve.from_day,
        horizon_days=float(horizon_days),
        mean_days=mean,
        standard_error=standard_error,
        lower=np.maximum(mean - margin, 0.0),
        upper=np.minimum(mean + margin, horizon_days - curve.from_day),
        covariance=covariance,
        level=curve.level,
    )


def time_in_any(times: TimeInStates, states: Collection[int]) -> tuple[float, float]:
    """The mean days in any of ``states`` (1 to K) and its standard error.

    With all the states from which there is a way on, it is the restricted mean time to the absorbing ones.

    Raises
    ------
    DataError : a state nobody declared
    """
    k = times.mean_days.size
    if not states or not all(1 <= state <= k for state in states):
        raise DataError(Problem("states", "holds no state, or one nobody declared", f"choose from 1 to {k}"))
    among = np.isin(np.arange(1, k + 1), list(states)).astype(np.float64)
    variance = float(among @ times.covariance @ among)
    return float(among @ times.mean_days), max(variance, 0.0) ** 0.5


def _check_followed(rows: TransitionRows, curve: StateOccupation, horizon_days: float) -> None:
    check_level(curve.level)
    if horizon_days <= curve.followed_to_days:
        return
    last = curve.probability[-1] if curve.at_days.size else curve.initial
    left = np.zeros(rows.states, dtype=np.bool_)
    left[rows.origin] = True
    if bool(np.any(last[left] > 0.0)):
        remedy = f"choose a horizon up to day {curve.followed_to_days:g}"
        raise MethodError(Problem("horizon_days", "no case was followed so long, and some may still move", remedy))


def _time_ahead(table: MoveTable, used: int, from_day: float, horizon: float) -> tuple[Floats, Floats]:
    """Mean time in each state (column) up to the horizon for a case in a state (row).

    At the start (K, K), and just after each of the first ``used`` days with a move (used, K, K).
    """
    k = table.at_risk.shape[1]
    identity = np.eye(k)
    ahead = np.zeros((used, k, k))
    later, until = np.zeros((k, k)), horizon
    for t in range(used - 1, -1, -1):
        ahead[t] = later + (until - table.at_days[t]) * identity
        later, until = table.step[t] @ ahead[t], float(table.at_days[t])
    return later + (until - from_day) * identity, ahead


def _influence(rows: TransitionRows, table: MoveTable, curve: StateOccupation, used: int, ahead: Floats) -> Floats:
    """(n, K): the influence of each case on the areas, the initial distribution apart."""
    k = rows.states
    before = np.concatenate([curve.initial[None], curve.probability])[:used]
    at_risk = table.at_risk[:used]
    each = np.divide(before, at_risk, out=np.zeros_like(before), where=at_risk > 0.0)
    drift = each[:, :, None] * np.matmul(table.step[:used] - np.eye(k), ahead)
    to_day = np.concatenate([np.zeros((1, k, k)), np.cumsum(drift, axis=0)])
    enter, leave = np.minimum(table.enter, used), np.minimum(table.leave, used)
    own = to_day[enter, rows.origin] - to_day[leave, rows.origin]
    moved = np.flatnonzero((rows.target >= 0) & (table.leave <= used))
    day, state, after = table.leave[moved] - 1, rows.origin[moved], rows.target[moved]
    own[moved] += each[day, state, None] * (ahead[day, after] - ahead[day, state])
    first = np.flatnonzero(np.concatenate([[True], rows.case[1:] != rows.case[:-1]]))
    by_case: Floats = np.add.reduceat(own, first, axis=0)
    return by_case
