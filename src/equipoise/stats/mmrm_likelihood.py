"""The (restricted) likelihood of scores over time, with its gradient and its observed and expected information."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.stats.mmrm_covariance import CovarianceAt, Structure, covariance_at
from equipoise.stats.mmrm_patterns import Patterns


@dataclass(frozen=True)
class Value:
    """Minus twice the log-likelihood at one value of the covariance parameters, and what led to it.

    ``deviance`` : with every constant, in the design as it was given
    ``beta`` (p,), ``phi`` (p, p) : coefficients in the basis of ``Patterns``, and (Q' V^-1 Q)^-1
    ``root`` (p, p) : root root' = phi
    ``inverse`` (s, m, m) : inverse covariance of each pattern, zero where unseen
    ``covariances`` : one for each group
    """

    deviance: float
    beta: Floats
    phi: Floats
    root: Floats
    inverse: Floats
    covariances: tuple[CovarianceAt, ...]


@dataclass(frozen=True)
class Slopes:
    """Derivatives of the deviance at one value of the K covariance parameters of all groups.

    ``gradient`` (K,), ``observed`` (K, K) the second derivatives, ``expected`` (K, K) their expectation
    ``design`` (K, p, p) : Q' V^-1 (dV / dtheta_h) V^-1 Q, the negative of Kenward and Roger's P_h
    """

    gradient: Floats
    observed: Floats
    expected: Floats
    design: Floats


def value_at(patterns: Patterns, structure: Structure, theta: Floats, *, restricted: bool) -> Value | None:
    """The deviance at ``theta`` (K,), groups one after another; None where a covariance is not positive definite."""
    m, p = patterns.visits, patterns.columns
    parts = theta.reshape(patterns.groups, -1)
    with np.errstate(over="ignore", invalid="ignore"):
        covariances = tuple(covariance_at(structure, part, m) for part in parts)
    sigma = np.stack([each.sigma for each in covariances])
    if not np.all(np.isfinite(sigma)):
        return None
    both = patterns.seen[:, :, None] & patterns.seen[:, None, :]
    held = np.where(both, sigma[patterns.group], np.eye(m))
    try:
        np.linalg.cholesky(sigma)
        diagonal = np.linalg.cholesky(held)[:, np.arange(m), np.arange(m)]
    except np.linalg.LinAlgError:
        return None
    inverse = np.where(both, np.linalg.inv(held), 0.0)
    total = patterns.weighted(inverse)
    try:
        factor = np.linalg.cholesky(total[:p, :p])
    except np.linalg.LinAlgError:
        return None
    root = np.linalg.inv(factor).T
    phi = root @ root.T
    beta = phi @ total[:p, p]
    contrast = np.append(-beta, 1.0)
    deviance = 2.0 * float(patterns.cases @ np.sum(np.log(diagonal), axis=1)) + contrast @ total @ contrast
    used = patterns.observations
    if restricted:
        used -= p
        scale = np.abs(np.diag(patterns.basis))
        deviance += 2.0 * float(np.sum(np.log(np.diag(factor))) + np.sum(np.log(scale)))
    deviance += used * np.log(2.0 * np.pi) - patterns.log_weights
    return Value(float(deviance), beta, phi, root, inverse, covariances)


def slopes_at(patterns: Patterns, value: Value, *, restricted: bool) -> Slopes:
    """Derivatives of the deviance where ``value`` was taken.

    References
    ----------
    Lindstrom and Bates (1988), J. Am. Stat. Assoc. 83:1014-1022. Kenward and Roger (1997), Biometrics 53:983-997.
    """
    p = patterns.columns
    contrast = np.append(-value.beta, 1.0)
    inside = np.zeros((p + 1, p + 1))
    if restricted:
        inside[:p, :p] = value.phi
    weighed = value.inverse @ patterns.between_visits(inside) @ value.inverse
    residual = value.inverse @ patterns.between_visits(np.outer(contrast, contrast)) @ value.inverse
    parts = [_of_group(patterns, value, g, weighed, residual) for g in range(patterns.groups)]
    design = np.concatenate([part[3] for part in parts])
    across = design[:, :p, :p] @ value.phi
    cross = np.einsum("hab,jba->hj", across, across, optimize=True) if restricted else 0.0
    score = design[:, :p] @ contrast
    return Slopes(
        gradient=np.concatenate([part[0] for part in parts]),
        observed=_blocks([part[1] for part in parts]) - cross - 2.0 * score @ value.phi @ score.T,
        expected=_blocks([part[2] for part in parts]) + cross,
        design=design[:, :p, :p],
    )


def _of_group(
    patterns: Patterns, value: Value, g: int, weighed: Floats, residual: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Gradient, observed and expected information without their terms across groups, and Z' V^-1 V_h V^-1 Z."""
    of = np.flatnonzero(patterns.group == g)
    covariance = value.covariances[g]
    first, inverse = covariance.first[:, None], value.inverse[of]
    counted = patterns.cases[of, None, None] * inverse
    left = counted - weighed[of] - residual[of]
    net = np.sum(left, axis=0)
    k = covariance.first.shape[0]
    once = (first @ inverse).reshape(k, -1)

    def twice(middle: Floats) -> Floats:
        return once @ (first @ middle).swapaxes(2, 3).reshape(k, -1).T

    observed = twice(2.0 * (weighed[of] + residual[of]) - counted) + np.einsum("hjab,ab->hj", covariance.second, net)
    expected = twice(counted - 2.0 * weighed[of])
    everywhere = np.zeros((k, *value.inverse.shape))
    everywhere[:, of] = inverse @ first @ inverse
    gradient = np.einsum("hab,ab->h", covariance.first, net)
    return gradient, (observed + observed.T) / 2, (expected + expected.T) / 2, patterns.weighted(everywhere)


def _blocks(parts: list[Floats]) -> Floats:
    size = sum(part.shape[0] for part in parts)
    whole = np.zeros((size, size))
    start = 0
    for part in parts:
        stop = start + part.shape[0]
        whole[start:stop, start:stop] = part
        start = stop
    return whole
