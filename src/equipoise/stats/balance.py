"""How alike two cohorts are, covariate by covariate, before and after weighting, and whether they overlap at all."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.propensity_design import Design
from equipoise.stats.weights import Target, Weights, effective_size


@dataclass(frozen=True)
class Side:
    """One covariate, once unweighted and once weighted.

    ``mean_treated``, ``mean_comparator`` : in its own units
    ``difference`` : standardised; ``variance_ratio`` : treated over comparator, None where a variance is 0
    ``as_unbalanced`` : the share of random allocations, at these (effective) numbers, at least this far apart
    """

    mean_treated: float
    mean_comparator: float
    difference: float
    variance_ratio: float | None
    as_unbalanced: float


@dataclass(frozen=True)
class CovariateBalance:
    """A covariate before and after weighting; ``scale`` : the SD that standardises both, in its own units."""

    name: str
    scale: float
    before: Side
    after: Side


@dataclass(frozen=True)
class Balance:
    """Every covariate, and what perfect randomisation would leave.

    ``spread_before``, ``spread_after`` : SD of a standardised difference over random allocations at the numbers of
        cases, and at the effective numbers
    """

    covariates: tuple[CovariateBalance, ...]
    spread_before: float
    spread_after: float

    @property
    def largest_before(self) -> float:
        """The largest absolute standardised difference."""
        return max(abs(each.before.difference) for each in self.covariates)

    @property
    def largest_after(self) -> float:
        """The largest absolute standardised difference after weighting."""
        return max(abs(each.after.difference) for each in self.covariates)


@dataclass(frozen=True)
class Overlap:
    """Whether the two cohorts had patients in common.

    ``c_statistic`` : the chance that a treated case has the higher score of it and a comparator, ties half; 1 is
        none in common
    ``treated_outside``, ``comparator_outside`` : cases beyond the range of the other cohort's scores, of ``treated``
        and ``comparator``
    """

    c_statistic: float
    treated_outside: int
    comparator_outside: int
    treated: int
    comparator: int

    @property
    def none_in_common(self) -> bool:
        """Whether the score tells the cohorts apart entirely."""
        return self.c_statistic == 1.0


def randomisation_spread(treated: float, comparator: float) -> float:
    """SD of a standardised difference of two randomised arms of these (effective) sizes: sqrt(1/n + 1/m).

    12 against 12: 0.41, so that a fixed threshold of 0.1 fails four random allocations in five.
    """
    return float(np.sqrt(1.0 / treated + 1.0 / comparator))


def balance(design: Design, weights: Weights) -> Balance:
    """Standardised differences and variance ratios before and after weighting.

    The difference of the (weighted) means is divided by the unweighted SD, of the treated for the ATT, else the root
    mean square of the two cohorts' (the SD of all where that is 0); the same before and after. Weighted variances are
    unbiased for weights that say how much a case counts. ``as_unbalanced`` refers the difference to Student's t with
    n + m - 2 degrees of freedom, n and m the effective sizes.

    Parameters
    ----------
    design : the covariates, of ``check_design`` or a ``Propensity``
    weights : of the same cases; a case of weight 0 is out

    Raises
    ------
    DataError : not the same cases

    References
    ----------
    Austin (2009), Stat. Med. 28:3083-3107. Stuart (2010), Stat. Sci. 25:1-21 (one denominator for both).
    """
    if weights.weight.size != design.n:
        raise DataError(Problem("weights", "are not of the cases of the covariates", "give one for each case"))
    arm = weights.treated
    plain, weighted = _moments(design, arm, (np.ones(design.n), weights.weight))
    scale = standardiser(plain[2], plain[3], weights.target)
    sizes = float(arm.sum()), float((~arm).sum())
    effective = weights.effective_treated, weights.effective_comparator
    before = _sides(design, plain, scale, sizes)
    after = _sides(design, weighted, scale, effective)
    rows = zip(design.names, (scale * design.scale).tolist(), before, after, strict=True)
    return Balance(
        tuple(CovariateBalance(*row) for row in rows), randomisation_spread(*sizes), randomisation_spread(*effective)
    )


def overlap(treated: Flags, logit: Floats) -> Overlap:
    """Common support and the c-statistic of a propensity score.

    Parameters
    ----------
    treated : (n,); ``logit`` : (n,) of a ``Propensity``

    References
    ----------
    Hanley and McNeil (1982), Radiology 143:29-36 (c-statistic).
    """
    one, other = logit[treated], np.sort(logit[~treated])
    below = np.searchsorted(other, one, side="left").sum(), np.searchsorted(other, one, side="right").sum()
    outside = int(((one < other[0]) | (one > other[-1])).sum())
    comparator_outside = int(((other < one.min()) | (other > one.max())).sum())
    concordant = float(below[0] + below[1]) / 2.0 / (one.size * other.size)
    return Overlap(concordant, outside, comparator_outside, one.size, other.size)


def standardiser(variance_treated: Floats, variance_comparator: Floats, target: Target) -> Floats:
    """The SD that standardises, in SDs of all cases: the treated's for the ATT, else of both; of all where it is 0."""
    of = variance_treated if target == "ATT" else (variance_treated + variance_comparator) / 2.0
    return np.where(of > 1e-24, np.sqrt(np.maximum(of, 0.0)), 1.0)


Moments = tuple[Floats, Floats, Floats, Floats]
"""Means of the treated and comparators, then their variances: (k,) each, of the standardised covariates."""


def _moments(design: Design, arm: Flags, weights: tuple[Floats, Floats]) -> tuple[Moments, Moments]:
    """Under either of two weights (n,), in the same two passes over the cases."""
    sides = [(of, weight) for weight in weights for of in (arm, ~arm)]
    shares = np.column_stack([np.where(of, weight, 0.0) / weight[of].sum() for of, weight in sides])
    mean = design.sums(shares)[1:]
    second = np.zeros_like(mean)
    for rows, block in design.blocks():
        for side, share in enumerate(shares[rows].T):
            if share.any():
                second[:, side] += share @ (block[:, 1:] - mean[:, side]) ** 2
    sizes = np.array([effective_size(weight[of]) for of, weight in sides])
    variance = second * sizes / (sizes - 1.0)
    return (
        (mean[:, 0], mean[:, 1], variance[:, 0], variance[:, 1]),
        (mean[:, 2], mean[:, 3], variance[:, 2], variance[:, 3]),
    )


def _sides(design: Design, moments: Moments, scale: Floats, sizes: tuple[float, float]) -> list[Side]:
    one, other, variance, variance_other = moments
    difference = (one - other) / scale
    chance = 2.0 * stdtr(sum(sizes) - 2.0, -np.abs(difference) / randomisation_spread(*sizes))
    units = [(design.centre + design.scale * mean).tolist() for mean in (one, other)]
    ratio = [float(v / c) if min(v, c) > 1e-24 else None for v, c in zip(variance, variance_other, strict=True)]
    return [Side(*row) for row in zip(*units, difference.tolist(), ratio, chance.tolist(), strict=True)]
