"""The bootstrap of an adjusted contrast: everything that was fitted is refitted in every resample, many at once."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.adjusted import AdjustedContrast, Contrast, clipped
from equipoise.stats.adjusted_weighted import propensity_contrast
from equipoise.stats.counts import check_level
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import check_outcome
from equipoise.stats.resampled_logistic import ResampledLogistic
from equipoise.stats.weights import Target, tilted

AT_ONCE = 2**19
"""Cases times resamples held in memory at once."""
PRODUCTS_AT_MOST = 10**8
"""Cases times distinct products of two columns, all kept: 0.8 GiB."""
SEPARATED = Problem(
    "propensity score",
    "in more than a quarter of the resamples the covariates determine treatment",
    "fit the score with Firth's penalty or a ridge, or name fewer covariates",
)
Means = Callable[[Floats], tuple[Floats, Flags]]
"""From how often each case came up, (b, n): both means of each resample, (b, 2), and which could not be had, (b,)."""


def bootstrap_contrast(
    outcome: npt.ArrayLike,
    fit: Propensity,
    *,
    target: Target,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> AdjustedContrast:
    """Means weighted by the propensity score, with percentile limits.

    Each resample draws as many cases from either cohort as it has and refits the score, with the same penalty, by
    Newton's method on how often each case came up. A resample in which the covariates determine treatment, so that
    the score has no finite maximum, is drawn again; ``notes`` count them.

    Parameters
    ----------
    outcome : (n,) finite, of the cases of ``fit``
    fit : of ``fit_propensity``
    target : whom the answer is about
    replicates : B, at least 2 / (1 - level) - 1
    rng : where the draws come from
    level : of the limits

    Raises
    ------
    DataError : the shapes differ or an outcome is missing
    MethodError : too few replicates; too many cases; a third as many separated resamples as asked for; outcomes that
        do not vary in either arm

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 (two samples) and 13 (percentiles). Not
    for matching: Abadie and Imbens (2008), Econometrica 76:1537-1557.
    """
    y, arm = check_outcome(outcome, fit.treated.size), fit.treated
    check_bootstrap(y, arm, fit.design.p, replicates, level)
    whole = propensity_contrast(y, fit, target=target, level=level)
    resamples = Resamples(fit)

    def means(count: Floats) -> tuple[Floats, Flags]:
        logit, failed = resamples.refit(count)
        share = count * tilted(arm, logit, target).weight
        return np.column_stack([weighted_means(share[:, of], y[of]) for of in (arm, ~arm)]), failed

    return resampled_contrast(y, arm, whole, means, replicates=replicates, rng=rng, level=level, refusal=SEPARATED)


def resampled_contrast(
    y: Floats,
    arm: Flags,
    whole: AdjustedContrast,
    means: Means,
    *,
    replicates: int,
    rng: np.random.Generator,
    level: float,
    refusal: Problem,
) -> AdjustedContrast:
    """The contrast of the sample, ``whole``, with the percentile limits of its resamples.

    ``y``, ``arm`` : (n,) checked by ``check_bootstrap``; ``refusal`` : said where too many resamples fail; the rest as
    ``bootstrap_contrast``
    """
    accepted: list[Floats] = []
    found = failures = 0
    at_once = max(1, AT_ONCE // y.size)
    while found < replicates:
        drawn, failed = means(draw_within(arm, min(at_once, replicates - found), rng))
        failures += int(failed.sum())
        if failures > replicates / 3:
            raise MethodError(refusal)
        accepted.append(drawn[~failed])
        found += int((~failed).sum())
    difference, ratio, notes = _percentiles(np.concatenate(accepted), whole, level)
    if bool(np.isin(y, (0.0, 1.0)).all()):
        difference = clipped(difference)
    if failures:
        notes.append(f"{failures} of {found + failures} resamples could not be fitted and were drawn again")
    return replace(
        whole,
        method=f"{whole.method}, bootstrap of {replicates}",
        difference=difference,
        ratio=ratio,
        degrees_of_freedom=None,
        level=level,
        notes=(*whole.notes, *notes),
    )


def check_bootstrap(y: Floats, arm: Flags, p: int, replicates: int, level: float) -> None:
    """Whether a bootstrap of these cases and ``p`` columns can be had; raises MethodError where it cannot."""
    check_level(level, where="bootstrap")
    tail = (1.0 - level) / 2.0
    if (replicates + 1) * tail < 1.0 - 1e-9:
        remedy = f"ask for at least {int(np.ceil(1.0 / tail - 1e-9)) - 1}"
        raise MethodError(Problem("replicates", f"{replicates} are too few for limits at level {level}", remedy))
    if y.size * p * (p + 1) // 2 > PRODUCTS_AT_MOST:
        remedy = "use the robust limits: with so many cases they say the same"
        raise MethodError(Problem("bootstrap", "too many cases and covariates to refit again and again", remedy))
    flat = [name for name, of in (("treated", arm), ("comparator", ~arm)) if np.ptp(y[of]) == 0.0]
    if flat:
        problem = "is the same in every case, so no resample can show its spread"
        remedy = "report the counts with exact intervals, or ask for robust limits, which are then left out"
        raise MethodError(Problem(f"outcome of the {name} cohort", problem, remedy) for name in flat)


def draw_within(arm: Flags, b: int, rng: np.random.Generator) -> Floats:
    """(b, n) how often each case comes up, as many drawn from either arm as it has."""
    count = np.zeros((b, arm.size))
    for of in (np.flatnonzero(arm), np.flatnonzero(~arm)):
        place = rng.integers(0, of.size, (b, of.size)) + np.arange(b)[:, None] * of.size
        count[:, of] = np.bincount(place.ravel(), minlength=b * of.size).reshape(b, of.size)
    return count


def weighted_means(weight: Floats, value: Floats) -> Floats:
    """(b,) means of ``value``, (n,) or (b, n), by each row of ``weight`` (b, n); 0 where a row weighs nothing."""
    total = weight.sum(axis=1)
    top = weight @ value if value.ndim == 1 else (weight * value).sum(axis=1)
    return np.asarray(np.divide(top, total, out=np.zeros_like(total), where=total > 0.0))


def _percentiles(drawn: Floats, whole: AdjustedContrast, level: float) -> tuple[Contrast, Contrast | None, list[str]]:
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    apart = drawn[:, 0] - drawn[:, 1]
    low, high = np.quantile(apart, tails, method="weibull").tolist()
    difference = Contrast(whole.difference.estimate, float(apart.std(ddof=1)), low, high)
    if whole.ratio is None:
        return difference, None, []
    if bool((drawn <= 0.0).any()):
        return (
            difference,
            Contrast(whole.ratio.estimate, None, None, None),
            ["in some resamples a mean is not above 0, so the ratio has no limits"],
        )
    log = np.log(drawn[:, 0] / drawn[:, 1])
    low, high = np.exp(np.quantile(log, tails, method="weibull")).tolist()
    return difference, Contrast(whole.ratio.estimate, float(log.std(ddof=1)), low, high), []


class Resamples:
    """Resamples of the cases a score was fitted to, and their refits."""

    def __init__(self, fit: Propensity) -> None:
        self.x, self.treated = fit.design.dense(), fit.treated
        self.score = ResampledLogistic(
            self.x, fit.treated.astype(np.float64), fit.penalty, fit.ridge, fit.logistic.coefficient
        )

    def draw(self, b: int, rng: np.random.Generator) -> Floats:
        """(b, n) how often each case comes up."""
        return draw_within(self.treated, b, rng)

    def refit(self, count: Floats) -> tuple[Floats, Flags]:
        """Logits (b, n), and which fits failed, (b,)."""
        coefficient, failed = self.score.fit(count)
        return coefficient @ self.x.T, failed
