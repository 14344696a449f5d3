"""Priors held as mixtures: of betas for a rate, of normals for a mean. New data update them in closed form."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, betaln, expit, gammaln, log_expit, ndtr

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_counts

_WHERE = "mixture prior"
_LEVELS = np.array([1e-13, 1e-9, 1e-6, 1e-4, 1e-2, 0.1, 0.3, 0.5])
_FARTHEST = 690.0
"""exp(-690) is about the smallest number there is."""


@dataclass(frozen=True)
class BetaMixture:
    """The rate has density sum_j weight_j Beta(a_j, b_j).

    ``weight`` (adding up to 1, >= 0), ``a``, ``b`` (> 0) : (c,)
    """

    weight: Floats
    a: Floats
    b: Floats

    def __post_init__(self) -> None:
        check_mixture(self.weight, (self.a, self.b), positive=(self.a, self.b))

    @property
    def mean(self) -> float:
        """The expected rate."""
        return float(self.weight @ (self.a / (self.a + self.b)))

    @property
    def sd(self) -> float:
        """Standard deviation of the rate."""
        size = self.a + self.b
        second = self.a * (self.a + 1) / (size * (size + 1))
        return float(np.sqrt(max(float(self.weight @ second) - self.mean**2, 0.0)))

    def below(self, rate: npt.ArrayLike) -> Floats:
        """P(the rate < rate), of the shape given; rates outside 0 to 1 are allowed."""
        at = np.clip(np.asarray(rate, dtype=np.float64), 0.0, 1.0)
        inside: Floats = betainc(self.a, self.b, at[..., None]) @ self.weight
        return inside

    def log_density_of_log_odds(self, log_odds: Floats) -> Floats:
        """(m, c): each part's log density of the log-odds, its weight included."""
        own: Floats = (
            self.a * log_expit(log_odds)[:, None]
            + self.b * log_expit(-log_odds)[:, None]
            - betaln(self.a, self.b)
            + _log_weight(self.weight)
        )
        return own

    def working_breaks(self) -> Floats:
        """Log-odds that cut the mixture into pieces on which each part is smooth."""
        low = betaincinv(self.a[:, None], self.b[:, None], _LEVELS)
        high = betaincinv(self.b[:, None], self.a[:, None], _LEVELS)
        with np.errstate(divide="ignore"):
            ends = np.concatenate([np.log(low) - np.log1p(-low), np.log1p(-high) - np.log(high)], axis=None)
        return np.unique(np.clip(ends, -_FARTHEST, _FARTHEST))

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """The rates below which lie these probabilities, each between 0 and 1."""
        return np.asarray(expit(_bisect(lambda x: self.below(expit(x)), probability, self.working_breaks())))


@dataclass(frozen=True)
class NormalMixture:
    """The mean has density sum_j weight_j N(mean_j, sd_j^2), in the units of the score.

    ``weight`` (adding up to 1, >= 0), ``means``, ``sds`` (> 0) : (c,)
    """

    weight: Floats
    means: Floats
    sds: Floats

    def __post_init__(self) -> None:
        check_mixture(self.weight, (self.means, self.sds), positive=(self.sds,))

    @property
    def mean(self) -> float:
        """The expected mean."""
        return float(self.weight @ self.means)

    @property
    def sd(self) -> float:
        """Standard deviation of the mean."""
        return float((self.weight @ (self.sds**2 + (self.means - self.mean) ** 2)) ** 0.5)

    def below(self, value: npt.ArrayLike) -> Floats:
        """P(the mean < value), of the shape given."""
        at = np.asarray(value, dtype=np.float64)
        inside: Floats = ndtr((at[..., None] - self.means) / self.sds) @ self.weight
        return inside

    def log_density(self, value: Floats) -> Floats:
        """(m, c): each part's log density, its weight included."""
        z = (value[:, None] - self.means) / self.sds
        own: Floats = _log_weight(self.weight) - z * z / 2 - np.log(self.sds * np.sqrt(2 * np.pi))
        return own

    def working_breaks(self) -> Floats:
        """Values that cut the mixture into pieces on which each part is smooth."""
        away = np.array([0.0, 0.7, 1.5, 2.5, 4.0, 6.0, 8.5])
        return np.unique(
            np.concatenate([self.means[:, None] + self.sds[:, None] * s * away for s in (-1, 1)], axis=None)
        )

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """The values below which lie these probabilities, each between 0 and 1."""
        return _bisect(self.below, probability, self.working_breaks())


Mixture = BetaMixture | NormalMixture


@dataclass(frozen=True)
class PriorConflict:
    """How surprising the new data are under the prior, before it learns from them.

    ``lower``, ``upper`` : prior predictive probability of a result as low, and as high, as the one seen or beyond
    ``two_sided`` : twice the smaller, at most 1
    """

    lower: float
    upper: float
    two_sided: float


def update_rate(prior: BetaMixture, responders: float, n: float) -> BetaMixture:
    """The posterior of a rate: each part takes the counts in, its weight by how well it had predicted them.

    Raises
    ------
    DataError : the counts are not counts
    """
    count, total = (float(part) for part in check_counts(responders, n, where=_WHERE))
    predicted = betaln(prior.a + count, prior.b + total - count) - betaln(prior.a, prior.b)
    return BetaMixture(_reweighted(prior.weight, predicted), prior.a + count, prior.b + total - count)


