"""Pooling of arms: the mean log-odds of response, the spread between arms, and the next arm.

Two estimators of one model, theta_i ~ N(mu, tau^2) for the log-odds of arm i: binomial-normal maximum likelihood,
which needs no correction for zeros, and REML on the empirical logits as its check. expit(mu) is the rate
of the median arm, not the mean rate over arms.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri, stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.counts import check_arms, check_level
from equipoise.stats.logit_normal import FINE_STEP, log_likelihood, slopes
from equipoise.stats.meta_analysis_variance import between_studies

WIDEST_TAU = 5.0
"""The widest spread on the logit that is pooled: one spread up or down takes an even rate to 149 or 1 in 150.

Beyond it the likelihood is a ridge along which mean and spread grow together, and no average means anything.
"""

_SCAN_TAU = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0])
_WHERE = "pooling of published arms"


@dataclass(frozen=True)
class PooledLogit:
    """Arms pooled on the logit; ``expit`` turns every limit into a rate.

    ``mu``, ``standard_error``, ``lower``, ``upper`` : mean log-odds, its standard error and limits
    ``tau`` : standard deviation of the log-odds between arms
    ``interval_method`` : how the limits were made, in words
    ``prediction_lower``, ``prediction_upper`` : limits of the next arm's true log-odds, None for two arms
    """

    arms: int
    mu: float
    tau: float
    standard_error: float
    lower: float
    upper: float
    interval_method: str
    prediction_lower: float | None
    prediction_upper: float | None
    level: float


def pool_binomial_normal(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> PooledLogit:
    """Binomial-normal maximum likelihood (random-intercept logistic regression).

    The standard error is from the observed information of (mu, tau^2) at the maximum; where the maximum is at
    tau = 0 it is that of one common rate. From three arms on the limits and the prediction interval use
    Student's t with arms - 1 degrees of freedom and the standard error as it is, the convention of
    ``rma.glmm(measure = "PLO", test = "t")`` in R's metafor (the Hartung-Knapp rescaling has no counterpart in this
    likelihood); for two arms the limits are Wald's on the logit and nothing is predicted.

    Parameters
    ----------
    responders, n : (k,) whole numbers, 0 <= responders <= n, n >= 1
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    pooled : on the logit

    Raises
    ------
    DataError : the counts are not counts, an arm is empty, or the level is not between 0 and 1
    MethodError : fewer than two arms; no maximum, because nobody or everybody responded, or because the arms lie so
        far apart that the spread has no finite estimate

    References
    ----------
    Stijnen, Hamza and Ozdemir (2010), Statist. Med. 29:3046-3067; Higgins, Thompson and Spiegelhalter (2009),
    J. R. Statist. Soc. A 172:137-159 (prediction interval, here with k - 1 degrees of freedom).
    """
    count, total = _checked(responders, n, level)
    _refuse_one_sided(count, total)
    mu, variance = _maximum(count, total)
    if variance > WIDEST_TAU**2:
        raise _too_far_apart()
    standard_error = _standard_error(count, total, mu, variance)
    method = "Wald on the logit" if count.size == 2 else f"t with {count.size - 1} degrees of freedom on the logit"
    return _pooled(count.size, mu, variance, standard_error, level, method=method)


def reml_logit(responders: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> PooledLogit:
    """Inverse-variance pooling of empirical logits, tau^2 by restricted maximum likelihood.

    An arm in which nobody or everybody responded has 0.5 added to both its cells, no other arm has. From three arms
    on the standard error is Hartung and Knapp's, its scale factor never below 1: unmodified, arms that happen to agree
    would give an interval narrower than that of one common rate, and of no width where all logits are equal.
    The limits and the prediction interval use t with arms - 1 degrees of freedom. Two arms: Wald, no prediction.

    Parameters, returns and errors as ``pool_binomial_normal``, except that it has an answer where nobody or everybody
    responded and where arms lie far apart.

    References
    ----------
    Viechtbauer (2005), J. Educ. Behav. Statist. 30:261-293 (REML); Knapp and Hartung (2003), Statist. Med.
    22:2693-2710; Rover, Knapp and Friede (2015), BMC Med. Res. Methodol. 15:99 (the scale kept at 1 or more).
    """
    count, _ = _checked(responders, n, level)
    effect, error = empirical_logits(responders, n)
    sampling = error**2
    one = effect[:, None], sampling[:, None], np.ones((effect.size, 1), dtype=bool)
    variance = float(between_studies(*one, method="REML")[0])
    weight = 1 / (sampling + variance)
    mu = float(weight @ effect / weight.sum())
    standard_error = float(1 / np.sqrt(weight.sum()))
    if count.size == 2:
        return _pooled(2, mu, variance, standard_error, level, method="Wald on the logit")
    scale = float(weight @ (effect - mu) ** 2 / (count.size - 1))
    standard_error *= max(1.0, scale) ** 0.5
    return _pooled(count.size, mu, variance, standard_error, level, method="Hartung-Knapp on the logit")


def empirical_logits(responders: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The log-odds of response of each arm and their standard errors.

    An arm in which nobody or everybody responded has 0.5 added to both its cells, no other arm has.

    Parameters
    ----------
    responders, n : (k,) whole numbers, 0 <= responders <= n, n >= 1

    Returns
    -------
    log_odds, standard_error : (k,), finite

    Raises
    ------
    DataError : the counts are not counts, or an arm is empty
    """
    count, total = check_arms(responders, n, where=_WHERE)
    half = np.where((count == 0) | (count == total), 0.5, 0.0)
    yes, no = count + half, total - count + half
    return np.log(yes / no), np.sqrt(1 / yes + 1 / no)


