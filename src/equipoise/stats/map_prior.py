"""The meta-analytic-predictive prior: what earlier studies say of the next one's rate or mean.

Studies differ by tau, known only through a half-normal prior and the studies themselves; what is predicted is the true
value in a new study. By quadrature over mu and tau, so no random number is drawn and nothing has to converge.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.posterior import Predictive, predict_new_study, tau_nodes

Scale = Literal["rate", "mean"]

_WHERE = "prior from earlier studies"


@dataclass(frozen=True)
class QuadraturePrior:
    """A prior held as a mixture of normals over quadrature nodes: of the log-odds of a rate, or of a mean.

    ``predictive`` : the mixture, (q,) parts
    ``spread`` : (q,) the standard deviation between studies at each node
    """

    scale: Scale
    predictive: Predictive
    spread: Floats

    @property
    def mean(self) -> float:
        """The expected rate or mean."""
        value, share = self._fine()
        return float(share @ value)

    @property
    def sd(self) -> float:
        """Standard deviation of the rate or mean."""
        value, share = self._fine()
        return float((share @ (value - share @ value) ** 2) ** 0.5)

    @property
    def spread_mean(self) -> float:
        """The expected standard deviation between studies."""
        return float(self.predictive.weight @ self.spread)

    @property
    def spread_sd(self) -> float:
        """Standard deviation of the standard deviation between studies."""
        return float((self.predictive.weight @ (self.spread - self.spread_mean) ** 2) ** 0.5)

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """The rates or means below which lie these probabilities, each between 0 and 1."""
        wanted = np.atleast_1d(np.asarray(probability, dtype=np.float64))
        if not np.all((wanted > 0) & (wanted < 1)):
            raise DataError(Problem(_WHERE, "a probability is not between 0 and 1", "ask for one such as 0.5"))
        at = self._working_quantile(wanted).reshape(np.shape(probability))
        return np.asarray(expit(at) if self.scale == "rate" else at)

    def grid(self, points: int, *, tail: float) -> tuple[Floats, Floats, Floats]:
        """Values on the working scale from one tail to the other, closest where the prior is dense.

        Returns
        -------
        at, density, share : (points,) log-odds or means, their density, and their probabilities (adding up to 1)
        """
        low, first, centre, third, high = self._working_quantile(np.array([tail, 0.25, 0.5, 0.75, 1 - tail]))
        half = (third - first) / 2
        steps = np.linspace(-np.arcsinh((centre - low) / half), np.arcsinh((high - centre) / half), points)
        at = centre + half * np.sinh(steps)
        z = (at[:, None] - self.predictive.mean) / self.predictive.sd
        density = np.exp(-z * z / 2) @ (self.predictive.weight / (self.predictive.sd * np.sqrt(2 * np.pi)))
        share = density * np.cosh(steps)
        return at, density, share / share.sum()

    def _working_quantile(self, probability: Floats) -> Floats:
        """(m,) log-odds or means below which lie (m,) probabilities, by halving."""
        reach = 12 * self.predictive.sd
        low = np.full(probability.shape, (self.predictive.mean - reach).min())
        high = np.full(probability.shape, (self.predictive.mean + reach).max())
        for _ in range(60):
            middle = (low + high) / 2
            short = self.predictive.below(middle) < probability
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.asarray((low + high) / 2)

    def _fine(self) -> tuple[Floats, Floats]:
        """Values and their probabilities, part by part."""
        z = np.arange(-32, 33) / 4
        density = np.exp(-z * z / 2)
        at = self.predictive.mean[:, None] + self.predictive.sd[:, None] * z
        share = self.predictive.weight[:, None] * (density / density.sum())
        return (expit(at) if self.scale == "rate" else at).ravel(), share.ravel()


def map_prior_rate(
    responders: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    mu_mean: float = 0.0,
    mu_sd: float = 2.0,
    tau_scale: float = 1.0,
    finer: float = 1.0,
) -> QuadraturePrior:
    """The rate in a new study, from earlier studies' counts.

    y_i ~ Binomial(n_i, expit(theta_i)), theta_i ~ N(mu, tau^2), mu ~ N(mu_mean, mu_sd^2), tau ~ half-normal(tau_scale).

    Parameters
    ----------
    responders, n : (k,) whole numbers, 0 <= responders <= n, n >= 1, k >= 1
    mu_mean, mu_sd, tau_scale : of the priors, log-odds; both widths > 0
    finer : how many times finer than usual the grids are, to show that the answer does not depend on it

    Raises
    ------
    DataError : the counts are not counts, an arm is empty, or a prior has no width
    MethodError : no study

    References
    ----------
    Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter (2010), Clin. Trials 7:5-18; Weber, Li, Seaman, Kakizume
    and Schmidli (2021), J. Stat. Softw. 100(19).
    """
    _check_prior(mu_mean, mu_sd, tau_scale)
    new = predict_new_study(responders, n, mu_mean=mu_mean, mu_sd=mu_sd, tau_scale=tau_scale, finer=finer)
    return QuadraturePrior("rate", new, new.sd)


def map_prior_mean(
    mean: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    *,
    mu_mean: float,
    mu_sd: float,
    tau_scale: float,
    finer: float = 1.0,
) -> QuadraturePrior:
    """The mean in a new study, from earlier studies' means with standard errors.

    y_i ~ N(theta_i, s_i^2), theta_i ~ N(mu, tau^2), mu ~ N(mu_mean, mu_sd^2), tau ~ half-normal(tau_scale). Given tau
    all is normal, so only tau is integrated over.

    Parameters
    ----------
    mean, standard_error : (k,) finite, standard errors > 0, k >= 1
    mu_mean, mu_sd, tau_scale : of the priors, in the units of the score; a usual choice is the standard deviation of
        one patient's score for mu_sd and half of it for tau_scale. Both > 0
    finer : as ``map_prior_rate``

    Raises
    ------
    DataError : a number is missing, a standard error is not above 0, or a prior has no width
    MethodError : no study

    References
    ----------
    As ``map_prior_rate``.
    """
    _check_prior(mu_mean, mu_sd, tau_scale)
    seen, error = _checked_means(mean, standard_error)
    away = seen - mu_mean
    tau, log_tau_weight = tau_nodes(error**-2, tau_scale, finer)
    total = error**2 + tau[:, None] ** 2
    precision = mu_sd**-2 + (1 / total).sum(axis=1)
    centre = (away / total).sum(axis=1) / precision
    misfit = ((away - centre[:, None]) ** 2 / total).sum(axis=1) + (centre / mu_sd) ** 2
    log_weight = log_tau_weight - (np.log(total).sum(axis=1) + np.log(precision) + misfit) / 2
    weight = np.exp(log_weight - log_weight.max())
    new = Predictive(weight / weight.sum(), mu_mean + centre, np.sqrt(1 / precision + tau**2))
    return QuadraturePrior("mean", new, tau)


def _check_prior(mu_mean: float, mu_sd: float, tau_scale: float) -> None:
    if not (np.isfinite([mu_mean, mu_sd, tau_scale]).all() and mu_sd > 0 and tau_scale > 0):
        problem = "the priors of the mean and of the spread between studies are not distributions"
        raise DataError(Problem(_WHERE, problem, "give a finite centre, and widths above 0"))


def _checked_means(mean: npt.ArrayLike, standard_error: npt.ArrayLike) -> tuple[Floats, Floats]:
    seen, error = np.atleast_1d(np.asarray(mean, dtype=np.float64)), np.atleast_1d(np.asarray(standard_error, float))
    if seen.ndim != 1 or seen.shape != error.shape:
        problem = "there are not as many means as standard errors"
        raise DataError(Problem(_WHERE, problem, "give one standard error for every mean"))
    if seen.size == 0:
        raise MethodError(Problem(_WHERE, "there is no earlier study", "name at least one comparable study"))
    if not (np.isfinite(seen).all() and np.isfinite(error).all() and (error > 0).all()):
        problem = "a mean is missing, or a standard error is not above 0"
        raise DataError(Problem(_WHERE, problem, "give finite means with standard errors above 0"))
    return seen, error
