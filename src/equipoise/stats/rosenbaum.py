"""Rosenbaum bounds: how far a hidden cause could change the P value of matched pairs.

Within a pair one patient may, for a reason nobody recorded, have been up to Gamma times as likely (in odds) as the
other to be the treated one. Under no effect each pair then favours the treated with a probability between
1 / (1 + Gamma) and Gamma / (1 + Gamma), and the P value lies between the two it has at those ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_counts

WHERE = "Rosenbaum bounds"
EXACT_PAIRS = 200
"""Up to so many pairs the distribution of the signed rank sum is enumerated; beyond, a normal stands for it."""
MOST_GAMMA = 1e6
"""The largest Gamma looked at."""


@dataclass(frozen=True)
class RosenbaumBounds:
    """One-sided P values, that the treated do better by chance and hidden bias, at each of (g,) values of ``gamma``.

    ``lower``, ``upper`` : (g,) the least and the largest P value; at gamma 1 both are that of a randomised comparison
    ``pairs`` : those that count: discordant, or of unequal scores
    ``statistic`` : wins of the treated, or the sum of their ranks
    ``method`` : "exact" or "normal approximation"
    """

    gamma: Floats
    lower: Floats
    upper: Floats
    pairs: int
    statistic: float
    method: Literal["exact", "normal approximation"]


def bounds_yes_no(treated_only: int, control_only: int, gamma: npt.ArrayLike) -> RosenbaumBounds:
    """McNemar's exact test under hidden bias, for pairs of a yes-or-no response.

    Parameters
    ----------
    treated_only, control_only : pairs in which only the treated, or only the control, responded; whole numbers >= 0
    gamma : (g,) each >= 1

    Raises
    ------
    DataError : the counts are not counts, or a gamma is below 1
    MethodError : no pair is discordant

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd edition, section 4.3.2; (1987), Biometrika 74:13-26.
    """
    odds = _gammas(gamma)
    wins, pairs = (float(part) for part in check_counts(treated_only, treated_only + control_only, where=WHERE))
    if pairs == 0:
        why = "no pair differs in its response, so nothing can be tested"
        raise MethodError(Problem(WHERE, why, "show the pairs as they are"))
    upper, lower = (_binomial_tail(wins, pairs, share) for share in (odds / (1 + odds), 1 / (1 + odds)))
    return RosenbaumBounds(odds, lower, upper, int(pairs), wins, "exact")


def bounds_signed_rank(better_by: npt.ArrayLike, gamma: npt.ArrayLike) -> RosenbaumBounds:
    """Wilcoxon's signed rank test under hidden bias, for pairs of a score.

    Pairs of equal scores are ranked with the others and count for neither side (Pratt, as Rosenbaum has it); tied
    differences share their mean rank. Exact for up to 200 pairs, ties included; beyond, a normal approximation without
    continuity correction.

    Parameters
    ----------
    better_by : (n,) by how much the treated of each pair did better, in the unit of the score, finite
    gamma : (g,) each >= 1

    Raises
    ------
    DataError : a difference is missing, or a gamma is below 1
    MethodError : all pairs have equal scores

    References
    ----------
    Rosenbaum (2002), section 4.3.3; Pratt (1959), J. Am. Statist. Assoc. 54:655-667; Pagano and Tritchler (1983),
    J. Am. Statist. Assoc. 78:435-440 (enumeration).
    """
    odds = _gammas(gamma)
    apart = np.asarray(better_by, dtype=np.float64)
    if apart.ndim != 1 or not np.isfinite(apart).all():
        raise DataError(Problem(WHERE, "a difference is missing", "leave out pairs whose score is unknown, and say so"))
    if not apart.any():
        raise MethodError(Problem(WHERE, "all pairs have equal scores", "show the pairs as they are"))
    doubled = _doubled_ranks(np.abs(apart))[apart != 0]
    apart = apart[apart != 0]
    statistic = int(doubled[apart > 0].sum())
    exact = apart.size <= EXACT_PAIRS
    tail = _exact_tail if exact else _normal_tail
    upper = np.array([tail(doubled, statistic, share) for share in odds / (1 + odds)])
    lower = np.array([tail(doubled, statistic, share) for share in 1 / (1 + odds)])
    method: Literal["exact", "normal approximation"] = "exact" if exact else "normal approximation"
    return RosenbaumBounds(odds, lower, upper, apart.size, statistic / 2, method)


def gamma_to_explain_yes_no(treated_only: int, control_only: int, *, alpha: float = 0.025) -> float:
    """The largest Gamma at which the P value is still sure to be at most ``alpha``; 1 where it is not even at Gamma 1.

    Raises
    ------
    DataError, MethodError : as ``bounds_yes_no``; ``alpha`` is not between 0 and 1
    """
    bounds_yes_no(treated_only, control_only, 1.0)
    return _largest(lambda gamma: float(bounds_yes_no(treated_only, control_only, gamma).upper[0]), alpha)


def gamma_to_explain_signed_rank(better_by: npt.ArrayLike, *, alpha: float = 0.025) -> float:
    """As ``gamma_to_explain_yes_no``, for the signed rank test."""
    return _largest(lambda gamma: float(bounds_signed_rank(better_by, gamma).upper[0]), alpha)


def _largest(p_value: Callable[[float], float], alpha: float) -> float:
    """Where a P value that rises with Gamma passes ``alpha``."""
    from scipy.optimize import brentq  # slow to import, and not every question asks for it

    if not 0 < alpha < 1:
        raise DataError(Problem(WHERE, "alpha is not between 0 and 1", "give a level of significance such as 0.025"))
    if p_value(1.0) > alpha:
        return 1.0
    if p_value(MOST_GAMMA) <= alpha:
        return MOST_GAMMA
    return float(np.exp(brentq(lambda x: p_value(float(np.exp(x))) - alpha, 0.0, np.log(MOST_GAMMA), xtol=1e-10)))


def _gammas(gamma: npt.ArrayLike) -> Floats:
    odds = np.atleast_1d(np.asarray(gamma, dtype=np.float64))
    if odds.ndim != 1 or not np.isfinite(odds).all() or np.any(odds < 1):
        raise DataError(Problem(WHERE, "a gamma is below 1", "give odds of 1 or more; 1 is no hidden bias"))
    return odds


def _binomial_tail(wins: float, pairs: float, share: Floats) -> Floats:
    """P(at least ``wins`` of ``pairs``) at each probability."""
    return np.ones_like(share) if wins == 0 else np.asarray(betainc(wins, pairs - wins + 1, share))


def _doubled_ranks(size: Floats) -> npt.NDArray[np.int64]:
    """Twice the rank of each, tied ones sharing their mean: whole numbers."""
    _, which, times = np.unique(size, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return (2 * last - times + 1)[which].astype(np.int64)


def _exact_tail(doubled: npt.NDArray[np.int64], statistic: int, share: float) -> float:
    """P(sum of the ranks of pairs won >= statistic), each pair won with probability ``share``: one pair at a time."""
    mass = np.zeros(int(doubled.sum()) + 1)
    mass[0] = 1.0
    reached = 0
    for rank in doubled:
        lost = mass[: reached + 1] * (1 - share)
        won = mass[: reached + 1] * share
        mass[: reached + 1] = lost
        mass[rank : reached + rank + 1] += won
        reached += int(rank)
    return float(min(1.0, mass[statistic:].sum()))


def _normal_tail(doubled: npt.NDArray[np.int64], statistic: int, share: float) -> float:
    """The same by the normal with its mean and variance."""
    mean, variance = share * doubled.sum(), share * (1 - share) * (doubled.astype(np.float64) ** 2).sum()
    return float(ndtr((mean - statistic) / np.sqrt(variance)))
