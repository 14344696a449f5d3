"""The binomial-logit-normal likelihood: responders of n where the arm's log-odds is normal about a mean.

    y ~ Binomial(n, expit(theta)),  theta ~ N(mu, tau^2)

The integral over theta has no closed form. It is done by the trapezoid rule after the substitution
theta = mode + spread sinh(t), which puts close nodes where the integrand is and far ones in its tails: for the
log-concave integrands met here (none, all or few of many included) it converges exponentially, and
tau = 0 needs no special case. The derivatives use E[L'(theta) / L(theta)] over the integrand, which, by the heat
equation of the normal density, needs no division by tau.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit

from equipoise.domain.cohort import Floats

STEP = 0.125
"""Enough for the value: its error is below 1e-8 for tau up to 3, below 1e-7 up to 5."""
FINE_STEP = 0.0625
"""Enough for second derivatives, which weigh the tails: relative error below 1e-6 for tau up to 8."""
REACH = 3.5
"""Half the width of the grid in t: sinh(3.5) is 16 spreads to either side."""


@dataclass(frozen=True)
class Slopes:
    """Log-likelihood (without the binomial coefficient) and its derivatives, each of the shape of the input.

    ``mu``, ``v`` : first derivatives in the mean and in the variance v = tau^2
    ``mu_mu``, ``mu_v``, ``v_v`` : second derivatives
    """

    value: Floats
    mu: Floats
    v: Floats
    mu_mu: Floats
    mu_v: Floats
    v_v: Floats


def log_likelihood(responders: Floats, n: Floats, mu: Floats, tau: Floats) -> Floats:
    """log P(responders of n) without the binomial coefficient, by broadcasting; tau >= 0.

    Parameters
    ----------
    responders, n : counts, n >= 1, not checked
    mu, tau : mean and standard deviation of the log-odds, tau >= 0

    Returns
    -------
    value : of the common shape
    """
    _, log_terms = _integrand(responders, n, mu, tau, STEP)
    top = log_terms.max(axis=-1, keepdims=True)
    value: Floats = np.log(np.exp(log_terms - top).sum(axis=-1)) + top[..., 0]
    return value


def slopes(responders: Floats, n: Floats, mu: Floats, tau: Floats, *, step: float = STEP) -> Slopes:
    """The log-likelihood with first and second derivatives; parameters as ``log_likelihood``, step of the grid in t."""
    theta, log_terms = _integrand(responders, n, mu, tau, step)
    top = log_terms.max(axis=-1, keepdims=True)
    terms = np.exp(log_terms - top)
    total = terms.sum(axis=-1)
    share = terms / total[..., None]
    p = expit(theta)
    binomial = p * (1 - p)
    a = responders[..., None] - n[..., None] * p
    b = -n[..., None] * binomial
    c = b * (1 - 2 * p)
    d = b * (1 - 6 * binomial)
    # the first four derivatives of L = exp(l), over L, where l' = a, l'' = b and so on
    square = a * a
    one = (share * a).sum(axis=-1)
    two = (share * (square + b)).sum(axis=-1)
    three = (share * (a * (square + 3 * b) + c)).sum(axis=-1)
    four = (share * (square * (square + 6 * b) + 3 * b * b + 4 * a * c + d)).sum(axis=-1)
    return Slopes(
        value=np.log(total) + top[..., 0],
        mu=one,
        v=two / 2,
        mu_mu=two - one**2,
        mu_v=(three - two * one) / 2,
        v_v=(four - two**2) / 4,
    )


@lru_cache(maxsize=4)
def grid(step: float) -> tuple[Floats, Floats]:
    """Nodes sinh(t), to be centred and scaled, and the log of the weight of each."""
    t = np.arange(-round(REACH / step), round(REACH / step) + 1) * step
    return np.sinh(t), np.log(np.cosh(t) * step / np.sqrt(2 * np.pi))


def _integrand(responders: Floats, n: Floats, mu: Floats, tau: Floats, step: float) -> tuple[Floats, Floats]:
    """Nodes theta and the log of the weighted integrand, the last axis the nodes."""
    away, log_weight = grid(step)
    mode = _mode(responders, n, mu, tau)
    p = expit(mu + tau * mode)
    spread = 1 / np.sqrt(1 + tau**2 * n * p * (1 - p))
    z = mode[..., None] + spread[..., None] * away
    theta = mu[..., None] + tau[..., None] * z
    softplus = np.maximum(theta, 0) + np.log1p(np.exp(-np.abs(theta)))
    log_terms = responders[..., None] * theta - n[..., None] * softplus - z * z / 2
    return theta, log_terms + log_weight + np.log(spread)[..., None]


def _mode(responders: Floats, n: Floats, mu: Floats, tau: Floats) -> Floats:
    """Where the integrand is largest, in standard deviations from mu; near enough to centre the nodes on."""
    precision = (responders + 0.5) * (n - responders + 0.5) / (n + 1)
    observed = np.log((responders + 0.5) / (n - responders + 0.5))
    z = tau * precision * (observed - mu) / (1 + tau**2 * precision)
    for _ in range(3):
        p = expit(mu + tau * z)
        step = (tau * (responders - n * p) - z) / (1 + tau**2 * n * p * (1 - p))
        z = z + np.clip(step, -2 / np.maximum(tau, 1e-9), 2 / np.maximum(tau, 1e-9))
    return z
