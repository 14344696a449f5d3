"""Cumulative incidence and mean time lost of many weightings of the same cases at once: what a bootstrap repeats."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem


def weighted_incidence(
    time_days: npt.ArrayLike, cause: npt.ArrayLike, weight: npt.ArrayLike, *, of: int, horizon_day: float
) -> tuple[Floats, Floats]:
    """Aalen-Johansen by the horizon, other causes competing, and the mean days lost to the cause by then.

    After the last day anybody is followed to the incidence stays as it was: ask for a horizon within follow-up.

    Parameters
    ----------
    time_days : (n,) >= 0, days from time zero to event or censoring, ties allowed
    cause : (n,) 0 for censored, else the cause
    weight : (b, n) >= 0, one row a weighting
    of : the cause of interest
    horizon_day : > 0

    Returns
    -------
    incidence : (b,) in [0, 1]; days_lost : (b,) in [0, horizon_day]

    Raises
    ------
    DataError : the shapes differ, or a weight is negative or not finite

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Statist. 5:141-150. Andersen (2013), Stat. Med. 32:5278-5285 (years lost).
    """
    time, kind, w = np.asarray(time_days, float), np.asarray(cause), np.asarray(weight, dtype=np.float64)
    if time.ndim != 1 or kind.shape != time.shape or w.ndim != 2 or w.shape[1] != time.size or time.size == 0:
        problem = "times, causes and weights are not of the same cases"
        raise DataError(Problem("follow-up", problem, "give one of each for every case"))
    if not bool((np.isfinite(w) & (w >= 0.0)).all()):
        raise DataError(Problem("follow-up", "a weight is negative or not finite", "give finite weights >= 0"))
    order = np.argsort(time, kind="stable")
    day, starts = np.unique(time[order], return_index=True)
    w, kind = w[:, order], kind[order]
    leaving = np.add.reduceat(w, starts, axis=1)
    at_risk = w.sum(axis=1, keepdims=True) - np.cumsum(leaving, axis=1) + leaving
    of_any = np.add.reduceat(w * (kind > 0), starts, axis=1)
    of_this = np.add.reduceat(w * (kind == of), starts, axis=1)
    there = at_risk > 1e-12 * w.sum(axis=1, keepdims=True)
    rate = np.divide(of_any, at_risk, out=np.zeros_like(at_risk), where=there)
    rate_this = np.divide(of_this, at_risk, out=np.zeros_like(at_risk), where=there)
    free = np.cumprod(1.0 - rate, axis=1)
    before = np.concatenate([np.ones((w.shape[0], 1)), free[:, :-1]], axis=1)
    reached = np.cumsum(before * rate_this, axis=1)
    within = day <= horizon_day
    if not within.any():
        return np.zeros(w.shape[0]), np.zeros(w.shape[0])
    lasts = np.diff(np.append(day[within], horizon_day))
    return reached[:, within][:, -1], reached[:, within] @ lasts