def _checked(responders: npt.ArrayLike, n: npt.ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Counts and denominators of at least two arms."""
    check_level(level, where=_WHERE)
    count, total = check_arms(responders, n, where=_WHERE)
    if count.size < 2:
        raise MethodError(
            Problem(_WHERE, "fewer than two arms: one study is not pooled", "show the arm with its own exact interval")
        )
    return count, total


def _refuse_one_sided(count: Floats, total: Floats) -> None:
    """Where every arm is none or all, the likelihood has no maximum at a finite mean and spread."""
    if not np.any(count) or np.all(count == total):
        everybody = "everybody" if np.any(count) else "nobody"
        raise MethodError(
            Problem(
                _WHERE,
                f"{everybody} responded in any arm, so the mean log-odds has no finite maximum likelihood estimate",
                "show the summed count with its exact interval",
            )
        )
    if np.all((count == 0) | (count == total)):
        raise _too_far_apart()


def _too_far_apart() -> MethodError:
    return MethodError(
        Problem(
            _WHERE,
            "the arms lie so far apart that the spread between them has no finite estimate",
            "show the arms side by side, each with its own exact interval",
        )
    )


def _pooled(arms: int, mu: float, variance: float, error: float, level: float, *, method: str) -> PooledLogit:
    """Limits and, from three arms on, the prediction interval."""
    if arms == 2:
        reach = -float(ndtri((1 - level) / 2))
        ahead = None
    else:
        reach = -float(stdtrit(arms - 1, (1 - level) / 2))
        ahead = reach * (variance + error**2) ** 0.5
    return PooledLogit(
        arms=arms,
        mu=mu,
        tau=variance**0.5,
        standard_error=error,
        lower=mu - reach * error,
        upper=mu + reach * error,
        interval_method=method,
        prediction_lower=None if ahead is None else mu - ahead,
        prediction_upper=None if ahead is None else mu + ahead,
        level=level,
    )


def _maximum(count: Floats, total: Floats) -> tuple[float, float]:
    """Maximum likelihood (mu, tau^2), tau^2 >= 0: a scan over tau, then Newton in mu and log(tau^2 + sampling).

    The scan is there for likelihoods with two peaks. log(tau^2 + sampling variance) is the scale on which
    the profile likelihood is closest to a parabola, both near tau = 0 and far from it.
    """
    one_rate = float(logit(count.sum() / total.sum()))
    start = _scan(count, total, one_rate)
    at_zero = _all_arms(count, total, one_rate, 0.0)
    if start[1] == 0 and at_zero.v <= 0:
        return one_rate, 0.0
    mu, variance = start
    sampling = 1 / float(np.mean(total * expit(one_rate) * expit(-one_rate)))
    here = _all_arms(count, total, mu, variance)
    for _ in range(50):
        mu_step, scale_step = _newton_step(here, variance + sampling)
        for halving in range(12):
            factor = 0.5**halving
            tried_mu = mu + factor * mu_step
            tried = max(0.0, (variance + sampling) * exp(factor * scale_step) - sampling)
            there = _all_arms(count, total, tried_mu, tried)
            if there.value >= here.value - 1e-9 * abs(here.value):
                break
        moved = abs(tried_mu - mu) + abs(tried - variance) / (variance + sampling)
        mu, variance, here = tried_mu, tried, there
        if moved < 1e-8 or variance > 4 * WIDEST_TAU**2:
            break
    return mu, variance


def _scan(count: Floats, total: Floats, one_rate: float) -> tuple[float, float]:
    """The best (mu, tau^2) over a coarse grid of tau; for each tau the likelihood is concave in mu."""
    k, n, tau = count[None, :], total[None, :], _SCAN_TAU[:, None]
    mu = np.full((_SCAN_TAU.size, 1), one_rate)
    for _ in range(3):
        there = slopes(k, n, mu, tau)
        step = there.mu.sum(axis=1, keepdims=True) / -there.mu_mu.sum(axis=1, keepdims=True)
        mu = mu + np.clip(step, -1.5, 1.5)
    best = int(log_likelihood(k, n, mu, tau).sum(axis=1).argmax())
    return float(mu[best, 0]), float(_SCAN_TAU[best] ** 2)


@dataclass(frozen=True)
class _Total:
    """Log-likelihood of all arms with its derivatives in mu and v = tau^2."""

    value: float
    mu: float
    v: float
    mu_mu: float
    mu_v: float
    v_v: float


def _all_arms(count: Floats, total: Floats, mu: float, variance: float) -> _Total:
    arms = slopes(count, total, np.asarray(mu), np.asarray(variance**0.5), step=FINE_STEP)
    return _Total(
        value=float(arms.value.sum()),
        mu=float(arms.mu.sum()),
        v=float(arms.v.sum()),
        mu_mu=float(arms.mu_mu.sum()),
        mu_v=float(arms.mu_v.sum()),
        v_v=float(arms.v_v.sum()),
    )


def _newton_step(at: _Total, scale: float) -> tuple[float, float]:
    """The step in (mu, log(tau^2 + sampling)); uphill in the second where the surface is not concave there."""
    slope = scale * at.v
    cross = scale * at.mu_v
    bend = scale**2 * at.v_v + slope
    determinant = at.mu_mu * bend - cross**2
    if bend < 0 and determinant > 0:
        mu_step = -(bend * at.mu - cross * slope) / determinant
        scale_step = -(at.mu_mu * slope - cross * at.mu) / determinant
    else:
        mu_step = -at.mu / at.mu_mu
        scale_step = slope / abs(bend) if bend else float(np.sign(slope))
    return float(np.clip(mu_step, -2, 2)), float(np.clip(scale_step, -1, 1))


def _standard_error(count: Floats, total: Floats, mu: float, variance: float) -> float:
    """From the observed information of (mu, tau^2), or of mu alone where tau = 0."""
    at = _all_arms(count, total, mu, variance)
    information = -at.mu_mu
    if variance > 0:
        information += at.mu_v**2 / at.v_v
    if information <= 0:
        raise _too_far_apart()
    return float(1 / np.sqrt(information))
