"""Scores that were not seen: the model fitted, the unseen filled in under the assumption, means and differences.

``fit_cells`` and ``impute`` give the kernels' own results, which the tipping grids start from as well.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort, Floats
from equipoise.domain.estimand import Estimand
from equipoise.domain.imputation import ImputationDeclared, ImputationMethod
from equipoise.domain.protocol import Protocol
from equipoise.errors import MethodError, Problem
from equipoise.estimate.imputation_cells import BOUNDS, Cells, Question, find_cells, in_names
from equipoise.estimate.imputation_stream import stream
from equipoise.estimate.in_words import strategies_in_words
from equipoise.stats.imputation import MultipleImputation, delta_of_groups, multiple_imputation
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_fit import fit_scores
from equipoise.stats.imputation_refit import ScoreModel
from equipoise.stats.imputation_scores import Scores, check_scores


@dataclass(frozen=True)
class FittedScores:
    """A question's cells and the model of their scores; visits and groups of the model are those of ``cells``.

    ``delta`` (k, m) : what the section adds to each score filled in
    """

    cells: Cells
    model: ScoreModel
    delta: Floats


def as_declared(estimand: Estimand) -> Question:
    """An estimand under its own strategies."""
    return Question(estimand, dict(estimand.strategies), strategies_in_words(estimand.strategies))


def impute_scores(
    cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, estimand: Estimand
) -> tuple[FittedScores, MultipleImputation]:
    """A score estimand under its own strategies: the fitted model, and its approximate Bayesian imputation.

    The numbers are those of the section's own answer. Visit and group of every quantity count from 0 in
    ``FittedScores.cells.visits`` and ``.groups``.

    Raises
    ------
    MethodError : the section imputes by another method; or as ``find_cells`` and ``fit_cells``, visits by name
    """
    question = as_declared(estimand)
    cells = find_cells(cohort, protocol, declared, question)
    try:
        fitted = fit_cells(cells, declared, change=_is_change(estimand))
        return fitted, impute(fitted, protocol, declared, question)
    except MethodError as error:
        raise MethodError(in_names(each, cells) for each in error.problems) from None


def fit_cells(cells: Cells, declared: ImputationDeclared, *, change: bool) -> FittedScores:
    """The model of the cells of scores, changes or values.

    Raises
    ------
    MethodError : a group nobody of which was seen at a visit, or the model is undetermined
    """
    scores = checked(cells, declared, change=change)
    assert declared.covariance is not None
    model = fit_scores(
        scores,
        structure=declared.covariance,
        by_group=bool(declared.covariance_by_group),
        fall_back=declared.fall_back,
    )
    return FittedScores(cells, model, delta_of_groups(scores, cells.delta(declared, nothing=0.0)))


def checked(cells: Cells, declared: ImputationDeclared, *, change: bool) -> Scores:
    """The cells as the kernel wants them; who lacks what is told by name of group and visit."""
    problems = [
        Problem(
            f"'{cells.visits[visit].name}'",
            f"nobody{_of(cells, group)} was seen there, so that nothing is known of the mean",
            f"leave that visit out of the estimand, or {BOUNDS}",
        )
        for group, visit in np.argwhere(cells.tally(cells.seen) == 0)
    ]
    if problems:
        raise MethodError(problems)
    returning = (cells.codes == Assumption.RETURN_TO_BASELINE).any(axis=1)
    unknown = 0 if change else int((returning & ~cells.baseline_known).sum())
    if unknown:
        problem = f"a return to baseline is assumed, and of {unknown} the baseline is not known"
        raise MethodError(Problem("baseline", problem, f"assume something else, or {BOUNDS}"))
    return check_scores(
        np.where(cells.seen, cells.value, np.nan),
        cells.group,
        covariates=cells.covariates,
        assumption=cells.codes,
        reference=cells.index_of(declared.reference),
        baseline_mean=np.zeros(cells.case.size) if change else cells.baseline,
    )


def impute(
    fitted: FittedScores, protocol: Protocol, declared: ImputationDeclared, question: Question
) -> MultipleImputation:
    """The fitted scores imputed by approximate Bayesian draws, from the section's own stream for the question.

    Raises
    ------
    MethodError : the section imputes by another method; too many resamples leave the model undetermined
    """
    if declared.method is not ImputationMethod.APPROXIMATE_BAYESIAN or declared.imputations is None:
        problem = f"imputation '{declared.name}' fills in by {declared.method}, not by many draws"
        remedy = f"name one whose method is {ImputationMethod.APPROXIMATE_BAYESIAN}"
        raise MethodError(Problem("method", problem, remedy))
    return multiple_imputation(
        fitted.model,
        imputations=declared.imputations,
        rng=stream(protocol, declared, question),
        counted=fitted.cells.counts,
        delta=fitted.delta,
        level=protocol.sensitivity.level,
    )


def _is_change(estimand: Estimand) -> bool:
    return estimand.endpoint.score == "change"


def _of(cells: Cells, group: int) -> str:
    return f" of group '{cells.groups[group]}'" if len(cells.groups) > 1 else ""
