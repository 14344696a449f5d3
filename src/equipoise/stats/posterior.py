"""The probability that a treatment beats the next control group by a margin.

The control arms inform a new study's true rate p_new:

    y_i ~ Binomial(n_i, expit(theta_i)),  theta_i ~ N(mu, tau^2),  mu ~ N(0, 2^2),  tau ~ half-normal(1)

and logit p_new ~ N(mu, tau^2) given (mu, tau). Over a grid of (mu, tau), weighted by the posterior, the predictive
distribution of logit p_new is a mixture of normals, and what is asked of it has a closed form given p_T: one
integral over p_T is left. Deterministic: no random number is drawn.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import asin, ceil, pi, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr, xlog1py, xlogy

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.assumed_control import SCEPTICAL_SD
from equipoise.stats.counts import check_arms, check_counts, check_level
from equipoise.stats.logit_normal import log_likelihood, slopes
from equipoise.stats.panels import panels

MU_SD = 2.0
"""Prior standard deviation of the mean log-odds, centred on 0: 95 % of rates from 2 to 98 %."""
TAU_SCALE = 1.0
"""Scale of the half-normal prior of the standard deviation between studies."""

_WIDEST_TAU = 6.5
"""In scales of its half-normal prior, of which 1e-10 lies beyond."""
_NEGLIGIBLE = 28.0
"""A term below exp(-28), 7e-13, of the largest is left out."""
_WHERE = "probability of being better than control"


@dataclass(frozen=True)
class Predictive:
    """The true log-odds of response in the next study: a mixture of normals.

    ``weight`` (adding up to 1), ``mean``, ``sd`` (> 0) : (q,)
    """

    weight: Floats
    mean: Floats
    sd: Floats

    def below(self, log_odds: Floats) -> Floats:
        """P(logit p_new < log_odds), for each of (m,) log-odds."""
        inside: Floats = ndtr((log_odds[:, None] - self.mean) / self.sd) @ self.weight
        return inside


def predict_new_study(
    control_responders: npt.ArrayLike,
    control_n: npt.ArrayLike,
    *,
    mu_mean: float = 0.0,
    mu_sd: float = MU_SD,
    tau_scale: float = TAU_SCALE,
    finer: float = 1.0,
) -> Predictive:
    """The posterior predictive distribution of a new study's true log-odds of response.

    One arm is enough: the spread between studies then rests on its prior. The grid adapts to the arms; the
    last answer is remembered, since a benchmark asks several questions of one set of arms.

    Parameters
    ----------
    control_responders, control_n : (k,) whole numbers, 0 <= responders <= n, n >= 1, k >= 1
    mu_mean, mu_sd, tau_scale : of the priors mu ~ N(mu_mean, mu_sd^2) and tau ~ half-normal(tau_scale), both widths > 0
    finer : how many times finer than usual the grids are, to show that the answer does not depend on it

    Raises
    ------
    DataError : the counts are not counts, or an arm is empty
    MethodError : there is no arm
    """
    count, total = check_arms(control_responders, control_n, where=_WHERE)
    if count.size == 0:
        raise MethodError(Problem(_WHERE, "there is no control arm", "name at least one comparable published arm"))
    return _predictive(tuple(count.tolist()), tuple(total.tolist()), (mu_mean, mu_sd, tau_scale), finer)


def predictive_rate(
    control_responders: npt.ArrayLike, control_n: npt.ArrayLike, *, level: float = 0.95
) -> tuple[float, float, float]:
    """A new study's true rate: mean and equal-tailed limits of its posterior predictive distribution.

    Parameters and errors as ``predict_new_study``; ``level`` is the probability between the limits.

    Returns
    -------
    mean, lower, upper : 0 to 1
    """
    from scipy.optimize import brentq  # slow to import, and not every review asks for limits

    check_level(level, where=_WHERE)
    new = predict_new_study(control_responders, control_n)
    z = np.arange(-32, 33) / 4
    density = np.exp(-z * z / 2)
    mean = new.weight @ (expit(new.mean[:, None] + new.sd[:, None] * z) @ (density / density.sum()))
    far = 40.0
    lower, upper = (
        float(expit(brentq(lambda x, tail=tail: float(new.below(np.array([x]))[0]) - tail, -far, far, xtol=1e-10)))
        for tail in ((1 - level) / 2, (1 + level) / 2)
    )
    return float(mean), lower, upper


def probability_better(
    responders: int,
    n: int,
    control_responders: npt.ArrayLike,
    control_n: npt.ArrayLike,
    *,
    margin: float,
    prior: Literal["Jeffreys", "sceptical"],
    finer: float = 1.0,
) -> float:
    """P(p_T - p_new > margin): the treated rate against the true rate of a new control study.

    Parameters
    ----------
    responders, n : of the treated, 0 <= responders <= n; n = 0 leaves the prior. Under the sceptical prior the answer
        need not rise with the responders, so over a range of them every count is to be asked, not the ends alone
    control_responders, control_n : (k,) the control arms, k >= 1
    margin : by how much the rate must be higher, 0 <= margin < 1
    prior : "Jeffreys": p_T ~ Beta(responders + 1/2, n - responders + 1/2), whatever the controls did.
        "sceptical": logit p_T = logit p_new + delta with delta ~ N(0, (log 2 / 1.645)^2), so that before the treated
        are seen the treatment is as likely to be worse as better; their result updates p_new and delta together, so a
        result far above the controls is put down to other patients sooner than to a large effect
    finer : as ``predict_new_study``

    Returns
    -------
    probability : 0 to 1

    Raises
    ------
    DataError : the counts are not counts, an arm is empty, the margin is outside [0, 1) or the prior is not known
    MethodError : there is no control arm

    References
    ----------
    Spiegelhalter, Abrams and Myles (2004), Bayesian Approaches to Clinical Trials and Health-Care Evaluation,
    sections 3.16 and 5.5 (sceptical prior); Rover, Bender, Dias et al. (2021), Res. Synth. Methods 12:448-474
    (half-normal prior of the spread on the logit).
    """
    counts, totals = check_counts(responders, n, where="treated responders and n")
    if not 0 <= margin < 1:
        raise DataError(Problem(_WHERE, "the margin is not in [0, 1)", "give a difference of rates such as 0.10"))
    if prior not in ("Jeffreys", "sceptical"):
        raise DataError(Problem(_WHERE, "the prior is not known", "choose Jeffreys or sceptical"))
    new = predict_new_study(control_responders, control_n, finer=finer)
    of_prior = _better_jeffreys if prior == "Jeffreys" else _better_sceptical
    return float(np.clip(of_prior(float(counts), float(totals), new, margin, finer), 0.0, 1.0))


def _better_jeffreys(responders: float, n: float, new: Predictive, margin: float, finer: float) -> float:
    """The integral over p_T = sin^2(angle): the Jeffreys prior is flat in the angle, so nothing is singular."""
    breaks = margin, min(1.0, margin + float(expit(new.weight @ new.mean)))
    angle, weight = _panels(*_angles(responders, n), [asin(sqrt(rate)) for rate in breaks], ceil(80 * finer))
    rate = np.sin(angle) ** 2
    log_density = xlogy(responders, rate) + xlog1py(n - responders, -rate)
    density = weight * np.exp(log_density - log_density.max())
    reached = rate > margin
    below = np.zeros_like(rate)
    below[reached] = new.below(logit(rate[reached] - margin))
    return float(np.sum(density * below) / density.sum())


def _better_sceptical(responders: float, n: float, new: Predictive, margin: float, finer: float) -> float:
    """The integral over x = logit p_T; given x, logit p_new is again normal in each part of the mixture."""
    total_sd = np.sqrt(new.sd**2 + SCEPTICAL_SD**2)
    log_size = np.log(new.weight / total_sd)
    # where a part of the mixture has fallen below exp(-_NEGLIGIBLE) of the largest, it is left out
    reach = total_sd * np.sqrt(2 * np.maximum(0, _NEGLIGIBLE + log_size - log_size.max()))
    low, high = (float(end) for end in logit(np.sin(_angles(responders, n)) ** 2))
    low, high = max(low, float((new.mean - reach).min())), min(high, float((new.mean + reach).max()))
    breaks = [float(logit(rate)) for rate in (margin, min(1.0, margin + float(expit(new.weight @ new.mean))))]
    x, weight = _panels(low, high, [*breaks, *np.arange(low, high, 8.0).tolist()], ceil(48 * finer))
    rate = expit(x)
    log_seen = xlogy(responders, rate) + xlog1py(n - responders, -rate) + np.log(weight)
    log_joint = log_seen[:, None] + log_size - ((x[:, None] - new.mean) / total_sd) ** 2 / 2
    at, part = np.nonzero(log_joint > log_joint.max() - _NEGLIGIBLE)
    joint = np.exp(log_joint[at, part] - log_joint.max())
    log_odds = logit(np.maximum(rate - margin, 0.0))
    shrunk = new.mean[part] + (x[at] - new.mean[part]) * ((new.sd / total_sd) ** 2)[part]
    left = (new.sd * SCEPTICAL_SD / total_sd)[part]
    return float(np.sum(joint * ndtr((log_odds[at] - shrunk) / left)) / joint.sum())  # a dot would hang on threads


def _angles(responders: float, n: float) -> tuple[float, float]:
    """The angles between which p_T = sin^2(angle) has all but 1e-14 of its likelihood."""
    if n == 0:
        return 0.0, pi / 2
    # n KL(p, q) >= n (angle(p) - angle(q))^2, so beyond 6 / sqrt(n) the likelihood has fallen by exp(-36)
    centre, reach = asin(sqrt(responders / n)), 6 / sqrt(n)
    return max(0.0, centre - reach), min(pi / 2, centre + reach)


def _panels(low: float, high: float, breaks: list[float], each: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [low, high], split where the integrand may start or bend sharply."""
    return panels([low, *sorted(at for at in breaks if low < at < high), high], each)


