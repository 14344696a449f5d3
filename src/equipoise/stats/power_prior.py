"""The power prior: earlier patients counted at a discount, fixed beforehand or learnt from how well they fit."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from scipy.special import roots_jacobi

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.counts import check_counts
from equipoise.stats.mixture_prior import BetaMixture, Mixture, NormalMixture

NODES = 64
"""Of the quadrature over the power; twice as many change no posterior probability by 1e-6."""

_WHERE = "power prior"
_Parts = TypeVar("_Parts", BetaMixture, NormalMixture)


@dataclass(frozen=True)
class NormalisedPowerPrior(Generic[_Parts]):
    """A power prior whose power is uncertain: exactly a mixture over the power, one part to each quadrature node.

    ``prior`` : the mixture; ``update_rate`` or ``update_mean`` makes it the posterior, its parts in the same order
    ``power`` : (c,) the power of each part
    """

    prior: _Parts
    power: Floats

    def expected_power(self, mixture: Mixture) -> float:
        """The expected power, under the prior or under the posterior made of it."""
        return float(mixture.weight @ self.power)


def power_prior_rate(
    responders: float, n: float, *, power: float, initial_a: float = 1.0, initial_b: float = 1.0
) -> BetaMixture:
    """Beta(initial_a + power x responders, initial_b + power x non-responders).

    Parameters
    ----------
    responders, n : of the earlier patients, 0 <= responders <= n; several studies are summed by the caller
    power : 0 (nothing is borrowed) to 1 (an earlier patient counts as much as one of our own)
    initial_a, initial_b : of the beta held before any patient was seen, > 0

    Raises
    ------
    DataError : the counts are not counts, or the power is not between 0 and 1

    References
    ----------
    Ibrahim and Chen (2000), Statist. Sci. 15:46-60.
    """
    count, total = _counts(responders, n)
    _check_power(power)
    one = np.ones(1)
    return BetaMixture(one, one * (initial_a + power * count), one * (initial_b + power * (total - count)))


def power_prior_mean(
    mean: float, standard_error: float, *, power: float, initial_mean: float, initial_sd: float
) -> NormalMixture:
    """The normal prior that N(initial_mean, initial_sd^2) becomes when an earlier mean counts ``power`` times.

    Parameters and errors as ``power_prior_rate``; the earlier mean has a standard error above 0, in the score's units.
    """
    _check_power(power)
    _check_mean(mean, standard_error, initial_mean, initial_sd)
    centre, sd = _discounted_mean(mean, standard_error, np.array([power]), initial_mean, initial_sd)
    return NormalMixture(np.ones(1), centre, sd)


def normalised_power_prior_rate(
    responders: float,
    n: float,
    *,
    power_a: float = 1.0,
    power_b: float = 1.0,
    initial_a: float = 1.0,
    initial_b: float = 1.0,
) -> NormalisedPowerPrior[BetaMixture]:
    """The power prior with power ~ Beta(power_a, power_b), each power's prior having total probability 1.

    Parameters and errors as ``power_prior_rate``; ``power_a`` and ``power_b`` are above 0.

    References
    ----------
    Duan, Ye and Smith (2006), Environmetrics 17:95-106; Neuenschwander, Branson and Spiegelhalter (2009), Statist. Med.
    28:3562-3566 (why it has to be normalised: else nothing is ever borrowed).
    """
    count, total = _counts(responders, n)
    power, weight = _power_nodes(power_a, power_b)
    prior = BetaMixture(weight, initial_a + power * count, initial_b + power * (total - count))
    return NormalisedPowerPrior(prior, power)


def normalised_power_prior_mean(
    mean: float,
    standard_error: float,
    *,
    initial_mean: float,
    initial_sd: float,
    power_a: float = 1.0,
    power_b: float = 1.0,
) -> NormalisedPowerPrior[NormalMixture]:
    """The same for a mean; the initial normal must be proper, else a power of 0 would leave no prior at all."""
    _check_mean(mean, standard_error, initial_mean, initial_sd)
    power, weight = _power_nodes(power_a, power_b)
    centre, sd = _discounted_mean(mean, standard_error, power, initial_mean, initial_sd)
    return NormalisedPowerPrior(NormalMixture(weight, centre, sd), power)


def _discounted_mean(
    mean: float, standard_error: float, power: Floats, initial_mean: float, initial_sd: float
) -> tuple[Floats, Floats]:
    precision = initial_sd**-2 + power / standard_error**2
    share = power / standard_error**2 / precision
    return initial_mean + share * (mean - initial_mean), precision**-0.5


def _power_nodes(power_a: float, power_b: float) -> tuple[Floats, Floats]:
    """Gauss-Jacobi nodes and weights for a power with a beta distribution."""
    if not (np.isfinite([power_a, power_b]).all() and power_a > 0 and power_b > 0):
        raise DataError(Problem(_WHERE, "the prior of the power is not a beta", "give two numbers above 0"))
    nodes, weights = roots_jacobi(NODES, power_b - 1, power_a - 1)
    return (1 + nodes) / 2, weights / weights.sum()


def _counts(responders: float, n: float) -> tuple[float, float]:
    count, total = check_counts(responders, n, where=_WHERE)
    return float(count), float(total)


def _check_power(power: float) -> None:
    if not 0 <= power <= 1:
        raise DataError(Problem(_WHERE, "the power is not between 0 and 1", "give a discount such as 0.5"))


def _check_mean(mean: float, standard_error: float, initial_mean: float, initial_sd: float) -> None:
    finite = np.isfinite([mean, standard_error, initial_mean, initial_sd]).all()
    if not finite or standard_error <= 0 or initial_sd <= 0:
        problem = "the earlier mean or the initial prior is not a number with a width above 0"
        raise DataError(Problem(_WHERE, problem, "give finite means, and widths above 0"))
