"""Limits of a coefficient from the profile of the penalised likelihood."""

import numpy as np
from scipy.optimize import brentq

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.firth_likelihood import Likelihood, Maximum, maximise

FARTHEST = 60
"""How often the distance is doubled before a limit is said not to exist."""


def profile_limit(likelihood: Likelihood, fit: Maximum, direction: Floats, *, drop: float, side: int) -> float:
    """Where the profile of ``direction`` . coefficients has fallen by ``drop`` / 2 from the maximum, on one side.

    The profile is maximised anew over all other coefficients at every point, and the point is found between two that
    enclose it, so that a long flat tail (separation) cannot mislead a Newton step.

    Parameters
    ----------
    direction : (p,) the coefficient asked for, as a combination of the fitted ones
    drop : a quantile of chi-squared on 1 degree of freedom
    side : -1 for the lower limit, 1 for the upper

    Raises
    ------
    MethodError : the profile never falls so far, or cannot be maximised

    References
    ----------
    Heinze and Schemper (2002), Statist. Med. 21:2409-2419; Venzon and Moolgavkar (1988), Appl. Statist. 37:87-94.
    """
    centre = float(direction @ fit.coefficient)
    variance = np.linalg.solve(fit.information, direction)
    error = float(np.sqrt(direction @ variance))
    per_unit = variance / error**2  # how the others follow, by the information at the maximum
    others = np.linalg.svd(direction[None, :])[2][1:].T
    latest_at, latest = centre, fit.coefficient

    def height(distance: float) -> float:
        nonlocal latest_at, latest
        at = centre + side * distance
        start = latest + (at - latest_at) * per_unit
        if not np.isfinite(likelihood.value(start)):
            start = fit.coefficient + side * distance * direction / float(direction @ direction)
        found = maximise(likelihood, start=start, free=others)
        latest_at, latest = at, found.coefficient
        return 2.0 * (found.value - fit.value) + drop

    near, far = 0.0, error * float(np.sqrt(drop))
    for _ in range(FARTHEST):
        if height(far) < 0.0:
            distance = float(brentq(height, near, far, xtol=1e-10 * error, rtol=1e-13))
            return centre + side * distance
        near, far = far, far * 1.5
    why = "the likelihood does not fall far enough to give a limit"
    raise MethodError(Problem("covariates", why, "name fewer covariates, or ask for a lower confidence level"))
