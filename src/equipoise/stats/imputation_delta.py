"""The delta grid: the pooled answer at every pair of numbers added to the filled-in scores of two groups.

Nothing is imputed again. An estimate is linear in what is added, its residual sum of squares quadratic, and the
variance between imputations does not change, so a cell costs a few multiplications.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.imputation import MultipleImputation, Terms, t_limits
from equipoise.stats.imputation_analysis import Kind
from equipoise.stats.rubin import pool_moments

WHERE = "delta grid"


@dataclass(frozen=True)
class DeltaGrid:
    """One quantity at (a, b) pairs of numbers added; ``delta`` (a,) to its group, ``delta_reference`` (b,).

    ``estimate``, ``standard_error``, ``degrees``, ``lower``, ``upper``, ``p_value`` : (a, b), as ``ScoreEstimate``
    ``answered`` (a, b) : False where all the variance is between imputations: limits and p are then 0 and mean nothing
    """

    delta: Floats
    delta_reference: Floats
    estimate: Floats
    standard_error: Floats
    degrees: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    answered: Flags


def delta_grid(
    imputed: MultipleImputation,
    *,
    visit: int,
    group: int,
    delta: npt.ArrayLike,
    delta_reference: npt.ArrayLike = 0.0,
    kind: Kind = "difference",
) -> DeltaGrid:
    """The answer for a group at a visit, with ``delta`` added to what was filled in there.

    Parameters
    ----------
    visit, group : of the quantity, counted from 0
    delta : (a,) float, added to the filled-in scores of the group, in their unit, on top of what the imputation added
    delta_reference : (b,) float, the same of the reference; of a mean, 0 alone
    kind : a difference from the reference, or the mean of the group

    Raises
    ------
    DataError : a number is missing, or a grid is not a list
    MethodError : that quantity was not answered

    References
    ----------
    Cro et al. (2020), Stat. Med. 39:2815-2842. rbmi, "Advanced functionality", tipping point analysis.
    """
    rows, columns = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (delta, delta_reference))
    if rows.ndim != 1 or columns.ndim != 1 or not (np.all(np.isfinite(rows)) and np.all(np.isfinite(columns))):
        raise DataError(Problem(WHERE, "the numbers to add are not two lists", "give finite numbers for each axis"))
    terms, at = _find(imputed, kind, visit, group)
    if kind == "mean" and np.any(columns != 0.0):
        raise DataError(Problem(WHERE, "a mean has no reference", "leave out what is added to the reference"))
    added = np.zeros((rows.size, columns.size, terms.crossed.size))
    added[:, :, group] = rows[:, None]
    if kind == "difference" and imputed.reference is not None:
        added[:, :, imputed.reference] = columns
    regression = terms.regression
    estimate = terms.estimate[at] + added @ terms.shift[at]
    square = terms.square + 2.0 * added @ terms.crossed + np.einsum("abg,gh,abh->ab", added, terms.squared, added)
    within = np.maximum(square, 0.0) / regression.degrees * regression.spread[at]
    complete = np.full(estimate.shape, float(regression.degrees))
    pooled = pool_moments(
        estimate, within, np.broadcast_to(terms.between[at], estimate.shape), complete, imputed.imputations
    )
    degrees = pooled.degrees if regression.quantities[at].unseen else complete
    answered = degrees > 0.0
    lower, upper, p_value = t_limits(estimate, pooled.standard_error, np.where(answered, degrees, 1.0), imputed.level)
    lower, upper, p_value = (np.where(answered, each, 0.0) for each in (lower, upper, p_value))
    return DeltaGrid(rows, columns, estimate, pooled.standard_error, degrees, lower, upper, p_value, answered)


def _find(imputed: MultipleImputation, kind: Kind, visit: int, group: int) -> tuple[Terms, int]:
    for terms in imputed.terms:
        for at, quantity in enumerate(terms.regression.quantities):
            if (quantity.kind, quantity.visit, quantity.group) == (kind, visit, group):
                return terms, at
    problem = f"the {kind} of group {group} at visit {visit} (both counted from 0) was not answered"
    raise MethodError(Problem(WHERE, problem, "ask for a visit and a group that were"))
