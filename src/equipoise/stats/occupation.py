"""The probability of being in each state over time: Aalen-Johansen for any diagram, with its limits.

It needs no Markov property (Datta and Satten 2001), only that censoring and late entry do not depend on the future.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.log_log import log_log_limits, strictly_between
from equipoise.stats.multistate import TransitionRows, landmark_rows
from equipoise.stats.multistate_table import MoveTable, beginners, move_table
from equipoise.stats.occupation_variance import occupation_covariance


@dataclass(frozen=True)
class StateOccupation:
    """Step functions, one entry for each of m distinct days with a move, ascending; K states.

    ``probability`` : (m, K) of being in each state after the moves of that day; each row adds to 1
    ``covariance`` : (m, K, K) of the row; ``standard_error`` : (m, K)
    ``lower``, ``upper`` : (m, K) log-log limits; NaN where the probability is 0 or 1, where they are undefined
    ``at_risk`` : (m, K) cases in each state just before the day; ``moves`` : (m, K, K) from state to state on it
    ``initial`` : (K,) the distribution before the first move, ``initial_covariance`` (K, K)
    ``from_day`` : the day the curve starts; ``followed_to_days`` : it says nothing after this day
    """

    at_days: Floats
    probability: Floats
    covariance: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    at_risk: Floats
    moves: Floats
    initial: Floats
    initial_covariance: Floats
    from_day: float
    followed_to_days: float
    level: float


@dataclass(frozen=True)
class OccupationAt:
    """The curves read at k days, each (k, K); NaN after the last day of follow-up, and limits where undefined."""

    days: Floats
    probability: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats


def state_occupation(
    rows: TransitionRows, *, initial: npt.ArrayLike | None = None, from_day: float = 0.0, level: float = 0.95
) -> StateOccupation:
    """Aalen-Johansen state occupation probabilities with the infinitesimal-jackknife variance.

    p(t) = p(0) times the product over days s <= t of I + dA(s). A case's influence is the derivative of p(t) by its
    weight; the covariance is the sum over cases of the squared weighted influences (as R's ``survfit`` for states).

    Parameters
    ----------
    rows : see ``transition_rows``; weights are sampling weights, any fraction
    initial : (K,) the distribution at ``from_day``, taken as known; if not given, that of the cases at risk on the
        first day with a move (of the first to be seen, where nobody moves), and its uncertainty counts
    from_day : the day the curve starts, on or before the first move
    level : of the two-sided limits p^exp(+-z se / (p log p)), each state and day by itself

    Raises
    ------
    DataError : ``initial`` is not a distribution over the states
    MethodError : a level outside (0, 1), or a start after the first move

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Statist. 5:141-150. Datta and Satten (2001), Statist. Probab. Lett.
    55:403-411. Therneau, Crowson and Atkinson, Multi-state models (vignette of R's survival).
    """
    check_level(level)
    table = move_table(rows)
    if table.at_days.size and table.at_days[0] <= from_day and from_day > 0.0:
        remedy = "follow the cases from that day on (landmark_rows)"
        raise MethodError(Problem("from_day", "there are moves on or before it", remedy))
    start = _initial(rows, table) if initial is None else _given(initial, rows.states)
    probability = occupied(start, table.step)
    before = np.concatenate([start[None], probability])[:-1]
    at_start, covariance = occupation_covariance(rows, table, start, before, initial_known=initial is not None)
    alone = (probability > 0.0).sum(axis=1) == 1
    probability[alone] = probability[alone] > 0.0
    covariance[alone] = 0.0  # clears rounding where all are in one state
    standard_error = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0))
    lower, upper = log_log_limits(probability, standard_error, strictly_between(probability), level)
    return StateOccupation(
        at_days=table.at_days,
        probability=probability,
        covariance=covariance,
        standard_error=standard_error,
        lower=lower,
        upper=upper,
        at_risk=table.at_risk,
        moves=table.moves,
        initial=start,
        initial_covariance=at_start,
        from_day=from_day,
        followed_to_days=rows.followed_to_days,
        level=level,
    )


def landmark_occupation(rows: TransitionRows, *, day: float, in_state: int, level: float = 0.95) -> StateOccupation:
    """The landmark Aalen-Johansen estimator: where those in a state on a day are later; no Markov property needed.

    The estimator of P(X(t) = j | X(day) = ``in_state``), the row of the transition matrix from ``day``, from the
    cases that are in the state (1 to K) just after the day alone. The variance is the infinitesimal jackknife.

    Raises
    ------
    MethodError : no case is in the state on that day

    References
    ----------
    Putter and Spitoni (2018), Stat. Methods Med. Res. 27:2081-2092.
    """
    chosen = landmark_rows(rows, day, in_state)
    known = np.arange(1, rows.states + 1) == in_state
    return state_occupation(chosen, initial=known.astype(np.float64), from_day=day, level=level)


def occupation_at(curve: StateOccupation, days: npt.ArrayLike) -> OccupationAt:
    """The curves read at ``days`` (k,): NaN before ``from_day`` and after the last day of follow-up.

    Raises
    ------
    DataError : a day is negative or missing
    """
    asked = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if not bool(np.all(asked >= 0)):
        raise DataError(Problem("days", "a day is negative or missing", "count days from time zero"))
    slot = np.searchsorted(curve.at_days, asked, side="right")
    known = ((asked >= curve.from_day) & (asked <= curve.followed_to_days))[:, None]
    start_error = np.sqrt(np.maximum(np.diagonal(curve.initial_covariance), 0.0))
    start_lower, start_upper = log_log_limits(curve.initial, start_error, strictly_between(curve.initial), curve.level)

    def read(steps: Floats, before: Floats) -> Floats:
        return np.where(known, np.concatenate([before[None], steps])[slot], np.nan)

    return OccupationAt(
        days=asked,
        probability=read(curve.probability, curve.initial),
        standard_error=read(curve.standard_error, start_error),
        lower=read(curve.lower, start_lower),
        upper=read(curve.upper, start_upper),
    )


def occupied(initial: Floats, step: Floats) -> Floats:
    """(m, K): the distribution after each of the m steps."""
    probability = np.empty(step.shape[:2])
    now = initial
    for t in range(step.shape[0]):
        now = now @ step[t]
        probability[t] = now
    return np.minimum(probability, 1.0, out=probability)


def check_level(level: float) -> None:
    """Refuse a level outside (0, 1)."""
    if not 0.0 < level < 1.0:
        raise MethodError(Problem("level", f"{level} is not a confidence level", "choose one between 0 and 1"))


def _initial(rows: TransitionRows, table: MoveTable) -> Floats:
    first, total = beginners(rows, table)
    weights = None if rows.weights is None else rows.weights[first]
    share: Floats = np.bincount(rows.origin[first], weights=weights, minlength=rows.states) / total
    return share


def _given(initial: npt.ArrayLike, states: int) -> Floats:
    start = np.asarray(initial, dtype=np.float64)
    if start.shape != (states,) or not (bool(np.all(start >= 0.0)) and abs(float(start.sum()) - 1.0) < 1e-9):
        remedy = f"give {states} probabilities that add to 1"
        raise DataError(Problem("initial", "is not a distribution over the states", remedy))
    return start
