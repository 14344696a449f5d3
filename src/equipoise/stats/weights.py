"""Weights that make two cohorts alike, and how many cases they leave."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.propensity import Propensity

Target = Literal["ATT", "ATE", "overlap"]
"""Whom the answer is about: patients like the treated, like both cohorts together, or those either might have had."""
LEAST_EFFECTIVE = 2.0
"""Below two cases an arm has no spread to estimate from."""


@dataclass(frozen=True, eq=False)
class Weights:
    """One weight a case.

    ``weight`` : (n,) >= 0, not scaled: of ATT 1 for the treated; ``treated`` : (n,)
    ``effective_treated``, ``effective_comparator`` : Kish's effective sample sizes
    ``largest_share`` : the largest share of its arm's weight that one case has
    """

    target: Target
    weight: Floats
    treated: Flags
    effective_treated: float
    effective_comparator: float
    largest_share: float


def effective_size(weight: npt.ArrayLike) -> float:
    """How many unweighted cases these are worth: (sum w)^2 / sum w^2; 0 where all are 0.

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2.
    """
    w = np.asarray(weight, dtype=np.float64)
    largest = float(w.max(initial=0.0))
    if largest == 0.0:
        return 0.0
    w = w / largest
    return float(w.sum() ** 2 / (w**2).sum())


def propensity_weights(fit: Propensity, *, target: Target) -> Weights:
    """Weights from the propensity score e.

    ATT: 1 for the treated, e / (1 - e) for comparators. ATE: 1 / e and 1 / (1 - e). Overlap: 1 - e and e.

    Parameters
    ----------
    fit : of ``fit_propensity``
    target : whom the answer is about

    Raises
    ------
    MethodError : the score tells the cohorts apart entirely, or the weights leave fewer than two cases in an arm

    References
    ----------
    Hirano and Imbens (2001), Health Serv. Outcomes Res. Methodol. 2:259-278. Li, Morgan and Zaslavsky (2018), J. Am.
    Stat. Assoc. 113:390-400 (overlap).
    """
    one, other = fit.logit[fit.treated], fit.logit[~fit.treated]
    if one.min() > other.max():
        remedy = "compare only where both cohorts have cases, or describe the two apart"
        raise MethodError(
            Problem("propensity score", "no overlap: every treated case lies above every comparator", remedy)
        )
    return check_weights(tilted(fit.treated, fit.logit, target).weight, fit.treated, target)


def check_weights(weight: Floats, treated: Flags, target: Target) -> Weights:
    """The weights with their effective sample sizes, or a refusal where they rest on fewer than two cases of an arm."""
    if weight.shape != treated.shape or not bool((np.isfinite(weight) & (weight >= 0.0)).all()):
        raise DataError(Problem("weights", "are not one number >= 0 a case", "give a finite weight for every case"))
    sizes, largest, problems = [], 0.0, []
    for name, arm in (("treated", treated), ("comparator", ~treated)):
        size = effective_size(weight[arm])
        if size < LEAST_EFFECTIVE:
            problem = f"the weights leave an effective sample of {size:.1f} of {int(arm.sum())} cases"
            instead = "fewer covariates, or only cases that either cohort might have had"
            remedy = f"use {'' if target == 'overlap' else 'overlap weights, '}{instead}"  # a remedy cannot be itself
            problems.append(Problem(f"{name} cohort", problem, remedy))
            continue
        sizes.append(size)
        largest = max(largest, float(weight[arm].max() / weight[arm].sum()))
    if problems:
        raise MethodError(problems)
    return Weights(target, weight, treated, sizes[0], sizes[1], largest)


@dataclass(frozen=True, eq=False)
class Tilted:
    """The weights of a target, (n,) each, and their derivatives by the logit of the score.

    ``weight`` of each case in its own arm; ``share`` of each case in the population the answer is about.
    """

    weight: Floats
    weight_slope: Floats
    share: Floats
    share_slope: Floats


def tilted(treated: Flags, logit: Floats, target: Target) -> Tilted:
    """Weights and the population they aim at, as functions of the score (Li, Morgan and Zaslavsky 2018, table 1).

    ``logit`` : (n,) or (b, n), one row a fit.
    """
    e = expit(logit)
    if target == "overlap":
        spread = e * (1.0 - e)
        return Tilted(
            np.where(treated, 1.0 - e, e), np.where(treated, -spread, spread), spread, spread * (1.0 - 2.0 * e)
        )
    # The odds are taken from the logit: 1 - e has no digits left where e is close to 1. Beyond 700 they overflow.
    odds = np.exp(np.clip(np.where(treated, -logit, logit), -700.0, 700.0))
    zero = np.zeros_like(odds)
    if target == "ATT":
        return Tilted(
            np.where(treated, 1.0, odds), np.where(treated, 0.0, odds), treated.astype(np.float64) + zero, zero
        )
    if target == "ATE":
        return Tilted(1.0 + odds, np.where(treated, -odds, odds), np.ones_like(odds), zero)
    raise MethodError(Problem("target", "is none of ATT, ATE, overlap", "say whom the answer is about"))
