"""The matrix of transition probabilities between two days, with its Greenwood-type covariance.

It speaks of the future of a case from its present state alone, so it needs the Markov property: test it
(``markov_test``), and use ``landmark_occupation`` where it fails.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.log_log import log_log_limits, strictly_between
from equipoise.stats.multistate import TransitionRows
from equipoise.stats.multistate_table import move_table
from equipoise.stats.occupation import check_level


@dataclass(frozen=True)
class TransitionProbabilities:
    """P(s, t) for s = ``from_day`` and t each of m distinct days with a move after it, ascending; K states.

    ``probability`` : (m, K, K) of being in the column's state on day t for a case in the row's state on day s; each
        row adds to 1
    ``standard_error`` : (m, K, K)
    ``lower``, ``upper`` : (m, K, K) log-log limits; NaN where the probability is 0 or 1, where they are undefined
    ``covariance`` : (K, K, K, K) on the last of the days; ``covariance[h, j, r, k]`` is that of P_hj and P_rk
    ``followed_to_days`` : the matrix says nothing after this day
    """

    from_day: float
    at_days: Floats
    probability: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    followed_to_days: float
    level: float


def transition_probabilities(
    rows: TransitionRows, *, from_day: float = 0.0, until_day: float | None = None, level: float = 0.95
) -> TransitionProbabilities:
    """Aalen-Johansen: P(s, t) is the product of I + dA(u) over the days u with s < u <= t.

    The moves out of a state on one day are multinomial, those of different states and days uncorrelated; so

        cov P(s, t) = (M' x I) cov P(s, t-) (M x I) + (I x P(s, t-)) cov dA(t) (I x P(s, t-)').

    Parameters
    ----------
    rows : see ``transition_rows``; weights are numbers of copies
    from_day : s, >= 0
    until_day : the last t, after s; the last day with a move, if not given
    level : of the two-sided limits p^exp(+-z se / (p log p)), each by itself

    Raises
    ------
    DataError : a day is negative or missing, or the days are not in order
    MethodError : weights that are fractions, a level outside (0, 1), or days after the end of follow-up

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Statist. 5:141-150. Andersen, Borgan, Gill and Keiding (1993), Statistical
    Models Based on Counting Processes, section IV.4 (4.4.18-20). Allignol, Schumacher and Beyersmann (2011), J. Stat.
    Softw. 38(4) (etm).
    """
    check_level(level)
    _check(rows, from_day, until_day)
    table = move_table(rows)
    asked = (table.at_days > from_day) & (table.at_days <= (np.inf if until_day is None else until_day))
    probability, variance, covariance = _product(table.step[asked], table.at_risk[asked])
    standard_error = np.sqrt(variance)
    lower, upper = log_log_limits(probability, standard_error, strictly_between(probability), level)
    return TransitionProbabilities(
        from_day=float(from_day),
        at_days=table.at_days[asked],
        probability=probability,
        standard_error=standard_error,
        lower=lower,
        upper=upper,
        covariance=covariance,
        followed_to_days=rows.followed_to_days,
        level=level,
    )


def _check(rows: TransitionRows, from_day: float, until_day: float | None) -> None:
    if not 0.0 <= from_day < np.inf or (until_day is not None and not from_day < until_day):
        remedy = "count days from time zero, the first before the last"
        raise DataError(Problem("from_day, until_day", "are negative, missing or not in order", remedy))
    if from_day >= rows.followed_to_days or (until_day is not None and until_day > rows.followed_to_days):
        remedy = f"choose days up to {rows.followed_to_days:g}"
        raise MethodError(Problem("from_day, until_day", "no case was followed so long", remedy))
    if rows.weights is not None and bool(np.any(rows.weights % 1.0)):
        why = "Greenwood's variance takes a weight as a number of copies; these are fractions"
        remedy = "ask for state_occupation or landmark_occupation, whose variance takes any weight"
        raise MethodError(Problem("weights", why, remedy))


def _product(step: Floats, at_risk: Floats) -> tuple[Floats, Floats, Floats]:
    """P after each step and its variances, each (m, K, K), and the covariance after the last (K, K, K, K)."""
    m, k = at_risk.shape
    probability, variance = np.empty((m, k, k)), np.empty((m, k, k))
    now, covariance = np.eye(k), np.zeros((k, k, k, k))  # the covariance as [h, r, j, l]
    state = np.arange(k)
    per_case = np.divide(1.0, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0.0)
    for t in range(m):
        multinomial = -step[t][:, :, None] * step[t][:, None, :]
        multinomial[:, state, state] += step[t]
        multinomial *= per_case[t][:, None, None]
        pairs = (now[:, None, :] * now[None, :, :]).reshape(k * k, k)
        fresh = (pairs @ multinomial.reshape(k, k * k)).reshape(k, k, k, k)
        covariance = np.matmul(np.matmul(step[t].T, covariance), step[t]) + fresh
        now = now @ step[t]
        probability[t] = now
        variance[t] = np.einsum("hhjj->hj", covariance)
    certain = (probability > 0.0).sum(axis=2) == 1
    probability[certain] = probability[certain] > 0.0
    variance[certain] = 0.0  # clears rounding where all are in one state
    return np.minimum(probability, 1.0), np.maximum(variance, 0.0), covariance.transpose(0, 2, 1, 3)
