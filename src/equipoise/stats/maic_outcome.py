"""Outcomes of weighted cases, and their comparison with what was published: unanchored and anchored."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from equipoise.domain.cohort import Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.maic import WHERE, MatchingWeights, matching_weights
from equipoise.stats.maic_dual import maximum_entropy_of_counts
from equipoise.stats.published_outcome import Effect, Measure, PublishedOutcome, effect_of, scaled
from equipoise.stats.published_table import PublishedBaseline

SandwichOf = Literal["weights as fixed", "weights as estimated"]

MOST_UNSOLVED = 0.05
"""The share of resamples that may lack a solution; more, and the limits would be those of the lucky ones."""


@dataclass(frozen=True)
class WeightedMeans:
    """Weighted means by arm, (a,) each, with their (a, a) covariance under two readings of the weights.

    ``fixed`` : the weights as if known (Technical Support Document 18); ``estimated`` : from the stacked estimating
    equations of weights and means. Neither counts the sampling error of the published baseline.
    """

    mean: Floats
    fixed: Floats
    estimated: Floats
    n: Ints
    effective_sample_size: Floats


class BootstrapMeans(NamedTuple):
    """``replicates`` (b, a) weighted means of the resamples with a solution; ``unsolved`` counts those without."""

    replicates: Floats
    unsolved: int


def weighted_means(
    response: npt.ArrayLike, weights: MatchingWeights, arm: npt.ArrayLike | None = None
) -> WeightedMeans:
    """The weighted mean of each arm, with sandwich covariances: each residual over 1 less its leverage ("HC3").

    Parameters
    ----------
    response : (n,) finite; 0 or 1 for a rate
    arm : (n,) whole numbers 0, 1, …, a - 1; one arm if absent

    Raises
    ------
    DataError : lengths differ, a response is missing, or an arm has no case

    References
    ----------
    Stefanski and Boos (2002), Am. Statist. 56:29-38 (stacked estimating equations); MacKinnon and White (1985), J.
    Econometrics 29:305-325 (HC3, the default of R's sandwich that the Technical Support Document uses).
    """
    y, arms, count = _outcomes(response, weights.weight.size, arm)
    weight, z = weights.weight, weights.constraint
    mean, own, fixed, estimated = np.empty(count), [], [], []
    curvature = (weight[:, None] * z).T @ z
    of_moments = weight * np.einsum("ij,ij->i", z, np.linalg.solve(curvature, z.T).T)
    for place in range(count):
        inside = np.where(arms == place, weight, 0.0)
        total = inside.sum()
        mean[place] = inside @ y / total
        left = np.where(arms == place, y - mean[place], 0.0)
        left[np.abs(left) <= 1e-12 * abs(mean[place])] = 0.0  # all alike: rounding is no spread
        # the mean moves with the weights: (sum w) dmean = sum w (y - mean) + D da, da = -H^-1 sum w z
        drift = np.linalg.solve(curvature, (inside * left) @ z)
        fixed.append(inside * left / total / _free(inside / total))
        estimated.append((inside * left - weight * (z @ drift)) / total / _free(inside / total + of_moments))
        own.append(total**2 / (inside @ inside))
    as_fixed, as_estimated = np.stack(fixed), np.stack(estimated)
    sizes = np.bincount(arms, minlength=count)
    return WeightedMeans(mean, as_fixed @ as_fixed.T, as_estimated @ as_estimated.T, sizes, np.array(own))


def _free(leverage: Floats) -> Floats:
    """How much of its own residual a case leaves free: 1 less its leverage; the only case of an arm leaves none."""
    return np.maximum(1 - leverage, 1e-6)


def unanchored_effect(
    means: WeightedMeans,
    published: PublishedOutcome,
    *,
    measure: Measure,
    variance: SandwichOf = "weights as fixed",
    level: float = 0.95,
) -> Effect:
    """The weighted cases (one arm) against a published arm; assumes that *every* prognostic covariate was matched.

    Raises
    ------
    MethodError : more than one arm; a rate of none or all, where the sandwich knows no error; no spread
    """
    if means.mean.size != 1:
        raise MethodError(Problem(WHERE, "the cases have two arms", "compare through the shared arm: anchored"))
    covariance = means.fixed if variance == "weights as fixed" else means.estimated
    own, theirs = scaled(float(means.mean[0]), measure), scaled(published.mean, measure)
    variances = own[1] ** 2 * float(covariance[0, 0]), theirs[1] ** 2 * published.standard_error**2
    return effect_of(measure, own[0] - theirs[0], variances, level=level)


def anchored_effect(
    means: WeightedMeans,
    published_effect: float,
    published_standard_error: float,
    *,
    measure: Measure,
    variance: SandwichOf = "weights as fixed",
    level: float = 0.95,
) -> Effect:
    """Arm 1 against arm 0 (the shared control) in the weighted cases, less the published effect against that control.

    Parameters
    ----------
    published_effect, published_standard_error : on the scale of ``measure``, ratios as logarithms

    Raises
    ------
    MethodError : the cases have no two arms ("anchored needs a shared control arm"), or as ``unanchored_effect``
    """
    if means.mean.size != 2:
        remedy = "compare unanchored, which assumes far more, or withhold"
        raise MethodError(Problem(WHERE, "an anchored comparison needs a shared control arm", remedy))
    covariance = means.fixed if variance == "weights as fixed" else means.estimated
    value, slope = zip(*(scaled(float(mean), measure) for mean in means.mean), strict=True)
    across = np.array([-slope[0], slope[1]])
    own = float(across @ covariance @ across) if np.all(np.diag(covariance) > 0) else 0.0
    apart = value[1] - value[0] - published_effect
    return effect_of(measure, apart, (own, published_standard_error**2), level=level)


def bootstrap_means(
    response: npt.ArrayLike,
    covariates: npt.ArrayLike,
    published: PublishedBaseline,
    *,
    replicates: int,
    rng: np.random.Generator,
    arm: npt.ArrayLike | None = None,
) -> BootstrapMeans:
    """Weighted means of resampled cases, the weights found anew each time; cases are drawn within their arm.

    Raises
    ------
    DataError, MethodError : as ``matching_weights`` and ``weighted_means``
    MethodError : more than 1 in 20 resamples have no solution
    """
    weights = matching_weights(covariates, published)
    y, arms, count = _outcomes(response, weights.weight.size, arm)
    z, n = weights.constraint, y.size
    inside = [np.flatnonzero(arms == place) for place in range(count)]
    at_once = max(1, 2**20 // (n * z.shape[1]))
    kept, unsolved = [], 0
    for start in range(0, replicates, at_once):
        chunk = min(at_once, replicates - start)
        counts = np.zeros((chunk, n))
        for cases in inside:
            share = np.full(cases.size, 1 / cases.size)
            counts[:, cases] = rng.multinomial(cases.size, share, size=chunk)
        coefficient, solved = maximum_entropy_of_counts(z, counts)
        unsolved += int((~solved).sum())
        size = coefficient[solved] @ z.T
        weight = counts[solved] * np.exp(size - size.max(axis=1, keepdims=True))
        totals = np.stack([weight[:, cases].sum(axis=1) for cases in inside], axis=1)
        kept.append(np.stack([np.einsum("bi,i->b", weight[:, cases], y[cases]) for cases in inside], axis=1) / totals)
    if unsolved > MOST_UNSOLVED * replicates:
        why = f"in {unsolved} of {replicates} resamples no weights reach the published figures: too few cases are near"
        raise MethodError(Problem(WHERE, why, "withhold the comparison, or match fewer covariates and say so"))
    return BootstrapMeans(np.concatenate(kept), unsolved)


def bootstrap_unanchored(
    means: BootstrapMeans,
    published: PublishedOutcome,
    *,
    measure: Measure,
    rng: np.random.Generator,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile limits of ``unanchored_effect``; the published value is drawn too, from its normal on that scale.

    A resampled rate of none or all is taken at the edge of the scale: a limit may then be infinite.
    """
    check_level(level, where=WHERE)
    with np.errstate(divide="ignore"):
        drawn = {"difference": lambda p: p, "risk ratio": np.log, "odds ratio": logit}[measure](means.replicates[:, 0])
    value, slope = scaled(published.mean, measure)
    others = rng.normal(value, slope * published.standard_error, size=drawn.size)
    tails = (1 - level) / 2, (1 + level) / 2
    lower, upper = np.quantile(drawn - others, tails, method="inverted_cdf")
    return float(lower), float(upper)


def _outcomes(response: npt.ArrayLike, n: int, arm: npt.ArrayLike | None) -> tuple[Floats, Ints, int]:
    y = np.asarray(response, dtype=np.float64)
    arms = np.zeros(n, dtype=np.int64) if arm is None else np.asarray(arm, dtype=np.int64)
    if y.shape != (n,) or arms.shape != (n,) or not np.isfinite(y).all():
        remedy = "give one response a case; leave out the cases whose response is unknown before they are weighted"
        raise DataError(Problem(WHERE, "a response is missing", remedy))
    sizes = np.bincount(arms) if arms.min() >= 0 else np.zeros(1)
    if np.any(sizes == 0):
        raise DataError(Problem(WHERE, "an arm has no case", "number the arms 0, 1, … without a gap"))
    return y, arms, sizes.size
