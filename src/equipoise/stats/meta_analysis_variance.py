"""The variance between studies, of many meta-analyses at once: every array is (k, m), k studies of m meta-analyses, so
that sums over the few studies run along the many meta-analyses; a study left out has weight 0.

The restricted likelihood may have two peaks, so its largest value on a grid is bracketed and Newton's steps are kept
inside the bracket. Cochran's Q, as a function of the variance v, is u' (A + v B)^-1 u, whose reciprocal is concave
in v: Newton on 1 / Q comes to the root from below and never passes it, from any start.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from equipoise.domain.cohort import Floats

TauMethod = Literal["REML", "Paule-Mandel", "DerSimonian-Laird"]

_GRID = np.concatenate([[0.0], np.geomspace(2e-3, 1.0, 6)])
"""Shares of the squared range of the effects; the restricted likelihood falls beyond that range."""
_STEPS = 60
_CLOSE = 1e-12


def between_studies(effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_], *, method: TauMethod) -> Floats:
    """The variance between studies, at least 0.

    Parameters
    ----------
    effect, sampling : (k, m) effects and their sampling variances, > 0; anything finite where not included
    included : (k, m), at least two studies in each column
    method : "REML", "Paule-Mandel" or "DerSimonian-Laird"

    Returns
    -------
    variance : (m,)

    References
    ----------
    Viechtbauer (2005), J. Educ. Behav. Statist. 30:261-293 (REML); Paule and Mandel (1982), J. Res. Natl. Bur. Stand.
    87:377-385; DerSimonian and Laird (1986), Control. Clin. Trials 7:177-188.
    """
    if method == "REML":
        return _reml(effect, sampling, included)
    freedom = included.sum(axis=0) - 1.0
    if method == "Paule-Mandel":
        return variance_where(effect, sampling, included, freedom)
    weight = included / sampling
    whole = weight.sum(axis=0)
    moment = (cochran_q(effect, weight) - freedom) / (whole - (weight**2).sum(axis=0) / whole)
    return np.asarray(np.maximum(moment, 0.0))


def q_profile(
    effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_], *, level: float
) -> tuple[Floats, Floats]:
    """Limits of the variance between studies: the variances whose Q lies between the quantiles of chi-squared.

    Parameters as ``between_studies``; ``level`` is between 0 and 1.

    Returns
    -------
    lower, upper : (m,), at least 0; both 0 where even no variance leaves Q below its lower quantile

    References
    ----------
    Viechtbauer (2007), Statist. Med. 26:37-52.
    """
    freedom = included.sum(axis=0) - 1.0
    lower = variance_where(effect, sampling, included, chdtri(freedom, (1 - level) / 2))
    upper = variance_where(effect, sampling, included, chdtri(freedom, (1 + level) / 2))
    return lower, upper


def cochran_q(effect: Floats, weight: Floats) -> Floats:
    """The weighted sum of squares about the weighted mean; (k, m) in, (m,) out."""
    mean = (weight * effect).sum(axis=0) / weight.sum(axis=0)
    q: Floats = (weight * (effect - mean) ** 2).sum(axis=0)
    return q


def variance_where(effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_], target: npt.ArrayLike) -> Floats:
    """The variance between studies at which Cochran's Q equals ``target`` (> 0), 0 where it is less even at 0; (m,)."""
    wanted = np.broadcast_to(np.asarray(target, dtype=np.float64), effect.shape[1:])
    variance = np.zeros(effect.shape[1])
    smallest = _smallest(sampling, included)
    for _ in range(_STEPS):
        weight = included / (sampling + variance)
        mean = (weight * effect).sum(axis=0) / weight.sum(axis=0)
        misfit = weight * (effect - mean) ** 2
        q, fall = misfit.sum(axis=0), (weight * misfit).sum(axis=0)
        # Newton on 1 / Q - 1 / target; where Q is 0, or below its target at no variance, the answer is 0
        step = np.where(q > 0, q / wanted * (q - wanted) / np.where(fall > 0, fall, 1.0), 0.0)
        following = np.maximum(variance + step, 0.0)
        settled = np.abs(following - variance) <= _CLOSE * (following + smallest)
        variance = following
        if settled.all():
            break
    return variance


def _reml(effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_]) -> Floats:
    """The largest restricted likelihood of a grid, then Newton inside the neighbouring points of the grid."""
    highest = np.where(included, effect, -np.inf).max(axis=0)
    lowest = np.where(included, effect, np.inf).min(axis=0)
    smallest = _smallest(sampling, included)
    widest = np.maximum((highest - lowest) ** 2, smallest)
    grid = _GRID[:, None] * widest
    effect = effect - lowest  # near 0, so that the grid's sums of squares lose nothing
    best = np.argmax(_restricted(effect, sampling, included, grid), axis=0)
    each = np.arange(best.size)
    low, high = grid[np.maximum(best - 1, 0), each], grid[np.minimum(best + 1, _GRID.size - 1), each]
    variance = grid[best, each]
    for _ in range(_STEPS):
        slope, bend = _slope_and_bend(effect, sampling, included, variance)
        rising = slope > 0
        low, high = np.where(rising, variance, low), np.where(rising, high, variance)
        newton = variance + slope / bend
        settled = (np.abs(newton - variance) <= _CLOSE * (variance + smallest)) | ((variance == 0) & ~rising)
        inside = (newton > low) & (newton < high)
        variance = np.where(settled, variance, np.where(inside, newton, (low + high) / 2))
        if settled.all():
            break
    return np.asarray(variance)


def _slope_and_bend(
    effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_], variance: Floats
) -> tuple[Floats, Floats]:
    """Slope of the restricted log-likelihood in the variance; minus its curvature, or Fisher's information if more."""
    weight = included / (sampling + variance)
    square = weight * weight
    whole, squares = weight.sum(axis=0), square.sum(axis=0)
    cubes = (square * weight).sum(axis=0)
    away = effect - (weight * effect).sum(axis=0) / whole
    pull, misfit = square * away, square * away**2
    slope = (misfit.sum(axis=0) - whole + squares / whole) / 2
    information = (squares - 2 * cubes / whole + (squares / whole) ** 2) / 2
    curvature = (weight * misfit).sum(axis=0) - pull.sum(axis=0) ** 2 / whole - information
    return slope, np.where(curvature > 0, curvature, information)


def _restricted(effect: Floats, sampling: Floats, included: npt.NDArray[np.bool_], grid: Floats) -> Floats:
    """Restricted log-likelihood, up to a constant, at each of (g, m) variances."""
    value = np.empty_like(grid)
    for place, variance in enumerate(grid):
        total = np.where(included, sampling + variance, 1.0)
        weight = included / total
        pulls = weight * effect
        whole, pulled, squares = weight.sum(axis=0), pulls.sum(axis=0), (pulls * effect).sum(axis=0)
        value[place] = -(np.log(total).sum(axis=0) + np.log(whole) + squares - pulled**2 / whole) / 2
    return value


def _smallest(sampling: Floats, included: npt.NDArray[np.bool_]) -> Floats:
    smallest: Floats = np.where(included, sampling, np.inf).min(axis=0)
    return smallest
