"""Entropy balancing: the weights nearest to equal that give the covariates exactly the means they should have.

One sample of any size, a block of cases at a time: a million comparators are never copied. ``stats.maic_dual`` solves
the same convex problem for many resamples of a small sample at once, and says why there are two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.propensity_design import Design, check_design
from equipoise.stats.weights import Target, Weights, check_weights

STEPS, HALVINGS = 100, 50
BALANCED = 1e-11
"""Distance of a weighted mean from its aim, in standard deviations."""
EDGE = 1e-6
"""Least weighted variance of a combination of the covariates, where that of one unweighted covariate is 1."""


@dataclass(frozen=True, eq=False)
class EntropyBalance:
    """Weights that balance, and what they were made from.

    ``weights`` : each arm's sum to its number of cases; of ATT 1 for the treated
    ``aim`` : (k,) the means both arms now have, in the covariates' own units; ``design`` : the covariates
    """

    weights: Weights
    aim: Floats
    design: Design


def entropy_balance(
    treated: npt.ArrayLike, covariates: npt.ArrayLike, names: Sequence[str], *, target: Target
) -> EntropyBalance:
    """Weights that make the means of the covariates equal, exactly.

    ATT weights the comparators to the means of the treated, ATE both arms to the means of all. To balance variances
    too, give squares as further covariates. There is no propensity model: balance is had, overlap is not looked at.

    Parameters
    ----------
    treated : (n,) 0 or 1
    covariates : (n, k) finite
    names : (k,) what a refusal calls them
    target : "ATT" or "ATE"

    Raises
    ------
    DataError : as ``fit_propensity``
    MethodError : as ``fit_propensity``; no weights reach the means; overlap weights; weights that rest on
        fewer than two cases

    References
    ----------
    Hainmueller (2012), Polit. Anal. 20:25-46.
    """
    arm, design = check_design(treated, covariates, names)
    if target == "overlap":
        remedy = "ask for ATT or ATE, or weight by the propensity score"
        raise MethodError(Problem("entropy balancing", "has no overlap weights", remedy))
    of_whom = arm if target == "ATT" else np.ones(arm.size, dtype=bool)
    aim = design.sums(of_whom / of_whom.sum())[1:]
    weight = np.ones(arm.size)
    for name, rows in (("comparator", ~arm), ("treated", arm)):
        if name == "comparator" or target == "ATE":
            weight[rows] = tilt_to(design, rows, aim, of=f"{name} cohort")
    return EntropyBalance(check_weights(weight, arm, target), design.centre + design.scale * aim, design)


def tilt_to(design: Design, rows: Flags, aim: Floats, *, of: str) -> Floats:
    """Weights of the cases in ``rows`` that sum to their number and have the standardised means ``aim`` (k,).

    Newton's method on the dual, log of the sum of exp(lambda'(x - aim)), which is convex; its slope is the imbalance
    left.

    Raises
    ------
    MethodError : the means lie outside, or on the edge, of what the cases of ``rows`` can be weighted to
    """
    within = _out_of_reach(design, rows, aim)
    if within:
        raise MethodError(
            Problem(of, f"no weights reach the mean of '{name}': no case lies beyond it", _REMEDY) for name in within
        )
    multiplier = np.zeros(aim.size)
    value, imbalance, curvature = _dual(design, rows, aim, multiplier)
    for _ in range(STEPS):
        if np.abs(imbalance).max() <= BALANCED:
            return _within(design, rows, aim, multiplier, curvature, of)
        try:
            step = -np.linalg.solve(curvature, imbalance)
        except np.linalg.LinAlgError:
            break
        slope = float(imbalance @ step)
        for _ in range(HALVINGS):
            new = _dual(design, rows, aim, multiplier + step)
            # Near the end the value is flat to rounding: a smaller imbalance is then progress too.
            if new[0] <= value + 1e-4 * slope or np.abs(new[1]).max() < 0.5 * np.abs(imbalance).max():
                break
            step, slope = step / 2.0, slope / 2.0
        else:
            if np.abs(imbalance).max() <= 1e3 * BALANCED:
                return _within(design, rows, aim, multiplier, curvature, of)
            break
        multiplier = multiplier + step
        value, imbalance, curvature = new
    raise MethodError(Problem(of, "no weights of its cases reach all the means together", _REMEDY))


def _within(design: Design, rows: Flags, aim: Floats, multiplier: Floats, curvature: Floats, of: str) -> Floats:
    """The weights, unless only those cases on an edge of the covariates have any: the spread then vanishes there."""
    if np.linalg.eigvalsh(curvature)[0] < EDGE:
        raise MethodError(Problem(of, "only weights on a few of its cases, at the edge, reach all the means", _REMEDY))
    return _weights(design, rows, aim, multiplier)


_REMEDY = "name fewer covariates, compare only where both cohorts have cases, or use overlap weights"


def _out_of_reach(design: Design, rows: Flags, aim: Floats) -> list[str]:
    """Covariates whose aim lies on or beyond the ends of what the cases have (all alike and on it: within reach)."""
    low, high = np.full(aim.size, np.inf), np.full(aim.size, -np.inf)
    for part, block in design.blocks():
        seen = block[rows[part], 1:]
        if seen.size:
            low, high = np.minimum(low, seen.min(axis=0)), np.maximum(high, seen.max(axis=0))
    return [name for name, out in zip(design.names, (aim <= low) | (aim >= high), strict=True) if out]


def _tilt(design: Design, rows: Flags, aim: Floats, multiplier: Floats) -> Floats:
    """(n,) the exponent of each case of ``rows``; minus infinity of the others."""
    line = design.times(np.concatenate([[-multiplier @ aim], multiplier]))
    return np.where(rows, line, -np.inf)


def _weights(design: Design, rows: Flags, aim: Floats, multiplier: Floats) -> Floats:
    line = _tilt(design, rows, aim, multiplier)[rows]
    tilt = np.exp(line - line.max())
    return np.asarray(tilt / tilt.mean())


def _dual(design: Design, rows: Flags, aim: Floats, multiplier: Floats) -> tuple[float, Floats, Floats]:
    """The dual, its slope (k,) and its curvature (k, k)."""
    line = _tilt(design, rows, aim, multiplier)
    largest = float(line.max())
    tilt = np.exp(line - largest)
    total = float(tilt.sum())
    gram = design.gram(tilt / total)
    mean = gram[0, 1:]
    curvature = gram[1:, 1:] - np.outer(mean, mean)
    return largest + float(np.log(total)), mean - aim, curvature
