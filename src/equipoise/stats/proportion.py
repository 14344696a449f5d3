"""Interval estimates of one proportion: two exact, two approximate, and the one-sided limit of safety.

Every function takes scalars or arrays that broadcast and gives ``float64`` arrays of the common shape
(0-dimensional for scalars). With n = 0 nothing is known and every interval is (0, 1). The limits of no
responder start at 0 and those of all responders end at 1, exactly.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betainccinv, betaincinv, betaln, ndtri, xlog1py, xlogy

from equipoise.domain.cohort import Floats
from equipoise.stats.counts import check_counts, check_level


class Interval(Protocol):
    """A two-sided interval for a proportion."""

    def __call__(self, responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper limit, each of the shape of the counts."""
        ...


def clopper_pearson(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval: each limit is the rate at which so extreme a count has probability (1 - level) / 2.

    Parameters
    ----------
    responders, n : whole numbers, 0 <= responders <= n, scalars or arrays that broadcast
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    lower, upper : the limits, 0 to 1; coverage is at least ``level`` at every rate

    Raises
    ------
    DataError : the counts are not counts, or the level is not between 0 and 1

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404-413.
    """
    count, total, tail = _checked(responders, n, level)
    lower = _beta_limit(betaincinv, count, total - count + 1, tail, at_edge=0.0)
    upper = _beta_limit(betainccinv, count + 1, total - count, tail, at_edge=1.0)
    return lower, upper


def wilson(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval without continuity correction: the rates a normal score test does not reject.

    Parameters, returns and errors as ``clopper_pearson``; approximate, so coverage may fall below ``level``.

    References
    ----------
    Wilson (1927), J. Am. Statist. Assoc. 22:209-212.
    """
    count, total, tail = _checked(responders, n, level)
    square = ndtri(tail) ** 2
    binomial = count * (total - count) / np.maximum(total, 1)
    centre = (count + square / 2) / (total + square)
    half_width = np.sqrt(square * (binomial + square / 4)) / (total + square)
    lower = np.where(count == 0, 0.0, centre - half_width)
    upper = np.where(count == total, 1.0, centre + half_width)
    return lower, upper


def jeffreys(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Equal-tailed limits of the posterior Beta(responders + 1/2, n - responders + 1/2).

    No responder puts the lower limit at 0, all responders the upper limit at 1 (Brown, Cai and DasGupta's
    "Jeffreys prior interval", ``BinomCI(method = "jeffreys")`` in R's DescTools; not their "modified Jeffreys").
    Parameters, returns and errors as ``clopper_pearson``; approximate, so coverage may fall below ``level``.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statist. Sci. 16:101-133, section 4.1.2.
    """
    count, total, tail = _checked(responders, n, level)
    shape_yes, shape_no = count + 0.5, total - count + 0.5
    lower = np.where(count == 0, 0.0, betaincinv(shape_yes, shape_no, tail))
    upper = np.where(count == total, 1.0, betainccinv(shape_yes, shape_no, tail))
    return lower, upper


def mid_p(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Mid-P interval: as Clopper-Pearson, but only half the probability of the observed count is in the tail.

    The lower limit solves P(X > responders) + P(X = responders) / 2 = (1 - level) / 2, the upper limit the
    mirror of it. Parameters, returns and errors as ``clopper_pearson``; nearly exact, so coverage may fall below
    ``level``. The limits lie inside those of Clopper and Pearson.

    References
    ----------
    Lancaster (1961), J. Am. Statist. Assoc. 56:223-234; Berry and Armitage (1995), Statistician 44:417-423.
    """
    count, total, tail = _checked(responders, n, level)
    lower = _mid_p_lower(count, total, tail)
    upper = np.asarray(1 - _mid_p_lower(total - count, total, tail))
    return lower, upper


def one_sided_upper(events: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> Floats:
    """Exact one-sided upper limit: the highest rate at which so few events are not too surprising.

    With no event it is 1 - (1 - level)^(1/n), near 3/n at 95 % ("the rule of three"); with n = 0 it is 1.

    Parameters
    ----------
    events, n : whole numbers, 0 <= events <= n, scalars or arrays that broadcast
    level : one-sided confidence, between 0 and 1

    Returns
    -------
    upper : the limit, 0 to 1, of the common shape

    Raises
    ------
    DataError : the counts are not counts, or the level is not between 0 and 1

    References
    ----------
    Hanley and Lippman-Hand (1983), JAMA 249:1743-1745; Clopper and Pearson (1934).
    """
    count, total = check_counts(events, n, where="events and n")
    check_level(level, where="one-sided limit")
    return _beta_limit(betainccinv, count + 1, total - count, 1 - level, at_edge=1.0)


INTERVALS: Mapping[str, Interval] = MappingProxyType(
    {"clopper-pearson": clopper_pearson, "wilson": wilson, "jeffreys": jeffreys, "mid-p": mid_p}
)
"""The intervals by the name the protocol gives them."""


def _checked(responders: npt.ArrayLike, n: npt.ArrayLike, level: float) -> tuple[Floats, Floats, float]:
    """Counts, denominators, and the probability left for each tail."""
    count, total = check_counts(responders, n, where="responders and n")
    check_level(level, where="interval for a proportion")
    return count, total, (1 - level) / 2


class _BetaQuantile(Protocol):
    def __call__(self, a: Floats, b: Floats, y: float, /) -> Floats: ...


def _beta_limit(quantile: _BetaQuantile, a: Floats, b: Floats, tail: float, *, at_edge: float) -> Floats:
    """A Beta quantile, or ``at_edge`` where a shape is 0: the count is as small or as large as it can be."""
    edge = (a == 0) | (b == 0)
    return np.where(edge, at_edge, quantile(np.where(edge, 1.0, a), np.where(edge, 1.0, b), tail))


def _mid_p_lower(count: Floats, total: Floats, tail: float) -> Floats:
    """The lower mid-P limit by Newton steps kept inside a shrinking bracket; 0 for no responder.

    The tail is half of P(X >= count) plus half of P(X >= count + 1), two incomplete beta functions that rise
    with the rate, so there is one root, and it lies between the two Clopper-Pearson-like limits of the halves.
    """
    some = count > 0
    k, m = np.where(some, count, 1.0), np.where(some, total, 1.0)
    inner = k < m
    at_least, more = (k, m - k + 1), (k + 1, np.where(inner, m - k, 1.0))
    low = betaincinv(*at_least, tail)
    high = np.where(inner, betaincinv(*more, tail), 1.0)
    rate = np.where(inner, (low + high) / 2, (2 * tail) ** (1 / m))
    log_choose = -betaln(k + 1, m - k + 1) - np.log(m + 1)
    for _ in range(60):
        beyond = np.where(inner, betainc(*more, rate), 0.0)
        excess = (betainc(*at_least, rate) + beyond) / 2 - tail
        low, high = np.where(excess < 0, rate, low), np.where(excess > 0, rate, high)
        # d/dp P(X >= k) = k/p P(X = k); d/dp P(X >= k + 1) = (n - k)/(1 - p) P(X = k)
        at_count = np.exp(log_choose + xlogy(k, rate) + xlog1py(m - k, -rate))
        slope = at_count * (k / rate + np.where(inner, (m - k) / np.where(inner, 1 - rate, 1.0), 0.0)) / 2
        step = excess / np.maximum(slope, np.finfo(float).tiny)
        proposed = rate - step
        # a step too small to move must count as inside, else the bracket is halved from far away
        inside = (proposed >= low) & (proposed <= high)
        following = np.where(inside, proposed, (low + high) / 2)
        if np.all(np.abs(following - rate) <= 1e-14 * rate):
            break
        rate = np.where(excess == 0, rate, following)
    return np.where(some, rate, 0.0)
