"""The commensurate prior: our patients' rate or mean lies about the earlier patients', nearer the better they agree."""

from math import ceil

import numpy as np
from scipy.special import betaln, digamma, log_expit, zeta

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_counts
from equipoise.stats.map_prior import QuadraturePrior
from equipoise.stats.posterior import Predictive, tau_nodes

_WHERE = "commensurate prior"
_NEGLIGIBLE = 28.0


def commensurate_prior_rate(
    responders: float,
    n: float,
    *,
    distance_scale: float,
    initial_a: float = 1.0,
    initial_b: float = 1.0,
    finer: float = 1.0,
) -> QuadraturePrior:
    """logit p ~ N(logit p_0, s^2): p_0 the earlier patients' rate, s ~ half-normal(distance_scale).

    Parameters
    ----------
    responders, n : of the earlier patients, whole numbers, 0 <= responders <= n
    distance_scale : how far, on the log-odds, our patients' rate may lie from the earlier; > 0. Towards 0 the earlier
        patients count as our own
    initial_a, initial_b : of the beta p_0 had before any patient was seen, > 0
    finer : how many times finer than usual the grids are

    Returns
    -------
    prior : of the rate, its ``spread`` the distance s; ``map_prior_fit.fit_mixture`` makes a beta mixture of it

    Raises
    ------
    DataError : the counts are not counts, or a width is not above 0

    References
    ----------
    Hobbs, Carlin, Mandrekar and Sargent (2011), Biometrics 67:1047-1056; on the log-odds, and with a half-normal
    distance in place of their gamma precision, which puts next to no weight on full agreement.
    """
    count, total = (float(part) for part in check_counts(responders, n, where=_WHERE))
    a, b = initial_a + count, initial_b + total - count
    if not (np.isfinite([initial_a, initial_b]).all() and min(initial_a, initial_b) > 0):
        raise DataError(Problem(_WHERE, "the initial prior is not a beta", "give two numbers above 0, such as 1 and 1"))
    _check_scale(distance_scale)
    spread = float(zeta(2, a) + zeta(2, b)) ** 0.5
    distance, log_weight_of = tau_nodes(np.array([spread**-2]), distance_scale, finer)
    centre = float(digamma(a) - digamma(b))
    # tails of a log-odds are exponential, the slower the smaller a or b
    low, high = centre - spread - 34 / min(a, 12), centre + spread + 34 / min(b, 12)
    low, high = max(low, centre - 14 * spread - 34 / a), min(high, centre + 14 * spread + 34 / b)
    # the lattice is finer than the normals laid on it, else their sum would not be smooth
    step = np.minimum(0.25 * spread, 0.8 * distance) / finer
    points = [ceil((high - low) / close) + 1 for close in step]
    at = np.concatenate([np.linspace(low, high, m) for m in points])
    of = np.repeat(np.arange(distance.size), points)
    gap = np.array([(high - low) / (m - 1) for m in points])
    log_weight = log_weight_of[of] + np.log(gap[of]) + a * log_expit(at) + b * log_expit(-at) - betaln(a, b)
    return _prior("rate", log_weight, at, distance[of], distance[of])


def commensurate_prior_mean(
    mean: float, standard_error: float, *, distance_scale: float, finer: float = 1.0
) -> QuadraturePrior:
    """m ~ N(m_0, s^2): m_0 the earlier patients' mean, known with its standard error, s ~ half-normal(distance_scale).

    Parameters, returns, errors and references as ``commensurate_prior_rate``, in the units of the score.
    """
    if not (np.isfinite(mean) and np.isfinite(standard_error) and standard_error > 0):
        problem = "the earlier mean is not a number with a standard error above 0"
        raise DataError(Problem(_WHERE, problem, "give a finite mean and its standard error"))
    _check_scale(distance_scale)
    distance, log_weight = tau_nodes(np.array([standard_error**-2]), distance_scale, finer)
    return _prior("mean", log_weight, np.full_like(distance, mean), np.hypot(standard_error, distance), distance)


def _prior(scale: str, log_weight: Floats, mean: Floats, sd: Floats, distance: Floats) -> QuadraturePrior:
    kept = log_weight > log_weight.max() - _NEGLIGIBLE
    weight = np.exp(log_weight[kept] - log_weight.max())
    predictive = Predictive(weight / weight.sum(), mean[kept], sd[kept])
    return QuadraturePrior("rate" if scale == "rate" else "mean", predictive, distance[kept])


def _check_scale(distance_scale: float) -> None:
    if not (np.isfinite(distance_scale) and distance_scale > 0):
        problem = "the scale of the distance between earlier patients and ours is not above 0"
        raise DataError(Problem(_WHERE, problem, "give one such as 0.5 on the log-odds; to pool outright, use power 1"))
