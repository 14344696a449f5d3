"""A fitted model of scores over time, whichever kernel fitted it: REML over the visits, or least squares at one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Cohort, Floats
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from equipoise.domain.scores_over_time_answer import Coefficient, FittedCovariance
from equipoise.errors import MethodError, Problem
from equipoise.estimate.scores_over_time_design import InModel
from equipoise.stats.least_squares import combinations, fit_least_squares, joint
from equipoise.stats.mmrm import fit_mmrm
from equipoise.stats.mmrm_inference import Contrasts, JointTest, contrasts, infer, joint_test


@dataclass(frozen=True)
class Fitted:
    """A model of p coefficients that has been fitted.

    ``contrast`` : rows (c, p) and the level -> their estimates; ``together`` : rows (c, p) -> the test of all at once
    ``sigma`` (B, m, m) : covariance between visits, of each group or of all; None where there is one visit
    """

    estimator: Literal["REML", "least squares"]
    covariance: str | None
    start: str | None
    tried: tuple[str, ...]
    estimates: Floats
    errors: tuple[float | None, ...]
    contrast: Callable[[Floats, float], Contrasts]
    together: Callable[[Floats], JointTest]
    sigma: Floats | None

    def coefficients(self, names: Sequence[str]) -> tuple[Coefficient, ...]:
        """The coefficients by the names of their columns."""
        each = zip(names, self.estimates, self.errors, strict=True)
        return tuple(Coefficient(name, float(value), error) for name, value, error in each)

    def covariances(self, visits: tuple[str, ...], groups: Sequence[str]) -> tuple[FittedCovariance, ...]:
        """The fitted covariances, of all or of each group."""
        if self.sigma is None:
            return ()
        of = groups if self.sigma.shape[0] > 1 else (None,)
        return tuple(
            FittedCovariance(group, visits, _rows(sigma), _rows(_scaled(sigma)))
            for group, sigma in zip(of, self.sigma, strict=True)
        )


def fit_visits(found: InModel, declared: ScoresOverTimeDeclared, columns: Floats, cohort: Cohort) -> Fitted:
    """By restricted maximum likelihood over two visits or more; ``columns`` (o, p), a row for each score.

    Raises
    ------
    MethodError : the data cannot bear the model, or no covariance that was asked for converged
    """
    case, visit = np.nonzero(found.use)
    fit = fit_mmrm(
        found.over.value[case, visit],
        case,
        visit,
        columns,
        structure=declared.covariance,
        group=cohort.group[case] if declared.covariance_by_group else None,
        weights=None if found.weights is None else found.weights[case],
        visits=len(found.over.visits),
        fall_back=declared.fall_back,
    )
    inference = infer(fit, declared.degrees_of_freedom)
    return Fitted(
        estimator="REML",
        covariance=fit.structure,
        start=fit.start,
        tried=fit.tried,
        estimates=fit.coefficients,
        errors=_errors(inference.covariance),
        contrast=lambda rows, level: contrasts(inference, rows, level=level),
        together=lambda rows: joint_test(inference, rows),
        sigma=fit.sigma,
    )


def fit_one_visit(found: InModel, declared: ScoresOverTimeDeclared, columns: Floats) -> Fitted:
    """By least squares where the estimand has one visit: there is no covariance between visits to speak of.

    Raises
    ------
    MethodError : a sandwich, or variances by group, were asked for; or the data cannot bear the model
    """
    if declared.degrees_of_freedom.startswith("empirical"):
        problem = "the estimand has one visit, and a sandwich is made from several scores a case"
        raise MethodError(Problem("degrees_of_freedom", problem, 'ask for "satterthwaite", which is then n - p'))
    if declared.covariance_by_group:
        problem = "the estimand has one visit, and a linear model of one visit has one variance"
        raise MethodError(Problem("covariance_by_group", problem, "write covariance_by_group = false"))
    case = np.nonzero(found.use)[0]
    weights = None if found.weights is None else found.weights[case]
    fit = fit_least_squares(found.over.value[case, 0], columns, weights)
    method = declared.degrees_of_freedom
    return Fitted(
        estimator="least squares",
        covariance=None,
        start=None,
        tried=(),
        estimates=fit.coefficients,
        errors=_errors(fit.covariance),
        contrast=lambda rows, level: combinations(fit, rows, level=level, method=method),
        together=lambda rows: joint(fit, rows, method=method),
        sigma=None,
    )


def _errors(covariance: Floats) -> tuple[float | None, ...]:
    """Standard errors; None where so few cases leave the method without a variance."""
    return tuple(float(np.sqrt(each)) if each > 0 else None for each in np.diag(covariance))


def _rows(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(each) for each in row) for row in matrix)


def _scaled(sigma: Floats) -> Floats:
    deviation = np.sqrt(np.diag(sigma))
    return np.asarray(sigma / np.outer(deviation, deviation), dtype=np.float64)
