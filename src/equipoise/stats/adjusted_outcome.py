"""Outcome regression (g-computation), and its augmentation by weights (AIPW): what each arm would have had."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.adjusted import AdjustedContrast, Means, contrast_of, weighted_mean
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import Design, check_outcome
from equipoise.stats.propensity_logistic import Penalty, SeparatedError, fit_logistic
from equipoise.stats.weights import Target, Tilted, Weights, propensity_weights, tilted

Outcome = Literal["linear", "logistic"]


@dataclass(frozen=True)
class OutcomeRegression:
    """How the outcome is regressed on the covariates in each arm by itself: every covariate may act differently there.

    ``penalty``, ``ridge`` : of a logistic one, as ``fit_logistic``
    """

    kind: Outcome
    penalty: Penalty = "none"
    ridge: float = 0.0


def regression_contrast(
    outcome: npt.ArrayLike,
    treated: Flags,
    design: Design,
    *,
    target: Target,
    regression: OutcomeRegression,
    level: float = 0.95,
) -> AdjustedContrast:
    """The outcome predicted under either treatment and averaged over the target population (g-computation).

    Parameters
    ----------
    outcome : (n,) finite; 0 or 1 with a logistic regression
    treated, design : of ``check_design``, or of a ``Propensity``
    target : "ATT" or "ATE"
    regression : the form of the outcome
    level : of the limits, a sandwich over the regressions and the means

    Raises
    ------
    DataError : the shapes differ, an outcome is missing, or not 0 or 1 where it must be
    MethodError : the overlap population, which needs a propensity score; fewer cases in an arm than coefficients; a
        covariate that does not vary in an arm; a logistic regression with no finite maximum; as ``contrast_of``

    References
    ----------
    Robins (1986), Math. Model. 7:1393-1512. Snowden, Rose and Mortimer (2011), Am. J. Epidemiol. 173:731-738.
    """
    y = _checked(outcome, design.n, regression)
    if target == "overlap":
        raise MethodError(
            Problem("target", "overlap is defined by a propensity score", "ask for AIPW, or for ATT or ATE")
        )
    share = treated.astype(np.float64) if target == "ATT" else np.ones(design.n)
    values, columns = [], []
    for name, arm in (("treated", treated), ("comparator", ~treated)):
        model = _fit(y, design, arm, regression, name)
        value, influence = weighted_mean(model.expected, share)
        pull = design.sums(share / share.sum() * model.steepness)
        values.append(value)
        columns.append(influence + model.carried(design, pull))
    weights = Weights(target, np.ones(design.n), treated, float(treated.sum()), float((~treated).sum()), 0.0)
    means = Means("outcome regression", (values[0], values[1]), np.column_stack(columns), design.p, weights)
    return contrast_of(means, y, level=level)


def augmented_contrast(
    outcome: npt.ArrayLike, fit: Propensity, *, target: Target, regression: OutcomeRegression, level: float = 0.95
) -> AdjustedContrast:
    """Augmented inverse probability weighting: predictions, mended by the weighted errors of prediction.

    For ATT and ATE right if either the score or the outcome regression is; for the overlap population the score
    defines who is asked about, and must be right. The weights of each arm are scaled to sum to 1. The influence
    function includes that both were estimated, so the limits hold whichever of the two is wrong.

    Parameters
    ----------
    outcome : (n,) finite, of the cases of ``fit``; 0 or 1 with a logistic regression
    fit : of ``fit_propensity``; the outcome is regressed on its covariates
    target : whom the answer is about
    regression : the form of the outcome
    level : of the limits

    Raises
    ------
    DataError, MethodError : as ``regression_contrast`` and ``propensity_weights``

    References
    ----------
    Robins, Rotnitzky and Zhao (1994), J. Am. Stat. Assoc. 89:846-866. Lunceford and Davidian (2004), Stat. Med.
    23:2937-2960. Mao, Li and Greene (2019), Stat. Methods Med. Res. 28:2439-2454 (overlap).
    """
    design = fit.design
    y = _checked(outcome, design.n, regression)
    weights = propensity_weights(fit, target=target)
    tilt = tilted(fit.treated, fit.logit, target)
    values, columns = [], []
    for name, arm in (("treated", fit.treated), ("comparator", ~fit.treated)):
        model = _fit(y, design, arm, regression, name)
        value, influence = _augmented_mean(y, arm, model, fit, tilt)
        values.append(value)
        columns.append(influence)
    means = Means("AIPW", (values[0], values[1]), np.column_stack(columns), design.p, weights)
    return contrast_of(means, y, level=level)


@dataclass(frozen=True, eq=False)
class _Model:
    """A regression fitted to one arm; arrays are (n,) over all cases.

    ``expected`` under this arm's treatment; ``steepness`` : its derivative by the linear predictor
    ``residual`` : what each case adds to the score, 0 outside the arm; ``curvature`` : (p, p)
    """

    expected: Floats
    steepness: Floats
    residual: Floats
    curvature: Floats

    def carried(self, design: Design, pull: Floats) -> Floats:
        """What each case adds to a quantity with derivative ``pull`` (p,) by the coefficients."""
        return np.asarray(self.residual * design.times(np.asarray(np.linalg.solve(self.curvature, pull))))


def _augmented_mean(y: Floats, arm: Flags, model: _Model, fit: Propensity, tilt: Tilted) -> tuple[float, Floats]:
    """The mean under one treatment and what each case adds to it."""
    design, error = fit.design, y - model.expected
    weight, slope = np.where(arm, tilt.weight, 0.0), np.where(arm, tilt.weight_slope, 0.0)
    predicted, of_prediction = weighted_mean(model.expected, tilt.share)
    mended, of_error = weighted_mean(error, weight)
    by_score = tilt.share_slope * (model.expected - predicted) / tilt.share.sum()
    by_score = by_score + slope * (error - mended) / weight.sum()
    aimed: Floats = tilt.share / tilt.share.sum() - weight / weight.sum()
    by_outcome = aimed * model.steepness
    pulls = design.sums(np.column_stack([by_score, by_outcome]))
    influence = of_prediction + of_error + fit.carried(pulls[:, 0]) + model.carried(design, pulls[:, 1])
    return predicted + mended, influence


def _checked(outcome: npt.ArrayLike, n: int, regression: OutcomeRegression) -> Floats:
    y = check_outcome(outcome, n)
    if regression.kind == "logistic" and not bool(np.isin(y, (0.0, 1.0)).all()):
        raise DataError(Problem("outcome", "is not 0 or 1, which a logistic regression needs", "ask for a linear one"))
    return y


def _fit(y: Floats, design: Design, arm: Flags, regression: OutcomeRegression, name: str) -> _Model:
    where = f"outcome of the {name} cohort"
    m = int(arm.sum())
    if m <= design.p:
        problem = f"too few cases for the coefficients: {m} for {design.p}"
        raise MethodError(Problem(where, problem, "name fewer covariates, or weight without an outcome model"))
    if regression.kind == "linear":
        return _linear(y, design, arm, where)
    try:
        fit = fit_logistic(design, y, rows=arm, penalty=regression.penalty, ridge=regression.ridge)
    except SeparatedError:
        problem = "the covariates determine it, or nobody or everybody responded"
        raise MethodError(
            Problem(where, problem, "ask for Firth's penalty or a ridge, or a linear regression")
        ) from None
    rate = fit.rate
    return _Model(rate, rate * (1.0 - rate), fit.residual, fit.curvature)


def _linear(y: Floats, design: Design, arm: Flags, where: str) -> _Model:
    counted = arm.astype(np.float64)
    gram = design.gram(counted)
    if np.linalg.eigvalsh(gram / counted.sum())[0] < 1e-9:
        problem = "a covariate does not vary there, or is determined by the others"
        raise MethodError(Problem(where, problem, "leave that covariate out, or weight without an outcome model"))
    coefficient = np.asarray(np.linalg.solve(gram, design.sums(counted * y)))
    expected = design.times(coefficient)
    return _Model(expected, np.ones(y.size), counted * (y - expected), gram)
