"""Scores that were not seen, imputed many times, each completed set analysed, the analyses made one answer.

``multiple_imputation`` draws (Rubin's rules); ``conditional_mean`` fills in once and resamples cases (jackknife or
bootstrap). Both start from a ``ScoreModel`` of ``equipoise.stats.imputation_fit``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.imputation_analysis import Quantity, Regression, Unanswered, regressions
from equipoise.stats.imputation_draws import resampled
from equipoise.stats.imputation_fill import fill, kinds
from equipoise.stats.imputation_refit import FLOATS_AT_ONCE, Parameters, ScoreModel
from equipoise.stats.imputation_scores import WHERE, Scores
from equipoise.stats.mmrm_covariance import Structure
from equipoise.stats.rubin import pool_moments


@dataclass(frozen=True)
class ScoreEstimate:
    """The answer for one quantity; None where there is none, ``why`` says why not.

    ``estimate``, ``standard_error``, ``lower``, ``upper`` : in the unit of the score
    ``degrees`` : of the t distribution behind the limits; None where they are normal or percentiles
    ``p_value`` : two-sided, of no mean or no difference
    ``missing_information`` : as ``Pooled``; None under conditional-mean imputation
    """

    quantity: Quantity
    estimate: float | None
    standard_error: float | None
    degrees: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    missing_information: float | None
    why: str


@dataclass(frozen=True)
class Terms:
    """What the answers of one regression become when a number is added to the filled-in scores of each of G groups.

    ``estimate`` (c,), ``between`` (c,) : mean and variance over imputations; adding the number changes only the mean
    ``shift`` (c, G) : how much the estimates move for each unit
    ``square`` (), ``crossed`` (G,), ``squared`` (G, G) : the residual sum of squares, mean over imputations, is
    square + 2 crossed'd + d' squared d
    """

    regression: Regression
    estimate: Floats
    between: Floats
    shift: Floats
    square: float
    crossed: Floats
    squared: Floats


@dataclass(frozen=True)
class MultipleImputation:
    """Answers by visit: for each, the means of the groups, then their differences from the reference.

    ``redrawn`` : resamples drawn again because they left the model undetermined
    ``structure``, ``tried`` : as ``ScoreModel``; ``terms`` : what ``delta_grid`` needs
    """

    estimates: tuple[ScoreEstimate, ...]
    imputations: int
    redrawn: int
    structure: Structure
    tried: tuple[str, ...]
    level: float
    reference: int | None
    terms: tuple[Terms, ...]


def multiple_imputation(
    model: ScoreModel,
    *,
    imputations: int,
    rng: np.random.Generator,
    counted: npt.ArrayLike | None = None,
    delta: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> MultipleImputation:
    """Impute by approximate Bayesian draws, analyse each completed set, pool by Rubin's rules.

    Each imputation has its own bootstrap sample of cases within groups, its own refit, and its own normal draws.
    Where nothing that counts was filled in, the answer is that of the complete data, with their degrees of freedom.

    Parameters
    ----------
    imputations : B >= 2
    rng : where resamples and draws come from; the same state gives the same numbers
    counted : (n, m) bool, who counts at a visit; everybody if absent
    delta : (n, m) float, added to each filled-in score, in its unit; nothing where it was seen
    level : of the two-sided limits

    Raises
    ------
    DataError : a shape differs, a delta is missing, a level not between 0 and 1
    MethodError : fewer than two imputations, or as ``resampled``

    References
    ----------
    Carpenter, Roger and Kenward (2013), J. Biopharm. Stat. 23:1352-1371. Rubin (1987). Barnard and Rubin (1999),
    Biometrika 86:948-955. R package rbmi, ``method_approxbayes``.
    """
    check_level(level, where=WHERE)
    if imputations < 2:
        problem = f"{imputations} imputation: the variance between imputations is unknown"
        raise MethodError(Problem(WHERE, problem, "ask for two imputations or more; 100 are usual"))
    scores = model.scores
    who, added = check_counted(scores, counted), check_delta(scores, delta)
    answered, refused = regressions(scores, who)
    drawn = list(resampled(model, imputations, rng))
    parameters = Parameters(
        np.concatenate([each.parameters.coefficients for each in drawn]),
        np.concatenate([each.parameters.sigma for each in drawn]),
    )
    terms = _analyse(scores, answered, completed(scores, parameters, added, rng))
    found = [each for term in terms for each in _pooled(term, imputations, level)]
    return MultipleImputation(
        estimates=in_order(found, refused),
        imputations=imputations,
        redrawn=sum(each.redrawn for each in drawn),
        structure=model.structure,
        tried=model.tried,
        level=level,
        reference=scores.reference,
        terms=terms,
    )


def completed(
    scores: Scores, parameters: Parameters, delta: Floats, rng: np.random.Generator | None
) -> Iterator[Floats]:
    """Completed scores under B parameter values, (b, n, m) at a time; the conditional mean where ``rng`` is None."""
    of, added = kinds(scores), np.where(scores.seen, 0.0, delta)
    replicates, unseen = parameters.sigma.shape[0], int(np.sum(~scores.seen))
    at_once = max(1, FLOATS_AT_ONCE // (8 * scores.response.size))
    for start in range(0, replicates, at_once):
        some = parameters.of(slice(start, start + at_once))
        noise = None if rng is None else rng.standard_normal((some.sigma.shape[0], unseen))
        yield fill(scores, some, noise, of) + added


def check_counted(scores: Scores, counted: npt.ArrayLike | None) -> Flags:
    """Who counts at each visit, (n, m); everybody if absent."""
    who = np.ones(scores.seen.shape, dtype=bool) if counted is None else np.asarray(counted)
    if who.shape != scores.seen.shape or who.dtype.kind != "b":
        problem = "who counts is not yes or no for each case and visit"
        raise DataError(Problem(WHERE, problem, "give one truth value for each"))
    return who


def check_delta(scores: Scores, delta: npt.ArrayLike | None) -> Floats:
    """What is added to a filled-in score, (n, m); nothing if absent."""
    added = np.zeros(scores.seen.shape) if delta is None else np.asarray(delta, dtype=np.float64)
    if added.shape != scores.seen.shape or not np.all(np.isfinite(added)):
        problem = "what is to be added is not one number for each case and visit"
        raise DataError(Problem(WHERE, problem, "give a finite number for each, 0 for nothing"))
    return added


def delta_of_groups(scores: Scores, delta: npt.ArrayLike) -> Floats:
    """The ``delta`` of each case and visit (n, m) from that of each group and visit (G, m).

    Raises
    ------
    DataError : not one finite number for each group and visit
    """
    by_group = np.asarray(delta, dtype=np.float64)
    if by_group.shape != (scores.groups, scores.visits) or not np.all(np.isfinite(by_group)):
        problem = "what is to be added is not one number for each group and visit"
        raise DataError(Problem(WHERE, problem, "give a finite number for each, 0 for nothing"))
    return np.asarray(by_group[scores.group], dtype=np.float64)


def in_order(found: list[ScoreEstimate], refused: tuple[Unanswered, ...]) -> tuple[ScoreEstimate, ...]:
    """Answers and refusals by visit, means before differences, groups in order."""
    blank = [ScoreEstimate(each.quantity, None, None, None, None, None, None, None, each.why) for each in refused]
    return tuple(
        sorted(
            [*found, *blank],
            key=lambda each: (each.quantity.visit, each.quantity.kind == "difference", each.quantity.group),
        )
    )


def _analyse(scores: Scores, answered: tuple[Regression, ...], sets: Iterator[Floats]) -> tuple[Terms, ...]:
    """Every regression of every completed set, kept as what pooling and a shift of the filled-in scores need."""
    groups = np.arange(scores.groups)
    filled = [
        (~scores.seen[each.members, each.visit, None]) & (scores.group[each.members, None] == groups)
        for each in answered
    ]
    estimates: list[list[Floats]] = [[] for _ in answered]
    squares: list[list[Floats]] = [[] for _ in answered]
    crossed = [np.zeros(scores.groups) for _ in answered]
    for complete in sets:
        for at, regression in enumerate(answered):
            score = complete[:, regression.members, regression.visit]
            residual = score - score @ regression.basis @ regression.basis.T
            estimates[at].append(score @ regression.estimators.T)
            squares[at].append(np.sum(residual**2, axis=1))
            crossed[at] += np.sum(residual, axis=0) @ filled[at]
    return tuple(
        _terms(regression, filled[at], np.concatenate(estimates[at]), np.concatenate(squares[at]), crossed[at])
        for at, regression in enumerate(answered)
    )


def _terms(regression: Regression, filled: Flags, estimates: Floats, squares: Floats, crossed: Floats) -> Terms:
    moved = filled.astype(np.float64)
    left = moved - regression.basis @ (regression.basis.T @ moved)
    unseen = bool(np.any(filled))
    return Terms(
        regression=regression,
        estimate=estimates.mean(axis=0),
        between=np.var(estimates, axis=0, ddof=1) if unseen else np.zeros(estimates.shape[1]),
        shift=regression.estimators @ moved,
        square=float(squares.mean()),
        crossed=crossed / estimates.shape[0],
        squared=left.T @ left,
    )


def _pooled(terms: Terms, imputations: int, level: float) -> list[ScoreEstimate]:
    regression = terms.regression
    within = terms.square / regression.degrees * regression.spread
    complete = np.full(within.shape, float(regression.degrees))
    pooled = pool_moments(terms.estimate, within, terms.between, complete, imputations)
    answers = []
    for at, quantity in enumerate(regression.quantities):
        degrees = float(pooled.degrees[at]) if quantity.unseen else float(regression.degrees)
        estimate, error = float(terms.estimate[at]), float(pooled.standard_error[at])
        lower, upper, p_value = t_limits(np.array(estimate), np.array(error), np.array(degrees), level)
        sure = degrees > 0.0
        answers.append(
            ScoreEstimate(
                quantity=quantity,
                estimate=estimate,
                standard_error=error,
                degrees=degrees if sure else None,
                lower=float(lower) if sure else None,
                upper=float(upper) if sure else None,
                p_value=float(p_value) if sure and error > 0.0 else None,
                missing_information=float(pooled.missing_information[at]),
                why="" if sure else "all the variance is between imputations",
            )
        )
    return answers


def t_limits(estimate: Floats, error: Floats, degrees: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Student's limits and two-sided p, of any shape; p is 1 where neither estimate nor error is above zero."""
    half = stdtrit(np.maximum(degrees, 1e-300), (1.0 + level) / 2.0) * error
    far = np.where(estimate == 0.0, 0.0, np.inf)
    t = np.divide(np.abs(estimate), error, out=far, where=error > 0.0)
    return estimate - half, estimate + half, 2.0 * stdtr(degrees, -t)
