"""Weighted contrasts whose limits know that the weights were estimated."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.adjusted import AdjustedContrast, Means, contrast_of, weighted_mean
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import check_outcome
from equipoise.stats.weights import Target, propensity_weights, tilted
from equipoise.stats.weights_entropy import EntropyBalance


def propensity_contrast(
    outcome: npt.ArrayLike, fit: Propensity, *, target: Target, level: float = 0.95
) -> AdjustedContrast:
    """Means weighted by the propensity score (each arm's weights scaled to sum to 1), and their contrast.

    The means and the coefficients of the score are one set of estimating equations; the sandwich is of both, its
    variance times n / (n - q) for the q coefficients of the score.

    Parameters
    ----------
    outcome : (n,) finite, of the cases of ``fit``; 0 or 1 for risks
    fit : of ``fit_propensity``
    target : whom the answer is about
    level : of the limits

    Raises
    ------
    DataError : the shapes differ or an outcome is missing
    MethodError : no more cases than coefficients of the score; as ``propensity_weights`` and ``contrast_of``

    References
    ----------
    Fay and Graubard (2001), Biometrics 57:1198-1206 (small samples). Li, Thomas and Li (2019), Am. J. Epidemiol.
    188:250-257 (overlap). Lunceford and Davidian (2004), Stat. Med. 23:2937-2960 (ATE, IPW2).
    """
    y = check_outcome(outcome, fit.treated.size)
    weights = propensity_weights(fit, target=target)
    tilt = tilted(fit.treated, fit.logit, target)
    values, columns = [], []
    for arm in (fit.treated, ~fit.treated):
        weight = np.where(arm, weights.weight, 0.0)
        value, influence = weighted_mean(y, weight)
        slope = np.where(arm, tilt.weight_slope, 0.0) * (y - value) / weight.sum()
        values.append(value)
        columns.append(influence + fit.carried(fit.design.sums(slope)))
    influence = np.column_stack(columns) * _score_counted(fit)
    means = Means("propensity weighting", (values[0], values[1]), influence, 1, weights)
    return contrast_of(means, y, level=level)


def _score_counted(fit: Propensity) -> float:
    """By how much the standard error is too small because the score was fitted to the cases it weighs."""
    n, q = fit.design.n, fit.design.p
    if n <= q:
        problem = f"{q} coefficients of the score and {n} cases leave nothing to judge the spread by"
        raise MethodError(Problem("propensity score", problem, "name fewer covariates"))
    return float(np.sqrt(n / (n - q)))


def entropy_contrast(outcome: npt.ArrayLike, balance: EntropyBalance, *, level: float = 0.95) -> AdjustedContrast:
    """Means under the weights of ``entropy_balance``, and their contrast.

    Exact balance takes away what a linear regression of the outcome on the covariates explains; what is left, and the
    means aimed at, which were estimated too, make the standard error (stacked estimating equations).

    Parameters
    ----------
    outcome : (n,) finite, of the cases of ``balance``; 0 or 1 for risks
    balance : of ``entropy_balance``
    level : of the limits

    Raises
    ------
    DataError : the shapes differ or an outcome is missing
    MethodError : as ``contrast_of``

    References
    ----------
    Zhao and Percival (2017), J. Causal Inference 5:20160010. Chan, Yam and Zhang (2016), J. R. Stat. Soc. B 78:673-700.
    """
    weights, design = balance.weights, balance.design
    y = check_outcome(outcome, design.n)
    aimed = weights.treated if weights.target == "ATT" else np.ones(design.n, dtype=bool)
    values, columns = [], []
    for arm in (weights.treated, ~weights.treated):
        weight = np.where(arm, weights.weight, 0.0)
        value, influence = weighted_mean(y, weight)
        if weights.target == "ATE" or arm is not weights.treated:
            explained = _explained(y - value, weight / weight.sum(), balance)
            influence = influence - weight / weight.sum() * explained + np.where(aimed, explained / aimed.sum(), 0.0)
        values.append(value)
        columns.append(influence)
    means = Means("entropy balancing", (values[0], values[1]), np.column_stack(columns), 1, weights)
    return contrast_of(means, y, level=level)


def _explained(left: Floats, share: Floats, balance: EntropyBalance) -> Floats:
    """(n,) what the weighted regression of ``left`` on the covariates says, 0 at the means aimed at."""
    design = balance.design
    aim = (balance.aim - design.centre) / design.scale
    gram = design.gram(share)
    spread = gram[1:, 1:] - np.outer(aim, aim)
    slope = np.linalg.solve(spread, design.sums(share * left)[1:])
    return design.times(np.concatenate([[-aim @ slope], slope]))
