"""Regression to the mean on a scale of whole points, such as pain from 0 to 10, its ends and lumps as they are.

The two readings have the same shares of each point; behind the points stand two normals, and their correlation is such
that the points themselves have the test-retest correlation given (a Gaussian copula).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, roots_legendre

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.regression_to_mean import WHERE, Regression, ResponderRule

_NODES = 64


@dataclass(frozen=True)
class TwoReadings:
    """Two readings of untreated people on one scale.

    ``points`` : (s,) ascending; ``together`` : (s, s) share with the row's point first and the column's next, sum 1
    ``correlation`` : of the points; ``latent_correlation`` : of the normals behind them
    """

    points: Floats
    together: Floats
    correlation: float
    latent_correlation: float


class OnScale(NamedTuple):
    """``regression`` by the entry rule alone, and the ``responders`` (share of those let in) it makes, 0 to 1."""

    regression: Regression
    responders: float


def two_readings(points: npt.ArrayLike, shares: npt.ArrayLike, retest_correlation: float) -> TwoReadings:
    """The joint shares of two readings of the people screened.

    Parameters
    ----------
    points : (s,) ascending, finite, s >= 2
    shares : (s,) >= 0, of the people screened (counts will do: they are divided by their sum)
    retest_correlation : of the points, 0 to 1

    Raises
    ------
    DataError : shapes differ, points do not ascend, a share is negative, all are 0, or the correlation is not in 0 to 1
    MethodError : everybody has the same point
    """
    scale, share = _checked(points, shares, retest_correlation)
    low, high = 0.0, 1.0
    together, latent = np.diag(share), 1.0
    if retest_correlation < 1:
        for _ in range(60):
            latent = (low + high) / 2
            together = _copula(share, latent)
            low, high = (latent, high) if _correlation(scale, together) < retest_correlation else (low, latent)
            if high - low < 1e-12:
                break
    return TwoReadings(scale, together, _correlation(scale, together), latent)


def rounded_normal(mean: float, sd: float, *, lowest: int = 0, highest: int = 10) -> tuple[Floats, Floats]:
    """Whole points and their shares: a normal rounded to the nearest point, what lies beyond an end put at that end.

    Raises
    ------
    DataError : sd is not above 0, or the scale has fewer than two points
    """
    if not (np.isfinite([mean, sd]).all() and sd > 0 and highest > lowest):
        raise DataError(Problem(WHERE, "is not a normal on a scale", "give a mean, an SD above 0 and two ends"))
    points = np.arange(lowest, highest + 1, dtype=np.float64)
    edges = np.concatenate([[-np.inf], points[:-1] + 0.5, [np.inf]])
    return points, np.diff(ndtr((edges - mean) / sd))


def regression_on_scale(readings: TwoReadings, entry_at_least: float, rule: ResponderRule) -> OnScale:
    """What entry at X >= c alone does: the fall it produces, and the share of those let in that would pass the rule.

    Falls are compared with the rule exactly, as decimals (7 to 4.9 is a fall of 30 %); a share of an entry reading at
    or below 0 cannot be taken, and such a case is no responder.

    Raises
    ------
    DataError : the rule is not a fall
    MethodError : nobody screened is let in
    """
    if not rule.at_least > 0 or (rule.of == "share" and rule.at_least > 1):
        raise DataError(Problem(WHERE, "the responder rule is not a fall", "give points above 0, or a share of 0 to 1"))
    points = readings.points
    let_in = readings.together[points >= entry_at_least]
    entering = float(let_in.sum())
    if entering <= 0:
        raise MethodError(Problem(WHERE, "nobody screened passes the entry rule", "check the threshold and the scale"))
    first = points[points >= entry_at_least]
    entry_mean = float(let_in.sum(axis=1) @ first) / entering
    next_mean = float(let_in.sum(axis=0) @ points) / entering
    passed = float(let_in[_passes(first, points, rule)].sum()) / entering
    regression = Regression(entering, entry_mean, next_mean, entry_mean - next_mean)
    return OnScale(regression, float(np.clip(passed, 0.0, 1.0)))


def _passes(first: Floats, after: Floats, rule: ResponderRule) -> Flags:
    """(f, s) whether a case that read ``first`` and then ``after`` is a responder."""
    least = Fraction(str(rule.at_least))
    exact = [Fraction(str(value)) for value in after.tolist()]
    rows = []
    for before in (Fraction(str(value)) for value in first.tolist()):
        fall = least if rule.of == "points" else least * before
        possible = rule.of == "points" or before > 0
        rows.append([possible and before - value >= fall for value in exact])
    return np.array(rows, dtype=np.bool_)


def _copula(share: Floats, latent: float) -> Floats:
    """(s, s) joint shares of two readings whose normals have correlation ``latent`` < 1, each margin ``share``."""
    edges = ndtri(np.clip(np.concatenate([[0.0], np.cumsum(share)]), 0.0, 1.0))
    edges[-1] = np.inf
    nodes, weights = roots_legendre(_NODES)
    spread = np.sqrt(1 - latent**2)
    together = np.zeros((share.size, share.size))
    for row, (low, high) in enumerate(zip(np.clip(edges[:-1], -9, 9), np.clip(edges[1:], -9, 9), strict=True)):
        if share[row] == 0:
            continue
        z = (low + high) / 2 + (high - low) / 2 * nodes
        density = weights * np.exp(-(z**2) / 2)
        inside = np.diff(ndtr((edges[None, :] - latent * z[:, None]) / spread), axis=1)
        together[row] = share[row] * (density @ inside) / density.sum()
    return _with_margins(np.asarray((together + together.T) / 2), share)


def _with_margins(together: Floats, share: Floats) -> Floats:
    """``together``, symmetric, scaled so that both margins are ``share``: clears the error of the quadrature."""
    for _ in range(100):
        found = together.sum(axis=1)
        if np.allclose(found, share, rtol=1e-14, atol=0.0):
            break
        scale = np.sqrt(np.divide(share, found, out=np.zeros_like(share), where=found > 0.0))
        together = scale[:, None] * together * scale
    return together


def _correlation(points: Floats, together: Floats) -> float:
    first, after = together.sum(axis=1), together.sum(axis=0)
    mean, other = first @ points, after @ points
    product = (points - mean) @ together @ (points - other)
    return float(product / np.sqrt((first @ (points - mean) ** 2) * (after @ (points - other) ** 2)))


def _checked(points: npt.ArrayLike, shares: npt.ArrayLike, correlation: float) -> tuple[Floats, Floats]:
    scale, share = np.asarray(points, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if scale.ndim != 1 or scale.shape != share.shape or scale.size < 2 or np.any(~(np.diff(scale) > 0)):
        raise DataError(
            Problem(WHERE, "is not a scale with a share for each point", "give ascending points, two or more")
        )
    if not np.isfinite(share).all() or np.any(share < 0) or share.sum() <= 0:
        raise DataError(
            Problem(WHERE, "a share is negative or all are 0", "give how many people screened had each point")
        )
    if not 0 <= correlation <= 1:
        raise DataError(Problem(WHERE, "the test-retest correlation is not in 0 to 1", "give it, such as 0.6"))
    if np.count_nonzero(share) == 1:
        raise MethodError(Problem(WHERE, "everybody screened has the same point", "nothing can regress: say so"))
    return scale, share / share.sum()
