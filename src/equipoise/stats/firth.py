"""Firth's logistic regression: finite estimates where responses are few or separated, with profile limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.firth_likelihood import Likelihood, maximise
from equipoise.stats.firth_profile import profile_limit

INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class FirthFit:
    """Log odds ratios, the intercept first; each (p,) in the order of ``names``.

    ``standard_error`` : from the inverse of the Fisher information at the estimate (Wald); the limits do not use it
    ``lower``, ``upper`` : profile penalised-likelihood limits
    ``chi_squared``, ``p_value`` : penalised likelihood-ratio test of each coefficient being 0, 1 degree of freedom
    ``model_chi_squared``, ``model_degrees``, ``model_p_value`` : of all but the intercept being 0
    ``penalised_log_likelihood`` : at the estimate; ``n`` cases, ``responders`` of them
    """

    names: tuple[str, ...]
    coefficient: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    chi_squared: Floats
    p_value: Floats
    model_chi_squared: float
    model_degrees: int
    model_p_value: float
    penalised_log_likelihood: float
    n: int
    responders: int
    level: float


def firth_logistic(
    response: npt.ArrayLike, covariates: npt.ArrayLike, names: Sequence[str], *, level: float = 0.95
) -> FirthFit:
    """Logistic regression with Jeffreys' penalty, log L + log|X'WX| / 2, and an intercept.

    Separation (a covariate that tells all responders from the rest) gives finite estimates. The chance of a false
    finding grows with every covariate tried: exploratory, whatever the P value.

    Parameters
    ----------
    response : (n,) 0 or 1
    covariates : (n, k) finite, in the units a coefficient is wanted for; each is standardised inside
    names : (k,) what a refusal calls them
    level : of the profile limits

    Raises
    ------
    DataError : lengths differ, a value is missing, or a response is neither 0 nor 1
    MethodError : no covariate, everybody responded alike, a covariate without variation, covariates that determine
        each other, fewer than two cases more than coefficients, or a likelihood that was not maximised

    References
    ----------
    Firth (1993), Biometrika 80:27-38. Heinze and Schemper (2002), Statist. Med. 21:2409-2419.
    """
    check_level(level, where="profile limits")
    y, x = _checked(response, covariates, names)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    likelihood = Likelihood(y, np.column_stack([np.ones(y.size), (x - centre) / scale]))
    fit = maximise(likelihood)
    back = _back(centre, scale)
    # The original coefficients are ``back`` times the standardised ones. The penalty shifts by a constant only.
    coefficient = back @ fit.coefficient
    covariance = back @ np.linalg.inv(fit.information) @ back.T
    drop = float(chdtri(1, 1 - level))
    error = np.sqrt(np.diag(covariance))
    every = range(coefficient.size)
    limits = [profile_limit(likelihood, fit, back[i], drop=drop, side=side) for i in every for side in (-1, 1)]
    at_zero = [_restricted(likelihood, back[i]) for i in every]
    chi_squared = np.maximum(2.0 * (fit.value - np.array(at_zero)), 0.0)
    alone = maximise(likelihood, free=np.eye(coefficient.size)[:, :1])
    of_model = max(2.0 * (fit.value - alone.value), 0.0)
    shift = -float(np.log(scale).sum())  # log of the Jacobian, half of twice the sum
    return FirthFit(
        names=(INTERCEPT, *names),
        coefficient=coefficient,
        standard_error=error,
        lower=np.array(limits[0::2]),
        upper=np.array(limits[1::2]),
        chi_squared=chi_squared,
        p_value=np.asarray(chdtrc(1, chi_squared)),
        model_chi_squared=of_model,
        model_degrees=x.shape[1],
        model_p_value=float(chdtrc(x.shape[1], of_model)),
        penalised_log_likelihood=fit.value - shift,
        n=y.size,
        responders=int(y.sum()),
        level=level,
    )


def _back(centre: Floats, scale: Floats) -> Floats:
    """The matrix from coefficients of standardised covariates to coefficients in their own units."""
    back = np.zeros((scale.size + 1, scale.size + 1))
    back[0, 0] = 1.0
    back[0, 1:] = -centre / scale
    back[1:, 1:] = np.diag(1.0 / scale)
    return back


def _restricted(likelihood: Likelihood, direction: Floats) -> float:
    """The maximum where ``direction`` . coefficients is 0; the penalty stays that of the whole design."""
    return maximise(likelihood, free=np.linalg.svd(direction[None, :])[2][1:].T).value


def _checked(response: npt.ArrayLike, covariates: npt.ArrayLike, names: Sequence[str]) -> tuple[Floats, Floats]:
    y, x = np.asarray(response, dtype=np.float64), np.asarray(covariates, dtype=np.float64)
    if y.ndim != 1 or x.ndim != 2 or x.shape[0] != y.size or x.shape[1] != len(names):
        problem = "are not one row a case and one column a covariate"
        raise DataError(Problem("covariates", problem, "give as many rows as responses and as many names as columns"))
    if not bool(np.isfinite(x).all()):
        raise DataError(Problem("covariates", "a value is missing", "leave out the cases that lack one, and say so"))
    if not bool(np.isin(y, (0.0, 1.0)).all()):
        raise DataError(Problem("response", "is neither 0 nor 1", "leave out the cases whose response is unknown"))
    problems = [*_size_problems(y, x), *_variation_problems(x, names)]
    if problems:
        raise MethodError(problems)
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    if np.linalg.matrix_rank(standard, tol=1e-8 * np.sqrt(y.size)) < x.shape[1]:
        raise MethodError(Problem("covariates", "some are determined by the others", "leave one of them out"))
    return y, x


def _size_problems(y: Floats, x: Floats) -> list[Problem]:
    if x.shape[1] == 0:
        return [Problem("covariates", "there is none", "name at least one covariate")]
    problems = []
    if y.size < x.shape[1] + 3:
        why = f"too few cases for the coefficients: {y.size} for {x.shape[1] + 1}"
        problems.append(Problem("covariates", why, "name fewer covariates, or show the cases themselves"))
    if y.size and (y.sum() in (0.0, float(y.size))):
        why = "everybody responded alike, so nothing can be associated with it"
        problems.append(Problem("response", why, "report the proportion with its exact interval"))
    return problems


def _variation_problems(x: Floats, names: Sequence[str]) -> list[Problem]:
    if x.shape[0] == 0:
        return []
    constant = np.ptp(x, axis=0) <= 1e-12 * np.abs(x).max(axis=0)
    remedy = "leave it out: it cannot tell one case from another"
    return [
        Problem(f"covariate '{name}'", "is the same in every case", remedy)
        for name, same in zip(names, constant, strict=True)
        if same
    ]
