"""A mean whose patients' spread is not known either: Student's t, held as a mixture of normals, so that it multiplies.

A t distribution is a normal whose precision is gamma distributed; on a grid in the logarithm of the precision it
becomes a mixture of normals with one centre, and a prior that is a mixture of normals takes it in, in closed form.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.mixture_prior import NormalMixture, PriorConflict

_WHERE = "mean with its own spread"
_FEW = 5
_NODES, _NODES_OF_FEW = 24, 48
"""The greatest error of the t distribution's probabilities is 3e-7, and 4e-5 below ``_FEW`` degrees of freedom."""


@dataclass(frozen=True)
class SeenMean:
    """A mean as ``n`` values tell it, their standard deviation unknown beforehand.

    ``weight``, ``sds`` : (k,) the likelihood sum_j weight_j N(mean, sds_j^2), a t with n - 1 degrees of freedom
    """

    mean: float
    standard_error: float
    n: int
    weight: Floats
    sds: Floats

    @property
    def flat(self) -> NormalMixture:
        """The posterior of the mean where nothing was known of it: the t distribution itself."""
        return NormalMixture(self.weight, np.full_like(self.sds, self.mean), self.sds)

    @property
    def sd(self) -> float | None:
        """Standard deviation of ``flat``; None below four values, where a t has none."""
        return None if self.n < 4 else self.standard_error * ((self.n - 1) / (self.n - 3)) ** 0.5


def see_mean(mean: float, sd: float, n: int) -> SeenMean:
    """What ``n`` values with this mean and standard deviation say of the true mean.

    Parameters
    ----------
    mean, sd : finite, sd > 0, in the units of the score
    n : at least 2

    Raises
    ------
    MethodError : one value, or values all alike: their spread is not known
    DataError : a number is missing

    References
    ----------
    Gelman and others (2013), Bayesian Data Analysis, 3rd ed., 3.2 (the t posterior); Andrews and Mallows (1974),
    J. R. Statist. Soc. B 36:99-102 (as a mixture of normals).
    """
    if n < 2:
        problem = "one patient has no standard deviation, so how far the mean may be off is not known"
        raise MethodError(Problem(_WHERE, problem, "wait for a second patient with a value"))
    if sd == 0:
        problem = "all the values are the same, so how far their mean may be off is not known"
        raise MethodError(Problem(_WHERE, problem, "read the mean beside the published arms, without a probability"))
    if not (np.isfinite([mean, sd]).all() and sd > 0):
        raise DataError(Problem(_WHERE, "the mean or its standard deviation is no number", "give finite ones"))
    half = (n - 1) / 2
    ends = gammaincinv(half, np.array([1e-9, 1 - 1e-12])) / half
    low, high = np.log(ends).tolist()
    log_precision = np.linspace(low, high, _NODES_OF_FEW if n - 1 < _FEW else _NODES)
    log_weight = half * (log_precision - np.exp(log_precision))
    weight = np.exp(log_weight - log_weight.max())
    error = sd / n**0.5
    return SeenMean(mean, error, n, weight / weight.sum(), error * np.exp(-log_precision / 2))


def update_mean_with(prior: NormalMixture, seen: SeenMean) -> NormalMixture:
    """The posterior of a mean: as ``update_mean`` for every spread the values allow, (c x k,) parts.

    The parts come prior part by prior part, so that ``weight.reshape(c, k).sum(axis=1)`` are the prior parts' own.
    """
    total = np.hypot(prior.sds[:, None], seen.sds)
    with np.errstate(divide="ignore"):
        log_weight = np.log(prior.weight)[:, None] + np.log(seen.weight)
    log_weight = log_weight - (((seen.mean - prior.means)[:, None] / total) ** 2) / 2 - np.log(total)
    weight = np.exp(log_weight - log_weight.max())
    share = (prior.sds[:, None] / total) ** 2
    means = prior.means[:, None] + share * (seen.mean - prior.means)[:, None]
    sds = prior.sds[:, None] * seen.sds / total
    return NormalMixture((weight / weight.sum()).ravel(), means.ravel(), sds.ravel())


def mean_conflict_with(prior: NormalMixture, seen: SeenMean) -> PriorConflict:
    """The prior predictive tails of a mean, whatever the spread of its values; source as ``mean_conflict``."""
    z = (seen.mean - prior.means)[:, None] / np.hypot(prior.sds[:, None], seen.sds)
    lower = min(float(prior.weight @ ndtr(z) @ seen.weight), 1.0)
    upper = min(float(prior.weight @ ndtr(-z) @ seen.weight), 1.0)
    return PriorConflict(lower, upper, min(1.0, 2 * min(lower, upper)))
