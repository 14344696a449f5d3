"""The bootstrap of a weighted contrast: the propensity score refitted in every resample, many resamples at once."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.adjusted import AdjustedContrast, Contrast
from equipoise.stats.counts import check_level
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import check_outcome
from equipoise.stats.weights import Target, propensity_weights, tilted

AT_ONCE = 2**19
"""Cases times resamples held in memory at once."""
PRODUCTS_AT_MOST = 10**8
"""Cases times distinct products of two columns, all kept: 0.8 GiB."""
STEPS, SMALL_STEP, LONGEST_STEP = 100, 1e-7, 5.0


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
    y = check_outcome(outcome, fit.treated.size)
    _check(y, fit, replicates, level)
    weights = propensity_weights(fit, target=target)
    resamples = Resamples(fit)
    accepted: list[Floats] = []
    found = separated = 0
    at_once = max(1, AT_ONCE // y.size)
    while found < replicates:
        count = resamples.draw(min(at_once, replicates - found), rng)
        logit, failed = resamples.refit(count)
        separated += int(failed.sum())
        if separated > replicates / 3:
            problem = "in more than a quarter of the resamples the covariates determine treatment"
            remedy = "fit the score with Firth's penalty or a ridge, or name fewer covariates"
            raise MethodError(Problem("propensity score", problem, remedy))
        kept = ~failed
        accepted.append(_means(y, fit.treated, count[kept], tilted(fit.treated, logit[kept], target).weight))
        found += int(kept.sum())
    one, other = _means(y, fit.treated, np.ones((1, y.size)), weights.weight[None, :])[0].tolist()
    drawn = np.concatenate(accepted)
    difference, ratio, notes = _percentiles(drawn, one, other, level)
    if separated:
        notes.append(f"{separated} of {found + separated} resamples were separated and drawn again")
    return AdjustedContrast(
        target=target,
        method=f"propensity weighting, bootstrap of {replicates}",
        treated=one,
        comparator=other,
        difference=difference,
        ratio=ratio,
        degrees_of_freedom=None,
        effective_treated=weights.effective_treated,
        effective_comparator=weights.effective_comparator,
        level=level,
        notes=tuple(notes),
    )


def _check(y: Floats, fit: Propensity, replicates: int, level: float) -> None:
    check_level(level, where="bootstrap")
    tail = (1.0 - level) / 2.0
    if (replicates + 1) * tail < 1.0 - 1e-9:
        remedy = f"ask for at least {int(np.ceil(1.0 / tail - 1e-9)) - 1}"
        raise MethodError(Problem("replicates", f"{replicates} are too few for limits at level {level}", remedy))
    p = fit.design.p
    if y.size * p * (p + 1) // 2 > PRODUCTS_AT_MOST:
        remedy = "use the robust limits: with so many cases they say the same"
        raise MethodError(Problem("bootstrap", "too many cases and covariates to refit again and again", remedy))
    flat = [name for name, of in (("treated", fit.treated), ("comparator", ~fit.treated)) if np.ptp(y[of]) == 0.0]
    if flat:
        problem = "is the same in every case, so no resample can show its spread"
        remedy = "report the counts with exact intervals, or ask for robust limits, which are then left out"
        raise MethodError(Problem(f"outcome of the {name} cohort", problem, remedy) for name in flat)


def _means(y: Floats, arm: Flags, count: Floats, weight: Floats) -> Floats:
    """(b, 2) weighted means of the treated and of the comparators."""
    share = count * weight
    columns = [share[:, of] @ y[of] / share[:, of].sum(axis=1) for of in (arm, ~arm)]
    return np.column_stack(columns)


def _percentiles(drawn: Floats, one: float, other: float, level: float) -> tuple[Contrast, Contrast | None, list[str]]:
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    apart = drawn[:, 0] - drawn[:, 1]
    low, high = np.quantile(apart, tails, method="weibull").tolist()
    difference = Contrast(one - other, float(apart.std(ddof=1)), low, high)
    if one <= 0.0 or other <= 0.0:
        return difference, None, ["a mean is not above 0, so no ratio is given"]
    if bool((drawn <= 0.0).any()):
        return (
            difference,
            Contrast(one / other, None, None, None),
            ["in some resamples a mean is not above 0, so the ratio has no limits"],
        )
    log = np.log(drawn[:, 0] / drawn[:, 1])
    low, high = np.exp(np.quantile(log, tails, method="weibull")).tolist()
    return difference, Contrast(one / other, float(log.std(ddof=1)), low, high), []


class Resamples:
    """Resamples of the cases a score was fitted to, and their refits."""

    def __init__(self, fit: Propensity) -> None:
        self.x = fit.design.dense()
        self.treated, self.penalty, self.start = fit.treated, fit.penalty, fit.logistic.coefficient
        p = fit.design.p
        self.upper = np.triu_indices(p)
        self.products = self.x[:, self.upper[0]] * self.x[:, self.upper[1]]
        self.shrink = np.full(p, fit.ridge if fit.penalty == "ridge" else 0.0)
        self.shrink[0] = 0.0

    def draw(self, b: int, rng: np.random.Generator) -> Floats:
        """(b, n) how often each case comes up."""
        count = np.zeros((b, self.treated.size))
        for of in (np.flatnonzero(self.treated), np.flatnonzero(~self.treated)):
            place = rng.integers(0, of.size, (b, of.size)) + np.arange(b)[:, None] * of.size
            count[:, of] = np.bincount(place.ravel(), minlength=b * of.size).reshape(b, of.size)
        return count

    def refit(self, count: Floats) -> tuple[Floats, Flags]:
        """Logits (b, n), and which fits failed, (b,)."""
        coefficient = np.tile(self.start, (count.shape[0], 1))
        failed = np.ones(count.shape[0], dtype=bool)
        for active, step, bad in self._steps(count, coefficient):
            size = np.abs(step).max(axis=1)
            coefficient[active] += step * np.minimum(1.0, LONGEST_STEP / np.maximum(size, LONGEST_STEP))[:, None]
            failed[active[~bad & (size <= SMALL_STEP)]] = False
        return coefficient @ self.x.T, failed

    def _steps(self, count: Floats, coefficient: Floats) -> Iterator[tuple[npt.NDArray[np.intp], Floats, Flags]]:
        """Which fits go on, Newton's step for each, and which broke; ``coefficient`` is moved by the caller."""
        active = np.arange(count.shape[0])
        for _ in range(STEPS):
            step, bad = self._step(count[active], coefficient[active])
            yield active, step, bad
            active = active[~bad & (np.abs(step).max(axis=1) > SMALL_STEP)]
            if active.size == 0:
                return

    def _step(self, count: Floats, coefficient: Floats) -> tuple[Floats, Flags]:
        p = self.x.shape[1]
        rate = expit(coefficient @ self.x.T)
        weight = count * rate * (1.0 - rate)
        information = np.empty((count.shape[0], p, p))
        of_pairs = weight @ self.products
        information[:, self.upper[0], self.upper[1]] = of_pairs
        information[:, self.upper[1], self.upper[0]] = of_pairs
        sign, size = np.linalg.slogdet(information + np.diag(self.shrink))
        bad = (sign <= 0.0) | ~np.isfinite(size) | (np.abs(coefficient).max(axis=1) > 30.0)
        information[bad] = np.eye(p)
        residual = count * (self.treated - rate)
        if self.penalty == "firth":
            back = np.linalg.inv(information)[:, self.upper[0], self.upper[1]]
            back[:, self.upper[0] != self.upper[1]] *= 2.0
            residual = residual + weight * (back @ self.products.T) * (0.5 - rate)
        score = residual @ self.x - self.shrink * coefficient
        step = np.linalg.solve(information + np.diag(self.shrink), score[:, :, None])[:, :, 0]
        return np.where(bad[:, None], 0.0, step), bad
