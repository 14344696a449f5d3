"""A linear model of independent scores, one a case: what remains of scores over time where there is one visit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, stdtr, stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.mmrm_inference import Contrasts, JointTest, Method

WHERE = "scores at one visit"


@dataclass(frozen=True)
class LeastSquares:
    """Weighted least squares with p coefficients: ``coefficients`` (p,), their ``covariance`` (p, p), n - p degrees."""

    coefficients: Floats
    covariance: Floats
    variance: float
    degrees_of_freedom: int


def fit_least_squares(response: Floats, design: Floats, weights: Floats | None = None) -> LeastSquares:
    """Coefficients, and their covariance from the residual variance.

    Parameters
    ----------
    response : (n,) float, one score a case, in its own unit
    design : (n, p) float, of full column rank
    weights : (n,) float > 0; the variance of a score is divided by its weight; all alike if absent

    Raises
    ------
    MethodError : no more scores than columns, a singular design, or scores that do not vary around their means

    References
    ----------
    Fisher (1925), Statistical Methods for Research Workers, chapter V; with a baseline in the design, ANCOVA.
    """
    n, p = design.shape
    if p >= n:
        problem = f"{p} columns in the design and {n} scores"
        raise MethodError(Problem(WHERE, problem, "ask for fewer covariates, or describe the scores one by one"))
    root = np.ones(n) if weights is None else np.sqrt(weights)
    x, y = root[:, None] * design, root * response
    basis, triangle = np.linalg.qr(x)
    if np.any(np.abs(np.diag(triangle)) <= 1e-9 * np.linalg.norm(x, axis=0)):
        problem = "a column of the design is empty or a combination of the columns before it"
        raise MethodError(Problem(WHERE, problem, "leave it out, or join groups that were never seen apart"))
    coefficients = np.linalg.solve(triangle, basis.T @ y)
    left = y - x @ coefficients
    if np.sum(left**2) <= 1e-20 * np.sum(y**2):
        problem = "the scores do not vary around their fitted means"
        raise MethodError(Problem(WHERE, problem, "describe them: there is no spread to estimate from"))
    variance = float(left @ left) / (n - p)
    back = np.linalg.inv(triangle)
    return LeastSquares(coefficients, variance * back @ back.T, variance, n - p)


def combinations(fit: LeastSquares, rows: npt.ArrayLike, *, level: float, method: Method) -> Contrasts:
    """Each row of ``rows`` (c, p) times the coefficients, with Student's t; ``method`` only names what was asked for.

    With one score a case the degrees of freedom of Satterthwaite and of Kenward and Roger are all n - p.
    """
    check_level(level, where=WHERE)
    across = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    estimate = across @ fit.coefficients
    error = np.sqrt(np.einsum("ci,ij,cj->c", across, fit.covariance, across))
    degrees = np.full(estimate.size, float(fit.degrees_of_freedom))
    margin = stdtrit(degrees, 0.5 + level / 2.0) * error
    t = estimate / error
    p_value = 2.0 * stdtr(degrees, -np.abs(t))
    return Contrasts(estimate, error, degrees, t, p_value, estimate - margin, estimate + margin, level, method)


def joint(fit: LeastSquares, rows: npt.ArrayLike, *, method: Method) -> JointTest:
    """The F test that all rows of ``rows`` (c, p) are zero; rows that repeat others are not counted."""
    across = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    _, sizes, turned = np.linalg.svd(across, full_matrices=False)
    kept = turned[sizes > 1e-10 * sizes[0]]
    effect = kept @ fit.coefficients
    count = kept.shape[0]
    f = float(effect @ np.linalg.solve(kept @ fit.covariance @ kept.T, effect)) / count
    p_value = float(fdtrc(count, fit.degrees_of_freedom, f))
    return JointTest(f, count, float(fit.degrees_of_freedom), p_value, 1.0, method)