@lru_cache(maxsize=8)
def _predictive(
    responders: tuple[float, ...], n: tuple[float, ...], prior: tuple[float, float, float], finer: float
) -> Predictive:
    """The mixture over a grid: tau on half an axis, and for each tau a lattice of mu as fine as it needs."""
    count, total = np.array(responders), np.array(n)
    mu_mean, mu_sd, tau_scale = prior
    precision = (count + 0.5) * (total - count + 0.5) / (total + 1)
    tau, log_tau_weight = tau_nodes(precision, tau_scale, finer)
    centre, spread = _mu_given_tau(count, total, tau, mu_mean, mu_sd)
    # the lattice is finer than the normals laid on it, else their sum would not be smooth
    step = np.minimum(0.5 * spread, 0.8 * tau) / finer
    reach = [ceil(9 * wide / close) for wide, close in zip(spread, step, strict=True)]
    mu = np.concatenate([c + h * np.arange(-m, m + 1) for c, h, m in zip(centre, step, reach, strict=True)])
    points = [2 * m + 1 for m in reach]
    tau_of = np.repeat(tau, points)
    log_weight = np.repeat(log_tau_weight + np.log(step), points) - ((mu - mu_mean) / mu_sd) ** 2 / 2
    arms, copies = np.unique(np.stack([count, total]), axis=1, return_counts=True)
    for arm_count, arm_total, times in zip(*arms, copies, strict=True):
        log_weight += times * log_likelihood(np.asarray(arm_count), np.asarray(arm_total), mu, tau_of)
    kept = log_weight > log_weight.max() - _NEGLIGIBLE
    weight = np.exp(log_weight[kept] - log_weight.max())
    parts = weight / weight.sum(), mu[kept], tau_of[kept]
    for part in parts:
        part.setflags(write=False)
    return Predictive(*parts)


