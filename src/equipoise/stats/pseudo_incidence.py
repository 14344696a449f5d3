"""Pseudo-values of a cumulative incidence: one number a case, so that who was lost early counts for what is known."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.weighted_incidence import weighted_incidence


def pseudo_incidence(time_days: npt.ArrayLike, cause: npt.ArrayLike, *, of: int, by_day: float) -> Floats:
    """Aalen-Johansen by a day, case by case: n F less (n - 1) F without the case.

    Where everybody is followed to the day (or had an event before it) it is 1 for who had it and 0 for who had not.
    Means of pseudo-values, by any covariate or weight, estimate what they would of the complete outcome, as long as
    being lost has nothing to do with it within the cohort.

    Parameters
    ----------
    time_days : (n,) >= 0, of one cohort, n >= 2: days to event or censoring, ties allowed
    cause : (n,) 0 for censored, else the cause
    of : the cause of interest
    by_day : > 0

    Returns
    -------
    (n,)

    Raises
    ------
    DataError : fewer than two cases; as ``weighted_incidence``

    References
    ----------
    Andersen, Klein and Rosthoj (2003), Biometrika 90:15-27. Andersen, Syriopoulou and Parner (2017), Stat. Med.
    36:2669-2681 (weighted by a propensity score).
    """
    time, kind = np.asarray(time_days, dtype=np.float64), np.asarray(cause)
    if time.ndim != 1 or kind.shape != time.shape or time.size < 2:
        raise DataError(Problem("follow-up", "fewer than two cases", "describe the cases"))
    later = time > by_day
    alike = np.column_stack([np.where(later, by_day + 1.0, time), np.where(later, 0, kind)])
    patterns, which, counts = np.unique(alike, axis=0, return_inverse=True, return_counts=True)
    weight = np.vstack([counts, counts - np.eye(counts.size)])
    found, _ = weighted_incidence(patterns[:, 0], patterns[:, 1], weight, of=of, horizon_day=by_day)
    return np.asarray((time.size * found[0] - (time.size - 1) * found[1:])[which.ravel()])
