"""Two likelihoods of two-arm studies with a random log odds ratio, delta_i ~ N(mu, tau^2).

Conditional: given its total of responders, a study's treated responders are noncentral hypergeometric in delta_i, and
its control rate drops out. Study intercepts: two binomials with log-odds a_i + delta_i / 2 and a_i - delta_i / 2, the
likelihood maximised over every a_i. The integral over delta_i = mu + tau z is the trapezoid rule in t, z = mode +
spread sinh(t), as in ``logit_normal``; derivatives are taken under the integral.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from equipoise.domain.cohort import Floats
from equipoise.stats.logit_normal import STEP, grid


@dataclass(frozen=True)
class Studies:
    """(k,) counts of two arms, none of them all or none over both arms."""

    responders: Floats
    n: Floats
    control_responders: Floats
    control_n: Floats


@dataclass(frozen=True)
class Slopes:
    """The log-likelihood of all studies, its derivatives in mu and tau, and of each study at no spread in tau^2."""

    value: float
    mu: float
    tau: float
    mu_mu: float
    mu_tau: float
    tau_tau: float
    variance: float


Likelihood = Callable[[float, float], Slopes]


@dataclass(frozen=True)
class _Inner:
    """Log-likelihood of each study at given log odds ratios, first and second derivative; all of one shape."""

    value: Floats
    first: Floats
    second: Floats


def support_widths(studies: Studies) -> Floats:
    """(k,) one less than the number of treated counts each study's total allows."""
    total = studies.responders + studies.control_responders
    widths: Floats = np.minimum(studies.n, total) - np.maximum(0.0, total - studies.control_n)
    return widths


def conditional(studies: Studies) -> Likelihood:
    """The likelihood that conditions on each study's total of responders.

    Source: Stijnen, Hamza and Ozdemir (2010), Statist. Med. 29:3046-3067.
    """
    lowest, support, coefficient = _supports(studies)
    seen = studies.responders - lowest
    of_seen = coefficient[np.arange(seen.size), seen.astype(int)]

    def inner(delta: Floats) -> _Inner:
        log_terms = coefficient[:, None, :] + delta[:, :, None] * support
        top = log_terms.max(axis=2)
        terms = np.exp(log_terms - top[:, :, None])
        whole = terms.sum(axis=2)
        mean = terms @ support / whole
        square = terms @ support**2 / whole
        value = delta * seen[:, None] + of_seen[:, None] - top - np.log(whole)
        return _Inner(value, seen[:, None] - mean, -np.maximum(square - mean**2, 0.0))

    def at(mu: float, tau: float) -> Slopes:
        z, log_weight = _nodes(inner, mu, tau, seen.size)
        there = inner(mu + tau * z)
        value, share = _share(there.value, z, log_weight)
        squared = there.second + there.first**2
        g_mu, g_tau = _mean(share, there.first), _mean(share, z * there.first)
        return Slopes(
            value=float(value.sum()),
            mu=float(g_mu.sum()),
            tau=float(g_tau.sum()),
            mu_mu=float((_mean(share, squared) - g_mu**2).sum()),
            mu_tau=float((_mean(share, z * squared) - g_mu * g_tau).sum()),
            tau_tau=float((_mean(share, z * z * squared) - g_tau**2).sum()),
            variance=float(_mean(share, squared).sum() / 2),
        )

    return at


def _supports(studies: Studies) -> tuple[Floats, Floats, Floats]:
    """The fewest treated responders each total allows (k,), counts from there on (s,), and their log ways (k, s)."""
    total = studies.responders + studies.control_responders
    lowest = np.maximum(0.0, total - studies.control_n)
    width = support_widths(studies)
    # counted from the lowest, so that large supports cost no precision
    support = np.arange(int(width.max()) + 1.0)
    inside = support <= width[:, None]
    treated = np.where(inside, lowest[:, None] + support, 0.0)
    control = np.where(inside, total[:, None] - treated, 0.0)
    coefficient = np.where(
        inside, _log_choose(studies.n[:, None], treated) + _log_choose(studies.control_n[:, None], control), -np.inf
    )
    return lowest, support, coefficient - coefficient.max(axis=1, keepdims=True)


