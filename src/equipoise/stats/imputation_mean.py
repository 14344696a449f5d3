"""Conditional-mean imputation: each unseen score filled in by its mean, and the cases resampled for the error.

Filled in once there is nothing between imputations to measure, so the variance comes from leaving out each case in
turn, or from bootstrap samples of cases: model, filling in and analysis are done again for each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.imputation import ScoreEstimate, check_counted, check_delta, completed, in_order
from equipoise.stats.imputation_analysis import Regression, regressions, weighted_estimates
from equipoise.stats.imputation_draws import Replicates, left_out, resampled
from equipoise.stats.imputation_refit import ScoreModel
from equipoise.stats.imputation_scores import WHERE
from equipoise.stats.mmrm_covariance import Structure


@dataclass(frozen=True)
class ConditionalMean:
    """Answers by visit, as ``MultipleImputation``; for the bootstrap ``percentile`` has those limits as well.

    ``replicates`` : cases left out in turn, or bootstrap samples; ``redrawn`` as there
    ``percentile`` : the same answers with percentile limits and p; empty for the jackknife
    """

    estimates: tuple[ScoreEstimate, ...]
    percentile: tuple[ScoreEstimate, ...]
    replicates: int
    redrawn: int
    structure: Structure
    tried: tuple[str, ...]
    level: float


def conditional_mean_jackknife(
    model: ScoreModel,
    *,
    counted: npt.ArrayLike | None = None,
    delta: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> ConditionalMean:
    """Fill in conditional means; variance (n - 1)/n sum of squares over leaving out each case; normal limits.

    No draw is made: the same scores give the same numbers.

    Parameters
    ----------
    counted, delta, level : as ``multiple_imputation``

    Raises
    ------
    DataError : as ``multiple_imputation``
    MethodError : without some case the model is undetermined

    References
    ----------
    Wolbers, Noci, Delmar, Gower-Page, Yiu and Bartlett (2022), Pharm. Stat. 21:1246-1257.
    """
    check_level(level, where=WHERE)
    n = model.scores.cases

    def error(each: Floats) -> float:
        return float(np.sqrt((n - 1) / n * np.sum((each - each.mean()) ** 2)))

    return _resampling(model, left_out(model), counted, delta, level, error, percentile=False)


def conditional_mean_bootstrap(
    model: ScoreModel,
    *,
    replicates: int,
    rng: np.random.Generator,
    counted: npt.ArrayLike | None = None,
    delta: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> ConditionalMean:
    """Fill in conditional means; standard deviation and percentiles over bootstrap samples of cases within groups.

    The percentile limits are the (B + 1) alpha-th of the B ordered replicates, a fraction being interpolated; the
    percentile p doubles the smaller share beyond zero, (1 + count) / (B + 1).

    Parameters
    ----------
    replicates : B, at least 2 / (1 - level) - 1, so that the limits lie among the replicates
    rng : where the resamples come from
    counted, delta, level : as ``multiple_imputation``

    Raises
    ------
    DataError : as ``multiple_imputation``
    MethodError : too few replicates for the level, or as ``resampled``

    References
    ----------
    Efron and Tibshirani (1994), An Introduction to the Bootstrap, chapters 6 and 13. Wolbers et al. (2022).
    """
    check_level(level, where=WHERE)
    tail = (1.0 - level) / 2.0
    if (replicates + 1) * tail < 1.0 - 1e-9:
        remedy = f"ask for at least {int(np.ceil(1.0 / tail - 1e-9)) - 1}"
        raise MethodError(Problem(WHERE, f"{replicates} replicates are too few for limits at level {level}", remedy))

    def error(each: Floats) -> float:
        return float(np.std(each, ddof=1))

    return _resampling(model, resampled(model, replicates, rng), counted, delta, level, error, percentile=True)


def _resampling(
    model: ScoreModel,
    replicates: Iterable[Replicates],
    counted: npt.ArrayLike | None,
    delta: npt.ArrayLike | None,
    level: float,
    error: Callable[[Floats], float],
    *,
    percentile: bool,
) -> ConditionalMean:
    scores = model.scores
    who, added = check_counted(scores, counted), check_delta(scores, delta)
    answered, refused = regressions(scores, who)
    whole = next(completed(scores, model.fitted, added, None))[0]
    parts: list[list[tuple[Floats, Flags]]] = [[] for _ in answered]
    made, redrawn = 0, 0
    for block in replicates:
        start, redrawn = 0, redrawn + block.redrawn
        for complete in completed(scores, block.parameters, added, None):
            weights = block.weights[start : start + complete.shape[0]]
            start += complete.shape[0]
            for at, each in enumerate(answered):
                found = weighted_estimates(each, weights[:, each.members], complete[:, each.members, each.visit])
                parts[at].append(found)
        made += start
    normal: list[ScoreEstimate] = []
    by_percentile: list[ScoreEstimate] = []
    for each, part in zip(answered, parts, strict=True):
        resamples, exists = (np.concatenate([one[i] for one in part]) for i in (0, 1))
        estimate = each.estimators @ whole[each.members, each.visit]
        normal += _answers(each, estimate, resamples, exists, error, level)
        by_percentile += _percentiles(each, estimate, resamples, exists, level) if percentile else []
    return ConditionalMean(
        estimates=in_order(normal, refused),
        percentile=in_order(by_percentile, refused) if percentile else (),
        replicates=made,
        redrawn=redrawn,
        structure=model.structure,
        tried=model.tried,
        level=level,
    )


def _why(exists: Flags) -> str:
    return f"{np.sum(~exists)} of {exists.size} resamples leave it undetermined" if not np.all(exists) else ""


def _answers(
    regression: Regression,
    estimate: Floats,
    resamples: Floats,
    exists: Flags,
    error: Callable[[Floats], float],
    level: float,
) -> list[ScoreEstimate]:
    z, why = float(ndtri((1.0 + level) / 2.0)), _why(exists)
    found = []
    for at, quantity in enumerate(regression.quantities):
        centre = float(estimate[at])
        if why:
            found.append(ScoreEstimate(quantity, centre, None, None, None, None, None, None, why))
            continue
        spread = error(resamples[:, at])
        p_value = float(2.0 * ndtr(-abs(centre) / spread)) if spread > 0.0 else None
        half = z * spread
        found.append(ScoreEstimate(quantity, centre, spread, None, centre - half, centre + half, p_value, None, ""))
    return found


def _percentiles(
    regression: Regression, estimate: Floats, resamples: Floats, exists: Flags, level: float
) -> list[ScoreEstimate]:
    tail, why = (1.0 - level) / 2.0, _why(exists)
    found = []
    for at, quantity in enumerate(regression.quantities):
        centre, each = float(estimate[at]), resamples[:, at]
        if why:
            found.append(ScoreEstimate(quantity, centre, None, None, None, None, None, None, why))
            continue
        lower, upper = (float(limit) for limit in np.quantile(each, [tail, 1.0 - tail], method="weibull"))
        beyond = min(int(np.sum(each <= 0.0)), int(np.sum(each >= 0.0)))
        p_value = min(1.0, 2.0 * (1 + beyond) / (each.size + 1))
        found.append(ScoreEstimate(quantity, centre, None, None, lower, upper, p_value, None, ""))
    return found
