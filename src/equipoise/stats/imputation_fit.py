"""The model scores are imputed from, fitted to the cases as they are.

At each visit the mean is a mean of the group plus covariates; the covariance between visits is of one of the
structures of ``equipoise.stats.mmrm_covariance``, of all groups together or of each. Restricted maximum likelihood.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.imputation_covariance import Curve, Structured, Unstructured
from equipoise.stats.imputation_refit import Parameters, ScoreModel, refit
from equipoise.stats.imputation_scores import WHERE, Scores
from equipoise.stats.mmrm import fit_mmrm
from equipoise.stats.mmrm_covariance import Structure, heterogeneous


def fit_scores(
    scores: Scores,
    *,
    structure: Structure = "unstructured",
    by_group: bool = False,
    common_slopes: bool = False,
    fall_back: Sequence[Structure] = (),
) -> ScoreModel:
    """Fit the model to the scores as they are, by ``fit_mmrm``; with one visit, by least squares.

    Parameters
    ----------
    structure, fall_back : as ``fit_mmrm``
    by_group : each group has a covariance of its own
    common_slopes : a covariate has one coefficient at all visits; else one at each

    Raises
    ------
    MethodError : covariates that cannot be told apart, and as ``fit_mmrm``
    """
    _check_columns(scores)
    tie = _tie(scores, common=common_slopes)
    if scores.visits > 1:
        return _prepared(scores, _over_visits(scores, tie, structure, fall_back, by_group=by_group), tie)
    model = _prepared(scores, _one_visit(scores, groups=scores.groups if by_group else 1), tie)
    if model.start.shape[1] == 1:
        return model
    found, answered = refit(model, np.ones((1, scores.cases)))
    if not answered[0]:
        problem = "a variance of each group was asked for, and a group has no spread"
        raise MethodError(Problem(WHERE, problem, "ask for one variance of all groups"))
    of_all = _OfAll(found.coefficients[0], found.sigma[0], found.sigma[0, :, 0], "unstructured", ())
    return _prepared(scores, of_all, tie)


@dataclass(frozen=True)
class _OfAll:
    """Coefficients (r, m), covariances (C, m, m), their parameters (C, k), the structure that answered, the others."""

    coefficients: Floats
    sigma: Floats
    theta: Floats
    structure: Structure
    tried: tuple[str, ...]


def _check_columns(scores: Scores) -> None:
    """The covariates can be told apart from each other and from the groups, at every visit."""
    columns, seen = scores.columns, scores.informative
    for visit in range(scores.visits):
        at = columns[seen[:, visit]]
        size = np.linalg.norm(at, axis=0)
        triangle = np.linalg.qr(at / np.where(size > 0.0, size, 1.0), mode="r")
        if at.shape[0] < at.shape[1] or np.any(np.abs(np.diag(triangle)) <= 1e-9):
            problem = f"at visit {visit} (counted from 0) the seen cases do not tell the covariates and groups apart"
            raise MethodError(Problem(WHERE, problem, "leave out a covariate, or that visit"))


def _tie(scores: Scores, *, common: bool) -> Floats | None:
    """Coefficients of all visits from those that are free, (m r, p); None where all are."""
    m, q = scores.visits, scores.covariates.shape[1]
    if not common or q == 0 or m == 1:
        return None
    one = np.eye(scores.groups + q)
    return np.hstack([np.kron(np.eye(m), one[:, : scores.groups]), np.tile(one[:, scores.groups :], (m, 1))])


def _over_visits(
    scores: Scores, tie: Floats | None, structure: Structure, fall_back: Sequence[Structure], *, by_group: bool
) -> _OfAll:
    seen, columns = scores.informative, scores.columns
    m, r = scores.visits, columns.shape[1]
    case, visit = np.nonzero(seen)
    full = np.zeros((case.size, m, r))
    full[np.arange(case.size), visit] = columns[case]
    design = full.reshape(case.size, m * r)
    fit = fit_mmrm(
        scores.response[seen],
        case,
        visit,
        design if tie is None else design @ tie,
        structure=structure,
        group=scores.group[case] if by_group else None,
        visits=m,
        fall_back=fall_back,
    )
    found = fit.coefficients if tie is None else tie @ fit.coefficients
    theta = fit.theta.reshape(fit.sigma.shape[0], -1)
    return _OfAll(found.reshape(m, r).T, fit.sigma, theta, fit.structure, fit.tried)


def _one_visit(scores: Scores, groups: int) -> _OfAll:
    """Least squares at the only visit, and one variance, repeated for each of ``groups``."""
    seen: Flags = scores.informative[:, 0]
    x, y = scores.columns[seen], scores.response[seen, 0]
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    square, degrees = float(np.sum((y - x @ coefficients) ** 2)), y.size - x.shape[1]
    if degrees < 1 or square <= 1e-20 * np.sum(y**2):
        problem = (
            "the scores do not vary around their fitted means" if degrees > 0 else "no case is left for a variance"
        )
        raise MethodError(Problem(WHERE, problem, "describe them: there is no spread to impute from"))
    variance = np.full((groups, 1, 1), square / degrees)
    return _OfAll(coefficients[:, None], variance, variance[:, 0], "unstructured", ())


def _prepared(scores: Scores, found: _OfAll, tie: Floats | None) -> ScoreModel:
    """The fit, with the cases in a basis and a unit in which nothing cancels."""
    seen, columns, m = scores.informative, scores.columns, scores.visits
    groups = found.sigma.shape[0]
    residual = np.where(seen, scores.response - columns @ found.coefficients, 0.0)
    scale = float(np.sqrt(np.mean(np.diagonal(found.sigma, axis1=1, axis2=2))))
    root = np.sqrt(scores.cases)
    orthogonal, triangle = np.linalg.qr(columns)
    basis = triangle / root
    whose = scores.group if groups > 1 else np.zeros_like(scores.group)
    keys, pattern = np.unique(np.column_stack([whose, seen]), axis=0, return_inverse=True)
    curve: Curve = Unstructured(m)
    start = found.sigma / scale**2
    if found.structure != "unstructured":
        curve, start = Structured(found.structure, m), found.theta.copy()
        start[:, : m if heterogeneous(found.structure) else 1] -= np.log(scale)
    return ScoreModel(
        scores=scores,
        fitted=Parameters(found.coefficients[None], found.sigma[None]),
        structure=found.structure,
        tried=found.tried,
        curve=curve,
        start=start[None],
        pattern=pattern.reshape(-1),
        seen=keys[:, 1:].astype(bool),
        group=keys[:, 0].astype(np.int64),
        rows=np.hstack([orthogonal * root, residual / scale]),
        basis=basis,
        scale=scale,
        restriction=None if tie is None else np.linalg.qr(np.kron(np.eye(m), basis) @ tie)[0],
    )