def update_mean(prior: NormalMixture, mean: float, standard_error: float) -> NormalMixture:
    """The posterior of a mean, given an estimate with its standard error.

    Raises
    ------
    DataError : a number is not finite, or the standard error is not above 0
    """
    _check_estimate(mean, standard_error)
    total = np.hypot(prior.sds, standard_error)
    predicted = -(((mean - prior.means) / total) ** 2) / 2 - np.log(total)
    share = (prior.sds / total) ** 2
    return NormalMixture(
        _reweighted(prior.weight, predicted),
        prior.means + share * (mean - prior.means),
        prior.sds * standard_error / total,
    )


def robust_rate(prior: BetaMixture, *, weight: float, mean: float = 0.5) -> BetaMixture:
    """The prior with a vague part, worth two patients with the expected rate ``mean``; ``weight`` lies in (0, 1).

    Source: Schmidli, Gsteiger, Roychoudhury, O'Hagan, Spiegelhalter and Neuenschwander (2014), Biometrics 70:1023-1032.
    """
    _check_share(weight)
    if not 0 < mean < 1:
        raise DataError(Problem(_WHERE, "the mean of the vague part is not between 0 and 1", "give a rate such as 0.5"))
    parts = np.append((1 - weight) * prior.weight, weight)
    return BetaMixture(parts, np.append(prior.a, 2 * mean), np.append(prior.b, 2 * (1 - mean)))


def robust_mean(prior: NormalMixture, *, weight: float, mean: float, sd: float) -> NormalMixture:
    """The prior with a vague part N(mean, sd^2); sd is usually that of one patient's score. Source: ``robust_rate``."""
    _check_share(weight)
    parts = np.append((1 - weight) * prior.weight, weight)
    return NormalMixture(parts, np.append(prior.means, mean), np.append(prior.sds, sd))


def rate_conflict(prior: BetaMixture, responders: float, n: float) -> PriorConflict:
    """The prior predictive tails of a count: beta-binomial, part by part.

    Source: Box (1980), J. R. Statist. Soc. A 143:383-430; Evans and Moshonov (2006), Bayesian Anal. 1:893-914.

    Raises
    ------
    DataError : the counts are not counts
    """
    count, total = (float(part) for part in check_counts(responders, n, where=_WHERE))
    k = np.arange(total + 1)
    ways = gammaln(total + 1) - gammaln(k + 1) - gammaln(total - k + 1)
    log_share = betaln(prior.a[:, None] + k, prior.b[:, None] + total - k) - betaln(prior.a, prior.b)[:, None]
    share = prior.weight @ np.exp(ways + log_share)
    return _conflict(float(share[k <= count].sum()), float(share[k >= count].sum()))


def mean_conflict(prior: NormalMixture, mean: float, standard_error: float) -> PriorConflict:
    """The prior predictive tails of an estimate with its standard error; source and errors as the others."""
    _check_estimate(mean, standard_error)
    z = (mean - prior.means) / np.hypot(prior.sds, standard_error)
    return _conflict(float(ndtr(z) @ prior.weight), float(ndtr(-z) @ prior.weight))


def check_mixture(weight: Floats, parts: tuple[Floats, ...], *, positive: tuple[Floats, ...]) -> None:
    """A mixture has weights that add up to 1, as many parameters, all finite, some above 0.

    Raises
    ------
    DataError : it has not
    """
    fits = weight.ndim == 1 and weight.size > 0 and all(part.shape == weight.shape for part in parts)
    if not fits:
        raise DataError(Problem(_WHERE, "the parts do not fit together", "give one weight and both parameters a part"))
    finite = all(np.isfinite(part).all() for part in (weight, *parts))
    if not finite or not all((part > 0).all() for part in positive):
        raise DataError(Problem(_WHERE, "a part has no density", "give finite parameters, and spreads above 0"))
    if (weight < 0).any() or abs(float(weight.sum()) - 1) > 1e-6:
        raise DataError(Problem(_WHERE, "the weights do not add up to 1", "give weights of 0 or more that add up to 1"))


def _check_estimate(mean: float, standard_error: float) -> None:
    if not (np.isfinite(mean) and np.isfinite(standard_error) and standard_error > 0):
        problem = "the estimate is not a number with a standard error above 0"
        raise DataError(Problem(_WHERE, problem, "give a finite mean and its standard error"))


def _check_share(weight: float) -> None:
    if not 0 < weight < 1:
        raise DataError(Problem(_WHERE, "the weight of the vague part is not between 0 and 1", "give one such as 0.2"))


def _conflict(lower: float, upper: float) -> PriorConflict:
    lower, upper = min(lower, 1.0), min(upper, 1.0)
    return PriorConflict(lower, upper, min(1.0, 2 * min(lower, upper)))


def _reweighted(weight: Floats, log_predicted: Floats) -> Floats:
    log_new = _log_weight(weight) + log_predicted
    new = np.exp(log_new - log_new.max())
    reweighted: Floats = new / new.sum()
    return reweighted


def _log_weight(weight: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weight))


def _bisect(below: Callable[[Floats], Floats], probability: npt.ArrayLike, breaks: Floats) -> Floats:
    """Where ``below`` reaches each probability, by halving between the outermost breaks."""
    wanted = np.asarray(probability, dtype=np.float64)
    if not np.all((wanted > 0) & (wanted < 1)):
        raise DataError(Problem(_WHERE, "a probability is not between 0 and 1", "ask for one such as 0.5"))
    low, high = np.full(wanted.shape, breaks[0]), np.full(wanted.shape, breaks[-1])
    for _ in range(70):
        middle = (low + high) / 2
        short = below(middle) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray((low + high) / 2)
