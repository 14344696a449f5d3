"""The bootstrap of outcome regression, AIPW and entropy balancing: scores, outcome models and weights made again."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import Problem
from equipoise.stats.adjusted import AdjustedContrast
from equipoise.stats.adjusted_bootstrap import Resamples, check_bootstrap, resampled_contrast, weighted_means
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import Design, check_outcome
from equipoise.stats.resampled_logistic import ResampledLogistic, square
from equipoise.stats.weights import Target, tilted
from equipoise.stats.weights_entropy import BALANCED, EDGE, EntropyBalance

STEPS, FARTHEST = 200, 2.0
"""Newton's steps of a balancing, and by how much one may move the logarithm of a weight."""
NO_MODEL = Problem(
    "bootstrap",
    "in more than a quarter of the resamples the covariates determine treatment or the outcome",
    "ask for Firth's penalty or a ridge, or name fewer covariates",
)
NO_BALANCE = Problem(
    "bootstrap",
    "in more than a quarter of the resamples no weights reach the means",
    "name fewer covariates, or ask for robust limits",
)


def bootstrap_regression(
    outcome: npt.ArrayLike,
    fit: Propensity,
    *,
    target: Target,
    regression: OutcomeRegression,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> AdjustedContrast:
    """``regression_contrast`` with percentile limits, the regression of either arm fitted again in every resample.

    ``fit`` : whose cases and covariates; the score itself is not used. The rest and the errors as there;
    ``replicates``, ``rng``, ``level`` as ``bootstrap_contrast``.
    """
    treated, design = fit.treated, fit.design
    y = check_outcome(outcome, design.n)
    check_bootstrap(y, treated, design.p, replicates, level)
    whole = regression_contrast(y, treated, design, target=target, regression=regression, level=level)
    predict = _predictors(y, treated, design, regression)
    share = treated.astype(np.float64) if target == "ATT" else np.ones(design.n)

    def means(count: Floats) -> tuple[Floats, Flags]:
        found = [predicted(count) for predicted in predict]
        columns = [weighted_means(count * share, expected) for expected, _ in found]
        return np.column_stack(columns), np.any([failed for _, failed in found], axis=0)

    return resampled_contrast(y, treated, whole, means, replicates=replicates, rng=rng, level=level, refusal=NO_MODEL)


def bootstrap_augmented(
    outcome: npt.ArrayLike,
    fit: Propensity,
    *,
    target: Target,
    regression: OutcomeRegression,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> AdjustedContrast:
    """``augmented_contrast`` with percentile limits, score and outcome regressions fitted again in every resample.

    Parameters and errors as there; ``replicates``, ``rng``, ``level`` as ``bootstrap_contrast``.
    """
    y, arm = check_outcome(outcome, fit.treated.size), fit.treated
    check_bootstrap(y, arm, fit.design.p, replicates, level)
    whole = augmented_contrast(y, fit, target=target, regression=regression, level=level)
    predict, resamples = _predictors(y, arm, fit.design, regression), Resamples(fit)

    def means(count: Floats) -> tuple[Floats, Flags]:
        logit, failed = resamples.refit(count)
        tilt, columns = tilted(arm, logit, target), []
        for of, predicted in zip((arm, ~arm), predict, strict=True):
            expected, broke = predicted(count)
            weight = count[:, of] * tilt.weight[:, of]
            mended = weighted_means(weight, y[of] - expected[:, of])
            columns.append(weighted_means(count * tilt.share, expected) + mended)
            failed = failed | broke
        return np.column_stack(columns), failed

    return resampled_contrast(y, arm, whole, means, replicates=replicates, rng=rng, level=level, refusal=NO_MODEL)


def bootstrap_entropy(
    outcome: npt.ArrayLike,
    balance: EntropyBalance,
    *,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> AdjustedContrast:
    """``entropy_contrast`` with percentile limits: each resample is balanced anew, to its own means.

    A resample whose means no weights reach is drawn again and counted. Parameters and errors as there;
    ``replicates``, ``rng``, ``level`` as ``bootstrap_contrast``.
    """
    design, arm = balance.design, balance.weights.treated
    y = check_outcome(outcome, design.n)
    check_bootstrap(y, arm, design.p, replicates, level)
    whole = entropy_contrast(y, balance, level=level)
    x = design.dense()[:, 1:]
    aimed = arm if balance.weights.target == "ATT" else np.ones(design.n, dtype=bool)

    def means(count: Floats) -> tuple[Floats, Flags]:
        aim = count[:, aimed] @ x[aimed] / count[:, aimed].sum(axis=1, keepdims=True)
        columns, failed = [], np.zeros(count.shape[0], dtype=bool)
        for of in (arm, ~arm):
            weight = count[:, of]
            if balance.weights.target == "ATE" or of is not arm:
                weight, broke = _tilted_to(x[of], weight, aim)
                failed = failed | broke
            columns.append(weighted_means(weight, y[of]))
        return np.column_stack(columns), failed

    return resampled_contrast(y, arm, whole, means, replicates=replicates, rng=rng, level=level, refusal=NO_BALANCE)


Predict = Callable[[Floats], tuple[Floats, Flags]]


def _predictors(y: Floats, arm: Flags, design: Design, regression: OutcomeRegression) -> tuple[Predict, Predict]:
    """For the treated and the comparators: from counts (b, n) to predictions for everybody, (b, n), and what failed."""
    x = design.dense()

    def of_arm(of: Flags) -> Predict:
        if regression.kind == "linear":
            return lambda count: _linear(x, x[of], y[of], count[:, of])
        start = np.zeros(design.p)
        logistic = ResampledLogistic(x[of], y[of], regression.penalty, regression.ridge, start)

        def predicted(count: Floats) -> tuple[Floats, Flags]:
            coefficient, failed = logistic.fit(count[:, of])
            return np.asarray(expit(coefficient @ x.T)), failed

        return predicted

    return of_arm(arm), of_arm(~arm)


def _linear(x: Floats, rows: Floats, y: Floats, count: Floats) -> tuple[Floats, Flags]:
    """Least squares of each resample of ``rows`` (m, p), read off for everybody of ``x`` (n, p)."""
    p = rows.shape[1]
    upper = np.triu_indices(p)
    gram = square(count @ (rows[:, upper[0]] * rows[:, upper[1]]), p)
    failed = np.linalg.eigvalsh(gram / count.sum(axis=1)[:, None, None])[:, 0] < 1e-9
    gram[failed] = np.eye(p)
    coefficient = np.linalg.solve(gram, ((count * y) @ rows)[:, :, None])[:, :, 0]
    return coefficient @ x.T, np.asarray(failed)


def _tilted_to(x: Floats, count: Floats, aim: Floats) -> tuple[Floats, Flags]:
    """Weights (b, m) of cases (m, k) drawn ``count`` times that have the means ``aim`` (b, k); and where none do.

    Newton's method on the dual as ``tilt_to``, its steps cut where a weight would move too far.
    """
    k = x.shape[1]
    upper = np.triu_indices(k)
    products = x[:, upper[0]] * x[:, upper[1]]
    multiplier, failed = np.zeros_like(aim), np.ones(aim.shape[0], dtype=bool)
    weight = count.copy()
    active = np.arange(aim.shape[0])
    for _ in range(STEPS):
        line = multiplier[active] @ x.T
        share = count[active] * np.exp(line - line.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        weight[active] = share
        mean = share @ x
        imbalance = mean - aim[active]
        curvature = square(share @ products, k) - mean[:, :, None] * mean[:, None, :]
        least = np.linalg.eigvalsh(curvature)[:, 0]
        there = np.abs(imbalance).max(axis=1) <= 1e3 * BALANCED
        failed[active[there & (least >= EDGE)]] = False
        going = ~there & (least > 1e-13)
        active, curvature, imbalance = active[going], curvature[going], imbalance[going]
        if active.size == 0:
            break
        step = -np.linalg.solve(curvature, imbalance[:, :, None])[:, :, 0]
        moved = np.abs(step @ x.T - (step * aim[active]).sum(axis=1, keepdims=True)).max(axis=1)
        multiplier[active] += step * np.minimum(1.0, FARTHEST / np.maximum(moved, FARTHEST))[:, None]
    return weight, failed