def tau_nodes(precision: Floats, tau_scale: float, finer: float) -> tuple[Floats, Floats]:
    """Nodes for the spread between studies of (k,) sampling precisions, and the log of half-normal prior times weight.

    The posterior, as a function of tau, is even and smooth about 0, so the midpoint rule on half the axis converges
    exponentially; tau = scale sinh(x) puts its nodes where arms of this size can tell one tau from another.
    """
    scale = min(tau_scale, float(np.mean(precision)) ** -0.5)
    step = min(0.15, 0.7 / sqrt(precision.size)) / finer
    x = (np.arange(ceil(float(np.arcsinh(_WIDEST_TAU * tau_scale / scale)) / step)) + 0.5) * step
    tau = scale * np.sinh(x)
    return tau, np.log(np.cosh(x)) - (tau / tau_scale) ** 2 / 2


def _mu_given_tau(count: Floats, total: Floats, tau: Floats, mu_mean: float, mu_sd: float) -> tuple[Floats, Floats]:
    """Mode and spread of mu at each tau: a few Newton steps on its log-concave posterior."""
    precision = (count + 0.5) * (total - count + 0.5) / (total + 1)
    observed = np.log((count + 0.5) / (total - count + 0.5))
    weight = 1 / (1 / precision + tau[:, None] ** 2)
    mu = (weight @ observed + mu_mean / mu_sd**2) / (weight.sum(axis=1) + mu_sd**-2)
    curvature = np.empty_like(mu)
    for _ in range(3):
        at = slopes(count, total, mu[:, None], tau[:, None])
        curvature = mu_sd**-2 - at.mu_mu.sum(axis=1)
        mu = mu + np.clip((at.mu.sum(axis=1) - (mu - mu_mean) / mu_sd**2) / curvature, -1.0, 1.0)
    return mu, 1 / np.sqrt(curvature)
