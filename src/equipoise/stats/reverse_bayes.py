"""Bayes in reverse: which prior would take a result's conviction away, or lend it some.

The estimate and its standard error are on a scale where the estimate is about normal (a difference, or the log of a
ratio), and every prior is normal. Not a verdict: the prior a reader would need is shown, the reader says who holds it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_level

_WHERE = "reverse-Bayes analysis"


@dataclass(frozen=True)
class Credibility:
    """What it takes to disbelieve a convincing result, or to believe an unconvincing one.

    ``convincing`` : the interval at ``level`` leaves ``null`` out
    ``scepticism_limit`` : of a convincing result: the prior about ``null`` whose interval reaches this far to either
        side makes the posterior interval just touch ``null``; a distance, None where the result is not convincing
    ``advocacy_limit`` : of an unconvincing result: the prior whose interval runs from ``null`` to this value makes the
        posterior interval just touch ``null``; None where the result is convincing, or its estimate is ``null``
    ``prior_mean``, ``prior_sd`` : of that prior, None where there is none
    ``intrinsically_credible`` : Matthews: the estimate lies beyond the scepticism limit, so that the result alone
        answers those it would take to doubt it
    ``p_intrinsic`` : Held: at most 1 - ``level`` where the estimate conflicts, at that level, with its own sceptical
        prior
    """

    estimate: float
    standard_error: float
    null: float
    level: float
    convincing: bool
    scepticism_limit: float | None
    advocacy_limit: float | None
    prior_mean: float | None
    prior_sd: float | None
    intrinsically_credible: bool
    p_intrinsic: float


def credibility(estimate: float, standard_error: float, *, null: float = 0.0, level: float = 0.95) -> Credibility:
    """The analysis of credibility: the sufficiently sceptical prior, or the advocacy prior.

    With z = |estimate - null| / standard_error and q the normal quantile, the sceptical prior has variance
    standard_error^2 / (z^2 / q^2 - 1), and the advocacy prior standard deviation
    2 z q standard_error / (q^2 - z^2) with its mean q times that beyond ``null``, on the estimate's side.

    Parameters
    ----------
    estimate, standard_error : finite, standard error > 0
    null : the value of no effect, or the margin to be beaten
    level : two-sided credibility, between 0 and 1

    Raises
    ------
    DataError : a number is missing, the standard error is not above 0, or the level is not between 0 and 1

    References
    ----------
    Matthews (2018), R. Soc. Open Sci. 5:171047; Held (2019), R. Soc. Open Sci. 6:181534; Held, Matthews, Ott and Pawel
    (2022), Res. Synth. Methods 13:295-314.
    """
    check_level(level, where=_WHERE)
    _check(estimate, standard_error, null)
    q = float(ndtri((1 + level) / 2))
    signed = (estimate - null) / standard_error
    z = abs(signed)
    scepticism = advocacy = mean = sd = None
    if z > q:
        mean, sd = null, standard_error / ((z / q) ** 2 - 1) ** 0.5
        scepticism = q * sd
    elif 0 < z < q:
        sd = 2 * z * q * standard_error / (q * q - z * z)
        mean = null + np.sign(signed).item() * q * sd
        advocacy = 2 * mean - null
    return Credibility(
        estimate=estimate,
        standard_error=standard_error,
        null=null,
        level=level,
        convincing=z > q,
        scepticism_limit=scepticism,
        advocacy_limit=advocacy,
        prior_mean=mean,
        prior_sd=sd,
        intrinsically_credible=scepticism is not None and z * standard_error > scepticism,
        p_intrinsic=2 * float(ndtr(-z / 2**0.5)),
    )


def probability_above(
    estimate: float,
    standard_error: float,
    prior_mean: npt.ArrayLike,
    prior_sd: npt.ArrayLike,
    *,
    threshold: float = 0.0,
) -> Floats:
    """P(effect > threshold) under normal priors, for a reader's slider.

    Parameters
    ----------
    estimate, standard_error : finite, standard error > 0
    prior_mean, prior_sd : scalars or arrays that broadcast, finite, prior_sd > 0

    Returns
    -------
    probability : of the common shape, 0 to 1

    Raises
    ------
    DataError : a number is missing, or a width is not above 0
    """
    _check(estimate, standard_error, threshold)
    mean, sd = _priors(prior_mean, prior_sd)
    precision = sd**-2 + standard_error**-2
    centre = (mean / sd**2 + estimate / standard_error**2) / precision
    return np.asarray(ndtr((centre - threshold) * np.sqrt(precision)))


def prior_mean_needed(
    estimate: float,
    standard_error: float,
    prior_sd: npt.ArrayLike,
    *,
    threshold: float = 0.0,
    probability: float = 0.975,
) -> Floats:
    """The prior mean, at each prior width, that makes P(effect > threshold) just this probability.

    Above ``threshold``: the enthusiasm it takes to believe the result. Below: the scepticism the result can bear.

    Parameters and errors as ``probability_above``; ``probability`` is between 0 and 1.

    Returns
    -------
    prior_mean : of the shape of ``prior_sd``
    """
    check_level(probability, where=_WHERE)
    _check(estimate, standard_error, threshold)
    _, sd = _priors(0.0, prior_sd)
    precision = sd**-2 + standard_error**-2
    reach = float(ndtri(probability)) / np.sqrt(precision)
    return np.asarray(sd**2 * ((threshold + reach) * precision - estimate / standard_error**2))


def _priors(prior_mean: npt.ArrayLike, prior_sd: npt.ArrayLike) -> tuple[Floats, Floats]:
    mean, sd = np.asarray(prior_mean, dtype=np.float64), np.asarray(prior_sd, dtype=np.float64)
    if not (np.isfinite(mean).all() and np.isfinite(sd).all() and (sd > 0).all()):
        problem = "a prior has no finite mean, or no width above 0"
        raise DataError(Problem(_WHERE, problem, "give finite means, and standard deviations above 0"))
    return mean, sd


def _check(estimate: float, standard_error: float, null: float) -> None:
    if not np.isfinite([estimate, standard_error, null]).all() or standard_error <= 0:
        problem = "the estimate is not a number with a standard error above 0"
        raise DataError(Problem(_WHERE, problem, "give a finite estimate and its standard error"))
