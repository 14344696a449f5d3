"""Covariance between visits as a smooth function of free parameters, with its first and second derivatives.

The parameters are those of R's mmrm (vignette "Covariance Structures"): logarithms of standard deviations, then
correlations carried to the whole line. Second-order Kenward-Roger depends on that choice; nothing else here does.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Floats

Structure = Literal[
    "unstructured",
    "heterogeneous Toeplitz",
    "Toeplitz",
    "heterogeneous AR(1)",
    "AR(1)",
    "heterogeneous compound symmetry",
    "compound symmetry",
]
STRUCTURES: tuple[Structure, ...] = (
    "unstructured",
    "heterogeneous Toeplitz",
    "Toeplitz",
    "heterogeneous AR(1)",
    "AR(1)",
    "heterogeneous compound symmetry",
    "compound symmetry",
)


@dataclass(frozen=True)
class CovarianceAt:
    """Covariance between m visits at one value of its k parameters.

    ``sigma`` : (m, m)
    ``first`` : (k, m, m), derivative by each parameter
    ``second`` : (k, k, m, m), derivative by each pair of parameters
    """

    sigma: Floats
    first: Floats
    second: Floats


def heterogeneous(structure: Structure) -> bool:
    """Whether each visit has its own variance."""
    return structure == "unstructured" or structure.startswith("heterogeneous")


def correlations(structure: Structure, visits: int) -> int:
    """How many correlation parameters the structure has over so many visits (two or more)."""
    if structure == "unstructured":
        return visits * (visits - 1) // 2
    return visits - 1 if structure.endswith("Toeplitz") else 1


def parameters(structure: Structure, visits: int) -> int:
    """How many free parameters the structure has over so many visits (two or more)."""
    return (visits if heterogeneous(structure) else 1) + correlations(structure, visits)


def covariance_at(structure: Structure, theta: Floats, visits: int) -> CovarianceAt:
    """The covariance and its derivatives at ``theta`` (k,); it need not be positive definite for Toeplitz.

    Unstructured: sigma = L L', L = diag(exp(theta_1..m)) times a unit lower triangle, filled row by row.
    The others: sigma = D R D with D = diag(exp(theta)); AR(1) and Toeplitz have rho = theta / sqrt(1 + theta^2),
    compound symmetry rho = (1 + a) / (1 + exp(-theta)) - a with a = 1 / (m - 1).
    """
    if structure == "unstructured":
        return _unstructured(theta, visits)
    deviations = visits if heterogeneous(structure) else 1
    scale = np.broadcast_to(np.exp(theta[:deviations]), visits)
    share = np.eye(visits) if deviations > 1 else np.ones((1, visits))
    power = share[:, :, None] + share[:, None, :]  # how often a log deviation enters an entry
    correlation, by_one, by_two = _correlation(structure, theta[deviations:], visits)
    outer = np.outer(scale, scale)
    sigma = outer * correlation
    of_deviation, of_correlation = power * sigma, outer * by_one
    mixed = power[:, None] * of_correlation[None]
    k = theta.size
    second = np.empty((k, k, visits, visits))
    second[:deviations, :deviations] = power[:, None] * power[None] * sigma
    second[:deviations, deviations:] = mixed
    second[deviations:, :deviations] = mixed.swapaxes(0, 1)
    second[deviations:, deviations:] = outer * by_two
    return CovarianceAt(sigma, np.concatenate([of_deviation, of_correlation]), second)


def start_from(structure: Structure, sigma: Floats) -> Floats:
    """Parameters of the member of the structure nearest a positive definite ``sigma``, lag by lag: (k,)."""
    visits = sigma.shape[0]
    deviation = np.sqrt(np.diag(sigma))
    if structure == "unstructured":
        factor = np.linalg.cholesky(sigma)
        below = np.tril_indices(visits, -1)
        return np.concatenate([np.log(np.diag(factor)), (factor / np.diag(factor)[:, None])[below]])
    correlation = sigma / np.outer(deviation, deviation)
    if not heterogeneous(structure):
        deviation = np.sqrt(np.mean(deviation**2, keepdims=True))
    by_lag = np.array([np.mean(np.diagonal(correlation, lag)) for lag in range(1, visits)])
    if structure.endswith("compound symmetry"):
        least = 1.0 / (visits - 1)
        mean = np.clip(np.mean(correlation[np.tril_indices(visits, -1)]), -0.9 * least, 0.95)
        share = (mean + least) / (1.0 + least)
        return np.concatenate([np.log(deviation), [np.log(share / (1.0 - share))]])
    rho = np.clip(by_lag if structure.endswith("Toeplitz") else by_lag[:1], -0.95, 0.95)
    while structure.endswith("Toeplitz") and _least_of_toeplitz(rho) < 0.02:
        rho = 0.8 * rho
    return np.concatenate([np.log(deviation), rho / np.sqrt(1.0 - rho**2)])


def _least_of_toeplitz(rho: Floats) -> float:
    row = np.concatenate([[1.0], rho])
    at = np.arange(row.size)
    return float(np.linalg.eigvalsh(row[np.abs(at[:, None] - at)])[0])


def _unstructured(theta: Floats, visits: int) -> CovarianceAt:
    below = np.tril_indices(visits, -1)
    scale = np.exp(theta[:visits])
    unit = np.eye(visits)
    unit[below] = theta[visits:]
    factor = scale[:, None] * unit
    k = theta.size
    by_one = np.zeros((k, visits, visits))
    on = np.arange(visits)
    by_one[on, on] = factor
    by_one[np.arange(visits, k), below[0], below[1]] = scale[below[0]]
    half = by_one @ factor.T
    second = np.einsum("hac,jbc->hjab", by_one, by_one, optimize=True)
    # A log deviation scales its row of the factor, so a further derivative keeps that row alone.
    twice = np.zeros_like(second)
    twice[on, :, on] = half[:, on].swapaxes(0, 1)
    twice[:, on, on] = half[:, on]
    second += twice
    return CovarianceAt(factor @ factor.T, half + half.swapaxes(1, 2), second + second.swapaxes(2, 3))


def _correlation(structure: Structure, theta: Floats, visits: int) -> tuple[Floats, Floats, Floats]:
    """Correlation (m, m) and its derivatives (c, m, m) and (c, c, m, m)."""
    at = np.arange(visits)
    lag = np.abs(at[:, None] - at)
    if structure.endswith("compound symmetry"):
        least = 1.0 / (visits - 1)
        share = 1.0 / (1.0 + np.exp(-theta[0]))
        slope = (1.0 + least) * share * (1.0 - share)
        off = (lag > 0).astype(np.float64)
        correlation = np.where(lag > 0, share * (1.0 + least) - least, 1.0)
        return correlation, (slope * off)[None], (slope * (1.0 - 2.0 * share) * off)[None, None]
    rho = theta / np.sqrt(1.0 + theta**2)
    slope, bend = (1.0 + theta**2) ** -1.5, -3.0 * theta * (1.0 + theta**2) ** -2.5
    if structure.endswith("Toeplitz"):
        of_lag = (lag[None] == np.arange(1, visits)[:, None, None]).astype(np.float64)
        second = np.zeros((visits - 1, visits - 1, visits, visits))
        each = np.arange(visits - 1)
        second[each, each] = bend[:, None, None] * of_lag
        return np.concatenate([[1.0], rho])[lag], slope[:, None, None] * of_lag, second
    one = lag * rho[0] ** np.maximum(lag - 1, 0)
    two = lag * (lag - 1) * rho[0] ** np.maximum(lag - 2, 0)
    return rho[0] ** lag, (slope * one)[None], (slope**2 * two + bend * one)[None, None]
