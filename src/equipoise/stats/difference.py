"""Score intervals for the contrast of two arms: risk difference, risk ratio and odds ratio."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_counts, check_level
from equipoise.stats.difference_score import Measure, check_measure, score_statistic

FARTHEST_LOG_RATIO = 40.0
"""Beyond e^40 a ratio is infinite for every purpose; only counts without a limit get there."""
HALVINGS = 64


def miettinen_nurminen(
    responders: npt.ArrayLike,
    n: npt.ArrayLike,
    control_responders: npt.ArrayLike,
    control_n: npt.ArrayLike,
    *,
    measure: Measure = "risk difference",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Miettinen and Nurminen's score interval: the contrasts their test, with N / (N - 1), does not reject.

    Parameters
    ----------
    responders, n : of the treated arm, whole numbers, 0 <= responders <= n; scalars or arrays that broadcast
    control_responders, control_n : of the control arm
    measure : "risk difference" (treated - control), "risk ratio" or "odds ratio" (treated over control)
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    lower, upper : of the common shape; a difference lies in [-1, 1], a ratio in [0, inf]. A ratio has no lower limit
        but 0 where the treated arm has no responder, and no upper limit (inf) where the control arm has none; an
        odds ratio likewise where an arm is all responders. An arm without patients leaves everything possible.

    Raises
    ------
    DataError : the counts are not counts, or the level is not between 0 and 1
    MethodError : the measure is none of the three

    References
    ----------
    Miettinen and Nurminen (1985), Statist. Med. 4:213-226.
    """
    check_measure(measure)
    check_level(level, where="interval for a contrast")
    arms = checked_arms(responders, n, control_responders, control_n)
    known = (arms[1] > 0) & (arms[3] > 0)
    counts = tuple(np.where(known, part, 1.0) for part in arms)
    critical = float(ndtri((1 + level) / 2))
    lower = _root(measure, counts, critical)
    upper = _root(measure, counts, -critical)
    if measure == "risk difference":
        return np.where(known, lower, -1.0), np.where(known, upper, 1.0)
    no_lower, no_upper = unlimited(measure, *counts)
    return (
        np.where(known & ~no_lower, np.exp(lower), 0.0),
        np.where(known & ~no_upper, np.exp(upper), np.inf),
    )


def checked_arms(
    responders: npt.ArrayLike, n: npt.ArrayLike, control_responders: npt.ArrayLike, control_n: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    """The counts of both arms, as floats of one shape.

    Raises
    ------
    DataError : a count is not a count, or the shapes do not fit
    """
    treated = check_counts(responders, n, where="responders and n of the treated arm")
    control = check_counts(control_responders, control_n, where="responders and n of the control arm")
    try:
        yes, total, control_yes, control_total = np.broadcast_arrays(*treated, *control)
    except ValueError:
        remedy = "give one control arm for every treated arm"
        raise DataError(Problem("the two arms", "there are not as many of one as of the other", remedy)) from None
    return yes, total, control_yes, control_total


def unlimited(
    measure: Measure, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Where a ratio has no lower limit above 0, and where it has no finite upper limit."""
    no_lower, no_upper = yes == 0, control_yes == 0
    if measure == "odds ratio":
        return no_lower | (control_yes == control_n), no_upper | (yes == n)
    return no_lower, no_upper


def _root(measure: Measure, counts: tuple[Floats, ...], at: float) -> Floats:
    """Where the statistic, which falls as the contrast rises, passes ``at``: by halving, so no start can go astray."""
    farthest = 1.0 if measure == "risk difference" else FARTHEST_LOG_RATIO
    low, high = np.full(counts[0].shape, -farthest), np.full(counts[0].shape, farthest)
    yes, n, control_yes, control_n = counts
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = score_statistic(measure, middle, yes, n, control_yes, control_n) > at
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high) / 2)
