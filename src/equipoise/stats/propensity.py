"""The propensity score: each case's probability of having been treated, given what was recorded before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.propensity_design import Design, check_design
from equipoise.stats.propensity_logistic import LogisticFit, Penalty, SeparatedError, fit_logistic


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted propensity score.

    ``coefficient`` : (k + 1,) log odds ratios in the covariates' own units, the intercept first
    ``logit``, ``probability`` : (n,) of each case, on the line and as a probability
    ``treated`` : (n,); ``design``, ``logistic`` : what it was fitted to and how
    ``penalty``, ``ridge`` : as asked for
    """

    coefficient: Floats
    logit: Floats
    probability: Floats
    treated: Flags
    penalty: Penalty
    ridge: float
    design: Design
    logistic: LogisticFit

    @property
    def names(self) -> tuple[str, ...]:
        """Of the covariates."""
        return self.design.names

    def carried(self, gradient: Floats) -> Floats:
        """(n,) what each case adds to a quantity because the score had to be estimated.

        ``gradient`` : (p,) derivative of the quantity by the standardised coefficients. A penalty is a part of the
        score that no case brings; it is the mean taken away.
        """
        along = self.design.times(np.asarray(np.linalg.solve(self.logistic.curvature, gradient)))
        added = self.logistic.residual * along
        return np.asarray(added - added.mean())


def fit_propensity(
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike,
    names: Sequence[str],
    *,
    penalty: Penalty = "none",
    ridge: float = 0.0,
) -> Propensity:
    """Logistic regression of treatment on the covariates, with an intercept.

    Covariates are standardised inside, a block at a time, so their units do not matter and the matrix is not copied.
    Firth and ridge give finite scores in small samples and under separation; they do not make overlap where there is
    none (``stats.balance.overlap``).

    Parameters
    ----------
    treated : (n,) 0 or 1
    covariates : (n, k) finite, recorded before treatment; single precision stays single
    names : (k,) what a refusal calls them
    penalty, ridge : as ``fit_logistic``

    Raises
    ------
    DataError : the shapes differ, a value is missing, or ``treated`` is neither 0 nor 1
    MethodError : a cohort of one, a covariate without variation, covariates that determine each other; without a
        penalty, covariates that determine treatment

    References
    ----------
    Rosenbaum and Rubin (1983), Biometrika 70:41-55.
    """
    return fit_score(*check_design(treated, covariates, names), penalty=penalty, ridge=ridge)


def fit_score(arm: Flags, design: Design, *, penalty: Penalty = "none", ridge: float = 0.0) -> Propensity:
    """``fit_propensity`` of cases and covariates that ``check_design`` has seen."""
    try:
        fit = fit_logistic(design, arm.astype(np.float64), penalty=penalty, ridge=ridge)
    except SeparatedError:
        raise MethodError(_separation(arm, design)) from None
    coefficient = design.in_units(fit.coefficient)
    return Propensity(coefficient, fit.linear, fit.rate, arm, penalty, ridge, design, fit)


def _separation(arm: Flags, design: Design) -> list[Problem]:
    """Which covariates tell the cohorts apart by themselves; else that some combination does."""
    remedy = "compare only where both cohorts have cases; Firth or a ridge makes a score finite, not a comparison fair"
    alone = []
    for column, name in enumerate(design.names):
        one, other = design.values[arm, column], design.values[~arm, column]
        if one.min() >= other.max() or one.max() <= other.min():
            problem = "determines treatment: no value of it but one has cases of both cohorts"
            alone.append(Problem(f"covariate '{name}'", problem, remedy))
    together = Problem("covariates", "together they determine treatment, wholly or at some values", remedy)
    return alone or [together]
