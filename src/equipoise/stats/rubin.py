"""Rubin's rules: one answer from the analyses of several completed data sets."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem

WHERE = "pooling of imputations"


@dataclass(frozen=True)
class Pooled:
    """What B completed data sets say together; every array has the shape of one analysis.

    ``estimate`` : the mean of the estimates, in their unit
    ``standard_error`` : root of the total variance, within + (1 + 1/B) between
    ``degrees`` : of Barnard and Rubin; 0 where all the variance is between imputations, and then no limits follow
    ``within``, ``between`` : mean variance of one analysis, and variance of the estimates over imputations
    ``missing_information`` : fraction of the information that was missing, 0 to 1; 0 where between is 0
    """

    estimate: Floats
    standard_error: Floats
    degrees: Floats
    within: Floats
    between: Floats
    missing_information: Floats


def rubin_pool(estimates: npt.ArrayLike, variances: npt.ArrayLike, complete_degrees: npt.ArrayLike) -> Pooled:
    """Pool estimates and their variances over imputations.

    Parameters
    ----------
    estimates : (B, ...) float, one analysis for each completed data set, B >= 2
    variances : (B, ...) float >= 0, the squared standard errors
    complete_degrees : degrees of freedom of the analysis had nothing been missing, > 0, infinite where it is large;
        a scalar, or an array of the shape of one analysis

    Raises
    ------
    DataError : the shapes differ, a number is missing, a variance is negative, or degrees are not above zero
    MethodError : fewer than two imputations, so that nothing is known of the variance between them

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.1. Barnard and Rubin (1999), Biometrika
    86:948-955, with (v + 1) / (v + 3) v (1 - lambda) observed degrees, as in R's mice and rbmi.
    """
    each, squared = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    complete = np.asarray(complete_degrees, dtype=np.float64)
    _check(each, squared, complete)
    b = each.shape[0]
    within, between = np.mean(squared, axis=0), np.var(each, axis=0, ddof=1)
    return pool_moments(np.mean(each, axis=0), within, between, complete, b)


def pool_moments(estimate: Floats, within: Floats, between: Floats, complete: Floats, imputations: int) -> Pooled:
    """``rubin_pool`` from the mean estimate, the mean variance and the variance between ``imputations``."""
    estimate, within, between, complete = np.broadcast_arrays(estimate, within, between, complete)
    extra = (1.0 + 1.0 / imputations) * between
    total = within + extra
    share = np.divide(extra, total, out=np.zeros(total.shape), where=total > 0.0)
    degrees = barnard_rubin(share, complete, imputations)
    information = np.where(share > 0.0, share + (1.0 - share) * 2.0 / (degrees + 3.0), 0.0)
    return Pooled(
        estimate=np.array(estimate),
        standard_error=np.sqrt(total),
        degrees=degrees,
        within=np.array(within),
        between=np.array(between),
        missing_information=information,
    )


def barnard_rubin(share: npt.ArrayLike, complete_degrees: npt.ArrayLike, imputations: int) -> Floats:
    """Degrees of freedom where ``share`` of the total variance is owed to what is missing.

    Parameters
    ----------
    share : lambda = (1 + 1/B) between / total, 0 to 1
    complete_degrees : as ``rubin_pool``; the two broadcast
    imputations : B >= 2

    Returns
    -------
    1 / (1/v_old + 1/v_obs), v_old = (B - 1) / lambda^2, v_obs = (v + 1) / (v + 3) v (1 - lambda)

    References
    ----------
    Barnard and Rubin (1999), Biometrika 86:948-955.
    """
    missing, complete = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(complete_degrees, dtype=float))
    finite = np.isfinite(complete)
    v = np.where(finite, complete, 1.0)
    inverse_old = missing**2 / (imputations - 1)
    observed = (v + 1.0) / (v + 3.0) * v * (1.0 - missing)
    with np.errstate(divide="ignore"):
        inverse_observed = np.where(finite, 1.0 / observed, 0.0)
        return np.asarray(1.0 / (inverse_old + inverse_observed), dtype=np.float64)


def _check(estimates: Floats, variances: Floats, complete: Floats) -> None:
    if estimates.ndim == 0 or estimates.shape != variances.shape:
        problem = "the estimates and their variances differ in shape"
        raise DataError(Problem(WHERE, problem, "give one variance for each estimate, imputations first"))
    try:
        fits = np.broadcast_shapes(complete.shape, estimates.shape[1:]) == estimates.shape[1:]
    except ValueError:
        fits = False
    if not fits:
        problem = "the complete-data degrees of freedom do not fit the estimates"
        raise DataError(Problem(WHERE, problem, "give one number, or one for each estimate of an analysis"))
    if not (np.all(np.isfinite(estimates)) and np.all(np.isfinite(variances)) and np.all(variances >= 0.0)):
        problem = "an estimate or a variance is missing, or a variance is negative"
        raise DataError(Problem(WHERE, problem, "leave out what could not be analysed before pooling"))
    if not np.all(complete > 0.0):
        problem = "complete-data degrees of freedom are missing or not above zero"
        raise DataError(Problem(WHERE, problem, "leave out analyses without degrees of freedom"))
    if estimates.shape[0] < 2:
        problem = f"{estimates.shape[0]} imputation: the variance between imputations is unknown"
        raise MethodError(Problem(WHERE, problem, "ask for two imputations or more; 100 are usual"))
