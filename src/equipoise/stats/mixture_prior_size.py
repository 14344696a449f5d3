"""How many patients a prior is worth."""

from typing import Literal

import numpy as np
from scipy.special import expit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture
from equipoise.stats.panels import panels

SizeMethod = Literal["ELIR", "moments"]
EACH = 16
"""Nodes in a panel; twice as many change no answer by 1e-8."""

_FAR = np.geomspace(10.0, 690.0, 12)
"""Log-odds out to which slopes near 0 and 1 are followed: a part with a parameter just above 1 has much there."""
_WHERE = "effective sample size of a prior"


def rate_prior_size(prior: BetaMixture, *, method: SizeMethod = "ELIR") -> float:
    """The number of patients a prior of a rate is worth.

    ELIR, the expected local-information ratio, is the prior's mean of its own curvature over the Fisher information of
    one patient: the one definition whose expectation, after m new patients, is m more. "moments" is a + b of the one
    beta with the same mean and standard deviation, which wide tails make small. A part with a parameter of exactly 1
    is flat at that end and adds no curvature there, so a vague part Beta(1, 1) only takes away.

    Raises
    ------
    MethodError : under ELIR a part has a or b below 1, so that its density is infinite at 0 or 1 and the ratio has no
        expectation; the method is not known

    References
    ----------
    Neuenschwander, Weber, Schmidli and O'Hagan (2020), Biometrics 76:578-587.
    """
    if method == "moments":
        return prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    _check_method(method)
    present = prior.weight > 0
    if prior.a[present].size == 1:
        return float(prior.a[present][0] + prior.b[present][0])
    if min(prior.a[present].min(), prior.b[present].min()) < 1:
        problem = "a part of the prior is infinite at 0 or 1, so its local information has no expectation"
        raise MethodError(
            Problem(_WHERE, problem, "take the size by moments, or a part with both parameters 1 or more")
        )
    # the parts' own curvature has a closed form: the expectation of (a - 1) q / p is b where a > 1, and 0 where a = 1
    own = float(prior.weight @ (prior.b * (prior.a > 1) + prior.a * (prior.b > 1)))
    breaks = prior.working_breaks()
    log_odds, width = panels(
        np.unique(np.concatenate([breaks, _FAR[breaks[-1] < _FAR], -_FAR[-breaks[0] < _FAR]])), EACH
    )
    density, share = _shares(prior.log_density_of_log_odds(log_odds))
    p, q = expit(log_odds)[:, None], expit(-log_odds)[:, None]
    slope = (prior.a - 1) * np.sqrt(q / p) - (prior.b - 1) * np.sqrt(p / q)
    return own + float((width * density) @ _information(share, slope, np.zeros_like(slope)))


def mean_prior_size(prior: NormalMixture, *, patient_sd: float, method: SizeMethod = "ELIR") -> float:
    """The number of patients, whose scores have standard deviation ``patient_sd``, a prior of a mean is worth.

    Raises
    ------
    DataError : the standard deviation is not above 0
    MethodError : the method is not known

    References
    ----------
    As ``rate_prior_size``.
    """
    if not (np.isfinite(patient_sd) and patient_sd > 0):
        raise DataError(Problem(_WHERE, "the patients' standard deviation is not above 0", "give that of one patient"))
    if method == "moments":
        return float((patient_sd / prior.sd) ** 2)
    _check_method(method)
    value, width = panels(prior.working_breaks(), EACH)
    density, share = _shares(prior.log_density(value))
    slope = -(value[:, None] - prior.means) / prior.sds**2
    information = _information(share, slope, np.broadcast_to(prior.sds**-2, slope.shape))
    return float((width * density) @ information * patient_sd**2)


def log_odds_prior_size(prior: NormalMixture) -> float:
    """The number of patients a prior of log-odds is worth, by ELIR with the information p (1 - p) of one yes or no."""
    value, width = panels(prior.working_breaks(), EACH)
    density, share = _shares(prior.log_density(value))
    slope = -(value[:, None] - prior.means) / prior.sds**2
    information = _information(share, slope, np.broadcast_to(prior.sds**-2, slope.shape))
    return float((width * density) @ (information / (expit(value) * expit(-value))))


def _information(share: Floats, slope: Floats, curvature: Floats) -> Floats:
    """Minus the curvature of the log of a mixture: the parts' own on average, less the variance of their slopes."""
    mean = (share * slope).sum(axis=1, keepdims=True)
    value: Floats = (share * curvature).sum(axis=1) - (share * (slope - mean) ** 2).sum(axis=1)
    return value


def _shares(log_parts: Floats) -> tuple[Floats, Floats]:
    """The density of the mixture (m,), and each part's share of it (m, c)."""
    top = log_parts.max(axis=1, keepdims=True)
    parts = np.exp(log_parts - top)
    whole = parts.sum(axis=1, keepdims=True)
    return (whole * np.exp(top))[:, 0], parts / whole


def _check_method(method: str) -> None:
    if method != "ELIR":
        raise MethodError(Problem(_WHERE, "the method is not known", "choose ELIR or moments"))