def study_intercepts(studies: Studies) -> Likelihood:
    """The likelihood of both arms, maximised over an intercept for every study.

    Source: Turner, Omar, Yang, Goldstein and Thompson (2000), Statist. Med. 19:3417-3432.
    """
    x1, n1 = studies.responders[:, None], studies.n[:, None]
    x0, n0 = studies.control_responders[:, None], studies.control_n[:, None]
    intercept = np.log((x1 + x0) / (n1 + n0 - x1 - x0))

    def inner(delta: Floats) -> _Inner:
        p1, p0 = expit(intercept + delta / 2), expit(intercept - delta / 2)
        value = _binomial(x1, n1, intercept + delta / 2) + _binomial(x0, n0, intercept - delta / 2)
        return _Inner(value, (x1 - n1 * p1 - x0 + n0 * p0) / 2, -(n1 * p1 * (1 - p1) + n0 * p0 * (1 - p0)) / 4)

    def at(mu: float, tau: float) -> Slopes:
        nonlocal intercept
        for _ in range(40):
            z, log_weight = _nodes(inner, mu, tau, x1.shape[0])
            half = (mu + tau * z) / 2
            there = inner(2 * half)
            value, share = _share(there.value, z, log_weight)
            p1, p0 = expit(intercept + half), expit(intercept - half)
            w1, w0 = n1 * p1 * (1 - p1), n0 * p0 * (1 - p0)
            along = x1 + x0 - n1 * p1 - n0 * p0
            g_a = _mean(share, along)
            h_aa = _mean(share, along**2 - w1 - w0) - g_a**2
            step = np.clip(-g_a / h_aa, -1.5, 1.5)
            if np.abs(step).max() < 1e-10:
                break
            intercept = intercept + step[:, None]
        squared, cross = there.second + there.first**2, (w0 - w1) / 2 + along * there.first
        g_mu, g_tau = _mean(share, there.first), _mean(share, z * there.first)
        h_am, h_at = _mean(share, cross) - g_a * g_mu, _mean(share, z * cross) - g_a * g_tau
        return Slopes(
            value=float(value.sum()),
            mu=float(g_mu.sum()),
            tau=float(g_tau.sum()),
            mu_mu=float((_mean(share, squared) - g_mu**2 - h_am**2 / h_aa).sum()),
            mu_tau=float((_mean(share, z * squared) - g_mu * g_tau - h_am * h_at / h_aa).sum()),
            tau_tau=float((_mean(share, z * z * squared) - g_tau**2 - h_at**2 / h_aa).sum()),
            variance=float(_mean(share, squared).sum() / 2),
        )

    return at


def _nodes(inner: Callable[[Floats], _Inner], mu: float, tau: float, k: int) -> tuple[Floats, Floats]:
    """Nodes z (k, q) about each study's mode, and the log of their weights; one node where there is no spread."""
    if tau == 0:
        return np.zeros((k, 1)), np.zeros((k, 1))
    z = np.zeros((k, 1))
    bend = np.ones((k, 1))
    for _ in range(12):
        there = inner(mu + tau * z)
        bend = 1 - tau**2 * there.second
        step = np.clip((tau * there.first - z) / bend, -2 / max(tau, 0.5), 2 / max(tau, 0.5))
        z = z + step
        if np.abs(step).max() < 1e-3:
            break
    spread = bend**-0.5
    away, log_weight = grid(STEP)
    return z + spread * away, log_weight + np.log(spread)


def _share(log_values: Floats, z: Floats, log_weight: Floats) -> tuple[Floats, Floats]:
    """The log of each study's integral (k,), and the share of every node in it (k, q)."""
    log_terms = log_values - z * z / 2 + log_weight
    top = log_terms.max(axis=1, keepdims=True)
    terms = np.exp(log_terms - top)
    whole = terms.sum(axis=1, keepdims=True)
    return (np.log(whole) + top)[:, 0], terms / whole


def _mean(share: Floats, values: Floats) -> Floats:
    mean: Floats = (share * values).sum(axis=1)
    return mean


def _binomial(responders: Floats, n: Floats, log_odds: Floats) -> Floats:
    value: Floats = responders * log_odds - n * np.logaddexp(0.0, log_odds)
    return value


def _log_choose(n: Floats, k: Floats) -> Floats:
    value: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(np.maximum(n - k, 0.0) + 1)
    return value
