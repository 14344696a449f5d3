"""Calibration by negative controls: outcomes the treatment cannot change show how wrong the comparison tends to be.

Each control's estimate is its systematic error plus its chance error; the systematic errors are normal with a mean and
a spread of their own. The estimate of interest is then moved by that mean and its error widened by that spread.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level

WHERE = "negative controls"
FEW = 10
"""Below so many controls the spread is little more than a guess: the report says so."""


@dataclass(frozen=True)
class SystematicError:
    """The distribution of systematic error, on the scale of the estimates (ratios as logarithms).

    ``mean``, ``sd`` : by maximum likelihood; ``mean_standard_error`` at that spread
    ``controls`` : how many there were; ``few`` : fewer than ten
    """

    mean: float
    sd: float
    mean_standard_error: float
    controls: int
    few: bool


class Calibrated(NamedTuple):
    """An estimate less the mean systematic error, its standard error widened by the spread."""

    estimate: float
    standard_error: float
    lower: float
    upper: float
    p_value: float


def systematic_error(estimate: npt.ArrayLike, standard_error: npt.ArrayLike) -> SystematicError:
    """Mean and spread of the systematic error by maximum likelihood, each control weighted by its own standard error.

    Parameters
    ----------
    estimate : (k,) of outcomes on which the treatment has no effect, k >= 2; ratios as logarithms
    standard_error : (k,) > 0

    Raises
    ------
    DataError : lengths differ, a number is missing, or a standard error is not above 0
    MethodError : fewer than two controls

    References
    ----------
    Schuemie, Ryan, DuMouchel, Suchard and Madigan (2014), Statist. Med. 33:209-218.
    """
    effect, error = _checked(estimate, standard_error)
    if effect.size < 2:
        why = "one control (or none) cannot tell systematic error from chance"
        raise MethodError(Problem(WHERE, why, "name at least two outcomes the treatment cannot change, better ten"))
    variance = _spread(effect, error**2)
    weight = 1 / (error**2 + variance)
    mean = float(weight @ effect / weight.sum())
    return SystematicError(mean, float(np.sqrt(variance)), float(weight.sum() ** -0.5), effect.size, effect.size < FEW)


def calibrate(estimate: float, standard_error: float, error: SystematicError, *, level: float = 0.95) -> Calibrated:
    """The estimate of interest with its interval and two-sided P value, systematic error taken into account.

    With negative controls alone the systematic error is taken to be the same whatever the true effect is.

    Raises
    ------
    DataError : a number is missing, the standard error is not above 0, or the level is not between 0 and 1

    References
    ----------
    Schuemie et al. (2014), as above (P value); Schuemie, Hripcsak, Ryan, Madigan and Suchard (2018), Proc. Natl Acad.
    Sci. 115:2571-2577 (interval).
    """
    check_level(level, where=WHERE)
    (value,), (own,) = _checked([estimate], [standard_error])
    apart, spread = float(value) - error.mean, float(np.hypot(own, error.sd))
    margin = float(ndtri(0.5 + level / 2)) * spread
    return Calibrated(apart, spread, apart - margin, apart + margin, 2 * float(ndtr(-abs(apart) / spread)))


def calibrated_controls(estimate: npt.ArrayLike, standard_error: npt.ArrayLike) -> Floats:
    """The calibrated P value of each control, (k,), by the error the others show: near uniform if calibration works.

    Parameters and errors as ``systematic_error``, but k >= 3.
    """
    effect, error = _checked(estimate, standard_error)
    if effect.size < 3:
        raise MethodError(Problem(WHERE, "too few to leave one out", "name at least three controls"))
    others = [np.arange(effect.size) != place for place in range(effect.size)]
    fits = [systematic_error(effect[rest], error[rest]) for rest in others]
    spread = np.hypot(error, [fit.sd for fit in fits])
    away = np.abs(effect - np.array([fit.mean for fit in fits]))
    p_value: Floats = 2 * ndtr(-away / spread)
    return p_value


def _checked(estimate: npt.ArrayLike, standard_error: npt.ArrayLike) -> tuple[Floats, Floats]:
    effect, error = np.asarray(estimate, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    if effect.ndim != 1 or effect.shape != error.shape or not np.isfinite(effect).all():
        raise DataError(Problem(WHERE, "an estimate is missing", "leave out controls that could not be estimated"))
    if not (np.isfinite(error).all() and np.all(error > 0)):
        raise DataError(Problem(WHERE, "a standard error is not above 0", "leave out controls nobody had, and say so"))
    return effect, error


def _spread(effect: Floats, sampling: Floats) -> float:
    """The variance between controls at the maximum of the profile likelihood: best of a fine grid, then bisection.

    The likelihood may have more than one maximum where standard errors differ much, hence the grid.
    """
    furthest = float(np.ptp(effect)) ** 2 + float(sampling.max())
    smallest = 1e-6 * float(sampling.min())
    grid = np.concatenate([[0.0], np.geomspace(smallest, max(furthest, 2 * smallest), 200)])
    total = sampling + grid[:, None]
    mean = (effect / total).sum(axis=1) / (1 / total).sum(axis=1)
    value = -0.5 * (np.log(total) + (effect - mean[:, None]) ** 2 / total).sum(axis=1)
    best = int(np.argmax(value))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)])
    if best == 0 and _score(effect, sampling, 0.0) <= 0:
        return 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _score(effect, sampling, middle) > 0 else (low, middle)
    return (low + high) / 2


def _score(effect: Floats, sampling: Floats, variance: float) -> float:
    """Twice the slope of the profile log-likelihood in the variance; the mean follows by itself."""
    weight = 1 / (sampling + variance)
    mean = weight @ effect / weight.sum()
    return float(weight**2 @ (effect - mean) ** 2 - weight.sum())
