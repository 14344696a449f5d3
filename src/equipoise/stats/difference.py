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
NARROWEST = 2.0**-52
"""A bracket this wide, as a share of the farthest contrast, is a point."""


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
    """Where the statistic, which falls as the contrast rises, passes ``at``.

    By interpolating, truncating and projecting (Oliveira and Takahashi 2021, ACM Trans. Math. Softw. 47:5): a bracket
    from the first step to the last, so no start can go astray, and never more than one step slower than halving it.
    """
    farthest = 1.0 if measure == "risk difference" else FARTHEST_LOG_RATIO
    shape = counts[0].shape
    found = np.empty(counts[0].size)
    open_ = np.arange(found.size)
    arms = [np.ravel(part) for part in counts]
    low, high = np.full(found.size, -farthest), np.full(found.size, farthest)
    at_low, at_high = np.full(found.size, np.inf), np.full(found.size, -np.inf)
    for step in range(HALVINGS + 2):
        middle = (low + high) / 2
        slack = farthest * 2.0 ** (1 - step) - (high - low) / 2
        x = _between(low, high, at_low, at_high, middle, np.maximum(slack, 0.0))
        value = score_statistic(measure, x, *arms) - at
        above = value > 0.0
        low, at_low = np.where(above, x, low), np.where(above, value, at_low)
        high, at_high = np.where(above, high, x), np.where(above, at_high, value)
        done = (high - low <= NARROWEST * farthest) | (value == 0.0)
        if done.any() or step == HALVINGS + 1:
            ending = done | (step == HALVINGS + 1)
            found[open_[ending]] = np.where(value == 0.0, x, (low + high) / 2)[ending]
            keep = ~ending
            open_, arms = open_[keep], [part[keep] for part in arms]
            low, high, at_low, at_high = low[keep], high[keep], at_low[keep], at_high[keep]
        if not open_.size:
            break
    return found.reshape(shape)


def _between(low: Floats, high: Floats, at_low: Floats, at_high: Floats, middle: Floats, slack: Floats) -> Floats:
    """The next point to look at: the chord's root, pushed a little past it, and no farther than ``slack`` from half."""
    finite = np.isfinite(at_low) & np.isfinite(at_high)
    drop = np.where(finite, at_low - at_high, 1.0)
    share = np.where(finite & (drop > 0.0), np.where(finite, at_low, 0.0) / np.where(drop > 0.0, drop, 1.0), 0.5)
    chord = low + (high - low) * share
    toward = np.sign(middle - chord)
    push = np.minimum(np.maximum(0.1 * (high - low) ** 2, NARROWEST), np.abs(middle - chord))
    pushed = chord + toward * push
    return np.asarray(np.where(np.abs(pushed - middle) <= slack, pushed, middle - toward * slack))
